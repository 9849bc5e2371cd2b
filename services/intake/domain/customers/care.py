"""What the desk and the crew have to mind with a customer (requirements 000-010 to 000-012, 003-013)."""

from __future__ import annotations

from collections.abc import Iterator

from services.intake.domain.customers.customer import Customer
from shared.errors import Text
from shared.glossary import CustomerClass, SpecialNeed

CLASSES = {
    CustomerClass.IMPORTANT_SPECIAL: Text(
        "特级重要用户：优先恢复，并通知联络员", "special important customer: goes first"
    ),
    CustomerClass.IMPORTANT_1: Text("一级重要用户：优先恢复，并通知联络员", "important customer, class 1: goes first"),
    CustomerClass.IMPORTANT_2: Text("二级重要用户：优先恢复，并通知联络员", "important customer, class 2: goes first"),
}
NEEDS = {
    SpecialNeed.FIVE_GUARANTEES: Text(
        "五保户：上门服务，客户产权故障也要帮助处理",
        "five-guarantees household: go there, help even with their own wiring",
    ),
    SpecialNeed.LONE_ELDERLY: Text(
        "孤寡老人：上门服务，客户产权故障也要帮助处理",
        "lives alone in old age: go there, help even with their own wiring",
    ),
    SpecialNeed.VULNERABLE: Text(
        "弱势群体：上门服务，客户产权故障也要帮助处理", "vulnerable: go there, help even with their own wiring"
    ),
}


def find_advice(customer: Customer) -> Iterator[Text]:
    """Yield what whoever takes this customer's call should know, the weightiest first."""
    if customer.is_green_channel:
        yield Text("绿色通道：特事特办、急事急办", "green channel: whatever is asked for goes first")
    if customer.customer_class in CLASSES:
        yield CLASSES[customer.customer_class]
    if customer.is_dual_supply:
        yield Text("双电源用户：确认是否两路都停电", "two supplies: ask whether both are out")
    if customer.special_need in NEEDS:
        yield NEEDS[customer.special_need]
    if customer.is_vip:
        yield Text("VIP 客户：通知联络员", "VIP: the liaison officer is told")
    if customer.is_sensitive:
        yield Text(
            "敏感客户：耐心解释，必要时请当值主管接待",
            "sensitive: explain with patience, call the duty supervisor if need be",
        )
    if customer.dialect:
        yield Text(f"客户习惯使用方言：{customer.dialect}", f"would rather speak {customer.dialect}")
