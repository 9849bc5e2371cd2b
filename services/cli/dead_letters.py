"""`relight dead-letters`: events that were given up on; look at them, give them all their tries again, or drop them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from shared.db import Session
    from shared.host import Service
    from shared.parking import Parked, Parking

app = typer.Typer(no_args_is_help=True, help="Events that were given up on. | 死信。", rich_markup_mode=None)

MOST = 1000

Named = Annotated[str | None, typer.Option("--service", help="Only this service. | 仅此服务。")]
Number = Annotated[str, typer.Argument(help="As the list shows it, such as sla:17. | 如 sla:17。")]
Numbers = Annotated[list[str] | None, typer.Argument(help="As the list shows them. | 列表中的编号。")]
All = Annotated[bool, typer.Option("--all", help="All that the list shows. | 列出的全部。")]

T = TypeVar("T")


@app.command("list")
def list_(*, service: Named = None) -> None:
    """List dead letters: number, event, order, tries, reason. | 列出死信。"""
    from shared.telemetry import mask_text

    for name, letters in _list_dead(service).items():
        for letter in letters:
            reason = mask_text(letter.reason).splitlines()[0][:200]
            print(f"{name}:{letter.position}\t{letter.message.type}\t{letter.message.key}\t{letter.tries}\t{reason}")


@app.command("show")
def show(number: Number, *, service: Named = None) -> None:
    """Show one dead letter, personal data masked. | 查看一封死信（隐去个人信息）。"""
    from shared.telemetry import mask_text

    name, position = _read(number, service)
    letter = _in(name, lambda session, it, parking: _get(session, parking, number, position))
    message = letter.message
    shown = {
        "number": f"{name}:{letter.position}",
        "event": message.type,
        "id": str(message.id),
        "key": message.key,
        "occurred_at": message.occurred_at.isoformat(),
        "recorded_at": message.recorded_at.isoformat(),
        "tries": letter.tries,
        "reason": mask_text(letter.reason),
        "data": _masked_body(message.data),
    }
    print(json.dumps(shown, ensure_ascii=False, indent=2))


@app.command("replay")
def replay(numbers: Numbers = None, *, every: All = False, service: Named = None) -> None:
    """Give dead letters all their tries again. | 重新投递。"""

    async def again(session: Session, _: Service, parking: Parking, letter: Parked) -> None:
        await parking.replay(session, letter.position)

    _for_each(numbers, service, again, is_every=every)


@app.command("drop")
def drop(numbers: Numbers = None, *, every: All = False, service: Named = None) -> None:
    """Drop dead letters for ever; what waits behind them goes on. | 丢弃死信，其后的事件继续处理。"""

    async def away(session: Session, it: Service, parking: Parking, letter: Parked) -> None:
        from sqlalchemy.dialects.postgresql import insert

        # Remembered as taken, so that the bus may bring it again without effect.
        row = {"event_id": letter.message.id, "type": letter.message.type, "taken_at": session.now}
        await session.execute(insert(it.inbox).values(row).on_conflict_do_nothing())
        await parking.drop(session, letter.position)

    _for_each(numbers, service, away, is_every=every)


Effect = Callable[..., Awaitable[None]]


def _for_each(numbers: list[str] | None, service: str | None, effect: Effect, *, is_every: bool) -> None:
    from services.cli.problems import SetupProblem

    if bool(numbers) == is_every:
        raise SetupProblem("请给出编号，或用 --all。", "Give numbers, or --all.")
    chosen = (
        [(name, letter.position) for name, letters in _list_dead(service).items() for letter in letters]
        if is_every
        else [_read(number, service) for number in numbers or []]
    )
    for name, position in chosen:

        async def one(session: Session, it: Service, parking: Parking, position: int = position) -> None:
            await effect(session, it, parking, await _get(session, parking, f"{it.name}:{position}", position))

        _in(name, one)
        print(f"{name}:{position}")


def _list_dead(service: str | None) -> dict[str, list[Parked]]:
    from services.cli.wiring import NAMES

    async def dead(session: Session, _: Service, parking: Parking) -> list[Parked]:
        return await parking.list_dead(session, most=MOST)

    return {name: _in(name, dead) for name in ([_known(service)] if service else NAMES)}


async def _get(session: Session, parking: Parking, number: str, position: int) -> Parked:
    from services.cli.problems import Failure

    letter = await parking.find(session, position)
    if letter is None or not letter.is_dead:
        raise Failure(f"没有死信 {number}。", f"There is no dead letter {number}.")
    return letter


def _read(number: str, service: str | None) -> tuple[str, int]:
    from services.cli.problems import SetupProblem

    name, _, position = number.rpartition(":")
    if not position.isdigit() or not (name or service):
        raise SetupProblem(f"编号应形如 sla:17，不能是 {number}。", f"A number looks like sla:17, not {number}.")
    return _known(name or service or ""), int(position)


def _known(service: str) -> str:
    from services.cli.problems import SetupProblem
    from services.cli.wiring import NAMES

    if service not in NAMES:
        listed = ", ".join(NAMES)
        raise SetupProblem(f"没有服务 {service}，可选：{listed}。", f"There is no service {service}, only: {listed}.")
    return service


def _masked_body(data: bytes) -> Any:
    try:
        return _masked(json.loads(data))
    except ValueError:
        return "?"  # nobody can read it, so nobody can say what is personal in it


def _masked(value: Any) -> Any:
    from shared.telemetry import PERSONAL_KEYS, mask_text

    if isinstance(value, dict):
        return {k: "***" if k in PERSONAL_KEYS - {"caller"} and v else _masked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return mask_text(value) if isinstance(value, str) else value


def _in(name: str, work: Callable[[Session, Service, Parking], Awaitable[T]]) -> T:
    """Do something in one transaction of a service."""
    from services.cli.door import transaction_of
    from services.cli.installation import load_settings, reach_database, with_known_secrets
    from services.cli.wiring import load_services
    from shared.parking import Parking

    settings = with_known_secrets(load_settings())
    (service,) = load_services([name])

    async def run(url: str) -> T:
        async with transaction_of(name, settings, url) as session:
            return await work(session, service, Parking(service.parked))

    with reach_database(settings) as url:
        return asyncio.run(run(url))
