"""Addresses as people say them: read into parts, compared, and asked about where a name leaves the place open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.addresses import Village, compare, find_places, names_in, read_address
from services.intake.domain.addresses.likeness import Nearness
from services.intake.domain.addresses.numerals import DIGITS, to_digits

EAST_A = Village(adcode="990001", county="青澜县", town="白渡镇", name="东风村")
EAST_B = Village(adcode="990001", county="青澜县", town="松岗乡", name="东风村")
EAST_C = Village(adcode="990002", county="望湖县", town="竹溪镇", name="东风村")
STONE = Village(adcode="990001", county="青澜县", town="白渡镇", name="石塘村")
REGISTER = {"东风村": [EAST_A, EAST_B, EAST_C], "石塘村": [STONE]}


def nearness(one: str, other: str) -> Nearness:
    return compare(read_address(one), read_address(other)).nearness


@pytest.mark.parametrize(
    ("numeral", "digits"),
    [
        ("十二", "12"),
        ("二十", "20"),
        ("一百零三", "103"),
        ("三〇一", "301"),
        ("廿五", "25"),
        ("两", "2"),
        ("一零零一", "1001"),
    ],
)
def test_chinese_numerals_become_digits(numeral: str, digits: str) -> None:
    assert to_digits(numeral) == digits


@given(st.text(alphabet="".join(DIGITS), min_size=1, max_size=6))
def test_numerals_read_digit_by_digit_keep_their_length(numeral: str) -> None:
    assert len(to_digits(numeral)) == len(numeral)


@given(st.text(max_size=60))
def test_any_text_can_be_read_and_is_nobody_elses_home(text: str) -> None:
    address = read_address(text)
    assert compare(address, address).nearness in {Nearness.SAME_HOME, Nearness.SAME_UNIT, Nearness.UNKNOWN}
    assert compare(address, read_address("青澜县白渡镇石塘村7组99号")).nearness is not Nearness.SAME_HOME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("春风路 8 号 2 单元 301", "春风路八号二单元三〇一室"),
        ("春风路8号2单元301", "春风路８－２－３０１"),
        ("柳岸花园3幢2单元1001室", "青澜市柳桥柳岸花园三栋二单元1001"),
        ("青澜县界首镇大洞村 12 号", "大洞村十二号"),
        ("幸福小区A座1202", "幸福小区a座1202室"),
        ("阳光小区3号楼2门502", "阳光小区3号楼2单元502室"),
        ("白渡镇石塘村三组5号", "石塘村3组5号"),
    ],
)
def test_one_home_is_known_however_it_is_written(one: str, other: str) -> None:
    assert nearness(one, other) is Nearness.SAME_HOME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上柳村3组5号", "下柳村3组5号"),
        ("东石桥村5号", "西石桥村5号"),
        ("白渡镇东风村3组5号", "松岗乡东风村3组5号"),
        ("光明路1号", "光明路2号"),
        ("柳岸花园3幢", "柳岸花园4幢"),
        ("五一路18号", "八一路18号"),
    ],
)
def test_another_place_is_never_taken_for_the_same(one: str, other: str) -> None:
    assert nearness(one, other) is Nearness.DIFFERENT


def test_neighbours_on_one_stair_are_near_and_not_one_home() -> None:
    assert nearness("春风路8号2单元301", "春风路8号2单元302") is Nearness.SAME_UNIT
    assert nearness("春风路8号2单元301", "春风路8号1单元301") is Nearness.SAME_BUILDING


def test_what_is_not_said_speaks_neither_for_nor_against() -> None:
    assert nearness("家里", "春风路8号2单元301") is Nearness.UNKNOWN


def test_a_village_of_one_town_needs_no_question() -> None:
    assert find_places("石塘村三组", REGISTER) == [STONE]


def test_a_name_that_several_towns_bear_is_all_of_them() -> None:
    assert find_places("我家在东风村三组", REGISTER) == [EAST_A, EAST_B, EAST_C]


def test_a_town_or_county_that_is_named_answers_the_question() -> None:
    assert find_places("松岗乡东风村三组", REGISTER) == [EAST_B]
    assert find_places("望湖县东风村三组", REGISTER) == [EAST_C]
    assert find_places("青澜县东风村三组", REGISTER) == [EAST_A, EAST_B]


def test_a_town_that_has_no_such_village_is_nobody_of_the_register() -> None:
    assert find_places("金坪镇东风村三组", REGISTER) == []


def test_an_address_without_a_village_has_no_name_to_look_for() -> None:
    assert names_in("春风路8号2单元301") == frozenset()
