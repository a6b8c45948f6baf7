"""`reviewer doctor`: what works on this machine, what does not, and what would mend it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from reviewer import __version__
from reviewer.cli.show import print_json
from reviewer.model.errors import ReviewerError
from reviewer.settings import account_name, home, read_user, size_words
from reviewer.text import show

OK, NOTE, BAD = "ok", "note", "bad"


_EPILOG = """\b
Examples:
  reviewer doctor
  reviewer doctor --json

Exit status: 0 all that everything needs is there; 1 something is missing; 2 used wrongly.
"""


@click.command("doctor", epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="one object a line: state, about, said")
def command(as_json: bool) -> int:
    """Check this machine."""
    worst = 0
    for state, about, said in _checks():
        worst |= state == BAD
        if as_json:
            print_json({"state": state, "about": about, "said": said})
        else:
            click.echo(f"{state:<5} {about:<10} {said}")
    return int(worst)


def _checks() -> Iterator[tuple[str, str, str]]:
    yield OK, "reviewer", f"{__version__} on Python {sys.version.split()[0]}"
    yield _git()
    try:
        place = home()
        yield OK, "home", show(str(place))
        user = read_user(place / "config.toml")
        yield OK, "settings", f"decisions carry the name {show(account_name(user), limit=60)}"
    except ReviewerError as error:
        yield BAD, "home", f"{error.message}; {error.hint}"
        return
    yield _sandbox()
    yield _evidence(place, user.evidence_limit)
    yield _store(place)
    yield (
        NOTE,
        "approvals",
        "advisory: a program under your account can read the signing key; a key with touch or another user closes that",
    )
    if os.environ.get("SSH_CONNECTION"):
        yield NOTE, "ssh", "turn compression on (ssh -C): screens shrink ten times"


def _git() -> tuple[str, str, str]:
    from reviewer.repo.runner import git_program

    try:
        return OK, "git", show(git_program())
    except ReviewerError as error:
        return BAD, "git", f"{error.message}; {error.hint}"


def _sandbox() -> tuple[str, str, str]:
    from reviewer.sandbox.launch import probe

    found = probe()
    if found.tier == "none":
        return NOTE, "sandbox", f"runs are NOT RUN here: {found.reason}"
    return OK, "sandbox", f"{found.tier}: runs are contained"


def _evidence(place: Path, limit: int) -> tuple[str, str, str]:
    from reviewer.evidence.blobs import Blobs

    used = Blobs(place / "gate" / "blobs").used()
    said = f"{size_words(used)} of at most {size_words(limit)} are kept of what runs left"
    if used > limit:
        return NOTE, "evidence", f"{said}; the next run makes room; if it says that it cannot, decide what is open"
    return OK, "evidence", said


def _store(place: Path) -> tuple[str, str, str]:
    from reviewer.store.cache import Cache
    from reviewer.store.decisions import Decisions

    try:
        Cache(place / "store" / "cache.db").close()
        decisions = Decisions(place / "store" / "decisions.db")
        count = len(decisions.log())
        decisions.close()
    except ReviewerError as error:
        return BAD, "store", f"{error.message}; {error.hint}"
    return OK, "store", f"{count} decisions in the log"
