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
    database_pool_size: int = Field(
        8, ge=2, le=200, description="Connections per service and process; twice as many under pressure."
    )
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

    attachment_folder: Path | None = Field(
        None, description="Folder of the files beside orders; `order-files` in the data folder when empty."
    )
    retention_recordings: timedelta = Field(
        timedelta(days=1095), description="How long recordings of calls and visits are kept; what they prove stays."
    )

    notification_folder: Path | None = Field(
        None, description="Drop folder for notifications; `notifications` in the data folder when empty."
    )
    sms_gateway_url: str = Field("", description="Gateway that takes text messages as webhooks; empty: drop folder.")
    sms_gateway_secret: SecretStr = Field(
        SecretStr(""), description='Signs what the gateway is sent (Standard Webhooks, "whsec_…"); empty: unsigned.'
    )
    smtp_host: str = Field("", description="Mail server for notifications; empty: mail goes to the drop folder.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_starttls: bool = Field(True, description="Whether mail leaves encrypted.")
    smtp_user: str = Field("", description="Login at the mail server; empty: none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Its password.")
    smtp_sender: str = Field("relight@localhost", description="Address that notifications come from.")

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

    @property
    def order_files(self) -> Path:
        """Return the folder of the files beside orders."""
        return self.attachment_folder or self.data_folder / "order-files"

    @property
    def drop_folder(self) -> Path:
        """Return the folder that takes every notification for which there is no gateway."""
        return self.notification_folder or self.data_folder / "notifications"

    def own_database_url(self, service: str) -> str | None:
        """Return the login set for one service, if there is one of its own."""
        url: str | None = getattr(self, f"{service}_database_url", None)
        return url
