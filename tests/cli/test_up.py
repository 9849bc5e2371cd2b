"""`relight up` as it is really started: one process, its own PostgreSQL, a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from services.cli.evening import Script
from tests.cli.command import COMMAND, ROOT, assert_one_clear_line, environment, relight
from tests.ports import free_port

START_PATIENCE = 120.0
STOP_PATIENCE = 15.0


class House:
    """One `relight up` on a data folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [*COMMAND, "up", *options],
            cwd=ROOT,
            env=environment(data_folder=folder, port=self.port),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_until_ready(self) -> httpx.Response:
        """Return the first answer of /readyz that is 200."""
        give_up_at, said = time.monotonic() + START_PATIENCE, "nothing"
        while time.monotonic() < give_up_at:
            assert self.process.poll() is None, self.process.stdout and self.process.stdout.read()
            try:
                answer = httpx.get(f"{self.url}/readyz", timeout=5)
                if answer.is_success:
                    return answer
                said = answer.text
            except httpx.TransportError as problem:
                said = repr(problem)
            time.sleep(0.1)
        raise AssertionError(f"relight up did not become ready: {said}")

    def children(self) -> list[psutil.Process]:
        """Return every process that it started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(STOP_PATIENCE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    try:
        house.wait_until_ready()
        yield house
    finally:
        house.process.kill()
        house.process.wait()


def test_it_becomes_ready_and_answers_for_every_service(house: House) -> None:
    assert house.wait_until_ready().json() == {"ready": True, "wrong": []}
    for path in ("/intake/orders", "/dispatch/crews", "/callback/plans", "/sla/promises"):
        assert httpx.get(house.url + path).status_code == 401, path


def test_its_secrets_are_made_once_and_are_for_its_owner_only(house: House) -> None:
    secrets = house.folder / "secrets.json"

    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    known = json.loads(secrets.read_text())
    assert len(known["token_secret"]) >= 32
    assert known["upstream_secret"].startswith("whsec_")


def test_started_twice_it_says_so_in_one_line(house: House) -> None:
    again = relight("up", data_folder=house.folder, port=free_port())

    assert_one_clear_line(again, status=2, words=f"(pid {house.process.pid})")


def test_a_taken_port_is_one_clear_line(house: House, tmp_path: Path) -> None:
    done = relight("up", data_folder=tmp_path, port=house.port)

    assert_one_clear_line(done, status=2, words=f"Port 127.0.0.1:{house.port} is taken")


def test_options_of_the_demonstration_alone_are_one_clear_line(tmp_path: Path) -> None:
    done = relight("up", "--exit", data_folder=tmp_path)

    assert_one_clear_line(done, status=2, words="--demo")


def test_other_verbs_use_the_database_of_the_one_that_runs(house: House) -> None:
    add = ("users", "add", "wang", "--role", "ops", "--password-stdin")
    added = relight(*add, data_folder=house.folder, say="long-enough-1\n")
    check = relight("migrate", "--check", data_folder=house.folder)

    assert (added.returncode, check.returncode) == (0, 0), added.stderr + check.stderr
    who = {"login": "wang", "password": "long-enough-1"}
    assert httpx.post(f"{house.url}/dispatch/staff/sign-in", json=who).json()["access_token"]


def test_a_stop_signal_ends_it_cleanly_with_everything_that_it_started(house: House) -> None:
    children = house.children()
    assert any(child.name() == "postgres" for child in children)

    status = house.stop()

    assert status == 0
    assert psutil.wait_procs(children, timeout=5)[1] == []
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", house.port), timeout=1)


def test_after_a_clean_end_other_verbs_start_the_database_themselves(house: House) -> None:
    if house.process.poll() is None:
        house.stop()

    listed = relight("users", "list", data_folder=house.folder)

    assert listed.stdout.startswith("wang\tops\tactive"), listed.stderr


def test_ctrl_c_while_it_starts_is_a_clean_end_too(tmp_path: Path) -> None:
    house = House(tmp_path)
    give_up_at = time.monotonic() + START_PATIENCE
    while not any(child.name() == "postgres" for child in house.children()) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    children = house.children()

    assert house.stop(signal.SIGINT) == 0
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_ctrl_c_during_the_demonstration_ends_the_evening_with_it(tmp_path: Path) -> None:
    house = House(tmp_path, "--demo")
    give_up_at = time.monotonic() + START_PATIENCE
    while not any("services.cli.evening" in command_of(child) for child in house.children()):
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
    children = house.children()

    os.killpg(house.process.pid, signal.SIGINT)  # as a terminal does it

    assert house.process.wait(STOP_PATIENCE) == 0
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert house.process.stdout
    said = house.process.stdout.read()
    assert "demo-agent" in said
    assert "Traceback" not in said


def command_of(process: psutil.Process) -> str:
    """Return a process's command line, or nothing when it just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def test_the_evening_does_not_outlive_the_one_that_started_it(tmp_path: Path) -> None:
    script = Script(
        parent=1, base_url="http://127.0.0.1:9", seed=1, journal=str(tmp_path / "j"), password="-", upstream_secret="-"
    )

    done = subprocess.run(
        [sys.executable, "-m", "services.cli.evening"],
        input=json.dumps(vars(script)),
        text=True,
        cwd=ROOT,
        timeout=30,
        check=False,
    )

    assert done.returncode == 130


def test_a_data_folder_of_another_postgresql_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("17\n")

    done = relight("up", data_folder=tmp_path, port=free_port())

    assert_one_clear_line(done, status=2, words="PostgreSQL 17")


def test_damaged_secrets_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")

    done = relight("up", data_folder=tmp_path, port=free_port())

    assert_one_clear_line(done, status=2, words="is damaged")
