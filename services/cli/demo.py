"""The demonstration of `relight up --demo`: a clock that catches up, staff to play with, and the evening as a stranger.

The evening is a process of its own that knows the address and some passwords: it sees Relight as everybody else does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import asdict

from services.cli.door import transaction_of
from services.cli.evening import ROLES, Script, login_of
from services.cli.installation import Secrets, own_address
from services.cli.problems import Failure
from shared.auth import SYSTEM, Role
from shared.clock import SystemClock
from shared.settings import Settings

LEAVE_WITHIN = 5
"""Seconds that the evening may take to end when it is told to."""


class Demonstration:
    """One evening to be played: prepared before the services start, played beside them."""

    def __init__(self, settings: Settings, secrets: Secrets, *, is_exit: bool, seed: int | None) -> None:
        self._settings = settings
        self._secrets = secrets
        self._is_exit = is_exit
        self._seed = seed

    async def prepare(self, database_url: str) -> Settings:
        """Make the demo's staff accounts; return the settings with a clock that sets out in the past, from now on."""
        await self._make_accounts(database_url)
        self._settings = with_catch_up_clock(self._settings)
        return self._settings

    async def play(self) -> bool:
        """Play the evening to its end; return whether the server should stop now. Raises Failure if it broke."""
        print(
            f"演示账号 | demo accounts: {', '.join(login_of(role) for role in ROLES)}"
            f"  密码 | password: {self._secrets.demo_password}",
            flush=True,
        )
        status = await self._run(self._script())
        if status == 0:
            if not self._is_exit:
                print(
                    "演示结束，继续提供服务；按 Ctrl-C 停止。 | The evening is over, still serving; Ctrl-C stops.",
                    flush=True,
                )
            return self._is_exit
        problem = Failure(f"演示未能完成（状态 {status}）。", f"The evening did not come to its end (status {status}).")
        if self._is_exit:
            raise problem
        print(f"relight: {problem.zh} | {problem.en}", file=sys.stderr, flush=True)
        return False

    def _script(self) -> Script:
        from services.simulation.storm import Evening

        folder = self._settings.data_folder / "evenings"
        folder.mkdir(exist_ok=True)
        played = len(list(folder.glob("*.orders")))
        return Script(
            parent=os.getpid(),
            base_url=own_address(self._settings),
            seed=Evening().seed + played if self._seed is None else self._seed,
            journal=str(folder / f"{played + 1:04}.orders"),
            password=self._secrets.demo_password,
            upstream_secret=self._settings.upstream_secrets[0].get_secret_value(),
        )

    async def _run(self, script: Script) -> int:
        clock = self._settings
        assert clock.clock_set_out_at  # noqa: S101 - `prepare` set both
        assert clock.clock_started_at  # noqa: S101
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli.evening"),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is meant for us: we end the evening before the server
            env={
                **os.environ,
                "RELIGHT_CLOCK_SET_OUT_AT": clock.clock_set_out_at.isoformat(),
                "RELIGHT_CLOCK_STARTED_AT": clock.clock_started_at.isoformat(),
                "RELIGHT_CLOCK_SPEED": str(clock.clock_speed),
            },
        )
        try:
            await process.communicate(json.dumps(asdict(script)).encode())
        finally:
            await _end(process)
        return process.returncode or 0

    async def _make_accounts(self, database_url: str) -> None:
        from services.dispatch.handlers.staff import add_staff_account, change_password, list_staff_accounts

        password = self._secrets.demo_password
        async with transaction_of("dispatch", self._settings, database_url) as session:
            there = {account.login for account in await list_staff_accounts(session)}
            for role in ROLES:
                who = {"login": login_of(role), "password": password}
                if login_of(role) in there:
                    await change_password(session, **who, now=session.now, actor=SYSTEM)
                else:
                    await add_staff_account(session, **who, roles=[Role(role)], now=session.now, actor=SYSTEM)


def with_catch_up_clock(settings: Settings) -> Settings:
    """Return the settings with a clock that starts now, one evening ago; a clock that is set already stays."""
    from services.simulation.storm.play import SPEED, set_out_at

    if settings.clock_set_out_at:
        return settings
    now = SystemClock().now()
    speed = settings.clock_speed if settings.clock_speed > 1 else SPEED
    return settings.model_copy(
        update={"clock_set_out_at": set_out_at(now), "clock_started_at": now, "clock_speed": speed}
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(LEAVE_WITHIN):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
