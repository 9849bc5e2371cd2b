"""What counts as a photo: its first bytes say, never its name (interfaces, section 2)."""

from __future__ import annotations

from shared.errors import Invalid, Text, bad_field

LARGEST = 5 * 1024 * 1024
"""5 MiB, the limit included (decision 11)."""

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1"})


def content_type_of(content: bytes) -> str | None:
    """Return the photo's type by its first bytes, or None if they are of no photo that we take."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return "image/heic"
    return None


def check_photo(content: bytes) -> str:
    """Return the photo's type; raises Invalid for what is too large or no photo."""
    if len(content) > LARGEST:
        raise _refuse("attachment.too_large", "照片不得超过 5 MB", "a photo may have at most 5 MiB")
    found = content_type_of(content)
    if found is None:
        raise _refuse(
            "attachment.not_a_photo", "只接受 JPEG、PNG、WebP、HEIC 照片", "only JPEG, PNG, WebP or HEIC photos"
        )
    return found


def _refuse(code: str, zh: str, en: str) -> Invalid:
    return Invalid(code, Text(zh, en), fields=[bad_field("body", code, zh, en)])
