"""`reviewer findings`: what people say of findings, listed, added and taken back.

What must stay true: what makes a finding count less is said by a person at a terminal; what makes it count again is
free, for anybody.
"""

from __future__ import annotations

import json
import time

import click

from reviewer.cli.confirm import confirm, has_terminal
from reviewer.cli.store import open_desk, refresh
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import UsageError
from reviewer.model.feedback import Feedback, FeedbackKind
from reviewer.model.finding import Finding
from reviewer.review.desk import Desk
from reviewer.review.feedback import find, standing_words
from reviewer.text import show

_EXAMPLES = """\b
Examples:
  reviewer findings list
  reviewer findings rules
  reviewer findings not-useful k3f9 77ab01cd --reason 'a table of test data'
  reviewer findings accept k3f9 77ab01cd --days 30 --reason 'a sample key of the documentation'
  reviewer findings revoke 5d1c

Exit status: 0 done; 1 failed; 2 used wrongly or refused.
"""


@click.group("findings", epilog=_EXAMPLES)
def command() -> None:
    """What people say of findings: that one is not useful, that a risk is accepted until a day.

    A rule of which more than one finding in ten is not useful (of 10 looks at least, 5 within one folder) steps back to
    info there; a high finding keeps its lock. An accepted risk counts as acknowledged until its day.
    """


@command.command("list", epilog=_EXAMPLES)
@click.option("--all", "every", is_flag=True, help="also what was taken back or is over")
@click.option("--json", "as_json", is_flag=True, help="one object a line")
def list_entries(every: bool, as_json: bool) -> int:
    """List what was said, oldest first."""
    desk = open_desk()
    now = desk.now()
    entries = [entry for entry in desk.feedback.entries() if every or entry.stands(now)]
    for entry in entries:
        click.echo(json.dumps(_object(entry, now)) if as_json else _line(entry, now))
    if not entries and not as_json:
        click.echo("nobody has said anything of a finding yet; see: reviewer findings --help", err=True)
    return 0


@command.command("rules", epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="one object a line")
def rules(as_json: bool) -> int:
    """Show how the rules that somebody called not useful fare, and which of them stepped back where."""
    desk = open_desk()
    for repo_id in dict.fromkeys(entry.repo_id for entry in desk.feedback.entries()):
        for tally in desk.feedback.tallies(repo_id):
            folder = None if tally.folder is None else show(tally.folder, limit=200)
            if as_json:
                facts = {
                    "repository": repo_id, "rule": tally.rule, "folder": folder, "not_useful": tally.not_useful,
                    "looks": tally.looks, "stepped_back": tally.stepped_back,
                }  # fmt: skip
                click.echo(json.dumps(facts))
            else:
                where = "the repository" if folder is None else f"{folder}/" if folder else "its top folder"
                state = "stepped back" if tally.stepped_back else "counts"
                click.echo(f"{tally.rule:<24} {tally.not_useful} of {tally.looks} not useful in {where}: {state}")
    return 0


@command.command("not-useful", epilog=_EXAMPLES)
@click.argument("change")
@click.argument("fingerprint")
@click.option("--reason", default="", help="why")
def not_useful(change: str, fingerprint: str, reason: str) -> int:
    """Say that a finding was of no use."""
    desk, detail, finding = _named(change, fingerprint)
    entry = desk.feedback.not_useful(detail, finding, reason)
    click.echo(f"{entry.feedback_id[:8]}: {standing_words(entry, desk.now())}")
    return 0


@command.command("accept", epilog=_EXAMPLES)
@click.argument("change")
@click.argument("fingerprint")
@click.option("--days", type=int, required=True, help="for how long")
@click.option("--reason", required=True, help="why it may stand")
def accept(change: str, fingerprint: str, days: int, reason: str) -> int:
    """Accept a finding's risk for some days. Asks for the letters that an approval asks for."""
    desk, detail, finding = _named(change, fingerprint)
    click.echo(f"{finding.severity.value}  {finding.category}  {show(finding.message, limit=200)}", err=True)
    confirm(detail, f"Accept this for {days} days on")
    entry = desk.feedback.accept(detail, finding, days, reason)
    click.echo(f"{entry.feedback_id[:8]}: {standing_words(entry, desk.now())}")
    return 0


@command.command("revoke", epilog=_EXAMPLES)
@click.argument("entry")
def revoke(entry: str) -> int:
    """Take an entry back: the finding counts again."""
    taken = open_desk().feedback.revoke(entry)
    click.echo(f"{taken.feedback_id[:8]}: taken back")
    return 0


def _named(change: str, fingerprint: str) -> tuple[Desk, ChangeDetail, Finding]:
    """The desk, the change and its finding; a person is asked for first."""
    if not has_terminal():
        raise UsageError("what makes a finding count less is said at a terminal", "or with - and ! in the review")
    desk = open_desk()
    refresh()
    detail = desk.detail(desk.find(change))
    return desk, detail, find(detail, fingerprint)


def _object(entry: Feedback, now: float) -> dict[str, object]:
    return {
        "id": entry.feedback_id,
        "kind": entry.kind.value,
        "stands": entry.stands(now),
        "repository": entry.repo_id,
        "change": entry.change_id,
        "rule": entry.rule,
        "category": entry.category,
        "file": show(entry.file),
        "fingerprint": entry.fingerprint,
        "reason": show(entry.reason, limit=2000),
        "by": show(entry.by),
        "at": entry.at,
        "until": entry.until,
        "revoked_at": entry.revoked_at,
    }


def _line(entry: Feedback, now: float) -> str:
    state = standing_words(entry, now)
    if entry.revoked_at is not None:
        state = f"{entry.kind.value}, taken back"
    elif entry.kind is FeedbackKind.ACCEPTED and not entry.stands(now):
        day = time.strftime("%Y-%m-%d", time.localtime(entry.until))
        state = f"accepted by {show(entry.by, limit=40)} until {day}: over"
    why = f"  ({show(entry.reason, limit=200)})" if entry.reason else ""
    return f"{entry.feedback_id[:8]}  {entry.rule:<20} {show(entry.file, limit=200)}  {state}{why}"
