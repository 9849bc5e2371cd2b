"""The database alone: pgbench commits the peers' two rows from as many clients, with no Python in between."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

from benchmarks.grounds import Ground, database_name, program, socket_settings

ORDER_ROWS = """INSERT INTO peer.orders SELECT uuidv7(), uuidv7()::text, 'accepted', 'fault_repair', 'local_hotline',
 now(), now(), now(), now(),
 '客户来电反映家中突然停电，邻居家有电，表箱处未见异常，请尽快安排人员检查处理。' || n, '赵一二', '10012345678',
 '清澜市虚构区样板路1号1单元', 118.6, 33.1, 'single_household', now(), '楼道灯亮，邻居有电', '0.4kV', 'urban'
 FROM generate_series(1, {rows}) AS n;
"""
OUTBOX_ROWS = """INSERT INTO peer.outbox (id, topic, type, key, occurred_at, recorded_at, data)
 SELECT uuidv7(), 'intake', 'order-created', uuidv7()::text, now(), now(), convert_to(repeat('0123456789', 70), 'UTF8')
 FROM generate_series(1, {rows});
"""


def orders_and_outbox(rows: int) -> str:
    """Write a transaction that commits so many orders, each with its outbox row."""
    return f"BEGIN;\n{ORDER_ROWS.format(rows=rows)}{OUTBOX_ROWS.format(rows=rows)}COMMIT;\n"


def outbox_only(rows: int) -> str:
    """Write a transaction that commits so many outbox rows."""
    return OUTBOX_ROWS.format(rows=rows)


async def commits_per_second(ground: Ground, database_url: str, script: str, *, clients: int, seconds: float) -> float:
    """Run a script in so many clients for a while; return transactions a second."""
    file = Path(ground.folder) / "pgbench.sql"
    file.write_text(script, encoding="utf-8")
    words = ["-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(max(round(seconds), 1)), "-f", str(file)]
    process = await asyncio.create_subprocess_exec(
        program("pgbench"),
        *words,
        database_name(database_url),
        env=socket_settings(ground.postgres),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()
    found = re.search(r"tps = ([\d.]+)", output)
    if process.returncode or not found:
        raise RuntimeError(f"pgbench: {output[-2000:]}")
    return float(found.group(1))
