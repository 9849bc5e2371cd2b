"""Pydantic's findings in the two languages that we speak, so that every bad field is named with its rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.errors import BadField, Text

RULES: dict[str, tuple[str, str]] = {
    "missing": ("必填", "is required"),
    "extra_forbidden": ("不认识的字段", "is not a field that we know"),
    "string_too_short": ("至少 {min_length} 个字符", "needs at least {min_length} characters"),
    "string_too_long": ("最多 {max_length} 个字符", "may have at most {max_length} characters"),
    "string_pattern_mismatch": ("格式不符（{pattern}）", "does not match {pattern}"),
    "string_type": ("必须是文本", "must be text"),
    "int_type": ("必须是整数", "must be a whole number"),
    "float_type": ("必须是数字", "must be a number"),
    "bool_type": ("必须是 true 或 false", "must be true or false"),
    "uuid_parsing": ("不是有效的编号（UUID）", "is not a UUID"),
    "uuid_type": ("不是有效的编号（UUID）", "is not a UUID"),
    "enum": ("只能是 {expected}", "must be {expected}"),
    "literal_error": ("只能是 {expected}", "must be {expected}"),
    "timezone_aware": ("时间必须带时区", "a time needs its offset"),
    "datetime_type": ("必须是 ISO 8601 时间", "must be an ISO 8601 time"),
    "datetime_parsing": ("必须是 ISO 8601 时间", "must be an ISO 8601 time"),
    "datetime_from_date_parsing": ("必须是 ISO 8601 时间", "must be an ISO 8601 time"),
    "greater_than_equal": ("不能小于 {ge}", "may not be less than {ge}"),
    "less_than_equal": ("不能大于 {le}", "may not be more than {le}"),
    "greater_than": ("必须大于 {gt}", "must be more than {gt}"),
    "too_long": ("最多 {max_length} 项", "may have at most {max_length} items"),
    "too_short": ("至少 {min_length} 项", "needs at least {min_length} items"),
    "list_type": ("必须是列表", "must be a list"),
    "model_type": ("必须是对象", "must be an object"),
    "model_attributes_type": ("必须是对象", "must be an object"),
    "json_invalid": ("不是有效的 JSON", "is not valid JSON"),
    "finite_number": ("必须是有限的数", "must be a finite number"),
}

WHERE = ("body", "query", "path", "header")


def describe(finding: dict[str, Any]) -> BadField:
    """Turn one of pydantic's findings into a bad field; a rule that we have no Chinese for keeps pydantic's English."""
    place = [str(part) for part in finding["loc"]]
    if place and place[0] in WHERE:
        place = place[1:]
    kind = finding["type"]
    context = finding.get("ctx") or {}
    zh, en = RULES.get(kind, (finding["msg"], finding["msg"]))
    if kind in RULES:
        zh, en = zh.format_map(_Filled(context)), en.format_map(_Filled(context))
    return BadField(".".join(place) or "body", f"field.{kind}", Text(zh, en))


def find_nul(value: Any, place: str = "") -> Iterator[BadField]:
    """Yield every text in parsed JSON that has a NUL, which PostgreSQL cannot keep."""
    if isinstance(value, str) and "\x00" in value:
        yield BadField(place or "body", "field.nul", Text("不能包含空字符（NUL）", "may not have a NUL in it"))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from find_nul(inner, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from find_nul(inner, f"{place}.{index}".lstrip("."))


class _Filled(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
