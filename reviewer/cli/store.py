"""Opens the desk for a command, and brings its store up to date in a child, so that reading loads no HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from reviewer.review.desk import Desk
from reviewer.settings import home, read_user
from reviewer.text import show
from reviewer.wiring import make_desk

REFRESH_SECONDS = 40


def open_desk(*, here: bool = False) -> Desk:
    """The desk of this home; with `here` it looks at the repository around the current folder alone."""
    desk = make_desk(home(), Path.cwd() if here else None)

    # All of the store is opened before anything is printed: a part that is refused leaves no half an answer.
    _ = desk.notice

    def say_notice() -> None:
        if desk.notice:
            click.echo(f"note: {desk.notice}", err=True)

    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(say_notice)
    return desk


def refresh() -> None:
    """Pull what is new, where there is a gate; says on stderr where that failed and the store may be old."""
    place = home()
    if not (place / "gate" / "gate.db").exists() and not read_user(place / "config.toml").gate_url:
        return
    try:
        done = subprocess.run(
            # -P: the folder that we stand in may be an agent's, and is no place to import from.
            [sys.executable, "-P", "-m", "reviewer", "sync", "--quiet"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=REFRESH_SECONDS,
            env={**os.environ, "REVIEWER_HOME": str(place)},
        )
        said = done.stderr.decode("utf-8", "replace").strip().split("\n") if done.returncode else []
    except subprocess.TimeoutExpired:
        said = ["error: the gate took too long", "try again; nothing is lost"]
    for line in said[:1]:
        click.echo(f"not up to date: {show(line.removeprefix('error: '), limit=200)}", err=True)
    for line in said[1:2]:
        click.echo(f"                {show(line.strip(), limit=300)}", err=True)
