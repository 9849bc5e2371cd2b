"""The embedded PostgreSQL: durable, ours alone, gone when we are gone, and clear when it cannot start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from shared import embedded
from shared.db import Database
from shared.embedded import EmbeddedPostgres, EmbeddedPostgresError, processes_in, wheel_bin_folder
from shared.errors import Language
from shared.ids import new_id
from tests.shared.embedded_starter import __name__ as starter_module

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped cluster to copy: a folder each without an initdb each."""
    folder = tmp_path_factory.mktemp("cluster") / "postgres"
    with EmbeddedPostgres(folder):
        pass
    return folder


@pytest.fixture
def folder(cluster: Path, tmp_path: Path) -> Iterator[Path]:
    copy = tmp_path / "postgres"
    shutil.copytree(cluster, copy)
    yield copy
    assert list(processes_in(copy / "data")) == [], "a server was left behind"


def ask(server: EmbeddedPostgres, statement: str) -> object:
    async def go() -> object:
        connection = await asyncpg.connect(server.url())
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return run_apart(go)


def run_apart(work: Callable[[], Coroutine[Any, Any, object]]) -> object:
    """Run a coroutine function on a loop of its own: the session's loop belongs to async tests."""
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(asyncio.run(work())))
    thread.start()
    thread.join()
    return answers[0]


@contextlib.contextmanager
def starter(folder: Path, *, python: str = sys.executable, user: int | None = None) -> Iterator[subprocess.Popen[str]]:
    command = [python, "-m", starter_module, str(folder), str(wheel_bin_folder())]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, user=user)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        wait_until(lambda: not list(processes_in(folder / "data")))


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def wait_until(is_true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.02)


