"""Words that invented names are put together from; none of them is chosen after anybody or any place."""

from __future__ import annotations

from random import Random

CITY = "青澜市"
"""No such city."""

STATIONS: tuple[tuple[str, str, float, float], ...] = (
    ("柳桥", "urban", 0.6, 0.9),
    ("望澜", "urban", -1.8, -0.7),
    ("青石镇", "county_town", 9.5, 4.2),
    ("白渡镇", "county_town", -10.8, 3.5),
    ("竹溪", "rural", 4.8, 13.6),
    ("松岗", "rural", -7.4, -12.9),
    ("金坪", "rural", 15.1, -8.3),
    ("云顶", "special_remote", -19.5, 17.2),
)
"""Name, the usual area type, and kilometres east and north of the centre."""

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "安宁平和清明远航思源子涵雨晨嘉禾立新春晖景行若水知行书瑶文博海燕国庆建军秀兰桂英志强丽华"
ROADS = ("青澜大道", "柳荫路", "望澜路", "长堤街", "新桥街", "东篱路", "西渡路", "学府路", "春晖巷", "石牌街")
ESTATES = ("柳岸花园", "澜湾新村", "春晖苑", "石桥小区", "东篱小区", "望湖里", "新桥公寓")
VILLAGES = (
    "上柳村",
    "下柳村",
    "石塘村",
    "竹坞村",
    "白沙村",
    "金坪村",
    "松岭村",
    "云脚村",
    "花桥村",
    "古井村",
    "南坡村",
)
FIRMS = ("青澜市第一人民医院", "柳桥自来水厂", "望澜中学", "青石粮库", "白渡冷链有限公司", "金坪水泥厂", "青澜客运站")
PHONE_FIRST = 13900000000
"""139 0000 xxxx: ten thousand numbers that nobody is given here."""


def make_person(dice: Random) -> str:
    """Return a name of two or three characters."""
    return dice.choice(SURNAMES) + "".join(dice.sample(GIVEN, dice.choice((1, 2, 2))))


def make_phone(number: int) -> str:
    """Return the invented number `number` (0 to 9,999) of the county."""
    return str(PHONE_FIRST + number % 10_000)


def make_address(dice: Random, *, station: str, area_type: str) -> str:
    """Return an address as people say it: road and estate in towns, village and group outside."""
    if area_type in ("urban", "county_town"):
        road, estate = dice.choice(ROADS), dice.choice(ESTATES)
        where = f"{road}{dice.randint(1, 199)}号{estate}{dice.randint(1, 28)}幢{dice.randint(1, 4)}单元"
        return f"{CITY}{station}{where}{dice.randint(1, 18)}0{dice.randint(1, 4)}室"
    return f"{CITY}{station}{dice.choice(VILLAGES)}{dice.randint(1, 12)}组{dice.randint(1, 90)}号"
