"""What the storm breaks, and who will ring about it; all decided by the dice before the first drop of rain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from services.simulation.county import County, Customer, TransformerArea

ORDERS = 250
OTHER_BUSINESS = 0.10
"""Share of the calls that tell of no outage."""

NATIONAL = 0.45
"""Share of the callers that ring 95598 and so reach us through the national platform."""

STRIKES_UNTIL = 0.5
"""Faults strike in this first part of the evening, so that most of it ends in light."""

PEAK = 0.3
"""When, within that part, most of them strike."""

KINDS = (("single", 0.46), ("area", 0.46), ("feeder", 0.08))
"""What a fault takes out: one household, one transformer area, a feeder with all its areas."""

CALLERS = {"single": (1, 1), "area": (1, 4), "feeder": (4, 10)}
CALL_DELAY_MINUTES = 7.0
"""Mean time between the light going out and a call, minutes."""

OTHER_TYPES = ("consultation", "consultation", "consultation", "opinion", "suggestion", "praise", "complaint")
SCOPES = {"single": "single_household", "area": "estate", "feeder": "area"}
SURROUNDINGS = {
    "single": ("隔壁有电，只有自己家停电", "楼道有电，家中全部无电", "家中漏电保护器跳闸，合不上"),
    "area": ("整幢楼都没电", "附近变压器有爆响", "周围邻居都停电了"),
    "feeder": ("整条街没电，路灯也不亮", "看到线路冒火花后全片停电", "树倒在电线上，全村停电"),
}
WORDS = {
    "consultation": ("咨询台风期间何时能恢复供电的查询方式", "咨询本月电费账单的查询方法", "咨询更名过户需要哪些材料"),
    "opinion": ("反映停电信息通知不够及时", "反映营业厅排队时间较长"),
    "suggestion": ("建议在小区张贴抢修联系电话", "建议增加线上报修入口"),
    "praise": ("表扬抢修人员冒雨及时恢复供电", "表扬客服人员耐心解答"),
    "complaint": ("反映近两个月多次停电，要求核实处理", "反映抢修人员服务态度问题"),
}


@dataclass(frozen=True)
class Call:
    """One person rings at `minute` of the evening; `number` is the call's own."""

    number: int
    minute: float
    customer: Customer
    business_type: str
    is_national: bool
    content: str
    outage_minute: float | None = None
    scope: str | None = None
    surroundings: str | None = None
    area: TransformerArea | None = None
    voltage_level: str | None = None


def make_calls(county: County, dice: Random, *, minutes: float, orders: int = ORDERS) -> list[Call]:
    """Return the evening's calls by their time: about `orders` of them."""
    told: list[dict[str, Any]] = []
    while len(told) < orders * (1 - OTHER_BUSINESS):
        told.extend(_calls_of_fault(county, dice, minutes=minutes))
    told.extend(_other_calls(county, dice, minutes=minutes, count=round(orders * OTHER_BUSINESS)))
    told.sort(key=lambda call: call["minute"])
    return [Call(number=number, **call) for number, call in enumerate(told, 1)]


def _calls_of_fault(county: County, dice: Random, *, minutes: float) -> Iterator[dict[str, Any]]:
    kind = dice.choices([name for name, _ in KINDS], [share for _, share in KINDS])[0]
    struck = dice.triangular(0, STRIKES_UNTIL, PEAK) * minutes
    affected = _affected(county, dice, kind)
    ringing = min(dice.randint(*CALLERS[kind]), len(affected))
    for customer in dice.sample(affected, ringing):
        area = county.area_by_code[customer.transformer_area]
        yield {
            "minute": struck + dice.expovariate(1 / CALL_DELAY_MINUTES),
            "customer": customer,
            "business_type": "fault_repair",
            "is_national": dice.random() < NATIONAL,
            "content": "客户报修：" + (surroundings := dice.choice(SURROUNDINGS[kind])),
            "outage_minute": struck,
            "scope": SCOPES[kind],
            "surroundings": surroundings,
            "area": area,
            "voltage_level": "10kV" if kind == "feeder" else "0.4kV",
        }


def _affected(county: County, dice: Random, kind: str) -> Sequence[Customer]:
    if kind == "feeder":
        feeder = dice.choice(county.feeders)
        return [one for area in county.areas_of[feeder.code] for one in county.customers_of[area.code]]
    if kind == "area":
        return county.customers_of[dice.choice(county.areas).code]
    return [dice.choice(county.customers)]


def _other_calls(county: County, dice: Random, *, minutes: float, count: int) -> Iterator[dict[str, Any]]:
    for _ in range(count):
        business_type = dice.choice(OTHER_TYPES)
        yield {
            "minute": dice.uniform(0, 0.8) * minutes,
            "customer": dice.choice(county.customers),
            "business_type": business_type,
            "is_national": dice.random() < NATIONAL,
            "content": dice.choice(WORDS[business_type]),
        }
