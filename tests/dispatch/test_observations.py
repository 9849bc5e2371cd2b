"""What the grid itself shows of an outage: who is out, until when, and that light is back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.dispatch.centre import Centre, make_accepted


def make_observation(centre: Centre, order_id: UUID, **overrides: Any) -> dict[str, Any]:
    seen = {"observation_id": str(uuid4()), "order_id": str(order_id), "observed_at": centre.clock.now().isoformat()}
    return seen | overrides


async def observe(centre: Centre, *observations: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await centre.call("POST", "/outages/observations", json={"observations": list(observations)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.mark.requirement("000-082")
async def test_extent_and_estimate_are_told(centre: Centre) -> None:
    county = await centre.county()
    order_id = await county.order()
    back_at = centre.clock.now() + timedelta(hours=1)

    results = await observe(
        centre,
        make_observation(centre, order_id, customers_affected=120),
        make_observation(centre, order_id, estimated_restoration_at=back_at.isoformat()),
        make_observation(centre, order_id, clears_estimate=True),
    )

    assert [r["outcome"] for r in results] == ["applied"] * 3
    told = (await centre.told(order_id))[1:]
    assert [name for name, _ in told] == ["outage-extent-changed", "estimate-changed", "estimate-changed"]
    assert told[0][1]["customers_affected"] == 120
    assert [body["estimated_restoration_at"] for _, body in told[1:]] == [stamp(back_at), None]


async def test_light_that_is_back_by_itself_closes_the_outage_and_frees_the_crew(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    waiting = await county.order()
    centre.clock.moment += timedelta(minutes=20)
    back_at = centre.clock.now() - timedelta(minutes=5)

    (result,) = await observe(centre, make_observation(centre, order_id, power_restored_at=back_at.isoformat()))

    assert result["outcome"] == "applied"
    told = dict(await centre.told(order_id))
    assert told["power-restored"]["is_observed"] is True
    assert told["power-restored"]["power_restored_at"] == stamp(back_at)
    assert told["power-restored"]["task_id"] is None
    assert "task-withdrawn" in told
    assert "crew-assigned" in await centre.names_told(waiting)


async def test_light_cannot_come_back_twice_or_before_anybody_reported_or_in_the_future(centre: Centre) -> None:
    county = await centre.county()
    order_id = await county.order()
    now = centre.clock.now()

    def restored(at: datetime) -> dict[str, Any]:
        return make_observation(centre, order_id, power_restored_at=at.isoformat())

    results = await observe(
        centre,
        restored(now - timedelta(seconds=1)),
        restored(now + timedelta(minutes=2)),
        restored(now),
        restored(now),
    )

    assert [(r["problem"] or {}).get("code") for r in results] == [
        "observation.before_report",
        "observation.from_the_future",
        None,
        "observation.already_restored",
    ]
    assert (await centre.names_told(order_id)).count("power-restored") == 1


async def test_an_observation_that_comes_again_is_a_duplicate(centre: Centre) -> None:
    county = await centre.county()
    order_id = await county.order()
    seen = make_observation(centre, order_id, customers_affected=7)

    await observe(centre, seen)
    (again,) = await observe(centre, seen)

    assert (again["outcome"], again["first_outcome"]) == ("duplicate", "applied")
    assert (await centre.names_told(order_id)).count("outage-extent-changed") == 1


async def test_an_order_that_is_not_here_yet_may_be_observed_again_later(centre: Centre) -> None:
    county = await centre.county()
    created = county.make_order()
    seen = make_observation(centre, created.order_id, customers_affected=7)

    (early,) = await observe(centre, seen)
    await centre.hear(created, make_accepted(created))
    (later,) = await observe(centre, seen)

    assert (early["outcome"], early["problem"]["code"]) == ("rejected", "order.unknown")
    assert later["outcome"] == "applied"


async def test_an_order_that_follows_another_stands_for_their_outage(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.add_areas("t1")
    main = await county.order(transformer_area="t1")
    child = await county.order(transformer_area="t1")

    await observe(centre, make_observation(centre, child, power_restored_at=stamp(centre.clock.now())))

    assert "power-restored" in await centre.names_told(main)
    assert await centre.list_of(county.code("crew")) == []
