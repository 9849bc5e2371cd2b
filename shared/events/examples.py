"""One believable example of each event, for the AsyncAPI document; every one of them is valid (a test says so)."""

from __future__ import annotations

from typing import Any

from shared.events import Event

Schema = dict[str, Any]

ORDER = "019815c0-0d40-7000-8000-0000000000aa"
OTHER = "019815c0-0d40-7000-8000-0000000000bb"
MOMENT = "2026-07-14T11:20:00Z"
FORMATS = {"uuid": OTHER, "date-time": MOMENT}

KNOWN: dict[str, Any] = {
    "order_id": ORDER,
    "order_no": "FD2026071400001",
    "national_order_no": "2026071412345678",
    "customer_no": "3100000001",
    "name": "张三",
    "phone": "13800005678",
    "address": "和平路 12 号 3 单元 401 室",
    "content": "家中突然停电，邻居也没有电",
    "lon": 121.62,
    "lat": 38.91,
    "crew_code": "B-0102",
    "station_code": "S-01",
    "transformer_area": "TA-0107",
    "feeder": "F-010",
    "promise": "arrival",
    "process": "更换 0.4 kV 线路断线",
    "result": "已恢复供电",
    "customer_opinion": "满意",
    "cause": "大风刮断导线",
    "surroundings": "路边电杆旁，夜间无照明",
    "first_report": "0.4 kV 线路一处断线，预计两小时修复",
    "onsite_explanation": "故障在客户产权范围内，已当面说明",
    "explanation": "前一处抢修未结束，已告知客户",
    "reason": "最近的空闲班组",
    "reason_code": "R-01",
    "satisfaction": "satisfied",
    "opinion": "到得很快",
    "outcome": "no_answer",
    "plan": "fault_repair",
    "layer": "INT",
    "verdict": "met",
    "by": "zhang.wei",
    "origin": "paper",
    "origin_no": "2026-07-0007",
    "customers_affected": 46,
    "distance_m": 2300,
}
"""What a field of this name says; others say something that fits their type."""

PLAIN = {"string": "…", "integer": 1, "number": 1.0, "boolean": True, "null": None, "array": [], "object": {}}


def make_example(event: type[Event]) -> dict[str, Any]:
    """Return a valid body of `event`, as it stands in the record's value."""
    schema = event.model_json_schema(mode="serialization")
    example: dict[str, Any] = _value(schema, schema.get("$defs", {}), "")
    return example


def _value(schema: Schema, definitions: Schema, name: str) -> Any:
    if "$ref" in schema:
        return _value(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions, name)
    if "anyOf" in schema:
        return _value(schema["anyOf"][0], definitions, name)
    if "properties" in schema:
        return {field: _value(part, definitions, field) for field, part in schema["properties"].items()}
    if "enum" in schema or "const" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    if schema.get("format") in FORMATS and name not in KNOWN:
        return FORMATS[schema["format"]]
    return KNOWN.get(name, PLAIN[schema.get("type", "string")])
