"""Plays a storm evening against a Relight that runs elsewhere: makes the demo accounts, then lets the strangers in.

    python deploy/demo.py http://gateway:8095

Needs the settings of the dispatch service (for the accounts) and the platform's secret. Prints the accounts' password.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import gettempdir

from services.cli.evening import ROLES, Script, login_of
from shared.settings import Settings


def make_account(role: str, password: str) -> None:
    """Leave an account of this role that has this password, whether or not it was there."""
    relight = [sys.executable, "-m", "services.cli", "users"]
    login = login_of(role)
    for verb in (["add", login, "--role", role], ["password", login]):
        run = subprocess.run(  # noqa: S603 - our own command, our own words
            [*relight, *verb, "--password-stdin"], input=password + "\n", text=True, check=False, capture_output=True
        )
        if run.returncode == 0:
            return
    sys.exit(f"no account for {role}: {run.stderr}")


def play(base_url: str, password: str) -> int:
    """Play the evening to its end; return its exit status, 0 when nothing that was answered got lost."""
    script = Script(
        parent=os.getpid(),
        base_url=base_url,
        seed=secrets.randbelow(1_000_000),
        journal=str(Path(gettempdir()) / "evening.orders"),
        password=password,
        upstream_secret=Settings().upstream_secrets[0].get_secret_value(),
    )
    evening = [sys.executable, "-m", "services.cli.evening"]
    return subprocess.run(evening, input=json.dumps(asdict(script)), text=True, check=False).returncode  # noqa: S603


def main() -> int:
    """Make the accounts, play, return the exit status."""
    password = secrets.token_urlsafe(12)
    for role in ROLES:
        make_account(role, password)
    accounts = ", ".join(map(login_of, ROLES))
    sys.stdout.write(f"demo accounts: {accounts}; password: {password}\n")
    sys.stdout.flush()
    return play(sys.argv[1], password)


if __name__ == "__main__":
    sys.exit(main())
