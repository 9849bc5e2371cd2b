"""What a file is: its first bytes say, never its name; and how large one may be (interfaces, section 2)."""

from __future__ import annotations

from collections.abc import Collection

LARGEST = 5 * 1024 * 1024
"""5 MiB, the limit included (decision 11)."""

PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})
DOCUMENTS = frozenset({"application/pdf"})
AUDIO = frozenset({"audio/mpeg", "audio/wav", "audio/ogg", "audio/amr", "audio/mp4"})
VIDEO = frozenset({"video/mp4", "video/quicktime", "video/3gpp"})

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"MSNV"), "video/mp4"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3gp7"), "video/3gpp"),
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
_MPEG_AUDIO = frozenset({b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"})


def content_type_of(content: bytes, *, among: Collection[str] | None = None) -> str | None:
    """Return a file's type by its first bytes, or None if it is of no type that we know (or none of `among`)."""
    found = _content_type_of(content)
    return found if among is None or found in among else None


def _content_type_of(content: bytes) -> str | None:
    for start, content_type in _STARTS:
        if content.startswith(start):
            return content_type
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12])
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12])
    return "audio/mpeg" if content[:2] in _MPEG_AUDIO else None
