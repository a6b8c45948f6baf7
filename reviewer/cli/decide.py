"""`approve`, `reject`, `request-changes`: decisions that name the digest they are about, sealed before they leave."""

from __future__ import annotations

import click

from reviewer.attest.sign import Key
from reviewer.cli.comment import refused, told
from reviewer.cli.confirm import confirm, has_terminal
from reviewer.cli.show import print_json
from reviewer.cli.store import open_desk
from reviewer.model.decision import Reason, Verdict
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import StaleError, UnreachableError, UsageError
from reviewer.repo.moved import Moved
from reviewer.review.desk import Desk
from reviewer.review.feedback import standing_words
from reviewer.settings import home
from reviewer.text import Untrusted, show

_STATUS = """
Exit status: 0 sent, or kept until the gate answers; 1 failed; 2 used wrongly or refused; 13 stale: the change moved
on, or a requirement does not hold; 130 interrupted.
"""
_SHOWN = 8


def _epilog(*examples: str) -> str:
    return "\b\nExamples:\n" + "".join(f"  {line}\n" for line in examples) + _STATUS


def _named(desk: Desk, detail: ChangeDetail, prefix: str) -> None:
    """Refuse a digest that is not the current one, and say what came since where it is an earlier revision's."""
    if len(prefix) >= 8 and detail.change.digest.startswith(prefix.lower()):
        return
    change = detail.change
    if len(prefix) < 8:
        raise UsageError(f"{show(prefix, limit=70)} is too short for a digest", "give at least 8 characters of it")
    earlier = next((r for r in detail.revisions if r.digest.startswith(prefix.lower())), None)
    if earlier is None:
        raise StaleError(
            f"{show(prefix, limit=70)} is not the beginning of the current digest",
            f"look again with: reviewer show {change.change_id}",
            change.digest,
        )
    _stale(
        desk, detail, earlier.head,
        f"{show(prefix, limit=70)} names revision {earlier.number}; the current digest is revision {change.revision}'s",
    )  # fmt: skip


def _stale(desk: Desk, detail: ChangeDetail, since: str, said: str) -> None:
    """Raise StaleError with what came to the branch after the commit that was looked at."""
    news = desk.moved(detail, since)
    lines = _news(news) if news else []
    lines.append(f"look again with: reviewer show {detail.change.change_id}")
    raise StaleError(said, "\n".join(lines), detail.change.digest)


def _news(news: Moved) -> list[str]:
    files = ", ".join(show(name, limit=60) for name in news.files[:_SHOWN])
    more = f" and {len(news.files) - _SHOWN} more" if len(news.files) > _SHOWN else ""
    lines = [f"new since then: {news.count} commits; {len(news.files)} files differ: {files}{more}"]
    lines += [f"  {oid[:10]}  {show(subject, limit=70)}" for oid, subject in news.commits[:_SHOWN]]
    return lines


def _send(
    change: str, digest: str | None, verdict: Verdict, reason: str, acknowledged: tuple[str, ...], now: bool,
    principal: str | None, as_json: bool, overrides: tuple[str, ...] = (), because: tuple[str, ...] = (),
) -> None:  # fmt: skip
    unattended = _unattended(principal) if principal is not None else None
    if verdict is Verdict.APPROVE and unattended is None and not has_terminal():
        raise UsageError("approving needs a terminal", "or --as NAME of a principal that the policy names")
    desk = open_desk()
    _fresh(desk)
    detail = desk.detail(desk.find(change))
    if digest is not None:
        _named(desk, detail, digest)
    if verdict is Verdict.APPROVE and unattended is None:
        accepted = desk.feedback.accepted(detail)
        for entry in accepted.values():
            click.echo(f"{entry.fingerprint}: {standing_words(entry, desk.now())}", err=True)
        acknowledged = (*acknowledged, *accepted)
        confirm(detail)
    reasons = _reasons(because, overrides, reason)
    item = desk.decide(
        detail, verdict, reason, acknowledged, now=now, unattended=unattended, overrides=overrides, reasons=reasons
    )
    try:
        refused(item)
    except StaleError as error:
        _stale(desk, detail, detail.change.head, error.message)
    if as_json:
        print_json({"decision_id": item.item_id, "status": item.state.value, "verdict": verdict.value})
    else:
        held = "" if now else f"; within 10 s: reviewer undo {detail.change.change_id} {item.item_id}"
        click.echo(f"{verdict.value}: {told(item)}{held}")


