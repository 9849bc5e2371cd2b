"""A file of customers, row by row: what its header means, what each row says, and every rule that it breaks.

A column that the file does not have leaves the register as it is; an empty cell says that there is nothing to know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.intake.domain.customers.customer import ContactRole
from services.intake.domain.customers.rules import (
    AREA_TYPES,
    CLASSES,
    LONGEST_ADDRESS,
    LONGEST_CODE,
    LONGEST_DIALECT,
    LONGEST_NAME,
    LONGEST_NO,
    NEEDS,
    Broken,
    Reader,
    contacts_need_a_key_customer,
    read_degrees,
    read_flag,
    read_phone,
    read_text,
    read_word,
)
from shared.errors import BadField, Invalid, Text, bad_field
from shared.glossary import AreaType, CustomerClass, SpecialNeed

_HEADER = Text("文件表头不符合要求", "the file's header breaks the rules below")


@dataclass(frozen=True)
class Column:
    """A column that a file may have: its other headings, how a cell is read, what an empty cell means."""

    name: str
    headings: tuple[str, ...]
    read: Reader
    empty: Any = None
    is_mandatory: bool = False


def _contact_columns(role: ContactRole, heading: str) -> tuple[Column, Column]:
    return (
        Column(f"{role}_name", (heading,), read_text(LONGEST_NAME)),
        Column(f"{role}_phone", (f"{heading}电话",), read_phone),
    )


REGISTER: tuple[Column, ...] = (
    Column("customer_no", ("户号", "客户编号"), read_text(LONGEST_NO), is_mandatory=True),
    Column("name", ("户名", "姓名", "客户名称"), read_text(LONGEST_NAME), is_mandatory=True),
    Column("phone", ("电话", "联系电话"), read_phone, is_mandatory=True),
    Column("address", ("地址", "用电地址"), read_text(LONGEST_ADDRESS), is_mandatory=True),
    Column("area_type", ("地区类型",), read_word(AreaType, AREA_TYPES)),
    Column("transformer_area", ("台区",), read_text(LONGEST_CODE)),
    Column("feeder", ("馈线", "线路"), read_text(LONGEST_CODE)),
    Column("station_code", ("供电所",), read_text(LONGEST_CODE)),
    Column("lon", ("经度",), read_degrees(180)),
    Column("lat", ("纬度",), read_degrees(90)),
    Column("customer_class", ("重要用户等级",), read_word(CustomerClass, CLASSES), empty="ordinary"),
    Column("special_need", ("特殊需求",), read_word(SpecialNeed, NEEDS), empty="none"),
    Column("is_vip", ("VIP",), read_flag, empty=False),
    Column("is_dual_supply", ("双电源",), read_flag, empty=False),
    Column("is_sensitive", ("敏感客户",), read_flag, empty=False),
    Column("is_green_channel", ("绿色通道",), read_flag, empty=False),
    Column("dialect", ("方言",), read_text(LONGEST_DIALECT)),
)
CONTACTS: tuple[Column, ...] = (
    *_contact_columns(ContactRole.LIAISON_OFFICER, "联络员"),
    *_contact_columns(ContactRole.MANAGER, "经理"),
    *_contact_columns(ContactRole.SECRETARY, "书记"),
)
BY_HEADING = {heading: column for column in (*REGISTER, *CONTACTS) for heading in (column.name, *column.headings)}
REGISTER_NAMES = frozenset(column.name for column in REGISTER)
KEY_NAMES = ("customer_class", "is_vip", "is_dual_supply", "is_sensitive", "is_green_channel")
"""What makes a customer a key one."""


@dataclass(frozen=True)
class Row:
    """What one row says, in the order of the layout's names; or what is wrong with it."""

    values: tuple[Any, ...] = ()
    bad: tuple[BadField, ...] = ()


