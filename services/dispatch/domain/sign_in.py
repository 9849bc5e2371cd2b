"""Signing in: five wrong secrets lock the door for a quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.errors import Invalid, Text, TooMany, Unauthenticated, bad_field

MOST_ATTEMPTS = 5
LOCKED_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 8

_LOCKED = Text("尝试次数过多，请在 {until} 之后再试", "too many attempts; try again after {until}")
_WRONG = Text("账号或密码不正确", "the name or the secret is wrong")


def locked(until: str) -> TooMany:
    """Refuse because of too many attempts."""
    return TooMany("sign_in.locked", _LOCKED, until=until)


def wrong() -> Unauthenticated:
    """Refuse without saying which of the two was wrong."""
    return Unauthenticated("sign_in.wrong", _WRONG)


def lock_until(attempts: int, *, now: datetime) -> datetime | None:
    """Return until when nobody may try again after so many attempts in a row, or None."""
    return now + LOCKED_FOR if attempts >= MOST_ATTEMPTS else None


def check_password(password: str) -> None:
    """Raise Invalid for a password that is too short to stand five guesses a quarter of an hour."""
    if len(password) < SHORTEST_PASSWORD:
        words = (f"密码至少 {SHORTEST_PASSWORD} 个字符", f"a password needs {SHORTEST_PASSWORD} characters or more")
        field = bad_field("password", "password.too_short", *words)
        raise Invalid("password.too_short", Text(*words), fields=[field])
