"""What lists, logs and exports show of people, and what they hide."""

from __future__ import annotations

import pytest

from shared.telemetry import mask_address, mask_name, mask_phone, mask_text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("上柳村三号", "上柳村*号"),
        ("十八里店村十二组", "十八里店村*组"),
        ("人民路8号2单元301室", "人民路*号*单元…"),
        ("三里屯", "三里屯"),
    ],
)
def test_house_numbers_are_hidden_in_digits_and_in_chinese(address: str, shown: str) -> None:
    assert mask_address(address) == shown


def test_of_a_person_the_family_name_is_left_and_of_a_number_its_ends() -> None:
    assert (mask_name("张伟"), mask_phone("138 1234 5678"), mask_phone("12345")) == ("张**", "138****5678", "****")


def test_numbers_in_free_text_are_hidden() -> None:
    assert mask_text("请拨 13812345678 或 0773-1234567") == "请拨 138****5678 或 0773****4567"
