"""Files outside the database, under the hash of what they hold: the same file is kept once, and is whole or not there.

The file is written before the row that names it; what no row names is an orphan, which a sweep takes away. Whoever
writes a file and the row and whoever sweeps hold the same lock, one of 256, until their transactions end: a file that
is about to be named is never swept.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text

from shared.db import Session
from shared.ids import new_id

OWNER = ".owner"
"""The file in which a folder says whose it is."""

FindNamed = Callable[[Collection[str]], Awaitable[Collection[str]]]

PARTS = 256
"""The folder is cut by the first byte of the hash, and so are the locks."""

_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext(:key))")
_TAKE = text("SELECT pg_try_advisory_xact_lock(hashtext(:key))")


def path_of(folder: Path, digest: str) -> Path:
    """Return where the file of a hash (hex sha256) lies."""
    return folder / digest[:2] / digest


def write_file(folder: Path, content: bytes, digest: str) -> None:
    """Write the bytes under their hash: a file that is there is whole, as it came by its name only when it was."""
    path = path_of(folder, digest)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{new_id().hex}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    for parent in (path.parent, folder):
        _sync_folder(parent)


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder survive a power cut: the row that names the file will."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def keep_file(session: Session, folder: Path, content: bytes, *, owner: str) -> str:
    """Keep a file for the row that this transaction writes; return its hash (hex sha256).

    `owner` is the id of the books that name the files; a folder that is nobody's yet is theirs from now on.
    """
    digest = hashlib.sha256(content).hexdigest()
    await session.execute(_SHARE, {"key": _key(folder, digest[:2])})
    await asyncio.to_thread(_claim, folder, owner)
    await asyncio.to_thread(write_file, folder, content, digest)
    return digest


async def sweep_part(session: Session, folder: Path, part: str, find_named: FindNamed, *, owner: str) -> int:
    """Take away the files of one part (two hex digits) that no row names; return how many went.

    `find_named` says which of some hashes are named. A part in which somebody is writing is left for the next time,
    and a folder of other books is left alone: what they name, these cannot know.
    """
    there = await asyncio.to_thread(_list_part, folder, part, owner)
    if not there or not (await session.execute(_TAKE, {"key": _key(folder, part)})).scalar_one():
        return 0
    named = await find_named({name.partition(".")[0] for name in there})
    # A name with a suffix is a file that was never finished: nobody is writing now, or the lock would not be ours.
    orphans = [folder / part / name for name in there if name not in named]
    await asyncio.to_thread(_remove, orphans)
    return len(orphans)


def _key(folder: Path, part: str) -> str:
    return f"files {folder.name} {part}"


def _claim(folder: Path, owner: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError), (folder / OWNER).open("x", encoding="utf-8") as file:
        file.write(owner)


def _list_part(folder: Path, part: str, owner: str) -> list[str]:
    owned = folder / OWNER
    is_ours = owned.is_file() and owned.read_text(encoding="utf-8") == owner
    here = folder / part
    return sorted(path.name for path in here.iterdir()) if is_ours and here.is_dir() else []


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
