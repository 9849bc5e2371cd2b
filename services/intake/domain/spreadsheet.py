"""Orders as lines of a CSV file that people open with a spreadsheet: nothing in it may be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.errors import Language, Text
from shared.zone import SHANGHAI

BOM = b"\xef\xbb\xbf"
"""Without this mark spreadsheets read Chinese as something else."""

COLUMNS: Mapping[str, Text] = {
    "order_no": Text("工单编号", "Order number"),
    "national_order_no": Text("国网工单编号", "National order number"),
    "business_type": Text("业务类型", "Business type"),
    "channel": Text("渠道", "Channel"),
    "status": Text("状态", "Status"),
    "round": Text("轮次", "Round"),
    "caller_name": Text("客户名称", "Caller"),
    "caller_phone": Text("联系电话", "Phone"),
    "caller_address": Text("地址", "Address"),
    "area_type": Text("地区类型", "Area type"),
    "outage_scope": Text("停电范围", "Outage scope"),
    "station_code": Text("供电所", "Station"),
    "transformer_area": Text("台区", "Transformer area"),
    "reported_at": Text("报修时间", "Reported"),
    "received_at": Text("受理时间", "Received"),
    "estimated_restoration_at": Text("预计恢复时间", "Estimated restoration"),
    "due_at": Text("到期时间", "Due"),
    "is_overdue": Text("超时", "Overdue"),
    "first_responder": Text("首问责任人", "First responder"),
    "accountable": Text("当前责任人", "Accountable"),
    "national_return_count": Text("国网退单次数", "National returns"),
    "province_return_count": Text("省退单次数", "Provincial returns"),
}
"""Columns of an order by what they are called."""

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_MOST_DIGITS = 15
"""A spreadsheet takes a longer number for a measurement and rounds it."""


def heading(language: Language) -> str:
    """Return the first line, in the reader's language."""
    return line_of([text.say(language) for text in COLUMNS.values()])


def line_of(values: Sequence[Any]) -> str:
    """Return one line; times as in Shanghai, texts harmless, order numbers whole."""
    file = io.StringIO()
    csv.writer(file).writerow([_cell(value) for value in values])
    return file.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return "1" if value else "0"
    text = str(value)
    if text.isdigit() and len(text) > _MOST_DIGITS:
        return f"\t{text}"
    return f"'{text}" if text.startswith(_FORMULA) else text
