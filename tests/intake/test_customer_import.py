"""A file of customers into the register: every bad row named, gone on with when interrupted, never doubled."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.intake.domain.customers.file import Layout, read_header
from shared.errors import Invalid
from tests.cli.command import assert_one_clear_line, relight_here
from tests.databases import DatabaseServer

HEADER = ["customer_no", "name", "phone", "address", "transformer_area", "is_vip", "special_need"]
GOOD = ["C1", "张伟", "13812345678", "兴安县界首镇大洞村 12 号", "TA-1", "是", "五保户"]


def write(path: Path, *rows: list[str], encoding: str = "utf-8-sig", header: list[str] | None = None) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header or HEADER, *rows])
    return path


def row(number: str, **changed: str) -> list[str]:
    return [
        changed.get(name, cell) if name != "customer_no" else number for name, cell in zip(HEADER, GOOD, strict=True)
    ]


def report_of(file: Path) -> list[dict[str, str]]:
    with file.with_name(f"{file.name}.bad.csv").open(encoding="utf-8-sig", newline="") as report:
        return list(csv.DictReader(report))


class Installation:
    """A migrated database, and the command that works on it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, file: Path, *options: str) -> Any:
        return relight_here("customers", "import", str(file), *options, database_url=self.url, token_secret="t" * 32)

    async def rows(self, sql: str) -> list[Any]:
        connection = await asyncpg.connect(self.url)
        try:
            return [dict(found) for found in await connection.fetch(sql)]
        finally:
            await connection.close()


@pytest.fixture
async def here(databases: DatabaseServer, intake_template: str) -> Installation:
    return Installation(await databases.make(template=intake_template))


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.cli.customers.CHUNK", 3)


async def test_a_file_is_read_into_the_register(here: Installation, tmp_path: Path) -> None:
    done = here.run(write(tmp_path / "客户.csv", row("C1"), row("C2", is_vip="0", special_need="")))

    assert done.returncode == 0, done.stderr
    assert "2 rows: 2 good (2 changed something), 0 bad" in done.stdout
    first, second = await here.rows("SELECT * FROM intake.customers ORDER BY customer_no")
    assert (first["name"], first["is_vip"], first["special_need"]) == ("张伟", True, "five_guarantees")
    assert (second["is_vip"], second["special_need"], second["customer_class"]) == (False, "none", "ordinary")


async def test_every_bad_row_is_told_by_line_field_and_rule(here: Installation, tmp_path: Path) -> None:
    file = write(
        tmp_path / "c.csv",
        row("C1"),
        row("", phone="none", is_vip="maybe"),
        row("C3", special_need="royal"),
        ["C4", "too", "short"],
        row("C5"),
    )

    done = here.run(file)

    assert_one_clear_line_after_progress(done, words="3 rows are bad")
    told = [(line["line"], line["customer_no"], line["field"], line["rule"]) for line in report_of(file)]
    assert told == [
        ("3", "", "customer_no", "customer.missing"),
        ("3", "", "phone", "customer.phone"),
        ("3", "", "is_vip", "customer.flag"),
        ("4", "C3", "special_need", "customer.word"),
        ("5", "C4", "", "row.width"),
    ]
    assert "五保户" in report_of(file)[3]["问题"]
    assert [r["customer_no"] for r in await here.rows("SELECT customer_no FROM intake.customers ORDER BY 1")] == [
        "C1",
        "C5",
    ]


