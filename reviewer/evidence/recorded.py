"""Turns a run's record back into what was observed, for rules on runs.

What must stay true: a record that is not whole, or was made without a sandbox, is no evidence and is refused.
"""

from __future__ import annotations

from reviewer.model.errors import ReviewerError
from reviewer.model.observed import Observed
from reviewer.model.run import Conclusion, Reached
from reviewer.sandbox.reading import Record
from reviewer.text import Untrusted


def observed_of(record: Record, name: str) -> Observed:
    """What the record of the run `name` says was observed. Raises ReviewerError where it is no evidence."""
    end = record.end
    doubt = next((each for each in record.doubts() if "working copy" not in each), None)
    if end is None or doubt is not None:
        raise ReviewerError(f"the record is no evidence: {doubt}", "make the run again: reviewer run --record FILE")
    known = {conclusion.value: conclusion for conclusion in Conclusion}
    attempts = [(one.kind, one.target, one.by, one.count) for one in end.attempts]
    return Observed(
        name,
        tuple(Untrusted(word) for word in record.header.command),
        known.get(end.conclusion or ""),
        end.exit_status,
        end.observed,
        not end.attempts_unlisted,
        tuple(Reached(kind, Untrusted(target), Untrusted(by), count) for kind, target, by, count in attempts),
        tuple((Untrusted(program), count) for program, count in end.programs.items()),
        tuple(map(Untrusted, end.written)),
        tuple(map(Untrusted, end.deleted)),
        tuple(map(Untrusted, end.mode_changed)),
    )
