"""What is kept of a password or a device secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from shared.auth import hash_secret, is_secret

ROOT = Path(__file__).parents[2]


def test_only_the_secret_that_was_hashed_is_the_one() -> None:
    hashed = hash_secret("long-enough-1")

    assert is_secret(hashed, "long-enough-1")
    assert not is_secret(hashed, "long-enough-2")
    assert not is_secret("no hash at all", "long-enough-1")
    assert "long-enough" not in hashed


def test_guessing_a_secret_costs_what_the_standard_asks_for() -> None:
    """RFC 9106, for little memory: 64 MiB, three times over, four lanes; in a process whose secrets are not cheap."""
    program = "from shared.auth import hash_secret; print(hash_secret('long-enough-1'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
