"""Puts services to work: their doors, their way out and in, their schedules; one service a process, or all in one.

A service cannot tell which way it runs. `Service` is what `services/<name>/app.py` declares; `Runtime` is that
service at work; `build_app` makes the one origin that answers for the services it is given.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter
from sqlalchemy import MetaData, Table, text

from shared.auth import Policy, Signatures, Tokens
from shared.backoff import Backoff
from shared.bus import Bus, Subscriber
from shared.clock import CatchUpClock, Clock, SystemClock
from shared.db import Database, Session, login_url, role_of
from shared.errors import RelightError
from shared.housekeeping import CHUNK, keep_house
from shared.inbox import Inbox, Listening, inbox_table
from shared.migrate import History, is_current
from shared.outbox import Outbox, Relay, outbox_table
from shared.parking import Parking, parking_table
from shared.settings import Settings
from shared.telemetry import DEAD_LETTERS, EVENT_LAG, HOUSEKEEPING_ROWS, reason_of
from shared.web import idempotency_table

log = structlog.get_logger()

OBSERVE_EVERY = timedelta(seconds=5)
HOUSEKEEPING_EVERY = timedelta(minutes=10)
LOOK_FOR_MIGRATION = timedelta(seconds=2)
STOP_WITHIN = timedelta(seconds=10)
STALLED_AFTER = timedelta(seconds=60)
RESTART = Backoff(first=timedelta(milliseconds=200), longest=timedelta(seconds=30))


@dataclass(frozen=True)
class Schedule:
    """Something the clock starts: `work(session, *, now)` in one transaction, every `every` of real time.

    It returns how much it did; while that is as much as `batch`, it is called again at once. With `is_alone`, one
    process of the service at a time does it. With `wants_settings` it is given the installation's, as `settings`.
    """

    name: str
    every: timedelta
    work: Callable[..., Awaitable[int]]
    batch: int = 1_000_000_000
    is_alone: bool = False
    wants_settings: bool = False


@dataclass(frozen=True)
class Errand:
    """Something that the clock sends out of the house, to strangers for whom no transaction waits.

    `claim(session, *, now)` keeps some things from others for a while and returns them; `run(claimed, *, now,
    settings)` does them outside any transaction; `record(session, done)` writes what came of each. While as many as
    `batch` were claimed, it goes again at once. What a process held that died on the way is claimed and done anew.
    """

    name: str
    every: timedelta
    claim: Callable[..., Awaitable[Sequence[Any]]]
    run: Callable[..., Awaitable[Sequence[Any]]]
    record: Callable[[Session, Sequence[Any]], Awaitable[None]]
    batch: int


@dataclass(frozen=True, kw_only=True)
class Service:
    """A bounded context, declared: what it owns, answers, hears and does by the clock.

    `metadata` holds its own tables; the shared ones (outbox, inbox, parked events, idempotency keys) are added to
    it here. `observe(session)` sets gauges from the database, read-only. `partitioned` names the tables cut by month.
    """

    name: str
    summary: str
    router: APIRouter
    metadata: MetaData
    folder: Path
    listening: Listening = field(default_factory=Listening)
    schedules: Sequence[Schedule | Errand] = ()
    partitioned: Sequence[str] = ()
    observe: Callable[[Session], Awaitable[None]] | None = None

    outbox: Table = field(init=False)
    inbox: Table = field(init=False)
    parked: Table = field(init=False)
    idempotency: Table = field(init=False)

    def __post_init__(self) -> None:
        """Add the tables that every service has."""
        object.__setattr__(self, "outbox", outbox_table(self.metadata))
        object.__setattr__(self, "inbox", inbox_table(self.metadata))
        object.__setattr__(self, "parked", parking_table(self.metadata))
        object.__setattr__(self, "idempotency", idempotency_table(self.metadata))

    @property
    def history(self) -> History:
        """The service's migrations."""
        return History(self.name, self.metadata, self.folder / "migrations")


