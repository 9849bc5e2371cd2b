"""`relight upstream-simulator`: plays the national platform and the province against a running system."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.settings import Settings

LONG_ENOUGH_HOURS = 24

Url = Annotated[str | None, typer.Option("--url", help="The system; else the `relight up` here. | 系统地址。")]
Orders = Annotated[int, typer.Option("--orders", min=1, max=100_000, help="How many. | 工单数。")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed, the same plan. | 随机种子。")]
Together = Annotated[int, typer.Option("--together", min=1, max=200, help="Orders at a time. | 并发数。")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the verdict as JSON. | 以 JSON 输出。")]


def upstream_simulator(
    *, url: Url = None, orders: Orders = 5_000, seed: Seed = 7, together: Together = 32, as_json: AsJson = False
) -> None:
    """Send orders, returns, callbacks and forgeries; fail on any answer that is not as promised. | 模拟国网平台。"""
    from services.cli.installation import find_running, load_settings, own_address, with_known_secrets
    from services.cli.problems import Failure
    from services.simulation import upstream

    settings = with_known_secrets(load_settings())
    running = find_running(settings.data_folder)
    what = upstream.Simulation(
        base_url=url or (running.url if running and running.url else own_address(settings)),
        keys=[secret.get_secret_value() for secret in settings.upstream_secrets],
        token=_token_of_all_desks(settings),
        orders=orders,
        seed=seed,
        together=together,
        is_quiet=as_json,
    )
    verdict = asyncio.run(upstream.simulate(what))
    if as_json:
        print(json.dumps(upstream.as_json(verdict), ensure_ascii=False))
    else:
        upstream.print_verdict(verdict)
    if not verdict.is_good:
        count, lost = verdict.ledger.mismatch_count, verdict.orders - verdict.finished
        raise Failure(
            f"{count} 处应答与接口约定不符，{lost} 张工单未走完。",
            f"{count} answers were not as promised, {lost} orders did not come to their end.",
        )


def _token_of_all_desks(settings: Settings) -> str:
    """Return a token of the installation's own secret: somebody has to do the desks' part."""
    from datetime import timedelta

    from services.cli.problems import SetupProblem
    from shared.auth import STAFF, Actor, Tokens
    from shared.clock import SystemClock

    secret = settings.token_secret.get_secret_value()
    if not secret or not settings.upstream_secrets:
        raise SetupProblem(
            "缺少令牌密钥或平台密钥：请先运行 relight up，或设置 RELIGHT_TOKEN_SECRET 与 RELIGHT_UPSTREAM_SECRETS。",
            "The secrets are missing: run relight up, or set RELIGHT_TOKEN_SECRET and RELIGHT_UPSTREAM_SECRETS.",
        )
    life = timedelta(hours=LONG_ENOUGH_HOURS)
    return Tokens(secret).issue(Actor("upstream-simulator", STAFF), now=SystemClock().now(), life=life)