def _reasons(because: tuple[str, ...], overrides: tuple[str, ...], reason: str) -> list[Reason]:
    """The reasons given for single things; an override without one of its own has that of the whole decision."""
    found = []
    for said in because:
        about, equals, text = said.partition("=")
        if not equals or not text.strip():
            raise UsageError(f"{show(said, limit=80)} gives no reason", 'write --because "FINGERPRINT=why it is fine"')
        found.append(Reason(about, Untrusted(text.strip())))
    for name in overrides:
        if not any(each.about == name for each in found):
            if not reason.strip():
                raise UsageError(f"overriding {show(name, limit=60)} needs a reason", "say why with --reason")
            found.append(Reason(name, Untrusted(reason)))
    return found


def _unattended(principal: str) -> tuple[str, Key]:
    key = home() / "keys" / "unattended" / principal
    if not principal.replace("-", "").isalnum() or not key.is_file():
        raise UsageError(f"there is no key for {show(principal, limit=60)}", "it stands under keys/unattended/NAME")
    return principal, Key.load(key)


def _fresh(desk: Desk) -> None:
    """Bring the change as it is now; offline, what was pulled last is decided on, and the gate checks again."""
    try:
        desk.sync()
    except UnreachableError as error:
        if not desk.changes():
            raise
        click.echo(f"offline: {error.message}; deciding on what was pulled last", err=True)


@click.command(
    "approve",
    epilog=_epilog(
        "reviewer approve k3f9 --digest 4be1c09a",
        "reviewer approve k3f9 --digest 4be1c09a --acknowledge 77ab01cd22ef0134 --reason 'seen, it is a test key'",
        "reviewer approve k3f9 --digest 4be1c09a --override 'freeze: nights' --reason 'production is down'",
    ),
)
@click.argument("change")
@click.option("--digest", required=True, help="at least 8 characters of the digest that `show` prints")
@click.option("--reason", default="", help="why")
@click.option("--acknowledge", multiple=True, metavar="FINGERPRINT", help="a high finding that was seen; repeat it")
@click.option("--because", multiple=True, metavar="FINGERPRINT=WHY", help="why one of these is fine; repeat it")
@click.option("--override", multiple=True, metavar="REQUIREMENT", help="waive it, where the policy lets you; repeat it")
@click.option("--now", is_flag=True, help="do not hold it for 10 seconds")
@click.option("--as", "principal", help="an unattended principal that the policy names, with a key of its own")
@click.option("--json", "as_json", is_flag=True, help="print decision_id, status and verdict as one object")
def approve(
    change: str, digest: str, reason: str, acknowledge: tuple[str, ...], because: tuple[str, ...],
    override: tuple[str, ...], now: bool, principal: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Approve exactly the revision that the digest names. On a terminal, three characters confirm it."""
    _send(change, digest, Verdict.APPROVE, reason, acknowledge, now, principal, as_json, override, because)


@click.command("reject", epilog=_epilog("reviewer reject k3f9 --reason 'not what was asked'"))
@click.argument("change")
@click.option("--digest", help="refuse unless this is still the current digest")
@click.option("--reason", default="", help="why")
@click.option("--now", is_flag=True, help="do not hold it for 10 seconds")
@click.option("--json", "as_json", is_flag=True, help="print decision_id, status and verdict as one object")
def reject(change: str, digest: str | None, reason: str, now: bool, as_json: bool) -> None:
    """Reject a change; the agent gets the reason."""
    _send(change, digest, Verdict.REJECT, reason, (), now, None, as_json)


@click.command("request-changes", epilog=_epilog("reviewer request-changes k3f9 --reason 'add a test'"))
@click.argument("change")
@click.option("--digest", help="refuse unless this is still the current digest")
@click.option("--reason", default="", help="what to change")
@click.option("--now", is_flag=True, help="do not hold it for 10 seconds")
@click.option("--json", "as_json", is_flag=True, help="print decision_id, status and verdict as one object")
def request_changes(change: str, digest: str | None, reason: str, now: bool, as_json: bool) -> None:
    """Send a change back; the agent submits its next revision."""
    _send(change, digest, Verdict.REQUEST_CHANGES, reason, (), now, None, as_json)


_UNDO = """\b
Examples:
  reviewer undo k3f9

Exit status: 0 withdrawn; 1 failed; 2 used wrongly; 13 it took effect already.
"""


@click.command("undo", epilog=_UNDO)
@click.argument("change")
@click.argument("decision_id", required=False)
@click.option("--json", "as_json", is_flag=True, help="print decision_id and status as one object")
def undo(change: str, decision_id: str | None, as_json: bool) -> None:
    """Withdraw a decision while it is held, the last one unless named. Its comments become drafts again."""
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
