"""`reviewer comment`: a remark on a change or on one of its lines, by the reviewer or by the agent."""

from __future__ import annotations

import sys

import click

from reviewer.cli.show import print_json
from reviewer.cli.store import open_desk
from reviewer.model.comment import Anchor
from reviewer.model.decision import DecisionState
from reviewer.model.errors import ReviewerError, StaleError, UsageError
from reviewer.model.finding import Side
from reviewer.store.decisions import Item
from reviewer.text import Untrusted

_EXAMPLES = """\b
Examples:
  reviewer comment k3f9 --text "why not a set?"
  reviewer comment k3f9 --file shop.py --line 12 --text "off by one"
  reviewer comment k3f9 --as-agent claude --text "a set loses the order" --json

Exit status: 0 accepted, or kept until the gate answers; 1 failed; 2 used wrongly or refused; 13 stale.
"""


@click.command("comment", epilog=_EXAMPLES)
@click.argument("change")
@click.option("--text", help="what to say [read from standard input]")
@click.option("--file", "file", help="the file that it is about")
@click.option("--line", type=click.IntRange(1), help="the line of that file")
@click.option("--side", type=click.Choice(["old", "new"]), default="new", show_default=True)
@click.option("--as-agent", "agent", default="", metavar="NAME", help="say it as the agent of that name")
@click.option("--json", "as_json", is_flag=True, help="print comment and state as one object")
def command(
    change: str, text: str | None, file: str | None, line: int | None, side: str, agent: str, as_json: bool
) -> None:
    """Remark on a change. Kept and sent later where the gate does not answer."""
    if line is not None and file is None:
        raise UsageError("--line needs --file", "name the file too")
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
    anchor = Anchor(Untrusted(file), Side(side), line, line) if file is not None else None
    item = desk.comment(desk.detail(desk.find(change)), text, anchor, agent)
    refused(item)
    if as_json:
        print_json({"comment": item.item_id, "state": item.state.value})
    else:
        click.echo(told(item))


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