class Layout:
    """What the columns of one file mean."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.names = tuple(column.name for column in columns)
        self.register_names = tuple(name for name in self.names if name in REGISTER_NAMES)
        self.roles = tuple(role for role in ContactRole if f"{role}_name" in self.names)
        self._columns = columns
        self._at = {name: place for place, name in enumerate(self.names)}
        self._pairs = [pair for pair in self._all_pairs() if set(pair) <= set(self.names)]
        self._readers = [(column.read, column.empty, column.is_mandatory) for column in columns]

    @property
    def number_at(self) -> int:
        """Where the customer's number stands in a row."""
        return self._at["customer_no"]

    def read(self, cells: Sequence[str]) -> Row:
        """Read one row; every cell that breaks a rule is named."""
        if len(cells) != len(self._readers):
            return Row(bad=(_width(len(self._readers), len(cells)),))
        values: list[Any] = []
        bad: list[BadField] = []
        for cell, (read, empty, is_mandatory) in zip(cells, self._readers, strict=True):
            value = cell.strip()
            if value:
                try:
                    values.append(read(value))
                except Broken as broken:
                    bad.append(BadField(self.names[len(values)], broken.code, broken.text))
                    values.append(None)
            else:
                if is_mandatory:
                    bad.append(bad_field(self.names[len(values)], "customer.missing", "必填", "is required"))
                values.append(empty)
        bad += self._find_broken(values) if self._pairs and not bad else ()
        return Row(bad=tuple(bad)) if bad else Row(values=tuple(values))

    def _find_broken(self, values: Sequence[Any]) -> Iterator[BadField]:
        for one, other in self._pairs:
            is_there, is_other_there = values[self._at[one]] is not None, values[self._at[other]] is not None
            if is_there != is_other_there:
                lacking = other if is_there else one
                yield bad_field(
                    lacking, "customer.half", "必须成对填写", f"belongs to {one if is_other_there else other}"
                )
        has_contact = [f"{role}_phone" for role in self.roles if values[self._at[f"{role}_phone"]] is not None]
        if has_contact and not self._is_key(values):
            yield contacts_need_a_key_customer(has_contact[0])

    def _is_key(self, values: Sequence[Any]) -> bool:
        names = (name for name in KEY_NAMES if name in self._at)
        return any(values[self._at[name]] not in {False, "ordinary"} for name in names)

    def _all_pairs(self) -> list[tuple[str, str]]:
        return [("lon", "lat"), *((f"{role}_name", f"{role}_phone") for role in self.roles)]


def read_header(headings: Sequence[str]) -> Layout:
    """Return what a file's columns mean; raises Invalid naming every heading that is unknown, doubled or missing."""
    bad: list[BadField] = []
    columns: list[Column] = []
    for place, heading in enumerate(headings, 1):
        column = BY_HEADING.get(heading.strip())
        if column is None:
            bad.append(
                bad_field(heading or f"#{place}", "customers.column_unknown", "不认识的列", "is no column of ours")
            )
        elif column in columns:
            bad.append(bad_field(heading, "customers.column_doubled", "列重复", "stands there twice"))
        else:
            columns.append(column)
    names = {column.name for column in columns}
    bad += list(_find_missing(names))
    if bad:
        raise Invalid("customers.header", _HEADER, fields=bad)
    return Layout(columns)


def _find_missing(names: set[str]) -> Iterator[BadField]:
    for column in REGISTER:
        if column.is_mandatory and column.name not in names:
            zh = f"缺少列（{'、'.join(column.headings)}）"
            yield bad_field(column.name, "customers.column_missing", zh, "the column is missing")
    for name, other in (("lon", "lat"), *((f"{role}_name", f"{role}_phone") for role in ContactRole)):
        for there, lacking in ((name, other), (other, name)):
            if there in names and lacking not in names:
                yield bad_field(
                    lacking, "customers.column_missing", f"缺少列（{there} 的另一半）", f"goes with {there}"
                )
    if any(f"{role}_phone" in names for role in ContactRole) and not names & set(KEY_NAMES):
        yield bad_field(
            "customer_class",
            "customers.column_missing",
            "有联系人的文件必须说明客户为何重要",
            "a file with contacts says why its customers are key ones",
        )


def _width(expected: int, found: int) -> BadField:
    return bad_field("", "row.width", f"应有 {expected} 列，实际 {found} 列", f"has {found} cells, not {expected}")
