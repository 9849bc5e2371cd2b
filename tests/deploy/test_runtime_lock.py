"""The image gets what the services need, with hashes, and none of the tools."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from types import ModuleType

import pytest

from tests.architecture.tree import PROJECT

LOCK = """\
a==1 ; sys_platform != 'win32' \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via relight (pyproject.toml)
b==2 \\
    --hash=sha256:bb
    # via
    #   a
    #   tool
c==3 \\
    --hash=sha256:cc
    # via b
tool==4 \\
    --hash=sha256:dd
    # via relight (pyproject.toml:dev)
deep==5 \\
    --hash=sha256:ee
    # via tool
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("runtime_lock", PROJECT / "deploy" / "runtime_lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_only_the_tools_need_stays_behind(script: ModuleType) -> None:
    kept = script.runtime_part(LOCK)

    assert re.findall(r"^(\w+)==", kept, re.MULTILINE) == ["a", "b", "c"]
    assert "a==1 ; sys_platform != 'win32' \\\n    --hash=sha256:aa \\\n    --hash=sha256:ab\n" in kept


def test_what_is_left_out_takes_along_what_only_it_needed(script: ModuleType) -> None:
    assert script.runtime_part(LOCK, without=frozenset({"b"})).count("==") == 1


def test_the_projects_own_dependencies_are_all_in_it(script: ModuleType) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.split(r"[\[=<>~! ]", one)[0] for one in project["project"]["dependencies"]}
    tools = {re.split(r"[\[=<>~! ]", one)[0] for one in project["dependency-groups"]["dev"]} - wanted

    kept = set(re.findall(r"^([a-z0-9._-]+)==", script.runtime_part((PROJECT / "requirements.lock").read_text()), re.M))

    assert wanted <= kept
    assert not {"pytest", "mypy", "ruff", "uv"} & kept
    assert len(tools & kept) < 3
