"""What may stand in the register, told once for the HTTP door and for files (`relight customers import`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from shared.errors import BadField, Text, bad_field
from shared.glossary import AreaType, CustomerClass, SpecialNeed, Word

PHONE = r"^\+?[0-9][0-9 -]{4,19}$"
WRITTEN = r"^[^\x00]*$"
"""Anything but NUL, which PostgreSQL cannot keep in text."""

LONGEST_NO = 40
LONGEST_NAME = 100
LONGEST_ADDRESS = 300
LONGEST_CODE = 60
LONGEST_DIALECT = 30

Reader = Callable[[str], Any]
"""Turns a written value into the register's; raises Broken."""


class Broken(Exception):
    """A value that breaks a rule: the rule's stable code, and its words."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.text = Text(zh, en)


def read_phone(value: str) -> str:
    """Read a telephone number: digits, blanks and dashes, perhaps a country code."""
    if not _is_phone(value):
        raise Broken("customer.phone", "电话格式不符", "is not a telephone number")
    return value


_is_phone = re.compile(PHONE).match


def read_text(longest: int) -> Reader:
    """Return a reader of text that has at most `longest` characters and no NUL."""
    zh, en = f"最多 {longest} 个字符，不能包含空字符", f"may have at most {longest} characters, and no NUL"

    def read(value: str) -> str:
        if len(value) > longest or "\x00" in value:
            raise Broken("customer.too_long", zh, en)
        return value

    return read


YES = frozenset({"1", "true", "yes", "y", "是"})
NO = frozenset({"0", "false", "no", "n", "否"})


def read_flag(value: str) -> bool:
    """Read yes or no as people write it: 是/否, 1/0, true/false, yes/no."""
    said = value.lower()
    if said in YES:
        return True
    if said in NO:
        return False
    raise Broken("customer.flag", "只能填 是/否、1/0 或 true/false", "must be 是/否, 1/0 or true/false")


def read_degrees(most: float) -> Reader:
    """Return a reader of degrees between minus and plus `most`."""
    zh, en = f"必须是 -{most:g} 到 {most:g} 的数字", f"must be a number from -{most:g} to {most:g}"

    def read(value: str) -> float:
        try:
            degrees = float(value)
        except ValueError:
            degrees = most + 1
        if not -most <= degrees <= most:
            raise Broken("customer.degrees", zh, en)
        return degrees

    return read


def read_word(words: type[Word], chinese: dict[str, Word]) -> Reader:
    """Return a reader of a closed list, in the glossary's words or in Chinese."""
    known: dict[str, Word] = {str(word): word for word in words} | chinese
    listed = "、".join([*chinese, *map(str, words)])

    def read(value: str) -> str:
        word = known.get(value)
        if word is None:
            raise Broken("customer.word", f"只能填 {listed}", f"must be one of {listed}")
        return str(word)

    return read


AREA_TYPES: dict[str, Word] = {
    "城区": AreaType.URBAN,
    "县城": AreaType.COUNTY_TOWN,
    "农村": AreaType.RURAL,
    "特殊边远": AreaType.SPECIAL_REMOTE,
}
CLASSES: dict[str, Word] = {
    "普通": CustomerClass.ORDINARY,
    "二级": CustomerClass.IMPORTANT_2,
    "一级": CustomerClass.IMPORTANT_1,
    "特级": CustomerClass.IMPORTANT_SPECIAL,
}
NEEDS: dict[str, Word] = {
    "无": SpecialNeed.NONE,
    "五保户": SpecialNeed.FIVE_GUARANTEES,
    "孤寡老人": SpecialNeed.LONE_ELDERLY,
    "弱势群体": SpecialNeed.VULNERABLE,
}


def contacts_need_a_key_customer(field: str) -> BadField:
    """Name the rule that only key customers have contacts: nobody would be told of an ordinary customer's order."""
    return bad_field(
        field,
        "customer.contacts_need_key",
        "只有重要用户、VIP、双电源、敏感或绿色通道客户才有联系人",
        "only an important, VIP, dual-supply, sensitive or green-channel customer has contacts",
    )
