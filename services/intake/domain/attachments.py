"""What a file beside an order is: its kind, who it comes from, what it may be and weigh (001-043 to 001-045)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import BadField, Invalid, Text, TooLarge, bad_field
from shared.files import AUDIO, DOCUMENTS, LARGEST, PHOTOS, VIDEO, content_type_of
from shared.glossary import Word


class AttachmentKind(Word):
    """附件类别: photos, pictures, proof (001-044), the stamped statement (001-035), recordings (003-048)."""

    PHOTO = "photo"
    PICTURE = "picture"
    PROOF = "proof"
    STATEMENT = "statement"
    AUDIO_RECORDING = "audio_recording"
    VIDEO_RECORDING = "video_recording"


RECORDINGS = frozenset({AttachmentKind.AUDIO_RECORDING, AttachmentKind.VIDEO_RECORDING})
"""They hold people's voices and faces: heard by few, each time on record, and not kept for ever (003-048)."""

ALLOWED = {
    AttachmentKind.PHOTO: PHOTOS,
    AttachmentKind.PICTURE: PHOTOS,
    AttachmentKind.PROOF: PHOTOS | DOCUMENTS,
    AttachmentKind.STATEMENT: PHOTOS | DOCUMENTS,
    AttachmentKind.AUDIO_RECORDING: AUDIO,
    AttachmentKind.VIDEO_RECORDING: VIDEO,
}
"""What a file of each kind may hold, by its content."""

LONGEST_NAME = 100

_TOO_LARGE = Text("附件不得超过 5M（5×1024×1024 字节）", "an attachment may have at most 5 MiB")
_NOT_KEPT = Text("附件不符合要求，未保存", "the attachment breaks the rules below and was not kept")
_BAD_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAttachment:
    """A file as somebody hands it in, for an order."""

    kind: AttachmentKind
    is_third_party: bool
    name: str
    content: bytes


def check_attachment(new: NewAttachment) -> str:
    """Return the content's type; raises TooLarge above 5 MiB, Invalid naming everything else that is wrong.

    What the file is called decides nothing.
    """
    if len(new.content) > LARGEST:
        raise TooLarge(
            "attachment.too_large", _TOO_LARGE, fields=[BadField("body", "attachment.too_large", _TOO_LARGE)]
        )
    found = content_type_of(new.content)
    broken = [*_check_content(new, found), *_check_name(new.name)]
    if found is None or broken:
        raise Invalid("attachment.invalid", _NOT_KEPT, fields=broken)
    return found


def keep_until(kind: AttachmentKind, *, recorded_at: datetime, keeps_recordings: timedelta) -> datetime | None:
    """Return until when the file is kept; None is for good (004-011: what is recorded is not deleted)."""
    return recorded_at + keeps_recordings if kind in RECORDINGS else None


def _check_content(new: NewAttachment, found: str | None) -> list[BadField]:
    if not new.content:
        return [bad_field("body", "attachment.empty", "附件没有内容", "there is nothing in it")]
    if found is None:
        zh, en = "无法识别的文件类型", "of no type that is taken"
        return [bad_field("body", "attachment.type_unknown", zh, en)]
    if found not in ALLOWED[new.kind]:
        zh = f"文件内容（{found}）与类别 {new.kind} 不符"
        return [bad_field("kind", "attachment.kind_mismatch", zh, f"a {new.kind} cannot be {found}")]
    return []


def _check_name(name: str) -> list[BadField]:
    if not name or len(name) > LONGEST_NAME or _BAD_NAME.search(name) or name.strip(". ") == "":
        zh = f"文件名为 1 至 {LONGEST_NAME} 字，不含路径与控制字符"
        return [bad_field("name", "attachment.bad_name", zh, f"1 to {LONGEST_NAME} characters, no path in it")]
    return []
