"""A year of invented orders, put straight into intake's tables: as many as a search has to find its way in."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.grounds import Connection
from shared.clock import SystemClock
from shared.ids import first_id_at

CONTENTS = (
    "家里停电了，整个单元都没电，楼道有焦味",
    "客户来电反映家中突然停电，邻居家有电，表箱处未见异常，请尽快安排人员检查处理",
    "全村停电，变压器有异响，附近有施工",
    "小区停电两个小时了，电梯停运，有老人被困",
    "电压不稳，空调带不动，灯光忽明忽暗",
    "电线被大货车挂断，落在路边，请尽快处理",
    "欠费已交清，至今没有复电",
    "抄表员态度不好，多次拨打电话无人接听",
    "该处频繁停电，一直没有彻底解决，要求核实",
    "咨询阶梯电价如何计算，本月电费偏高",
    "咨询更名过户需要哪些材料",
    "建议在村口增设充电桩",
    "表扬抢修人员冒雨抢修，服务热情",
    "反映电杆倾斜，存在安全隐患",
    "电表箱门损坏，雨天进水",
    "申请新装三相电，等待时间过长",
)
TYPES = (
    *("fault_repair",) * 7,
    *("complaint", "complaint", "consultation", "consultation"),
    *("suggestion", "praise", "opinion", "opinion", "opinion"),
)
"""The business type of each content."""

CHANNELS = ("national_platform",) * 9 + ("local_hotline",) * 8 + ("city_hotline", "counter", "grid_dispatcher")
AREAS = ("urban",) * 8 + ("county_town",) * 5 + ("rural",) * 7
STATIONS = 60
OPEN = ("accepted", "dispatched", "en_route", "repairing", "replied", "callback_pending")
OPEN_DAYS = 3
DAYS = 365

FILL = """
INSERT INTO intake.orders (id, order_no, national_order_no, business_type, channel, content, customer_no, caller_name,
    caller_phone, caller_address, customer_class, special_need, is_vip, area_type, transformer_area, feeder,
    station_code, is_late_entry, first_responder, reported_at, received_at, recorded_at, status, round, accountable,
    national_return_count, archived_at)
SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0')
        || '8' || lpad(to_hex(n), 15, '0'))::uuid,
    to_char(at, 'YYYYMMDD') || lpad(n::text, 8, '0'),
    CASE WHEN channel = 'national_platform' THEN to_char(at, 'YYYYMMDD') || lpad(n::text, 8, '0') END,
    ($2::text[])[what], channel, ($1::text[])[what] || '，编号' || n, 'C' || lpad((luck % 400000)::text, 8, '0'),
    substr('赵钱孙李周吴郑王冯陈', (1 + luck % 10)::int, 1) || substr('一二三四五六七八九十', (1 + luck % 7)::int, 1),
    '1' || lpad((luck % 9999999967)::text, 10, '0'),
    '虚构县' || chr((19968 + station * 37)::int) || '山镇' || chr((20000 + luck % 997)::int) || '家村'
        || luck % 300 || '号',
    'ordinary', 'none', false, ($4::text[])[1 + luck % cardinality($4::text[])], 'T' || luck % 6000,
    'F' || luck % 600, 'S' || lpad(station::text, 2, '0'), false, 'agent-' || luck % 120, at, at, at,
    CASE WHEN n > $6::bigint - $8::bigint THEN ($5::text[])[1 + luck % cardinality($5::text[])] ELSE 'archived' END,
    CASE WHEN luck % 37 = 0 THEN 2 ELSE 1 END, 'agent-' || luck % 120,
    CASE WHEN luck % 37 = 0 THEN 1 ELSE 0 END, CASE WHEN n <= $6::bigint - $8::bigint THEN at END
FROM (
    SELECT n, luck, $7::timestamptz + n * interval '1 second' * $9::float8 AS at,
        1 + luck % cardinality($1::text[]) AS what, 1 + luck / 11 % $10::int AS station,
        ($3::text[])[1 + luck / 7 % cardinality($3::text[])] AS channel
    FROM (SELECT n, abs(hashint8extended(n, 7)) % 1000000000000 AS luck
          FROM generate_series($11::bigint, $12::bigint) AS n) AS numbered
) AS drawn
"""
AT_ONCE = 100_000


async def fill_orders(connection: Connection, count: int) -> None:
    """Enter `count` orders spread evenly over the last year; those of the last days are open, the others archived."""
    started = SystemClock().now() - timedelta(days=DAYS)
    still_open = count * OPEN_DAYS // DAYS
    step = DAYS * 86_400 / count
    for first in range(1, count + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, count)
        lists = [list(words) for words in (CONTENTS, TYPES, CHANNELS, AREAS, OPEN)]
        await connection.execute(FILL, *lists, count, started, still_open, step, STATIONS, first, last, timeout=300)


async def put_promises_at_risk(connection: Connection) -> None:
    """Let sla have warned of one open order in five, and found one in ten broken."""
    await connection.execute(
        "INSERT INTO intake.promises_at_risk SELECT id, id, 'repair_arrival', 'INT', recorded_at, row % 15 < 5"
        " FROM (SELECT id, recorded_at, row_number() OVER (ORDER BY id) AS row FROM intake.orders"
        f" WHERE id > '{first_id_at(SystemClock().now() - timedelta(days=OPEN_DAYS))}') AS recent WHERE row % 5 < 2"
    )
