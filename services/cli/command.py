"""All verbs by name. Each is imported when it is called, so that `relight --help` stays quick."""

from __future__ import annotations

import typer

from services.cli import (
    access,
    customers,
    dead_letters,
    env_example,
    migrate,
    replay,
    serve,
    up,
    upstream_simulator,
    users,
    villages,
)

app = typer.Typer(
    name="relight",
    help="复电 Relight: from the 95598 order to light again. | 从报修到复电。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("migrate")(migrate.migrate)
app.add_typer(users.app, name="users")
app.add_typer(customers.app, name="customers")
app.add_typer(villages.app, name="villages")
app.add_typer(dead_letters.app, name="dead-letters")
app.command("replay")(replay.replay)
app.command("upstream-simulator")(upstream_simulator.upstream_simulator)
app.command("access")(access.access)
app.command("env-example")(env_example.env_example)


@app.command("asyncapi")
def asyncapi() -> None:
    """Print the AsyncAPI 3 document: who tells which event, and who listens. | 打印事件契约。"""
    from services.cli.asyncapi import asyncapi as print_document

    print_document()
