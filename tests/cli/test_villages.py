"""`relight villages import`: the register of villages from a file, all of it or nothing."""

from __future__ import annotations

import gzip
from pathlib import Path

import asyncpg
import pytest

from services.cli.problems import SetupProblem
from services.cli.villages import read_file
from services.intake.domain.addresses import Village
from tests.cli.command import relight_here
from tests.conftest import MakeDatabase

HEADER = "adcode,county,town,village,same_name_in_county\n"
REAL = Path(__file__).parents[3] / "shared" / "data" / "cn_villages.csv.gz"


def write(folder: Path, text: str, name: str = "villages.csv") -> Path:
    file = folder / name
    file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return file


@pytest.mark.parametrize("name", ["villages.csv", "villages.csv.gz"])
def test_a_file_is_read_plain_or_packed(tmp_path: Path, name: str) -> None:
    file = write(tmp_path, HEADER + "990001,青澜县,白渡镇,东风村,2\n", name)
    assert read_file(file) == [Village(adcode="990001", county="青澜县", town="白渡镇", name="东风村")]


def test_every_bad_line_is_named_and_nothing_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, HEADER + "990001,青澜县,白渡镇,东风村,1\n99,青澜县,,东风村,1\n")
    with pytest.raises(SetupProblem, match="2 mistakes"):
        read_file(file)
    told = capsys.readouterr().err
    assert ":3: adcode:" in told
    assert ":3: town:" in told


def test_a_file_without_the_columns_is_refused_by_their_names(tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match="county, town"):
        read_file(write(tmp_path, "adcode,village\n990001,东风村\n"))


@pytest.mark.skipif(not REAL.exists(), reason="the register of ../shared/data is not here")
def test_the_real_register_is_read_whole() -> None:
    listed = read_file(REAL)
    assert len(listed) > 500
    assert len({village.adcode for village in listed}) >= 2


async def test_importing_again_replaces_a_county_and_leaves_the_others(
    make_migrated_database: MakeDatabase, tmp_path: Path
) -> None:
    database = await make_migrated_database()
    first = write(tmp_path, HEADER + "990001,青澜县,白渡镇,东风村,1\n990002,望湖县,竹溪镇,东风村,1\n", "first.csv")
    second = write(tmp_path, HEADER + "990001,青澜县,松岗乡,石塘村,1\n", "second.csv")
    done = [relight_here("villages", "import", str(file), database_url=database) for file in (first, second)]
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch("SELECT adcode, name FROM intake.villages ORDER BY adcode")
    finally:
        await connection.close()

    assert [one.returncode for one in done] == [0, 0], done[-1].stderr
    assert [tuple(row) for row in rows] == [("990001", "石塘村"), ("990002", "东风村")]
    assert "1 villages of 1 counties" in done[1].stdout
