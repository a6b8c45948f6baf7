"""`reviewer wait`: gives an agent the verdict, the reason and the comments, by exit status and as JSON."""

from __future__ import annotations

import time

import click

from reviewer.cli.show import as_object, print_json
from reviewer.cli.store import open_desk
from reviewer.model.change import State
from reviewer.model.comment import CommentKind
from reviewer.model.decision import Verdict
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import UnreachableError
from reviewer.review.desk import Desk
from reviewer.text import show, show_lines

_EPILOG = """\b
Examples:
  reviewer wait k3f9
  reviewer wait k3f9 --timeout 3600 --json | jq -r .reason

With --json, the object that `show --json` prints, and these fields:

\b
  outcome   landed | waiting to land | rejected | changes requested | superseded | conflict | timed out
  verdict   approve | reject | request changes | null
  reason    what the reviewer said, or why it is stale
  waited_for   the digest of the revision that was waited for
  comments  comment_id, author, by, kind, answers, resolved, file, side, line, last_line, body, revision_digest

Exit status: 0 landed, or approved and waiting to land; 1 failed; 2 used wrongly; 10 rejected; 11 changes requested;
12 superseded by a newer revision; 13 it conflicts with the target: rebase and submit again; 14 timed out.
"""
_ENDED = {
    State.LANDED: ("landed", 0),
    State.WAITING_TO_LAND: ("waiting to land", 0),
    State.REJECTED: ("rejected", 10),
    State.CHANGES_REQUESTED: ("changes requested", 11),
    State.SUPERSEDED: ("superseded", 12),
    State.CONFLICT: ("conflict", 13),
}
_VERDICTS = {
    State.LANDED: Verdict.APPROVE,
    State.WAITING_TO_LAND: Verdict.APPROVE,
    State.REJECTED: Verdict.REJECT,
    State.CHANGES_REQUESTED: Verdict.REQUEST_CHANGES,
}


@click.command("wait", epilog=_EPILOG)
@click.argument("change")
@click.option("--digest", help="the beginning of the digest of the revision that is waited for [the current one]")
@click.option("--timeout", type=click.FloatRange(0), help="seconds [for ever]")
@click.option("--json", "as_json", is_flag=True, help="print the change and its outcome as one object")
def command(change: str, digest: str | None, timeout: float | None, as_json: bool) -> int:
    """Wait until a change is decided, and say what was decided and why."""
    until = None if timeout is None else time.monotonic() + timeout
    desk = open_desk()
    desk.sync()
    change_id = desk.find(change)
    waited_for = digest.lower() if digest else desk.detail(change_id).change.digest
    while True:
        detail = desk.detail(change_id)
        if not detail.change.digest.startswith(waited_for):
            outcome, status = "superseded", 12
            break
        if detail.change.state in _ENDED:
            outcome, status = _ENDED[detail.change.state]
            break
        left = 20.0 if until is None else until - time.monotonic()
        if left <= 0:
            outcome, status = "timed out", 14
            break
        _pass_time(desk, left)
    if as_json:
        print_json(_object(detail, outcome, waited_for))
    else:
        _tell(detail, outcome)
    return status


def _pass_time(desk: Desk, left: float) -> None:
    try:
        if left >= 1:
            desk.wait(int(min(left, 20)))
        else:
            time.sleep(min(left, 0.2))
        desk.sync()
    except UnreachableError:
        # A gate that was killed is started again by the next question, and goes on.
        time.sleep(0.3)


def _reason(detail: ChangeDetail, outcome: str) -> list[str]:
    verdict = _VERDICTS.get(detail.change.state) if outcome != "superseded" else None
    said = [d.reason for d in detail.decisions if d.verdict is verdict and d.digest == detail.change.digest]
    if said and said[-1]:
        return show_lines(said[-1])
    if outcome == "superseded":
        return [f"revision {detail.change.revision} is the current one"]
    if outcome == "conflict":
        names = ", ".join(show(name, limit=80) for name in detail.current.conflicts[:8])
        return [f"conflicts with the target in: {names}" if names else "conflicts with the target"]
    return [show(detail.change.note)] if detail.change.note else []


def _object(detail: ChangeDetail, outcome: str, waited_for: str) -> dict[str, object]:
    verdict = _VERDICTS.get(detail.change.state) if outcome != "superseded" else None
    return {
        **as_object(detail),
        "outcome": outcome,
        "verdict": verdict.value if verdict else None,
        "reason": "\n".join(_reason(detail, outcome)),
        "waited_for": waited_for,
    }


def _tell(detail: ChangeDetail, outcome: str) -> None:
    click.echo(outcome if outcome != "timed out" else f"timed out: still {detail.change.state.value}")
    who = show(detail.decisions[-1].reviewer) if detail.decisions else "reviewer"
    for line in _reason(detail, outcome):
        click.echo(f"{who}: {line}" if detail.decisions else line)
    for comment in detail.comments:
        about = f" ({comment.kind.value})" if comment.kind is not CommentKind.NOTE else ""
        place = f" on {show(comment.anchor.file)}" if comment.anchor else ""
        place += f":{comment.anchor.start}" if comment.anchor and comment.anchor.start else ""
        for line in show_lines(comment.body):
            click.echo(f"{show(comment.author)}{about}{place}: {line}")
