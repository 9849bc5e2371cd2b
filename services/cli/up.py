"""`relight up`: the whole of Relight on one machine, its own PostgreSQL included; with `--demo` it plays an evening too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import socket

    from services.cli.evening import Script
    from services.cli.installation import Secrets
    from shared.embedded import EmbeddedPostgres
    from shared.settings import Settings

Demo = Annotated[bool, typer.Option("--demo", help="Play a storm evening through the system. | 演示一个暴风雨之夜。")]
Exit = Annotated[bool, typer.Option("--exit", help="With --demo: end after the evening. | 演示结束后退出。")]
Seed = Annotated[int | None, typer.Option("--seed", help="With --demo: which evening. | 演示的随机种子。")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. | 监听地址。")]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port to listen on. | 监听端口。")]

LOG = "relight.log"
LOG_LIMIT = 8 * 1024 * 1024
LOOK_AFTER_DATABASE_EVERY = 1.0


def up(
    *,
    demo: Demo = False,
    exit_after: Exit = False,
    seed: Seed = None,
    host: Host = None,
    port: Port = None,
) -> None:
    """Start Relight on this machine; Ctrl-C ends it. | 在本机启动全部服务；按 Ctrl-C 停止。"""
    from services.cli import serving
    from services.cli.installation import load_settings, with_local_secrets
    from services.cli.problems import SetupProblem

    if not demo and (exit_after or seed is not None):
        raise SetupProblem("--exit 和 --seed 只能与 --demo 一起使用。", "--exit and --seed go with --demo.")
    stop_by_signal()
    settings, secrets = with_local_secrets(load_settings(host=host, port=port))
    refuse_second(settings)
    door = serving.open_door(settings.host, settings.port)
    with door, own_database(settings) as (url, postgres):
        House(settings, secrets, url, postgres).live(door, is_demo=demo, is_exit=exit_after, seed=seed)