def server_pid(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def refusal(folder: Path, *, bin_folder: Path | None = None) -> EmbeddedPostgresError:
    with pytest.raises(EmbeddedPostgresError) as caught:
        EmbeddedPostgres(folder, bin_folder=bin_folder).start()
    languages: tuple[Language, Language] = ("zh-CN", "en")
    for language in languages:
        said = caught.value.text.say(language, caught.value.context)
        assert "\n" not in said
        assert "Traceback" not in said
    return caught.value


def test_data_survives_a_stop_and_a_start(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")

    with EmbeddedPostgres(folder) as server:
        assert ask(server, "SELECT answer FROM kept") == 42
        assert server.is_running
    assert not server.is_running


def test_it_is_durable_and_listens_to_nobody_else(folder: Path) -> None:
    with EmbeddedPostgres(folder, options={"max_connections": "33", "listen_addresses": "*"}) as server:
        assert ask(server, "SHOW fsync") == "on"
        assert ask(server, "SHOW max_connections") == "33"
        assert ask(server, "SHOW listen_addresses") == ""
        assert server.socket_folder.stat().st_mode & 0o777 == 0o700


def test_trigrams_know_chinese(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        ask(server, "CREATE EXTENSION pg_trgm")

        assert ask(server, "SELECT similarity('供电所', '供电局') > 0")
        assert ask(server, "SELECT datctype || ' ' || getdatabaseencoding() FROM pg_database LIMIT 1") == "C.UTF-8 UTF8"


def test_sqlalchemy_finds_it_by_the_same_address(folder: Path) -> None:
    async def go() -> object:
        database = Database(server.url(), schema="public")
        async with database.engine.connect() as connection:
            answer = await connection.scalar(text("SELECT 1"))
        await database.close()
        return answer

    with EmbeddedPostgres(folder) as server:
        assert run_apart(go) == 1


def test_a_deep_folder_gets_its_socket_elsewhere_and_private(cluster: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 60) / ("数据" * 20)
    shutil.copytree(cluster, deep)

    with EmbeddedPostgres(deep) as server:
        assert ask(server, "SELECT 1") == 1
        assert deep not in server.socket_folder.parents
        assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    assert not server.socket_folder.exists()


def test_a_socket_folder_of_somebody_else_is_refused(cluster: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    shutil.copytree(cluster, deep)
    trap = EmbeddedPostgres(deep).socket_folder
    trap.symlink_to(tmp_path)
    try:
        assert refusal(deep).code == "embedded.not_writable"
    finally:
        trap.unlink()


def test_the_server_ends_cleanly_when_its_starter_is_killed_and_starts_again(folder: Path) -> None:
    with starter(folder) as process:
        assert first_line(process) == "ready"
        ask(EmbeddedPostgres(folder), "CREATE TABLE kept AS SELECT 7 AS answer")
        process.kill()
        process.wait()

        with EmbeddedPostgres(folder) as server:  # at once: it waits for the dying server
            assert ask(server, "SELECT answer FROM kept") == 7
            said = server.log.read_text()
    assert "database system is shut down" in said
    assert "automatic recovery in progress" not in said


def test_it_recovers_when_server_and_starter_are_killed(folder: Path) -> None:
    with starter(folder) as process:
        assert first_line(process) == "ready"
        ask(EmbeddedPostgres(folder), "CREATE TABLE kept AS SELECT 8 AS answer")
        os.kill(server_pid(folder), signal.SIGKILL)
        process.kill()
        process.wait()
    assert (folder / "data" / "postmaster.pid").exists()

    with EmbeddedPostgres(folder) as server:
        assert ask(server, "SELECT answer FROM kept") == 8


def test_a_stale_pid_that_now_belongs_to_a_stranger_does_not_matter(folder: Path) -> None:
    (folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n1\n5432\n{folder}\n\n 1 1\nready\n")
    with EmbeddedPostgres(folder) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_first_start_killed_midway_heals(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with starter(folder) as process:
        wait_until(lambda: list(folder.glob("new-data-*/PG_VERSION")))
        process.kill()
        process.wait()
    assert not (folder / "data").exists()

    with EmbeddedPostgres(folder) as server:
        assert ask(server, "SELECT 1") == 1
    assert list(folder.glob("new-data-*")) == []


def test_a_second_relight_is_refused_and_told_who_runs(folder: Path) -> None:
    with starter(folder) as process:
        assert first_line(process) == "ready"

        error = refusal(folder)

        assert error.code == "embedded.already_running"
        assert error.context["pid"] == str(process.pid)
        assert ask(EmbeddedPostgres(folder), "SELECT 1") == 1


def test_starting_the_same_twice_leaves_it_running(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        with pytest.raises(RuntimeError):
            server.start()
        assert ask(server, "SELECT 1") == 1


def test_only_the_main_thread_may_start_it(folder: Path) -> None:
    problems: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedPostgres(folder).start()
        except RuntimeError as problem:
            problems.append(problem)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(problems) == 1


def test_data_of_another_version_are_left_alone(folder: Path) -> None:
    (folder / "data" / "PG_VERSION").write_text("15\n")

    error = refusal(folder)

    assert error.code == "embedded.other_version"
    assert (error.context["found"], error.context["ours"]) == ("15", "18")


def test_missing_programs_are_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "postgres", bin_folder=tmp_path).code == "embedded.no_binaries"


def test_programs_that_cannot_run_here_are_named(tmp_path: Path) -> None:
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_bytes(b"\x00not a program")
        (tmp_path / name).chmod(0o755)
    assert refusal(tmp_path / "postgres-data", bin_folder=tmp_path).code == "embedded.no_binaries"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert refusal(tmp_path / "file" / "postgres").code == "embedded.not_writable"


def test_a_setting_that_postgres_refuses_is_repeated_in_its_words(folder: Path) -> None:
    with pytest.raises(EmbeddedPostgresError) as caught:
        EmbeddedPostgres(folder, options={"shared_buffers": "a lot"}).start()
    assert caught.value.code == "embedded.failed"
    assert "shared_buffers" in caught.value.context["detail"]
    with EmbeddedPostgres(folder) as server:  # a failed start leaves no lock behind
        assert server.is_running


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_an_ordinary_user_starts_it_directly_and_is_told_of_a_closed_folder(tmp_path: Path) -> None:
    python = next(filter(is_usable_by_nobody, (sys.executable, "/usr/bin/python3")), None)
    if python is None:
        pytest.skip("other users can reach neither the project's folder nor a Python new enough")
    home = Path(f"/tmp/relight-test-{new_id()}")
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    try:
        with starter(home / "postgres", python=python, user=65534) as process:
            assert first_line(process) == "ready"
            assert (home / "postgres" / "data").stat().st_uid == 65534
        home.chmod(0o755)
        with starter(home / "other", python=python, user=65534) as process:
            assert first_line(process).startswith("embedded.not_writable")
    finally:
        shutil.rmtree(home)


def is_usable_by_nobody(python: str) -> bool:
    try:
        done = subprocess.run([python, "-c", "from typing import Self"], cwd=PROJECT, user=65534, check=False)
    except PermissionError:
        return False
    return done.returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a small disk")
def test_a_full_disk_is_called_a_full_disk(tmp_path: Path) -> None:
    tmp_path.joinpath("small").mkdir()
    script = (
        f"mount -t tmpfs -o size=9m none {tmp_path}/small && {sys.executable} -m {starter_module} {tmp_path}/small/pg"
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if "mount" in done.stderr:
        pytest.skip("this system permits no mounts")
    assert done.stdout.startswith("embedded.disk_full")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a namespace")
def test_a_system_without_user_namespaces_is_called_so(tmp_path: Path) -> None:
    script = f"echo 0 > /proc/sys/user/max_user_namespaces && exec {sys.executable} -m {starter_module} {tmp_path}/pg"
    # The limit is a user namespace's own: set in an outer one, it stops ours from making an inner one.
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", script],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "max_user_namespaces" in done.stderr:
        pytest.skip("this system does not let us lower the limit")
    assert done.stdout.startswith("embedded.no_namespace")


def test_the_log_is_cut_when_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "LOG_LIMIT", 10)
    log = tmp_path / "postgres.log"
    log.write_text("more than ten bytes")

    embedded.cut_log(log)

    assert log.read_text() == ""
    assert (tmp_path / "postgres.log.1").read_text() == "more than ten bytes"
