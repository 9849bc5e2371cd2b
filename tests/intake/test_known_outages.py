"""What a caller from a place is told where an outage was announced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.clock import format_z
from tests.intake.office import NOW, Office
from tests.intake.test_customers import make_entry, put
from tests.intake.test_notices import Notice, draw_up


class TestKnown:
    """What a caller from the place is told."""

    async def begun(self, office: Office, feeder: str, **changed: Any) -> Notice:
        """Return a planned outage that lasts from the day after tomorrow, eight to noon."""
        starts = NOW + timedelta(days=8)
        ends = starts + timedelta(hours=4)
        notice = await draw_up(
            office, starts_at=format_z(starts), ends_at=format_z(ends), **({"feeders": [feeder]} | changed)
        )
        await notice.publish(NOW)
        return notice

    async def known(self, office: Office, **place: str) -> list[dict[str, Any]]:
        answer = await office.call("GET", "/notices/known", params=place)
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def test_a_repair_report_from_a_known_planned_outage_is_told_so(self, office: Office) -> None:
        await put(office, make_entry("D1", feeder="F-dark", transformer_area="TA-dark"))
        notice = await self.begun(office, "F-dark")
        office.clock.moment = NOW + timedelta(days=8, hours=1)
        times = {"reported_at": format_z(office.clock.moment), "outage_started_at": format_z(office.clock.moment)}
        order = await office.receive(transformer_area="TA-dark", **times)
        elsewhere = await office.receive(transformer_area="TA-light", **times)

        [known] = (await office.call("GET", f"/orders/{order['id']}/notice")).json()["items"]

        assert known["notice_id"] == notice.id
        assert known["text"] == (
            "there is a planned outage at your place since 12-01 10:00 (10 kV 春风线线路改造);"
            " power is expected back at 12-01 14:00"
        )
        assert (await office.call("GET", f"/orders/{elsewhere['id']}/notice")).json()["items"] == []

    async def test_a_place_is_dark_from_the_beginning_to_the_end_and_not_a_minute_longer(self, office: Office) -> None:
        notice = await self.begun(office, "F-hours")
        starts = NOW + timedelta(days=8)
        seen = {}
        for minutes in (-1, 0, 239, 240):
            office.clock.moment = starts + timedelta(minutes=minutes)
            seen[minutes] = [known["notice_id"] for known in await self.known(office, feeder="F-hours")]

        assert seen == {-1: [], 0: [notice.id], 239: [notice.id], 240: []}

    async def test_light_that_is_late_is_told_of_as_late(self, office: Office) -> None:
        notice = await self.begun(office, "F-overrun")
        office.clock.moment = NOW + timedelta(days=8)
        await notice.do("switch-off")
        office.clock.moment += timedelta(hours=5)

        [known] = await self.known(office, feeder="F-overrun")
        await notice.do("switch-on")

        assert known["is_overrun"] is True
        assert "was to end at 12-01 14:00" in known["text"]
        assert await self.known(office, feeder="F-overrun") == []

    async def test_an_outage_that_was_withdrawn_explains_nothing(self, office: Office) -> None:
        notice = await self.begun(office, "F-withdrawn")
        await notice.do("withdraw", reason="天气原因改期")
        office.clock.moment = NOW + timedelta(days=8)

        assert await self.known(office, feeder="F-withdrawn") == []

    async def test_a_transformer_area_is_found_by_its_feeder_in_the_register(self, office: Office) -> None:
        await put(office, make_entry("D2", feeder="F-by-area", transformer_area="TA-by-area"))
        notice = await self.begun(office, "F-by-area")
        office.clock.moment = NOW + timedelta(days=8)

        [known] = await self.known(office, transformer_area="TA-by-area")

        assert known["notice_id"] == notice.id
