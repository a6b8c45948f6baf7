"""`approve`, `reject`, `request-changes`: decisions that name the digest they are about, sealed before they leave."""

from __future__ import annotations

import os
import secrets
import sys
import time

import click

from reviewer.attest.sign import Key
from reviewer.cli.comment import refused, told
from reviewer.cli.show import print_json
from reviewer.cli.store import open_desk
from reviewer.model.change import ChangeDetail
from reviewer.model.decision import Verdict
from reviewer.model.errors import StaleError, UnreachableError, UsageError
from reviewer.review.challenge import draw, read
from reviewer.review.desk import Desk
from reviewer.settings import home
from reviewer.text import show

_STATUS = "\b\nExit status: 0 sent; 2 refused; 13 stale, or a requirement does not hold; 130 interrupted.\n"


def _named(detail: ChangeDetail, prefix: str) -> None:
    if len(prefix) < 8 or not detail.change.digest.startswith(prefix.lower()):
        raise StaleError(
            f"{show(prefix, limit=70)} is not the beginning of the current digest",
            f"look again with: reviewer show {detail.change.change_id}",
            detail.change.digest,
        )


def _confirm(detail: ChangeDetail) -> None:
    """The two-step confirmation on the terminal itself: one key a read, anything else is a new draw."""
    import termios
    import tty

    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise UsageError("approving needs a terminal", "or --as NAME of a principal that the policy names") from None
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        title = show(detail.change.title, limit=60)
        os.write(terminal, f"Approve {detail.change.change_id} revision {detail.change.revision} {title}\n".encode())
        challenge = draw(secrets.choice)
        for _ in range(12):
            termios.tcflush(terminal, termios.TCIFLUSH)
            os.write(terminal, f"type {' '.join(challenge.wanted)} (Ctrl-C stops): ".encode())
            wanted = challenge.wanted
            while challenge.wanted == wanted and not challenge.passed:
                drawn = time.monotonic()
                data = os.read(terminal, 64)
                # What arrives at once was waiting, not typed.
                early = time.monotonic() - drawn < 0.02
                challenge = draw(secrets.choice) if early else read(challenge, data, secrets.choice)
                if challenge.wanted == wanted:
                    os.write(terminal, data)
            os.write(terminal, b"\n")
            if challenge.passed:
                return
        raise UsageError("not confirmed", "run the command again")
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        os.close(terminal)


def _send(
    change: str, digest: str | None, verdict: Verdict, reason: str, acknowledged: tuple[str, ...], now: bool,
    principal: str | None, as_json: bool,
) -> None:  # fmt: skip
    place = home()
    desk = open_desk()
    _fresh(desk, change)
    detail = desk.detail(desk.find(change))
    if digest is not None:
        _named(detail, digest)
    unattended = None
    if principal is not None:
        key = place / "keys" / "unattended" / principal
        if not principal.replace("-", "").isalnum() or not key.is_file():
            raise UsageError(f"there is no key for {show(principal, limit=60)}", "it stands under keys/unattended/NAME")
        unattended = (principal, Key.load(key))
    elif verdict is Verdict.APPROVE:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError("approving needs a terminal", "or --as NAME of a principal that the policy names")
        _confirm(detail)
    item = desk.decide(detail, verdict, reason, acknowledged, now=now, unattended=unattended)
    refused(item)
    if as_json:
        print_json({"decision_id": item.item_id, "status": item.state.value, "verdict": verdict.value})
    else:
        held = "" if now else f"; within 10 s: reviewer undo {detail.change.change_id} {item.item_id}"
        click.echo(f"{verdict.value}: {told(item)}{held}")


def _fresh(desk: Desk, change: str) -> None:
    """Bring the change as it is now; offline, what was pulled last is decided on, and the gate checks again."""
    try:
        desk.sync()
    except UnreachableError as error:
        if not desk.changes():
            raise
        click.echo(f"offline: {error.message}; deciding on what was pulled last", err=True)


@click.command("approve", epilog="\b\nExample:\n  reviewer approve k3f9 --digest 4be1c09a\n\n" + _STATUS)
@click.argument("change")
@click.option("--digest", required=True, help="at least 8 characters of the digest that `show` prints")
@click.option("--reason", default="", help="why")
@click.option("--acknowledge", multiple=True, metavar="FINGERPRINT", help="a high finding that was seen; repeat it")
@click.option("--now", is_flag=True, help="do not hold it for 10 seconds")
@click.option("--as", "principal", help="an unattended principal that the policy names, with a key of its own")
@click.option("--json", "as_json", is_flag=True)
def approve(
    change: str, digest: str, reason: str, acknowledge: tuple[str, ...], now: bool, principal: str | None, as_json: bool
) -> None:
    """Approve exactly the revision that the digest names. On a terminal, three characters confirm it."""
    _send(change, digest, Verdict.APPROVE, reason, acknowledge, now, principal, as_json)


@click.command("reject", epilog="\b\nExample:\n  reviewer reject k3f9 --reason 'not what was asked'\n\n" + _STATUS)
@click.argument("change")
@click.option("--digest", help="refuse unless this is still the current digest")
@click.option("--reason", default="", help="why")
@click.option("--now", is_flag=True, help="do not hold it for 10 seconds")
@click.option("--json", "as_json", is_flag=True)
def reject(change: str, digest: str | None, reason: str, now: bool, as_json: bool) -> None:
    """Reject a change; the agent gets the reason."""
    _send(change, digest, Verdict.REJECT, reason, (), now, None, as_json)


@click.command(
    "request-changes", epilog="\b\nExample:\n  reviewer request-changes k3f9 --reason 'add a test'\n\n" + _STATUS
)
@click.argument("change")
@click.option("--digest", help="refuse unless this is still the current digest")
@click.option("--reason", default="", help="what to change")
@click.option("--now", is_flag=True, help="do not hold it for 10 seconds")
@click.option("--json", "as_json", is_flag=True)
def request_changes(change: str, digest: str | None, reason: str, now: bool, as_json: bool) -> None:
    """Send a change back; the agent submits its next revision."""
    _send(change, digest, Verdict.REQUEST_CHANGES, reason, (), now, None, as_json)


@click.command("undo", epilog="\b\nExample:\n  reviewer undo k3f9\n")
@click.argument("change")
@click.argument("decision_id", required=False)
@click.option("--json", "as_json", is_flag=True)
def undo(change: str, decision_id: str | None, as_json: bool) -> None:
    """Withdraw a decision while it is held, the last one unless named. Exit status 13 where it took effect already."""
    desk = open_desk()
    try:
        desk.sync()
    except UnreachableError:
        pass  # what was not sent yet can still be taken back here
    change_id = desk.find(change)
    if decision_id is None:
        mine = [item for item in desk.outbox() if item.decision and item.change_id == change_id]
        if not mine:
            raise UsageError("this desk made no decision on that change", "see: reviewer log")
        decision_id = mine[-1].item_id
    status = desk.undo(change_id, decision_id)
    if as_json:
        print_json({"decision_id": decision_id, "status": status})
    else:
        click.echo(status)
