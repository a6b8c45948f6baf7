"""Weighs findings by what people said of their rules: a rule that is often not useful steps back where that is so.

What must stay true: pure; nothing here takes a high finding's lock away, for only an acceptance does, which is shown
as one; an entry that was taken back or is over counts for nothing; a look that was made later can bring a rule back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reviewer.model.feedback import Feedback, FeedbackKind, Look
from reviewer.model.finding import Finding, Severity
from reviewer.text import Untrusted

SHARE: Final = 0.10
"""The share of looks, not useful, above which a rule steps back."""
LOOKS: Final = 10
"""Findings of a rule that people decided over in a repository, before its share means anything."""
LOOKS_IN_FOLDER: Final = 5
"""The same within one folder."""
SAID: Final = 2
"""One person's one word is not a habit: so many findings at least must have been called not useful."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How a rule fares in a repository, or in one folder of it."""

    rule: str
    folder: str | None
    not_useful: int
    looks: int

    @property
    def stepped_back(self) -> bool:
        least = LOOKS if self.folder is None else LOOKS_IN_FOLDER
        return self.looks >= least and self.not_useful >= SAID and self.not_useful > SHARE * self.looks


def tallies(entries: Iterable[Feedback], looks: Iterable[Look], now: float) -> list[Tally]:
    """How each rule of one repository that somebody called not useful fares, in the whole and by folder."""
    bad = {e.fingerprint: (e.rule, _folder(e.file)) for e in entries if e.kind is FeedbackKind.NOT_USEFUL and e.stands(now)}
    rules = {rule for rule, _ in bad.values()}
    seen = {look.fingerprint: (look.rule, _folder(look.file)) for look in looks if look.rule in rules} | bad
    counts: dict[tuple[str, str | None], list[int]] = {}
    for fingerprint, (rule, folder) in seen.items():
        for place in (None, folder):
            count = counts.setdefault((rule, place), [0, 0])
            count[0] += fingerprint in bad
            count[1] += 1
    return [Tally(rule, folder, *count) for (rule, folder), count in sorted(counts.items(), key=str)]


def weighed(findings: Sequence[Finding], told: Iterable[Tally]) -> tuple[Finding, ...]:
    """The findings, those of rules that stepped back as info; what locks a verdict keeps its level."""
    back = {(tally.rule, tally.folder): tally for tally in told if tally.stepped_back}
    if not back:
        return tuple(findings)
    weighed = (_weighed(finding, back) for finding in findings)
    return tuple(sorted(weighed, key=lambda finding: -finding.severity.rank))


def _weighed(finding: Finding, back: Mapping[tuple[str, str | None], Tally]) -> Finding:
    tally = back.get((finding.rule, _folder(finding.file))) or back.get((finding.rule, None))
    if tally is None or finding.severity.rank <= Severity.INFO.rank:
        return finding
    where = "here" if tally.folder is None else "in this folder"
    said = f"{finding.message.raw} (not useful in {tally.not_useful} of {tally.looks} looks {where})"
    if finding.severity.rank >= Severity.HIGH.rank:
        return replace(finding, message=Untrusted(said))
    return replace(finding, severity=Severity.INFO, message=Untrusted(said))


def accepted(entries: Iterable[Feedback], now: float) -> dict[str, Feedback]:
    """By fingerprint, the acceptance that stands and lasts longest."""
    found: dict[str, Feedback] = {}
    for entry in entries:
        if entry.kind is FeedbackKind.ACCEPTED and entry.stands(now):
            earlier = found.get(entry.fingerprint)
            if earlier is None or (entry.until or 0) > (earlier.until or 0):
                found[entry.fingerprint] = entry
    return found


def _folder(path: Untrusted) -> str:
    return path.raw.rpartition("/")[0]
