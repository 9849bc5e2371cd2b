"""A million customers out of a CSV file into an empty register, and the same file once more."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Figure, Row, at_most
from benchmarks.grounds import Ground, looking, settle

NAME = "customer_import"
COMMAND = "make bench ARGS=customer_import"
CUSTOMERS = 1_000_000
AT_MOST = 180
"""Seconds; what the issue asks for."""

_HEADINGS = (
    "户号 姓名 电话 地址 地区类型 台区 馈线 供电所 经度 纬度",
    "重要用户等级 特殊需求 VIP 双电源 敏感客户 绿色通道 方言",
)
HEADER = " ".join(_HEADINGS).split(" ")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
STREETS = ("春风路", "和平路", "界首镇大洞村", "人民东路", "建设街", "临江大道")
EVERY_SO_MANY_BAD = 1000


async def measure(ground: Ground) -> list[Row]:
    """Import once into nothing, and once into what is there already."""
    count = CUSTOMERS // 10 if ground.is_quick else CUSTOMERS
    url = await ground.make_database()
    file = ground.folder / "customers.csv"
    bad = write_customers(file, count)
    first = await _import(ground, url, file)
    await settle(url)
    again = await _import(ground, url, file, "--again")
    async with looking(url) as connection:
        written = await connection.fetchval("SELECT count(*) FROM intake.customers")
    if written != count - bad:
        raise RuntimeError(f"{written} customers stand in the register, not {count - bad}")
    note = f"{count:,} rows, {file.stat().st_size >> 20} MiB, {bad} of them bad and told"
    return [
        _row("customers import, empty register", first, count, note),
        _row("customers import, the same again", again, count, "every row read and compared, none written"),
    ]


def write_customers(file: Path, count: int) -> int:
    """Write so many invented customers, one in a thousand with a bad cell; return how many are bad."""
    chance = random.Random(1)
    bad = 0
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        for number in range(count):
            is_bad = number % EVERY_SO_MANY_BAD == 7
            bad += is_bad
            writer.writerow(_customer(chance, number, is_bad=is_bad))
    return bad


def _customer(chance: random.Random, number: int, *, is_bad: bool) -> tuple[object, ...]:
    area = number // 100
    is_key = number % 500 == 0
    return (
        f"31{number:08d}",
        chance.choice(SURNAMES) + "某",
        "无" if is_bad else f"1380{chance.randrange(10_000_000):07d}",
        f"{chance.choice(STREETS)} {chance.randrange(1, 400)} 号 {chance.randrange(1, 7)} 单元 {number % 900} 室",
        "农村" if area % 3 else "县城",
        f"TA-{area:05d}",
        f"F-{area // 20:04d}",
        f"S-{area // 200:02d}",
        f"{121 + chance.random():.5f}",
        f"{38 + chance.random():.5f}",
        "一级" if is_key else "普通",
        "孤寡老人" if number % 300 == 1 else "",
        "是" if is_key else "否",
        "是" if is_key else "否",
        "否",
        "否",
        "",
    )


async def _import(ground: Ground, url: str, file: Path, *options: str) -> float:
    """Run the command to its end; return the seconds. Bad rows make it end with 1, and that is as it should be."""
    started = perf_counter()
    try:
        await ground.run_relight("customers", "import", str(file), *options, database_url=url)
    except RuntimeError as told:
        if "rows are bad" not in str(told):
            raise
    return perf_counter() - started


def _row(what: str, seconds: float, count: int, note: str) -> Row:
    return Row(
        what=what,
        figure=Figure.once(seconds, "s"),
        against="limit for a million",
        beside=Figure.once(AT_MOST, "s"),
        target=at_most(AT_MOST * count / CUSTOMERS),
        command=COMMAND,
        note=f"{count / seconds:,.0f} rows/s; {note}",
    )
