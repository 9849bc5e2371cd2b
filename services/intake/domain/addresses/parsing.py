"""An address read into its parts: county and town, the place's name, and the numbers that lead to a door."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from services.intake.domain.addresses.numerals import with_digits

HAN = "\u4e00-\u9fff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What an address says, each part None where it does not say it. `place`: names of road, estate, village together.

    Numbers are texts in digits without leading zeros; a letter may follow (`8a`).
    """

    county: str | None = None
    town: str | None = None
    place: str = ""
    group: str | None = None
    number: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None

    @property
    def numbers(self) -> tuple[str | None, ...]:
        """What leads to the door, the widest first."""
        return self.group, self.number, self.building, self.unit, self.room

    @property
    def is_numbered(self) -> bool:
        """Say whether there is any number to compare by."""
        return any(self.numbers)


_NOISE = re.compile(r"[\s,，。.、;；:：()（）\[\]【】\"'“”]+")
_PROVINCE_AND_CITY = re.compile(f"^(?:[{HAN}]{{2,7}}?(?:省|自治区))?(?:[{HAN}]{{2,7}}?(?:市|自治州|地区|盟))?")
_COUNTY = re.compile(f"^([{HAN}]{{1,7}}?(?:市|县|旗|(?<![小社园厂校库])区))(?!场)")
_TOWN = re.compile(f"^([{HAN}]{{1,8}}?(?:街道|镇|乡|苏木))(?![路街巷])")

_DASHED = re.compile(r"(?<![\da-z])(\d{1,4})(?:号楼|栋|幢|座|#)?-(\d{1,2})-(\d{1,5})(?:号|室|户)?(?!\d)")
_DASHED_PAIR = re.compile(r"(?<![\da-z-])(\d{1,3})(?:号楼|栋|幢|座|#)?-(\d{3,5})(?:号|室|户)?(?!\d)")
PART_OF = {
    **dict.fromkeys(("小组", "村民小组", "组", "村民组", "生产队", "队", "社"), "group"),
    **dict.fromkeys(("单元", "门洞", "门"), "unit"),
    **dict.fromkeys(("号楼", "栋楼", "栋", "幢楼", "幢", "座", "#楼", "#"), "building"),
    **dict.fromkeys(("室", "号室", "户", "号户", "房", "号房"), "room"),
    **dict.fromkeys(("层", "楼"), "floor"),
    **dict.fromkeys(("号院", "号门牌", "号"), "number"),
}
"""Which part a number is, by the word that counts it."""

_COUNTED = re.compile(
    r"(\d{1,5}(?:-\d{1,4}(?=号))?[a-z]?|(?<![a-z])[a-z]\d{0,3}|[甲乙丙丁])("
    + "|".join(sorted(PART_OF, key=len, reverse=True))
    + r")(?!区)"
)
_LAST = re.compile(r"(?<!\d)(\d{2,5})(?!\d)\D{0,2}$")
_LEFT = re.compile(f"[^{HAN}a-z]+")


@lru_cache(maxsize=8192)
def read_address(text: str) -> Address:
    """Read an address; what cannot be told stays None. Chinese and full-width numerals are digits first."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text).lower()).replace("－", "-").replace("—", "-")
    county, town, rest = _read_region(with_digits(plain))
    parts: dict[str, str] = {}
    if "-" in rest:
        rest = _read_dashed(rest, parts)
    rest = _read_counted(rest, parts)
    if "room" not in parts and ("unit" in parts or "building" in parts) and (found := _LAST.search(rest)):
        parts["room"] = _bare(found[1])
        rest = rest[: found.start()]
    if "building" not in parts and "number" in parts and ("unit" in parts or "room" in parts):
        # 春风路8号2单元 and 春风路8-2: a house with stairs in it is a building, whatever its number hangs on.
        parts["building"] = parts.pop("number")
    return Address(county=county, town=town, place=_LEFT.sub("", rest), **parts)


def _read_counted(text: str, parts: dict[str, str]) -> str:
    """Take every counted number into `parts`, the first of each kind, and return what is left."""
    found = list(_COUNTED.finditer(text))
    for i, match in enumerate(found):
        part = PART_OF[match[2]]
        if match[2] == "楼" and i + 1 < len(found) and "building" not in parts:
            part = "building"  # 3楼2单元: more follows, so it is a house and not a floor
        parts.setdefault(part, _bare(match[1]))
    return _COUNTED.sub("|", text) if found else text


def _bare(number: str) -> str:
    return number.lstrip("0") or "0"


def _read_region(text: str) -> tuple[str | None, str | None, str]:
    """Take province, city, county and town off the front: what they are called helps, and nobody says all of them."""
    head = _PROVINCE_AND_CITY.match(text)
    rest = text[head.end() :] if head else text
    county = _COUNTY.match(rest)
    # «某某市» alone may be a county-level city: it stands for the county where nothing below it is named.
    name = county[1] if county else _last_city(head[0] if head else "")
    rest = rest[county.end() :] if county else rest
    town = _TOWN.match(rest)
    return name, town[1] if town else None, rest[town.end() :] if town else rest


def _last_city(head: str) -> str | None:
    found = re.search(f"([{HAN}]{{2,7}}?市)$", re.split("省|自治区", head)[-1])
    return found[1] if found else None


def _read_dashed(rest: str, parts: dict[str, str]) -> str:
    for pattern, names in ((_DASHED, ("building", "unit", "room")), (_DASHED_PAIR, ("building", "room"))):
        if found := pattern.search(rest):
            parts.update(zip(names, map(_bare, found.groups()), strict=True))
            return rest[: found.start()] + "|" + rest[found.end() :]
    return rest
