"""`approve`, `reject`, `request-changes`: decisions that name the digest they are about, sealed before they leave."""

from __future__ import annotations

import os
import secrets
import sys
import time
import uuid
from dataclasses import replace

import click

from reviewer.attest.sign import Key
from reviewer.attest.statement import seal
from reviewer.cli.show import print_json
from reviewer.model.change import ChangeDetail
from reviewer.model.decision import Decision, Verdict
from reviewer.model.errors import StaleError, UsageError
from reviewer.pipelines.checkpoint import connect
from reviewer.review.challenge import draw, read
from reviewer.settings import account_name, home, read_user
from reviewer.text import Untrusted, show

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
    gate = connect(place)
    detail = gate.detail(change)
    if digest is not None:
        _named(detail, digest)
    keys = place / "keys"
    if principal is not None:
        if not principal.replace("-", "").isalnum() or not (keys / "unattended" / principal).is_file():
            raise UsageError(f"there is no key for {show(principal, limit=60)}", "it stands under keys/unattended/NAME")
        key, who = Key.load(keys / "unattended" / principal), Untrusted(principal)
    else:
        if verdict is Verdict.APPROVE:
            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise UsageError("approving needs a terminal", "or --as NAME of a principal that the policy names")
            _confirm(detail)
        key, who = Key.load_or_create(keys / "desk"), account_name(read_user(place / "config.toml"))
    decision = Decision(
        str(uuid.uuid4()),
        detail.change.change_id,
        detail.change.digest,
        verdict,
        Untrusted(reason),
        who,
        time.time(),
        (),
        detail.current.result_tree,
        acknowledged,
        principal is not None,
    )
    decision = replace(decision, envelope=seal(decision, detail.current, key))
    receipt = gate.decide(decision, now=now)
    if as_json:
        print_json({"decision_id": receipt.decision_id, "status": receipt.status, "verdict": verdict.value})
    else:
        held = "" if now else f"; within 10 s: reviewer undo {detail.change.change_id} {receipt.decision_id}"
        click.echo(f"{verdict.value}: {receipt.status}{held}")


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


@click.command("undo")
@click.argument("change")
@click.argument("decision_id")
def undo(change: str, decision_id: str) -> None:
    """Withdraw a decision while it is held. Exit status 13 where it took effect already."""
    gate = connect(home())
    click.echo(gate.withdraw(gate.detail(change).change.change_id, decision_id).status)
