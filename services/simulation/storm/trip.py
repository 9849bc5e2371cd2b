"""One crew's way with one task: what it does next, how long that takes, and what it says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from services.simulation.county import Place

SPEED_KMH = 34.0
DETOUR = 1.3
"""Roads are longer than the straight line by this factor."""

WAY = (
    "accepted",
    "departed",
    "arrived",
    "surveyed",
    "permit_requested",
    "work_started",
    "repaired",
    "ready_to_energise",
    "restored",
    "replied",
)
"""The main way of a task; what the system says it needs next is looked up here."""

MINUTES = {
    "accepted": (0.2, 1.2),
    "departed": (1.0, 4.5),
    "surveyed": (2.0, 6.0),
    "permit_requested": (0.5, 2.0),
    "work_started": (0.5, 2.0),
    "repaired": (8.0, 34.0),
    "ready_to_energise": (0.3, 1.0),
    "restored": (0.3, 1.0),
    "replied": (0.5, 4.0),
}
"""How long a step takes, minutes, least and most; the way itself is driven."""

TELLS_AT_ONCE = frozenset({"departed", "arrived", "permit_requested", "work_started", "restored", "replied"})
"""Steps after which the phone sends what it holds; the others wait for the next of these."""

CAUSES = ("大风刮断低压线", "树枝碰线", "接户线烧断", "表前开关损坏", "跌落熔断器熔断", "雷击避雷器损坏")
INTERNAL = "客户内部线路故障，漏电保护器动作"


def next_step(needs_next: Sequence[str]) -> str | None:
    """Return the step of the main way that a task needs next; None while somebody else is to act, or at its end."""
    if needs_next and needs_next[0] in {"work_permit", "switching_done"}:
        return None
    return next((step for step in needs_next if step in WAY), None)


def minutes_for(step: str, dice: Random) -> float:
    """Return how long a step takes this time, minutes."""
    return dice.uniform(*MINUTES[step])


def drive_minutes(origin: Place, goal: Place) -> float:
    """Return how long the way takes, minutes, by road."""
    return origin.metres_to(goal) * DETOUR / 1000 / SPEED_KMH * 60 + 1


def details_of(step: str, dice: Random, *, estimate: str) -> dict[str, Any]:
    """Return what a report says beside when; `estimate` is the time at which light is expected back."""
    cause = dice.choice(CAUSES)
    details: Mapping[str, dict[str, Any]] = {
        "surveyed": {"first_report": f"现场勘察：{cause}，需停电处理", "estimated_restoration_at": estimate},
        "replied": {
            "process": "到达现场勘察后办理工作许可，处理故障点并试送电",
            "result": "故障已排除，恢复供电",
            "customer_opinion": "客户对处理结果表示满意",
            "cause": cause,
        },
        "refused": {"reason": "车辆故障，无法出车"},
        "delayed": {"explanation": "道路积水绕行，已电话告知客户并致歉"},
        "support_requested": {"reason": "需增派人员和绝缘斗臂车"},
        "switching_requested": {"reason": "需拉开站内出线开关"},
        "customer_internal": {
            "onsite_explanation": f"{INTERNAL}，已向客户说明产权分界并协助处理",
            "asset_ownership": "customer",
        },
    }
    return dict(details.get(step, {}))
