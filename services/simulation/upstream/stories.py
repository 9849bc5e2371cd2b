"""One order's life as the platform sees it, call by call, each answer compared with what the interface promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from services.simulation.upstream.city import City
from services.simulation.upstream.ledger import Derailed, Ledger
from services.simulation.upstream.plan import Plan
from services.simulation.upstream.texts import MATTERS, customer_of
from services.simulation.upstream.wire import Sending, Wire
from shared.clock import SHANGHAI, SystemClock, format_z

SECOND = 37_000_000
"""So far from the first is the number under which the same outage is reported again."""

NEW, GOOD, UNSIGNED, UNKNOWN, ILLEGAL, BAD = 201, 200, 401, 404, 409, 422

_real = SystemClock()


class Stories:
    """What the platform and the province do with the orders of one simulation."""

    def __init__(self, wire: Wire, city: City, ledger: Ledger):
        self.wire, self.city, self.ledger = wire, city, ledger
        now = _real.now()
        self._day = f"{now.astimezone(SHANGHAI):%Y%m%d}"
        # Two simulations of one day have other numbers and other customers: hundredths of a second count on.
        self._first = int(now.timestamp() * 100)
        self.told: dict[str, Plan] = {}
        """Orders that came to their end, by our id."""

    async def begin(self, plans: Sequence[Plan]) -> list[tuple[Plan, Mapping[str, Any]]]:
        """Send orders, in one batch if there are several; return those that were received as they should be."""
        try:
            for plan in plans:
                await self._before(plan)
            received = [await self._send_one(plans[0])] if len(plans) == 1 else await self._send_batch(plans)
        except Derailed:
            return []
        return [(plan, order) for plan, order in zip(plans, received, strict=True) if order is not None]

    async def go_on(self, plan: Plan, order: Mapping[str, Any]) -> None:
        """Let a received order come to its end; a mismatch ends its story early."""
        try:
            await self._go_on(plan, order)
        except Derailed:
            return
        self.told[order["id"]] = plan
        self.ledger.finished[plan.business_type] += 1

    # -- the order ----------------------------------------------------------------------------------------------------

    async def _before(self, plan: Plan) -> None:
        sending = self._order_of(plan)
        for how in plan.forgeries:
            answer = await self.wire.forge(sending, how)
            self._check(sending, answer, UNSIGNED, plan, code=None if how == "unsigned" else "access.signature_invalid")
        if plan.is_bad_first:
            bad = sending.body | {"reported_at": format_z(_real.now() + timedelta(hours=2)), "content": ""}
            bad_sending = self.wire.make("order with bad fields", "/upstream/orders", bad)
            body = self._check(bad_sending, await self.wire.send(bad_sending), BAD, plan)
            named = {field["field"] for field in body.get("fields", [])}
            if not {"reported_at", "content"} <= named:
                self.ledger.complain("order with bad fields", self._no(plan), "both named", named)
        if plan.is_early:
            for what, said in (("callbacks", self._callback(plan)), ("returns", self._return("incomplete"))):
                early = self._about(plan, what, said)
                self._check(early, await self.wire.send(early), UNKNOWN, plan, code="order.unknown")

    async def _send_one(self, plan: Plan) -> Mapping[str, Any] | None:
        sending = self._order_of(plan)
        answer = await self.wire.send(sending)
        order = self._check(sending, answer, NEW, plan, fields=self._fresh(plan))
        if plan.is_repeated:
            await self._repeat(sending, answer, plan)
            other = Sending(sending.call, sending.path, sending.body | {"content": "另一张工单"}, sending.webhook_id)
            self._check(other, await self.wire.send(other), BAD, plan, code="idempotency.key_reused")
        await self._double(plan, order)
        return order or None

    async def _send_batch(self, plans: Sequence[Plan]) -> list[Mapping[str, Any] | None]:
        """Send many at once, with a bad one and a doubled one among them: each is answered at its index."""
        bodies = [self._order_of(plan).body for plan in plans]
        bad = bodies[0] | {"national_order_no": "12", "customer": {"name": "张三"}}
        sending = self.wire.make("orders/batch", "/upstream/orders/batch", {"orders": [*bodies, bad, bodies[0]]})
        answer = await self.wire.send(sending)
        lines = self._check(sending, answer, GOOD, plans[0]).get("results", [])
        if (
            len(lines) != len(plans) + 2
            or "problem" not in lines[-2]
            or not lines[-1].get("order", {}).get("duplicate")
        ):
            wanted = "a line for each, the bad one refused, the doubled one known"
            self.ledger.complain(sending.call, self._no(plans[0]), wanted, lines[-2:])
        received = [self._taken(plan, line) for plan, line in zip(plans, lines, strict=False)]
        for plan, order in zip(plans, received, strict=False):
            if order is not None:
                await self._double(plan, order)
        if plans[0].is_repeated:
            await self._repeat(sending, answer, plans[0])
        return received + [None] * (len(plans) - len(received))

    def _taken(self, plan: Plan, line: Mapping[str, Any]) -> Mapping[str, Any] | None:
        order: Mapping[str, Any] = line.get("order") or {}
        wanted = self._fresh(plan)
        if {name: order.get(name) for name in wanted} != wanted:
            self.ledger.complain("orders/batch", self._no(plan), wanted, line)
            return None
        return order

    async def _double(self, plan: Plan, order: Mapping[str, Any]) -> None:
        if plan.is_doubled:
            again = self._order_of(plan)
            fields = {"id": order.get("id"), "duplicate": True, "duplicate_of": order.get("id")}
            self._check(again, await self.wire.send(again), GOOD, plan, fields=fields)

    # -- its life -----------------------------------------------------------------------------------------------------

    async def _go_on(self, plan: Plan, order: Mapping[str, Any]) -> None:
        if order["status"] == "received":
            await self.city.press(order, "accept", expecting="accepted")
        await self._tell_too_early(plan)
        for what in plan.said:
            await self._say(plan, what)
        if plan.business_type == "fault_repair":
            await self._repair(plan, order)
        elif plan.business_type == "praise":
            await self._praise(plan, order)
        else:
            await self._matter(plan, order)
        await self._tell_too_late(plan)

    async def _tell_too_early(self, plan: Plan) -> None:
        if plan.is_early:
            early = self._about(plan, "callbacks", self._callback(plan))
            self._check(early, await self.wire.send(early), ILLEGAL, plan, code="order.transition_illegal")

    async def _tell_too_late(self, plan: Plan) -> None:
        if plan.is_early:
            late = self._about(plan, "urges", {"text": "客户催办", "said_at": format_z(_real.now())})
            self._check(late, await self.wire.send(late), ILLEGAL, plan)

    async def _say(self, plan: Plan, what: str) -> None:
        said = self._about(plan, what, {"text": "客户来电说明情况", "said_at": format_z(_real.now())})
        answer = await self.wire.send(said)
        self._check(said, answer, NEW, plan)
        if plan.is_repeated:
            await self._repeat(said, answer, plan)

    async def _repair(self, plan: Plan, order: Mapping[str, Any]) -> None:
        second = await self._report_again(plan, order) if plan.is_reported_twice else None
        await self.city.restore_and_send(order)
        if second:
            await self._follow(*second)
        if plan.is_dark_once:
            dark = self._callback(plan) | {"power_restored_confirmed": False}
            await self._tell(plan, "callbacks", dark, order_status="accepted", round=1)
            await self.city.restore_and_send(order)
        for number, reason in enumerate(plan.returns, 1):
            await self._tell_return(plan, reason, order_status="accepted", round=number + 1, return_count=number)
            await self.city.restore_and_send(order)
        await self._tell_content(plan, rounds=1 + len(plan.returns), return_count=len(plan.returns))

    async def _report_again(self, plan: Plan, order: Mapping[str, Any]) -> tuple[Plan, Mapping[str, Any]]:
        """The same customer has the platform send another order: no second crew, it follows the first (003-025)."""
        again = replace(plan, number=plan.number + SECOND, is_repeated=False, is_doubled=False)
        sending = self._order_of(again)
        sending.body["customer"] = customer_of(self._first + plan.number)
        second = self._check(sending, await self.wire.send(sending), NEW, again, fields=self._fresh(again))
        linked = second.get("linked") or {}
        if (linked.get("kind"), linked.get("order_id")) != ("child", order["id"]):
            self.ledger.complain("orders, reported twice", self._no(again), f"child of {order['id']}", linked)
            raise Derailed("orders, reported twice")
        return again, second

    async def _follow(self, again: Plan, second: Mapping[str, Any]) -> None:
        # The second report may reach the crews' desk only after the light: it is an outage of its own there then.
        await self.city.restore_and_send(second)
        await self._tell_content(again, rounds=1, return_count=0)

    async def _praise(self, plan: Plan, order: Mapping[str, Any]) -> None:
        body = {"is_verified": True, "finding": "抢修人员冒雨作业，属实", "passed_on_to": "抢修班"}
        round_number = 1
        for reason in plan.province:
            await self.city.press(order, "verify", body, expecting="verified")
            await self.city.press(order, "submit", expecting="province_review")
            round_number += reason is not None
            await self._review(plan, order, reason, "verified" if reason else "archived", round_number)

    async def _matter(self, plan: Plan, order: Mapping[str, Any]) -> None:
        await self.city.press(order, "forward", {"unit": "虚构供电所"}, expecting="forwarded")
        if plan.has_statement:
            await self._statement(plan, order)
            return
        round_number = 1
        verdicts = list(plan.province)
        for number in range(1 + len(plan.returns)):
            await self.city.handle(order, plan.business_type, round_number)
            while verdicts and (reason := verdicts.pop(0)):
                round_number += 1
                await self._review(plan, order, reason, "reply_drafted", round_number)
                await self.city.reply(order, plan.business_type, round_number)
            await self._review(plan, order, None, "national_callback", round_number)
            if number < len(plan.returns):
                round_number += 1
                count = round_number - 1
                await self._tell_return(
                    plan, plan.returns[number], order_status="forwarded", round=round_number, return_count=count
                )
        await self._tell_content(plan, rounds=round_number, return_count=round_number - 1)

    async def _statement(self, plan: Plan, order: Mapping[str, Any]) -> None:
        await self.city.state(order)
        await self._review(plan, order, None, "statement_approved", 1, subject="statement")
        cancelled = {"cancelled_at": format_z(_real.now()), "reason": "情况说明已审核通过"}
        await self._tell(plan, "callback-cancellations", cancelled, round=1)

    # -- what the platform and the province tell ----------------------------------------------------------------------

    async def _review(
        self, plan: Plan, order: Mapping[str, Any], reason: str | None, status: str, round_number: int, **more: str
    ) -> None:
        body = {"verdict": "approved", "reviewed_at": format_z(_real.now()), **more}
        if reason:
            body |= {"verdict": "returned", "reason_code": reason, "reason": "请按审核意见修改后重新提交"}
        path, fields = f"/province/orders/{order['order_no']}/reviews", {"order_status": status, "round": round_number}
        sending = self.wire.make("province: reviews", path, body)
        for how in plan.forgeries:
            forged = await self.wire.forge(sending, how)
            self._check(sending, forged, UNSIGNED, plan)
        answer = await self.wire.send(sending)
        self._check(sending, answer, GOOD, plan, fields=fields)
        if plan.is_repeated:
            await self._repeat(sending, answer, plan)
        if plan.is_doubled:  # under another webhook-id: still the same verdict
            again = self.wire.make("province: reviews", path, body)
            self._check(again, await self.wire.send(again), GOOD, plan, fields=fields)

    async def _tell_return(self, plan: Plan, reason: str, **fields: Any) -> None:
        said = self._return(reason)
        await self._tell(plan, "returns", said, **fields)
        if plan.is_doubled:  # under another webhook-id: still the same return of the same round
            await self._tell(plan, "returns", said, **fields)

    async def _tell_content(self, plan: Plan, *, rounds: int, return_count: int) -> None:
        said = self._callback(plan)
        fields = {"order_status": "archived", "round": rounds, "return_count": return_count}
        await self._tell(plan, "callbacks", said, **fields)
        if plan.is_doubled:
            await self._tell(plan, "callbacks", said, **fields)

    async def _tell(self, plan: Plan, what: str, body: Any, **fields: Any) -> None:
        sending = self._about(plan, what, body)
        answer = await self.wire.send(sending)
        self._check(sending, answer, GOOD, plan, fields=fields)
        if plan.is_repeated:
            await self._repeat(sending, answer, plan)

    async def _repeat(self, sending: Sending, first: httpx.Response, plan: Plan) -> None:
        again = await self.wire.send(sending)
        if (again.status_code, again.json()) != (first.status_code, first.json()):
            call = f"{sending.call}, same webhook-id"
            self.ledger.complain(call, self._no(plan), first.text[:300], again.text[:300])
            raise Derailed(call)

    # -- what they say ------------------------------------------------------------------------------------------------

    def _no(self, plan: Plan) -> str:
        return f"{self._day}{(self._first + plan.number) % 10**8:08d}"

    def _order_of(self, plan: Plan) -> Sending:
        now = _real.now()
        body = {
            "national_order_no": self._no(plan),
            "business_type": plan.business_type,
            "channel": "national_platform",
            "reported_at": format_z(now - timedelta(minutes=1)),
            "content": MATTERS[plan.business_type].content,
            "customer": customer_of(self._first + plan.number),
        }
        if plan.business_type == "fault_repair":
            started_at = format_z(now - timedelta(minutes=5))
            body |= {"outage_scope": "single_household", "outage_started_at": started_at, "surroundings": "楼道灯亮"}
        return self.wire.make("orders", "/upstream/orders", body)

    def _fresh(self, plan: Plan) -> dict[str, Any]:
        return {"national_order_no": self._no(plan), "duplicate": False}

    def _about(self, plan: Plan, what: str, body: Any) -> Sending:
        return self.wire.make(what, f"/upstream/orders/{self._no(plan)}/{what}", body)

    def _callback(self, plan: Plan) -> dict[str, Any]:
        said: dict[str, Any] = {"called_back_at": format_z(_real.now()), "satisfaction": "satisfied"}
        return said | ({"power_restored_confirmed": True} if plan.business_type == "fault_repair" else {})

    def _return(self, reason: str) -> dict[str, Any]:
        return {"reason_code": reason, "reason": "客户反映问题未得到解决", "returned_at": format_z(_real.now())}

    def _check(
        self,
        sending: Sending,
        answer: httpx.Response,
        status: int,
        plan: Plan,
        *,
        code: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return self.ledger.expect(sending.call, self._no(plan), answer, status, code=code, fields=fields)
