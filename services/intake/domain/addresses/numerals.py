"""Chinese numerals in addresses become digits, so that 三单元三〇一室 and 3单元301室 are the same door.

Only before a word that counts (号, 单元, 组 …), after 第 and beside other digits: 五一路 and 三里屯 are names and stay.
"""

from __future__ import annotations

import re

DIGITS = {
    c: str(n)
    for n, cs in enumerate(("零〇○", "一壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for c in cs
}
TENS = {"十": 10, "拾": 10, "廿": 20, "卅": 30}
HUNDREDS = "百佰"
NUMERAL = "[" + "".join(DIGITS) + "".join(TENS) + HUNDREDS + "]+"
COUNTS = "号|栋|幢|座|单元|门|楼|层|室|户|房|组|队|社|弄|巷|期|区|#|-"

_ANY = re.compile(NUMERAL)
_BEFORE_A_COUNT = re.compile(f"({NUMERAL})(?={COUNTS}|\\d)")
_AFTER_ORDER_OR_COUNT = re.compile(f"(?<=[第号栋幢座元楼层#-])({NUMERAL})(?![\u4e00-\u9fff])")
_ORDINAL = re.compile(f"第({NUMERAL})")


def with_digits(text: str) -> str:
    """Return the text with every numeral that counts something written in digits."""
    if not _ANY.search(text):
        return text
    for pattern in (_ORDINAL, _BEFORE_A_COUNT, _AFTER_ORDER_OR_COUNT):
        text = pattern.sub(lambda found: to_digits(found[1]), text)
    return text


def to_digits(numeral: str) -> str:
    """Write one numeral in digits: 十二 is 12, 一百零三 is 103, 三〇一 (digit by digit, as doors are read) is 301."""
    if not any(c in TENS or c in HUNDREDS for c in numeral):
        return "".join(DIGITS[c] for c in numeral)
    total = last = 0
    for c in numeral:
        if c in HUNDREDS:
            total, last = total + max(last, 1) * 100, 0
        elif c in TENS:
            total, last = total + (max(last, 1) * 10 if TENS[c] == 10 else TENS[c]), 0  # noqa: PLR2004 - 十, not 廿
        else:
            last = int(DIGITS[c])
    return str(total + last)
