"""`reviewer comment`: a remark on a change or on one of its lines, by the reviewer or by the agent."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from reviewer.cli.show import print_json
from reviewer.cli.store import open_desk
from reviewer.model.comment import Anchor, Comment, CommentKind
from reviewer.model.decision import DecisionState
from reviewer.model.errors import ReviewerError, StaleError, UsageError
from reviewer.model.finding import Side
from reviewer.store.decisions import Item
from reviewer.text import Untrusted, show

_EXAMPLES = """\b
Examples:
  reviewer comment k3f9 --text "why not a set?"
  reviewer comment k3f9 --file shop.py --line 12 --text "off by one"
  reviewer comment k3f9 --file shop.py --line 12 --to 15 --kind instruction --text "use a set"
  reviewer comment k3f9 --as-agent claude --answers 7d2e --text "a set loses the order" --json
  reviewer comment k3f9 --as-agent claude --answers 7d2e --resolve --text "done" --json

A question is to be answered and not acted on, an instruction is to be followed, a note is neither. What an agent
resolves is a proposal: a person settles the thread, on a terminal.

Exit status: 0 accepted, or kept until the gate answers; 1 failed; 2 used wrongly or refused; 13 stale.
"""


@click.command("comment", epilog=_EXAMPLES)
@click.argument("change")
@click.option("--text", help="what to say [read from standard input]")
@click.option("--file", "file", help="the file that it is about")
@click.option("--line", type=click.IntRange(1), help="the line of that file")
@click.option("--to", "last", type=click.IntRange(1), help="the last line, where it is about several")
@click.option("--side", type=click.Choice(["old", "new"]), default="new", show_default=True)
@click.option("--kind", type=click.Choice([kind.value for kind in CommentKind]), default="note", show_default=True)
@click.option("--answers", metavar="COMMENT", help="the comment that this answers, by its id or the beginning of it")
@click.option("--resolve", is_flag=True, help="with --answers: the matter is settled; an agent proposes that")
@click.option("--as-agent", "agent", default="", metavar="NAME", help="say it as the agent of that name")
@click.option("--json", "as_json", is_flag=True, help="print comment and state as one object")
def command(
    change: str,
    text: str | None,
    file: str | None,
    line: int | None,
    last: int | None,
    side: str,
    kind: str,
    answers: str | None,
    resolve: bool,
    agent: str,
    as_json: bool,
) -> None:
    """Remark on a change. Kept and sent later where the gate does not answer."""
    if line is not None and file is None:
        raise UsageError("--line needs --file", "name the file too")
    if last is not None and (line is None or last < line):
        raise UsageError("--to needs the --line before it", "as: --line 12 --to 15")
    if resolve and answers is None:
        raise UsageError("--resolve needs --answers", "name the comment that is settled")
    if resolve and not agent and not sys.stdin.isatty():
        raise UsageError("only a person settles a thread, on a terminal", "an agent proposes it: --as-agent NAME")
    if text is None:
        if sys.stdin.isatty():
            raise UsageError("nothing to say", 'give it with: --text "..."')
        text = sys.stdin.buffer.read(1 << 16).decode("utf-8", "replace")
    if not text.strip():
        raise UsageError("the comment is empty", 'give it with: --text "..."')
    desk = open_desk()
    try:
        desk.sync()
    except ReviewerError:
        pass  # what was pulled last is enough to remark on
    detail = desk.detail(desk.find(change))
    anchor = Anchor(Untrusted(file), Side(side), line, last or line) if file is not None else None
    root = _answered(detail.comments, answers) if answers is not None else None
    if root is not None and anchor is None:
        anchor = root.anchor
    answered = root.comment_id if root is not None else None
    item = desk.talk.comment(detail, text, anchor, agent, CommentKind(kind), answered, resolved=resolve)
    refused(item)
    if as_json:
        print_json({"comment": item.item_id, "state": item.state.value})
    else:
        click.echo(told(item))


def _answered(comments: Sequence[Comment], beginning: str) -> Comment:
    """The one comment whose id begins so."""
    found = [comment for comment in comments if comment.comment_id.startswith(beginning.strip().lower())]
    if len(found) != 1 or not beginning.strip():
        why = "more than one comment begins" if found else "no comment of this change begins"
        raise UsageError(f"{why} with {show(beginning, limit=40)}", "their ids: reviewer show CHANGE --json")
    return found[0]


def refused(item: Item) -> None:
    """Raise what the gate answered, where it did not take the item."""
    if item.state is DecisionState.CONFLICT:
        raise StaleError(item.said, f"look again with: reviewer show {item.change_id}")
    if item.state is DecisionState.BLOCKED:
        raise ReviewerError(item.said, "put a good token in place of the old one, then: reviewer sync")


def told(item: Item) -> str:
    """One line on what became of an item that was not refused."""
    if item.state is DecisionState.CONFIRMED:
        return "accepted"
    return "kept in the outbox: the gate does not answer; it is sent by the next `reviewer sync`"
