"""`reviewer outbox` and `reviewer log`: what waits to be sent, and every decision that this desk made."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import click

from reviewer.cli.show import print_json
from reviewer.cli.store import open_desk
from reviewer.model.errors import ReviewerError
from reviewer.store.decisions import chained
from reviewer.text import show, show_lines


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


_OUTBOX = """\b
Examples:
  reviewer outbox
  reviewer outbox --json | jq -r .state

Exit status: 0 listed; 1 failed; 2 used wrongly.
"""

_LOG = """\b
Examples:
  reviewer log
  reviewer log --json > decisions.jsonl

Exit status: 0 listed, and the chain holds; 1 the chain is broken or the log is damaged; 2 used wrongly.
"""


@click.command("outbox", epilog=_OUTBOX)
@click.option("--json", "as_json", is_flag=True, help="one object a line: item, kind, change, state, tries, said")
def outbox(as_json: bool) -> None:
    """List decisions and comments on their way: sealed, confirmed, or why the gate refused them."""
    for item in open_desk().outbox():
        if as_json:
            print_json(
                {
                    "item": item.item_id,
                    "kind": item.kind,
                    "change": item.change_id,
                    "state": item.state.value,
                    "tries": item.tries,
                    "said": show(item.said),
                    "at": _when(item.at),
                }
            )
        else:
            what = item.decision.verdict.value if item.decision else "comment"
            said = f"  {show(item.said, limit=100)}" if item.said else ""
            click.echo(f"{_when(item.at)}  {item.change_id}  {what:<15}  {item.state.value}{said}")


@click.command("log", epilog=_LOG)
@click.option("--json", "as_json", is_flag=True, help="one object a line, with the signed envelope")
def log(as_json: bool) -> None:
    """List the decisions made on this desk, each chained to the one before. Exit status 1 where the chain is broken."""
    before = ""
    broken = None
    for entry in open_desk().log_of_decisions():
        decision = entry.decision
        leaf = hashlib.sha256(decision.envelope.encode()).hexdigest()
        if leaf != entry.leaf or chained(before, leaf) != entry.chain:
            broken = broken or entry.seq
        before = entry.chain
        if as_json:
            print_json(
                {
                    "seq": entry.seq,
                    "decision_id": decision.decision_id,
                    "change": decision.change_id,
                    "digest": decision.digest,
                    "verdict": decision.verdict.value,
                    "reviewer": show(decision.reviewer),
                    "reason": show_lines(decision.reason),
                    "at": _when(decision.decided_at),
                    "overrides": [show(name) for name in decision.overrides],
                    "reasons": {show(each.about): show(each.text) for each in decision.reasons},
                    "chain": entry.chain,
                    "envelope": decision.envelope,
                }
            )
        else:
            reason = f"  {show(decision.reason, limit=80)}" if decision.reason else ""
            who = show(decision.reviewer, limit=30)
            click.echo(
                f"{_when(decision.decided_at)}  {decision.change_id}  {decision.verdict.value:<15}"
                f"  {decision.digest[:12]}  {who}{reason}"
            )
            why = {each.about: each.text for each in decision.reasons}
            for name in decision.overrides:
                click.echo(f"    overrides {show(name, limit=80)}: {show(why.get(name, decision.reason), limit=200)}")
    if broken is not None:
        raise ReviewerError(f"the log was altered at entry {broken}", "compare it with the gate's own events")
