"""工作许可: no work before the grid dispatcher's leave, and no leave before every line of the checklist is true.

Requirements 000-087, 004-031: no time limit ever justifies skipping it.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import BadField, Invalid, Text

CHECKLIST: dict[str, tuple[str, str]] = {
    "isolated": ("已停电并断开各侧电源", "isolated from every side"),
    "voltage_tested": ("已验明无电压", "tested and found dead"),
    "earthed": ("已装设接地线", "earthed"),
    "signs_and_barriers": ("已悬挂标示牌、装设遮栏", "signs hung and barriers set up"),
    "supervisor_named": ("已指定专责监护人", "a safety supervisor is named"),
}

_INCOMPLETE = Text("安全措施未全部完成，不得许可开工", "the safety checklist is not complete; no leave to work")


def check_checklist(checklist: Mapping[str, bool]) -> None:
    """Raise Invalid naming each line that is missing or not true."""
    missing = [
        BadField(f"checklist.{name}", "permit.not_done", Text(f"未完成：{zh}", f"not done: {en}"))
        for name, (zh, en) in CHECKLIST.items()
        if not checklist.get(name)
    ]
    if missing:
        raise Invalid("permit.checklist_incomplete", _INCOMPLETE, fields=missing)