class Runtime:
    """One service at work in this process."""

    def __init__(
        self, service: Service, *, settings: Settings, policy: Policy, bus: Bus, database_url: str, clock: Clock
    ) -> None:
        self.service = service
        self.settings = settings
        self.policy = policy
        self.clock = clock
        self.bus = bus
        self.tokens = Tokens(settings.token_secret.get_secret_value())
        self.signatures = Signatures([secret.get_secret_value() for secret in settings.upstream_secrets])
        self._dsn = service_url(settings, database_url, service.name)
        self.outbox = Outbox(service.outbox)
        self.database = Database(
            self._dsn,
            schema=service.name,
            pool_size=settings.database_pool_size,
            write_events=self.outbox.write,
            after_commit=self.outbox.wake,
        )
        self.parking = Parking(service.parked)
        self.inbox = Inbox(
            group=service.name,
            database=self.database,
            table=service.inbox,
            parking=self.parking,
            listening=service.listening,
            clock=clock,
        )
        self._bus_is_up = asyncio.Event()
        self._is_migrated = asyncio.Event()
        self._reaching: asyncio.Task[None] | None = None
        self._subscriber: Subscriber | None = None
        self.stopping = asyncio.Event()
        """Set when the process is told to stop: streams and long polls watch it."""

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Relay, consume and keep the schedules until left; leaving waits for what is in flight, in bounded time."""
        tasks = [asyncio.create_task(self._await_migration(), name=f"{self.service.name} migration")]
        tasks += [self._start("relay", self._carry), self._start("bus", self._trim_bus)]
        if self.service.listening.topics:
            tasks.append(self._start("inbox", self._listen))
            tasks.append(self._start("retries", self.inbox.retry_forever))
        for schedule in self._all_schedules():
            tasks.append(self._start(schedule.name, partial(self._keep, schedule)))
        try:
            yield
        finally:
            self.stopping.set()
            tasks += [self._reaching] if self._reaching else []
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=STOP_WITHIN.total_seconds())
            await self.database.close()

    async def check_ready(self) -> list[str]:
        """Return what keeps this service from being ready, in words; an empty list is ready."""
        wrong: list[str] = []
        try:
            async with asyncio.timeout(3), self.database.engine.connect() as connection:
                if not await is_current(connection, self.service.history):
                    wrong.append(f"{self.service.name}: database is not migrated, run: relight migrate")
        except Exception as error:
            wrong.append(f"{self.service.name}: database does not answer ({type(error).__name__})")
        try:
            async with asyncio.timeout(3):
                await self.bus.check()
        except Exception as error:
            wrong.append(f"{self.service.name}: bus does not answer ({type(error).__name__}: {error})")
        if self._subscriber and time.monotonic() - self.inbox.last_progress > STALLED_AFTER.total_seconds():
            wrong.append(f"{self.service.name}: events wait and none was taken for {STALLED_AFTER.seconds} s")
        if self.inbox.is_stopped_by_poison:
            wrong.append(f"{self.service.name}: consumer stopped, see: relight dead-letters list")
        return wrong

    def _start(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return asyncio.create_task(self._steadily(name, work), name=f"{self.service.name} {name}")

    async def _steadily(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` until it ends by itself; whatever breaks it is told, and it begins again after a growing pause."""
        failures = 0
        await self._is_migrated.wait()
        while True:
            try:
                await work()
            except Exception as error:
                failures += 1
                log.warning("host.restarting", service=self.service.name, part=name, error=reason_of(error))
                await asyncio.sleep(RESTART.pause(failures).total_seconds())
            else:
                return

    async def _await_migration(self) -> None:
        """Hold everything that works by itself until the tables are as the code expects them; `/readyz` says so too."""
        while not self._is_migrated.is_set():
            try:
                async with self.database.engine.connect() as connection:
                    if await is_current(connection, self.service.history):
                        self._is_migrated.set()
                        return
                log.warning("host.not_migrated", service=self.service.name, advice="relight migrate")
            except Exception as error:
                log.warning("host.database_away", service=self.service.name, error=reason_of(error))
            await asyncio.sleep(LOOK_FOR_MIGRATION.total_seconds())

    async def reach_bus(self) -> None:
        """Connect to the bus; raises if it is our own database, waits for a broker of its own as long as it takes."""
        try:
            await self.bus.start()
        except RelightError as error:
            if self.settings.bus == "postgres":
                raise
            log.warning("host.bus_away", service=self.service.name, error=reason_of(error))
            self._reaching = asyncio.create_task(self._reach_bus_later())
        else:
            self._bus_is_up.set()

    async def _reach_bus_later(self) -> None:
        failures = 0
        while not self._bus_is_up.is_set():
            failures += 1
            await asyncio.sleep(RESTART.pause(failures).total_seconds())
            with suppress(RelightError):
                await self.bus.start()
                self._bus_is_up.set()

    async def _carry(self) -> None:
        await self._bus_is_up.wait()
        relay = Relay(
            service=self.service.name,
            dsn=self._dsn,
            schema=self.service.name,
            outbox=self.outbox,
            publisher=self.bus.publisher(),
        )
        await relay.run()

    async def _trim_bus(self) -> None:
        await self._bus_is_up.wait()
        while True:
            await asyncio.sleep(HOUSEKEEPING_EVERY.total_seconds())
            gone = await self.bus.trim(older_than=self.settings.retention_log)
            HOUSEKEEPING_ROWS.labels(self.service.name, "bus.log").inc(gone)

    async def _listen(self) -> None:
        await self._bus_is_up.wait()
        subscriber = await self.bus.subscriber(group=self.service.name, topics=self.service.listening.topics)
        self._subscriber = subscriber
        try:
            await self.inbox.run(subscriber)
        finally:
            self._subscriber = None
            await subscriber.close()

    async def _tell_lag(self) -> None:
        if self._subscriber:
            oldest = (await self._subscriber.lag()).oldest_recorded_at
            EVENT_LAG.labels(self.service.name).set((self.clock.now() - oldest).total_seconds() if oldest else 0.0)

    def _all_schedules(self) -> list[Schedule | Errand]:
        async def observe(session: Session, *, now: datetime) -> int:
            DEAD_LETTERS.labels(self.service.name).set(await self.parking.count_dead(session))
            await self._tell_lag()
            if self.service.observe:
                await self.service.observe(session)
            return 0

        async def keep(session: Session, *, now: datetime) -> int:
            return await keep_house(session, self.service, self.settings, now=now)

        return [
            *self.service.schedules,
            Schedule("observe", OBSERVE_EVERY, observe),
            Schedule("housekeeping", HOUSEKEEPING_EVERY, keep, batch=CHUNK, is_alone=True),
        ]

    async def _keep(self, schedule: Schedule | Errand) -> None:
        while True:
            try:
                while await self._run_once(schedule) >= schedule.batch:
                    pass
            except asyncio.CancelledError:
                raise
            except Exception as error:
                reason = reason_of(error)
                log.warning("schedule.failed", service=self.service.name, schedule=schedule.name, error=reason)
            await asyncio.sleep(schedule.every.total_seconds())

    async def _run_once(self, schedule: Schedule | Errand) -> int:
        if isinstance(schedule, Errand):
            return await self._run_errand(schedule)
        now = self.clock.now()
        async with self.database.transaction(now=now) as session:
            if schedule.is_alone:
                key = f"{self.service.name} {schedule.name}"
                lock = text("SELECT pg_try_advisory_xact_lock(hashtext(:key))")
                if not (await session.execute(lock, {"key": key})).scalar_one():
                    return 0
            more = {"settings": self.settings} if schedule.wants_settings else {}
            return await schedule.work(session, now=now, **more)

    async def _run_errand(self, errand: Errand) -> int:
        now = self.clock.now()
        async with self.database.transaction(now=now) as session:
            claimed = await errand.claim(session, now=now)
        if claimed:
            done = await errand.run(claimed, now=now, settings=self.settings)
            async with self.database.transaction(now=self.clock.now()) as session:
                await errand.record(session, done)
        return len(claimed)


