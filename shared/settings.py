"""Every setting, from the environment (`RELIGHT_*`) or `.env`; `.env.example` is made from this model."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ServiceName = Literal["intake", "dispatch", "callback", "sla"]


class Settings(BaseSettings):
    """What differs from one installation to the next; all else is code or policy data."""

    model_config = SettingsConfigDict(
        env_prefix="RELIGHT_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field("127.0.0.1", description="Address that the HTTP door listens on.")
    port: int = Field(8095, ge=1, le=65535, description="Port that the HTTP door listens on.")
    data_folder: Path = Field(Path(".relight"), description="Where the embedded PostgreSQL and local secrets live.")

    database_url: str | None = Field(
        None,
        description="postgresql://owner:password@host:5432/relight. Empty: an embedded PostgreSQL in the data folder.",
    )
    intake_database_url: str | None = Field(None, description="The intake service's own login; derived when empty.")
    dispatch_database_url: str | None = Field(None, description="The dispatch service's own login; derived when empty.")
    callback_database_url: str | None = Field(None, description="The callback service's own login; derived when empty.")
    sla_database_url: str | None = Field(None, description="The sla service's own login; derived when empty.")
    database_role_password: SecretStr = Field(
        SecretStr(""), description="Password that `relight migrate` gives the four services' database roles."
    )
    database_pool_size: int = Field(8, ge=2, le=200, description="Connections per service and process.")
    postgres_bin: Path | None = Field(
        None, alias="RELIGHT_PG_BIN", description="Folder of a system PostgreSQL to embed."
    )

    bus: Literal["postgres", "kafka"] = Field("postgres", description="postgres: a log in the same database.")
    kafka_servers: str = Field("127.0.0.1:9092", description="Bootstrap servers, host:port separated by commas.")
    kafka_partitions: int = Field(12, ge=1, description="Partitions of a topic that we have to create.")
    kafka_replication: int = Field(1, ge=1, description="Replicas of a topic that we have to create; 3 in production.")

    token_secret: SecretStr = Field(
        SecretStr(""), description="Signs access tokens, 32 bytes or more; made when empty."
    )
    upstream_secrets: list[SecretStr] = Field(
        default_factory=list,
        description='Standard Webhooks secrets of the platform, two while keys rotate: ["whsec_…"].',
    )

    clock_set_out_at: datetime | None = Field(
        None, description="Demonstrations only: the instant the clock sets out at."
    )
    clock_started_at: datetime | None = Field(None, description="Demonstrations only: real time at which it set out.")
    clock_speed: float = Field(1.0, ge=1, le=3600, description="Demonstrations only: seconds that pass in a real one.")

    max_body_bytes: int = Field(6 * 1024 * 1024, ge=1024, description="Largest request body, bytes.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("json", description="JSON lines, or lines for people.")

    retention_inbox: timedelta = Field(timedelta(days=30), description="How long an event id is remembered as seen.")
    retention_log: timedelta = Field(timedelta(days=14), description="How long the embedded bus keeps its log.")
    retention_idempotency: timedelta = Field(
        timedelta(days=3), description="How long an Idempotency-Key is remembered."
    )

    def own_database_url(self, service: str) -> str | None:
        """Return the login set for one service, if there is one of its own."""
        url: str | None = getattr(self, f"{service}_database_url", None)
        return url
