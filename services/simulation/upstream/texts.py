"""What invented customers say, and what our desks answer: good replies, a different one in each round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Matter:
    """What a customer of one business type says, and the replies of the rounds, with the flags that go with them."""

    content: str
    results: Sequence[str]
    flags: Mapping[str, Any]


MATTERS: Mapping[str, Matter] = {
    "complaint": Matter(
        "客户投诉抄表员服务态度生硬，要求核实处理",
        (
            "经核实，抄表员沟通时语气生硬的情况属实，已对其批评教育，并由所长当面向客户致歉，今后将加强服务培训。",
            "所长再次上门了解经过，抄表员说话生硬属实，现已调离该片区，并安排全所重新学习服务规范，客户表示理解。",
            "营业局负责人约见客户，确认抄表员态度问题属实，已按规定考核当事人，后续由片区经理每月回访一次。",
        ),
        {"is_substantiated": True, "company_liable": True, "outcome": "settled"},
    ),
    "misconduct_report": Matter(
        "客户举报收费员违规收取接电费用，要求查处",
        (
            "经调查核实，收费员违规收取接电费用的情况属实，已责令退还费用，并按规定对其作出处理。",
            "监督部门复查账目，确认该笔接电费用收取违规属实，费用已全部退回，当事人已停职并通报全局。",
            "再次约谈当事人并核对票据，违规收费属实，处理决定已书面告知，接电收费项目已在营业厅公示。",
        ),
        {"is_substantiated": True, "outcome": "settled"},
    ),
    "opinion": Matter(
        "客户反映营业厅排队时间过长，建议增设窗口",
        (
            "已采纳客户意见，营业厅将在业务高峰时段增设一个服务窗口，并安排引导员分流，缩短客户等候时间。",
            "营业厅窗口由三个增至四个，排队叫号已接入手机预约，客户可提前取号，平均等候时间降至十分钟以内。",
            "排队问题已列入本月整改，中午时段安排轮岗不停办，另设自助缴费机两台，营业时间不变。",
        ),
        {"outcome": "adopted"},
    ),
    "suggestion": Matter(
        "客户建议在村口增设充电桩",
        (
            "已采纳客户建议，村口增设充电桩已列入下半年建设计划，预计十月底前投入使用，届时将张贴公告告知。",
            "村口充电桩选址已与村委会商定，建设两台七千瓦交流桩，施工单位本周进场，建成后统一管理。",
            "充电桩工程已完成设计审查，配套变压器增容同步安排，施工期间不影响村民用电。",
        ),
        {"outcome": "adopted"},
    ),
    "consultation": Matter(
        "客户咨询更名过户需要哪些材料",
        (
            "已向客户说明，更名过户需携带双方身份证和房屋产权证明，到任一营业厅办理，当日即可办结。",
            "再次致电客户逐项核对：买卖双方到场、带产权证和最近一期电费单即可更名过户，也可在手机上预约办理。",
            "客户委托家人办理更名过户的，另需授权委托书，已将材料清单以短信发给客户，营业厅可代为复印。",
        ),
        {"outcome": "settled"},
    ),
    "praise": Matter("客户表扬抢修人员冒雨抢修，服务热情", (), {}),
    "fault_repair": Matter("家中突然停电，邻居家有电，请尽快安排人员检查处理", (), {}),
}

PROOF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
"""A very small document: the basis that a finding of fact needs as an attachment."""

PLACES = "云岭澄溪枫林松坪竹园荷塘梅坞柳湾桃源杏村槐荫榆关桐庐梧州"


def customer_of(number: int) -> dict[str, str]:
    """Make a caller who is nobody, in a home of their own: no two of a simulation are neighbours."""
    town, village = PLACES[number % 28 : number % 28 + 1], PLACES[number // 28 % 28 : number // 28 % 28 + 1]
    return {
        "name": "赵钱孙李周吴郑王冯陈"[number % 10] + "一二三四五六七八九十"[number // 10 % 10],
        "phone": f"1{number % 10**10:010d}",
        "address": f"虚构县{town}山镇{village}家{number % 997}村{number % 89 + 1}组{number % 9973}号",
    }


def reply_of(business_type: str, round_number: int) -> dict[str, Any]:
    """Return the texts and flags of a reply that nothing stands against; another text in each round."""
    matter = MATTERS[business_type]
    return {
        "course": "工作人员到现场与客户沟通并核实情况",
        "basis": "现场核实记录和相关业务规定",
        "plan": "按承诺期限落实并跟踪",
        "customer_opinion": "客户表示认可",
        "handlers": ["李工"],
        "result_text": matter.results[(round_number - 1) % len(matter.results)],
        "answer_mode": "visit",
        "conclusion": "诉求已处理，客户认可",
        **matter.flags,
    }