async def test_the_report_names_nobody(here: Installation, tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", row("C1", phone="13812345678 转 9"))
    here.run(file)

    text = file.with_name("c.csv.bad.csv").read_text(encoding="utf-8-sig")
    assert "13812345678" not in text
    assert "张伟" not in text


@pytest.mark.usefixtures("small_chunks")
async def test_an_interrupted_import_goes_on_where_it_was(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(f"C{number:02}", is_vip="maybe" if number in {1, 5, 8} else "是") for number in range(10)]
    file = write(tmp_path / "c.csv", *rows)
    from services.intake.handlers import customer_import

    whole, calls = customer_import.import_chunk, []

    async def third_time_unlucky(*arguments: Any, **named: Any) -> Any:
        calls.append(named["after"].rows_done)
        if len(calls) == 3:
            raise ConnectionError("the power went")
        return await whole(*arguments, **named)

    monkeypatch.setattr(customer_import, "import_chunk", third_time_unlucky)
    assert here.run(file).returncode == 1
    assert len(await here.rows("SELECT 1 FROM intake.customers")) == 4
    monkeypatch.setattr(customer_import, "import_chunk", whole)

    done = here.run(file)

    assert "10 rows: 7 good (7 changed something), 3 bad" in done.stdout
    assert calls == [0, 3, 6]
    assert [line["customer_no"] for line in report_of(file)] == ["C01", "C05", "C08"]
    assert len(await here.rows("SELECT 1 FROM intake.customers")) == 7


async def test_the_same_file_again_is_not_read_again_unless_asked_and_changes_nothing(
    here: Installation, tmp_path: Path
) -> None:
    file = write(tmp_path / "c.csv", row("C1"), row("C2"))
    here.run(file)
    before = await here.rows("SELECT xmin::text, * FROM intake.customers")

    renamed = file.rename(tmp_path / "renamed.csv")
    assert "2 rows: 2 good (2 changed something)" in here.run(renamed).stdout
    assert "2 rows: 2 good (0 changed something)" in here.run(renamed, "--again").stdout

    assert await here.rows("SELECT xmin::text, * FROM intake.customers") == before


async def test_a_column_that_is_not_there_leaves_the_register_as_it_is(here: Installation, tmp_path: Path) -> None:
    here.run(write(tmp_path / "one.csv", row("C1")))
    here.run(
        write(tmp_path / "two.csv", ["C1", "张伟", "13900000000", "新址 1 号"], header=["户号", "姓名", "电话", "地址"])
    )

    [found] = await here.rows("SELECT phone, is_vip, transformer_area FROM intake.customers")
    assert found == {"phone": "13900000000", "is_vip": True, "transformer_area": "TA-1"}


async def test_the_last_row_of_one_number_stands(here: Installation, tmp_path: Path) -> None:
    here.run(write(tmp_path / "c.csv", row("C1", name="旧"), row("C1", name="新")))

    assert await here.rows("SELECT name FROM intake.customers") == [{"name": "新"}]


async def test_a_file_of_a_chinese_spreadsheet_is_read_too(here: Installation, tmp_path: Path) -> None:
    done = here.run(write(tmp_path / "c.csv", row("C1"), encoding="gb18030"))

    assert done.returncode == 0, done.stderr
    assert (await here.rows("SELECT name FROM intake.customers"))[0]["name"] == "张伟"


async def test_contacts_of_key_customers_come_with_the_file(here: Installation, tmp_path: Path) -> None:
    header = [*HEADER, "联络员", "联络员电话", "经理", "经理电话"]
    file = write(
        tmp_path / "c.csv",
        [*row("C1"), "李工", "13900000001", "", ""],
        [*row("C2", is_vip="否"), "李工", "13900000001", "", ""],
        [*row("C3"), "", "", "王总", ""],
        header=header,
    )
    here.run(file)

    assert [(line["customer_no"], line["field"], line["rule"]) for line in report_of(file)] == [
        ("C2", "liaison_officer_phone", "customer.contacts_need_key"),
        ("C3", "manager_phone", "customer.half"),
    ]
    contacts = await here.rows("SELECT customer_no, role, name FROM intake.customer_contacts")
    assert contacts == [{"customer_no": "C1", "role": "liaison_officer", "name": "李工"}]


def test_a_header_is_refused_with_everything_that_is_wrong_with_it() -> None:
    with pytest.raises(Invalid) as refused:
        read_header(["customer_no", "户号", "name", "colour", "lon"])

    assert {(bad.field, bad.code.rpartition("_")[2]) for bad in refused.value.fields} == {
        ("户号", "doubled"),
        ("colour", "unknown"),
        ("phone", "missing"),
        ("address", "missing"),
        ("lat", "missing"),
    }


async def test_a_wrong_header_is_one_clear_line(here: Installation, tmp_path: Path) -> None:
    done = here.run(write(tmp_path / "c.csv", header=["a", "b"]))

    assert_one_clear_line(done, status=1, words="a is no column of ours")


async def test_a_report_never_overwrites_anything_but_a_report(here: Installation, tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", row("C1", phone="none"))
    before = file.read_bytes()

    done = here.run(file, "--report", str(file))

    assert_one_clear_line(done, status=2, words="is no report of ours")
    assert file.read_bytes() == before
    assert here.run(file).returncode == 1
    assert here.run(file, "--again").returncode == 1
    assert len(report_of(file)) == 1


async def test_a_file_in_no_known_encoding_is_one_clear_line(here: Installation, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_bytes(b"\xff\xff\xff")

    assert_one_clear_line(here.run(tmp_path / "c.csv"), status=2, words="cannot be read as")


@pytest.mark.parametrize("encoding", ["foo", "hex"])
async def test_an_encoding_that_does_not_exist_is_one_clear_line(
    here: Installation, tmp_path: Path, encoding: str
) -> None:
    done = here.run(write(tmp_path / "c.csv", row("C1")), "--encoding", encoding)

    assert_one_clear_line(done, status=2, words=f"no encoding named {encoding}")


def test_a_half_place_is_named_by_the_half_that_lacks() -> None:
    layout: Layout = read_header(["customer_no", "name", "phone", "address", "lon", "lat"])

    found = layout.read(["C1", "张伟", "13812345678", "和平路", "121.6", ""])

    assert [(bad.field, bad.code) for bad in found.bad] == [("lat", "customer.half")]


def assert_one_clear_line_after_progress(done: Any, *, words: str) -> None:
    assert done.returncode == 1, done.stderr
    assert words in done.stderr.strip().splitlines()[-1]
