"""Says of changed lines whether they ran, as far as the reports of runs tell; pure.

What must stay true: what ran in one run ran; a line that no report names is unknown, never "did not run".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reviewer.model.run import Run
from reviewer.text import Untrusted

Ran = Mapping[int, bool]
"""Lines of a file's new side that ran, or could and did not; of others nothing is known."""


def lines_that_ran(runs: Iterable[Run]) -> dict[Untrusted, Ran]:
    """By path, of the runs of one revision; cross-checks run over other files and tell nothing of these lines."""
    found: dict[Untrusted, dict[int, bool]] = {}
    for run in runs:
        if run.check is not None:
            continue
        for report in run.reports:
            for file in report.coverage or ():
                lines = found.setdefault(file.path, {})
                lines.update(dict.fromkeys(file.ran, True))
                for line in file.missed:
                    lines.setdefault(line, False)
    return dict(found)


def words(ran: Ran) -> str:
    """As "reported: 3 of 5 changed lines ran": it is the run's own report that says so."""
    if not ran:
        return ""
    return f"reported: {sum(ran.values())} of {len(ran)} changed line{'s' if len(ran) != 1 else ''} ran"
