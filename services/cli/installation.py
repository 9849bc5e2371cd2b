"""The installation on this machine: its data folder with secrets, its database, and which `relight up` runs on it."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from services.cli.problems import SetupProblem

if TYPE_CHECKING:
    from shared.embedded import EmbeddedPostgres
    from shared.settings import Settings

SECRETS = "secrets.json"
RUNNING = "running.json"

POSTGRES_OPTIONS = {"max_connections": "200", "shared_buffers": "256MB", "max_wal_size": "2GB"}
"""Four services' pools, their buses and a few verbs beside them."""


@dataclass(frozen=True)
class Secrets:
    """What an installation on one machine signs with; made once."""

    token_secret: str
    upstream_secret: str
    role_password: str
    demo_password: str


@dataclass(frozen=True)
class Running:
    """A `relight up` that holds this data folder; `url` is empty until it serves."""

    pid: int
    url: str


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of the environment, with those that the command line names (None: not named)."""
    from shared.settings import Settings

    return Settings(**{name: value for name, value in overrides.items() if value is not None})


def with_local_secrets(settings: Settings) -> tuple[Settings, Secrets]:
    """Return the settings with what is missing filled from the data folder's secrets, made there if need be."""
    ours = keep_secrets(settings.data_folder)
    return _filled(settings, ours), ours


def with_known_secrets(settings: Settings) -> Settings:
    """Return the settings with what is missing filled from the data folder's secrets, if there are any."""
    if not (settings.data_folder / SECRETS).exists():
        return settings
    return _filled(settings, keep_secrets(settings.data_folder))


def _filled(settings: Settings, ours: Secrets) -> Settings:
    from pydantic import SecretStr

    missing: dict[str, Any] = {}
    if not settings.token_secret.get_secret_value():
        missing["token_secret"] = SecretStr(ours.token_secret)
    if not settings.upstream_secrets:
        missing["upstream_secrets"] = [SecretStr(ours.upstream_secret)]
    if not settings.database_role_password.get_secret_value():
        missing["database_role_password"] = SecretStr(ours.role_password)
    return settings.model_copy(update=missing)


def keep_secrets(folder: Path) -> Secrets:
    """Return the folder's secrets; made once, readable by their owner only."""
    path = folder / SECRETS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileNotFoundError):
        return _read_secrets(path)
    made = Secrets(
        token_secret=secrets.token_urlsafe(48),
        upstream_secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        role_password=secrets.token_urlsafe(24),
        demo_password=secrets.token_urlsafe(9),
    )
    draft = folder / f"{SECRETS}.{os.getpid()}"
    write_private(draft, json.dumps(vars(made), indent=2))
    try:
        os.link(draft, path)  # whoever is first wins; nobody ever reads half a file
    except FileExistsError:
        return _read_secrets(path)
    finally:
        draft.unlink()
    return made


def _read_secrets(path: Path) -> Secrets:
    try:
        return Secrets(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as problem:
        raise SetupProblem(
            f"{path} 已损坏。请恢复它，或移走后重新生成（已签发的令牌将失效）。",
            f"{path} is damaged. Restore it, or move it away to have it made anew (tokens issued so far become void).",
        ) from problem


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


@contextlib.contextmanager
def claim(folder: Path) -> Iterator[Callable[[str], None]]:
    """Hold the data folder as its one `relight up`; yields `tell(url)`, which lets other verbs find it.

    The kernel lets go of the folder whenever we end. Raises EmbeddedPostgresError when another one holds it.
    """
    from shared.embedded_errors import failure

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / RUNNING, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        if not _is_free(file.fileno(), fcntl.LOCK_EX):
            other = find_running(folder)
            raise failure("already_running", folder=folder.absolute(), pid=other.pid if other else "?")
        _write(file, {"pid": os.getpid(), "url": ""})
        try:
            yield lambda url: _write(file, {"pid": os.getpid(), "url": url})
        finally:
            file.truncate(0)


def find_running(folder: Path) -> Running | None:
    """Return the `relight up` that holds this data folder, or None; what a killed one left behind does not count."""
    try:
        with (folder / RUNNING).open(encoding="utf-8") as file:
            if _is_free(file.fileno(), fcntl.LOCK_SH):
                return None
            return Running(**json.loads(file.read()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _is_free(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(file: TextIO, known: dict[str, object]) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(known))
    file.flush()


def own_postgres(settings: Settings) -> EmbeddedPostgres:
    """Return the embedded server of the data folder, not started yet."""
    from shared.embedded import EmbeddedPostgres

    return EmbeddedPostgres(settings.data_folder, bin_folder=settings.postgres_bin, options=POSTGRES_OPTIONS)


@contextlib.contextmanager
def reach_database(settings: Settings) -> Iterator[str]:
    """Yield the address of the database, as its owner: the one that is set, that of a running `relight up`, or our own.

    Our own is started for as long as this lasts. Call it from the main thread.
    """
    from shared.embedded import EmbeddedPostgresError

    if settings.database_url:
        yield settings.database_url
        return
    postgres = own_postgres(settings)
    try:
        postgres.start()
    except EmbeddedPostgresError as problem:
        if problem.code != "embedded.already_running":
            raise
        yield postgres.url()  # a `relight up` holds it: its socket is ours too
        return
    try:
        yield postgres.url()
    finally:
        postgres.stop()


def own_address(settings: Settings) -> str:
    """Return where people on this machine reach the HTTP door."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
