"""`reviewer gate`: the embedded gate's own process, the gate for a team over TCP, and the tokens to it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from reviewer.cli.show import print_json
from reviewer.model.errors import UsageError
from reviewer.settings import account_name, home, read_user
from reviewer.text import show

_SERVE = """\b
Examples:
  reviewer gate token add ann
  reviewer gate serve --repository /srv/git/app.git

A desk elsewhere names it in its config.toml:
  [gate]
  url = "https://gate.example.org"
  token_file = "gate.token"
"""


@click.group("gate")
def command() -> None:
    """The embedded pipeline: its own process, and the same one for a team, over TCP."""


@command.command("work")
@click.option("--idle", type=click.FloatRange(1), default=600, show_default=True, help="seconds until it ends")
def work(idle: float) -> None:
    """Serve this home's gate on its unix socket until it was idle; other commands start it when they need it."""
    from reviewer.gate.serve import work as run

    place = home()
    run(place, account_name(read_user(place / "config.toml")), idle)


@command.command("serve", epilog=_SERVE)
@click.option("--host", default="127.0.0.1", show_default=True, help="the address to listen on")
@click.option("--port", type=click.IntRange(0, 65535), default=8477, show_default=True, help="0 takes a free one")
@click.option(
    "--repository",
    "repositories",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="a repository that callers may name, by its folder's name; repeat it",
)
def serve(host: str, port: int, repositories: tuple[Path, ...]) -> None:
    """Serve this home's gate over TCP, to who has a token, until it is told to end."""
    from reviewer.gate.serve import loopback
    from reviewer.gate.serve import serve as run
    from reviewer.gate.tokens import Tokens

    place = home()
    named = _named(repositories)
    if not loopback(host):
        click.echo("warning: others can read tokens and code on the way; put TLS in front of this", err=True)
    if not Tokens(place).all():
        click.echo("nobody has a token yet: reviewer gate token add NAME", err=True)

    def ready(address: str) -> None:
        there = ", ".join(sorted(named)) or "no repository; name some with --repository DIR"
        click.echo(f"serving {address}: {there}")

    run(place, account_name(read_user(place / "config.toml")), host, port, named, ready)


def _named(repositories: tuple[Path, ...]) -> dict[str, Path]:
    from reviewer.repo.locate import locate

    named: dict[str, Path] = {}
    for folder in repositories:
        repository = locate(folder)
        if repository.name in named:
            raise UsageError(f"two repositories are called {show(repository.name)}", "rename the folder of one of them")
        named[repository.name] = repository.root
    return named


@command.group("token")
def token() -> None:
    """Who may speak to `gate serve`: one token each, kept as its SHA-256 alone."""


@token.command("add", epilog="\b\nExamples:\n  reviewer gate token add ann\n  reviewer gate token add claude --agent\n")
@click.argument("name")
@click.option("--agent", is_flag=True, help="it submits and remarks, and never decides")
def add(name: str, agent: bool) -> None:
    """Make a token for NAME and print it, once. Decisions made with it carry that name."""
    from reviewer.gate.tokens import Tokens

    click.echo(Tokens(home()).add(name, agent, time.time()))


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="one object a line: id, name, agent, added_at")
def listed(as_json: bool) -> None:
    """List who has a token."""
    from reviewer.gate.tokens import Tokens

    for entry in Tokens(home()).all():
        added = datetime.fromtimestamp(entry.added_at, UTC).isoformat(timespec="seconds")
        if as_json:
            print_json({"id": entry.token_id, "name": entry.name, "agent": entry.agent, "added_at": added})
        else:
            click.echo(f"{entry.token_id}  {'agent   ' if entry.agent else 'reviewer'}  {added}  {show(entry.name)}")


@token.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Make the token of NAME useless, from the next request on."""
    from reviewer.gate.tokens import Tokens

    Tokens(home()).revoke(name)
    click.echo(f"revoked the token of {show(name)}")
