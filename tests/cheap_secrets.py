"""Secrets that cost next to nothing to hash: the real ones take a fifth of a second of a core each, on purpose.

`python -m tests.cheap_secrets serve intake` is `relight serve intake` with such secrets.
"""

from __future__ import annotations

from argon2 import PasswordHasher

from shared import auth


def make_secrets_cheap() -> None:
    """Let this process hash for a thousandth of the price; `tests/shared/test_secrets.py` knows the real one."""
    auth._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


if __name__ == "__main__":
    from services.cli import main

    make_secrets_cheap()
    main()
