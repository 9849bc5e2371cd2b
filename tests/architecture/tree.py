"""The project's own files, read once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]
NOT_OURS = {".git", ".venv", ".relight", "node_modules", "target", "__pycache__"}
"""Folders of an unpacked archive that hold nothing of ours; in a clone, git knows it better."""


@cache
def project_files() -> list[Path]:
    """Every file of the project, tracked or about to be, by its path from the project's root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        found = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        found = [path.relative_to(PROJECT) for path in PROJECT.rglob("*") if not NOT_OURS & set(path.parts)]
    return sorted({path for path in found if (PROJECT / path).is_file()})


def modules(*roots: str) -> list[Path]:
    """Every Python module under these folders."""
    return [path for path in project_files() if path.suffix == ".py" and path.parts[0] in roots]


@cache
def read(path: Path) -> str:
    """The text of one file; empty for what is not text."""
    try:
        return (PROJECT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of one module."""
    return ast.parse(read(path), str(path))


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Every call in a module, as its line and dotted name (`datetime.now`, `connection.commit`)."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, _dotted(node.func)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "…"
