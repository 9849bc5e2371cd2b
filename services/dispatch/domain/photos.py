"""What counts as a photo from the field: its first bytes say, never its name (interfaces, section 2)."""

from __future__ import annotations

from shared.errors import Invalid, Text, bad_field
from shared.files import LARGEST, PHOTOS, content_type_of


def check_photo(content: bytes) -> str:
    """Return the photo's type; raises Invalid for what is too large or no photo."""
    if len(content) > LARGEST:
        raise _refuse("attachment.too_large", "照片不得超过 5 MB", "a photo may have at most 5 MiB")
    found = content_type_of(content, among=PHOTOS)
    if found is None:
        raise _refuse(
            "attachment.not_a_photo", "只接受 JPEG、PNG、WebP、HEIC 照片", "only JPEG, PNG, WebP or HEIC photos"
        )
    return found


def _refuse(code: str, zh: str, en: str) -> Invalid:
    return Invalid(code, Text(zh, en), fields=[bad_field("body", code, zh, en)])
