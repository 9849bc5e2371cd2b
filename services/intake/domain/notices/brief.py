"""What somebody who reports an outage is told when it was announced: why, since when, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.notices.words import NoticeKind
from shared.errors import Text
from shared.zone import SHANGHAI

KINDS = {
    NoticeKind.PLANNED: ("计划停电", "a planned outage"),
    NoticeKind.TEMPORARY: ("临时停电", "a temporary outage"),
    NoticeKind.URGENT_DEFECT: ("紧急消缺停电", "an outage to clear an urgent defect"),
    NoticeKind.LOAD_SHEDDING: ("限电", "load shedding by the announced table"),
}
SHOWN = "%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class NoticeBrief:
    """A known outage at a caller's place. `is_overrun`: it should be over by now, so the report is worth a look."""

    notice_id: UUID
    kind: NoticeKind
    reason: str
    area_text: str
    off_at: datetime
    on_by: datetime
    is_published: bool
    is_overrun: bool

    @property
    def text(self) -> Text:
        """What to read out to the caller, times in Shanghai."""
        zh, en = KINDS[self.kind]
        since, until = (moment.astimezone(SHANGHAI).strftime(SHOWN) for moment in (self.off_at, self.on_by))
        if self.is_overrun:
            return Text(
                f"您所在区域 {since} 起{zh}（{self.reason}），原定 {until} 恢复，现已超时，我们马上核实并答复您",
                f"there has been {en} at your place since {since} ({self.reason}); it was to end at {until}, "
                "which has passed: we are finding out and will tell you",
            )
        return Text(
            f"您所在区域 {since} 起{zh}（{self.reason}），预计 {until} 恢复供电，给您带来不便，敬请谅解",
            f"there is {en} at your place since {since} ({self.reason}); power is expected back at {until}",
        )