def service_url(settings: Settings, owner_url: str, service: str) -> str:
    """Return the login of one service: its own if it is set, else derived from the owner's."""
    password = settings.database_role_password.get_secret_value()
    return settings.own_database_url(service) or login_url(owner_url, user=role_of(service), password=password)


def make_clock(settings: Settings) -> Clock:
    """Return the system's clock, or the demonstration's that catches up with it."""
    if settings.clock_set_out_at and settings.clock_started_at and settings.clock_speed > 1:
        return CatchUpClock(settings.clock_started_at, settings.clock_set_out_at, settings.clock_speed)
    return SystemClock()


def make_bus(settings: Settings, *, dsn: str, client_id: str) -> Bus:
    """Return the bus that the settings name, not started yet."""
    if settings.bus == "kafka":
        from shared.bus.kafka import KafkaBus  # the wire client is loaded only where it is used

        return KafkaBus(
            servers=settings.kafka_servers,
            partitions=settings.kafka_partitions,
            replication=settings.kafka_replication,
            client_id=client_id,
        )
    from shared.bus.postgres import PostgresBus

    return PostgresBus(dsn)


@asynccontextmanager
async def at_work(
    services: Sequence[Service], *, settings: Settings, policy: Policy, database_url: str
) -> AsyncIterator[dict[str, Runtime]]:
    """Start the services in this process and yield their runtimes by name; leaving stops them."""
    clock = make_clock(settings)
    runtimes: dict[str, Runtime] = {}
    async with AsyncExitStack() as stack:
        for service in services:
            dsn = service_url(settings, database_url, service.name)
            bus = make_bus(settings, dsn=dsn, client_id=f"relight-{service.name}")
            stack.push_async_callback(bus.close)
            runtime = Runtime(
                service, settings=settings, policy=policy, bus=bus, database_url=database_url, clock=clock
            )
            await runtime.reach_bus()
            await stack.enter_async_context(runtime.at_work())
            runtimes[service.name] = runtime
        log.info("services.at_work", services=list(runtimes))
        yield runtimes
