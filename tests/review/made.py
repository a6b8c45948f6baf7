"""Makes model values for tests of what is pure: only what a test is about has to be named."""

from dataclasses import replace
from typing import Any

from reviewer.model.change import Change, Kind, Size, State
from reviewer.model.comment import Anchor, AuthorKind, Comment
from reviewer.model.detail import ChangeDetail, Revision
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.text import EMPTY, Untrusted

_CHANGE = Change(
    "c1", 1, Kind.CODE, State.PENDING, "repo", Untrusted("/work"), Untrusted("Fix it"), Untrusted("claude/fix"),
    Untrusted("claude"), Untrusted("main"), 1, "d" * 64, "a" * 40, "b" * 40, Size(1, 2, 3), None, 0, (), "passed", 0,
    1000.0, 1000.0,
)  # fmt: skip


def change(change_id: str = "c1", **fields: Any) -> Change:
    texts = {n: Untrusted(fields.pop(n)) for n in ("title", "branch", "agent", "target") if n in fields}
    return replace(_CHANGE, change_id=change_id, **texts, **fields)


def finding(message: str = "a key", severity: Severity = Severity.HIGH, **fields: Any) -> Finding:
    file = Untrusted(fields.pop("file", "app.py"))
    asked = {"line": 3, "side": Side.NEW, "fingerprint": message, **fields}
    return Finding("rule", "secrets", severity, file, message=Untrusted(message), **asked)


def run(name: str = "tests", **fields: Any) -> Run:
    asked = {"conclusion": Conclusion.SUCCESS, "tier": "full", "exit_status": 0, "seconds": 1.0, **fields}
    state = asked.pop("state", RunState.DONE)
    return Run(f"run-{name}", asked.pop("digest", "d" * 64), name, (Untrusted("true"),), state, **asked)


def comment(body: str = "why?", *, file: str = "", line: int | None = None, side: Side = Side.NEW) -> Comment:
    anchor = Anchor(Untrusted(file), side, line, line) if file else None
    return Comment(f"id-{body}", "d" * 64, Untrusted("ann"), AuthorKind.PERSON, Untrusted(body), 1000.0, anchor)


def detail(row: Change | None = None, *, claim: str = "", **fields: Any) -> ChangeDetail:
    row = row or change()
    revision = Revision(
        row.revision, row.digest, "{}", row.head, row.base, "refs/heads/main", row.base, "t" * 40, (), EMPTY, 1000.0,
        Size(1, 2, 3),
    )  # fmt: skip
    return ChangeDetail(row, (replace(revision, claim=Untrusted(claim)),), **{"scanned": True, **fields})
