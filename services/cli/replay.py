"""`relight replay`: plays outages that really were through a running system, and prints what it counted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from services.simulation.clients import SignedIn
    from services.simulation.replay.run import Report
    from shared.settings import Settings

LONG_ENOUGH_HOURS = 24

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="Outages, .jsonl or .jsonl.gz. | 停电记录文件。")
]
Speed = Annotated[str, typer.Option("--speed", help="Seconds of the data in a real one, or max. | 回放倍速。")]
Url = Annotated[str | None, typer.Option("--url", help="The system; else the `relight up` here. | 系统地址。")]
Oracle = Annotated[
    Path | None,
    typer.Option("--oracle", exists=True, dir_okay=False, help="Fail unless the figures equal these. | 核对文件。"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON. | 以 JSON 输出。")]


def replay(
    file: File, *, speed: Speed = "max", url: Url = None, oracle: Oracle = None, as_json: AsJson = False
) -> None:
    """Play a file of outages; the same again doubles nothing. | 回放真实停电记录，重复执行不会重复计数。"""
    from services.cli.installation import load_settings, with_known_secrets
    from services.cli.problems import Failure
    from services.simulation.replay.outages import origin_of
    from services.simulation.replay.run import Replay, differences, part_of
    from services.simulation.replay.run import replay as play

    settings = with_known_secrets(load_settings())
    base_url = url or _running(settings)
    books = settings.data_folder / "replays"
    books.mkdir(parents=True, exist_ok=True)
    what = Replay(
        file=file,
        base_url=base_url,
        ops=_someone_with_all_roles(settings),
        speed=_speed(speed),
        books_folder=books,
        is_quiet=as_json,
    )
    report = asyncio.run(play(what))
    print(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else _in_lines(report))
    if oracle:
        known = json.loads(oracle.read_text(encoding="utf-8"))
        wrong = differences(report, part_of(known, origin_of(file)))
        if wrong:
            raise Failure(f"与核对文件不一致：{'；'.join(wrong)}", f"Not equal to the oracle: {'; '.join(wrong)}")


def _running(settings: Settings) -> str:
    from services.cli.installation import find_running, own_address

    running = find_running(settings.data_folder)
    return running.url if running and running.url else own_address(settings)


def _speed(said: str) -> float | None:
    from services.cli.problems import SetupProblem

    if said == "max":
        return None
    try:
        speed = float(said)
    except ValueError:
        speed = 0.0
    if speed <= 0:
        raise SetupProblem(
            f"--speed 必须是正数或 max，不能是 {said}。", f"--speed is a positive number or max, not {said}."
        )
    return speed


def _someone_with_all_roles(settings: Settings) -> SignedIn:
    """Return somebody who may enter what desks enter, by a token of the installation's own secret."""
    from datetime import timedelta

    from services.cli.problems import SetupProblem
    from services.simulation.clients import bearer
    from shared.auth import STAFF, Actor, Tokens
    from shared.clock import SystemClock

    secret = settings.token_secret.get_secret_value()
    if not secret:
        raise SetupProblem(
            "没有令牌密钥：请先运行 relight up，或设置 RELIGHT_TOKEN_SECRET。",
            "There is no token secret: run relight up first, or set RELIGHT_TOKEN_SECRET.",
        )
    life = timedelta(hours=LONG_ENOUGH_HOURS)
    return bearer(Tokens(secret).issue(Actor("replay", STAFF), now=SystemClock().now(), life=life))


def _in_lines(report: Report) -> str:
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in report.as_dict().items())
