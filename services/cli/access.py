"""`relight access`: who may call what."""

from __future__ import annotations


def access() -> None:
    """Print the policy: every route and the roles that may call it. | 打印访问权限表。"""
    from services.access import POLICY

    width = max(len(route) for route in POLICY)
    for route, roles in sorted(POLICY.items()):
        print(f"{route:<{width}}  {', '.join(sorted(roles))}")
