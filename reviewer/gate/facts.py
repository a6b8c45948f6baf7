"""Gathers what a policy's rules select a revision by, from its fetched objects and who submitted it.

What must stay true: every path that differs counts, on both sides of a rename and in what would land; what is too much
to look at is said to be so and never left out in silence.
"""

from __future__ import annotations

from typing import Final

from reviewer.diff.parse import parse_numstat, parse_raw
from reviewer.model.change import Size
from reviewer.model.diff import MODE_FILE
from reviewer.model.policy import Facts
from reviewer.policy.owners import PLACES, owners_of, parse_owners
from reviewer.repo.quarantine import Quarantine
from reviewer.text import Untrusted

PATHS_KEPT: Final = 2000
_OWNED: Final = 300


def facts_of(
    quarantine: Quarantine, base: str, head: str, tip: str, result: str | None, size: Size, agent: str, target: str,
    submitter: str,
) -> Facts:  # fmt: skip
    """The facts of `base`..`head`, which lands as the tree `result` on the commit `tip`."""
    paths: set[Untrusted] = set()
    plain = True
    sides = [(base, head)]
    if result is not None and tip != base:
        # More than one common ancestor can make the result differ where the two sides do not.
        sides.append((tip, quarantine.commit(result, [tip, head], "what would land\n", 0)))
    for old, new in sides:
        for file in parse_raw(quarantine.raw(old, new)):
            paths |= {file.old_path, file.new_path}
            plain = plain and {file.old_mode, file.new_mode} <= {0, MODE_FILE}
        plain = plain and None not in parse_numstat(quarantine.numstat(old, new)).values()
    ordered = sorted(paths, key=lambda path: path.to_bytes())
    owners, unowned = _owners(quarantine, tip, ordered[:_OWNED])
    return Facts(
        agent=Untrusted(agent),
        target=Untrusted(target),
        paths=tuple(ordered[:PATHS_KEPT]),
        whole=len(ordered) <= PATHS_KEPT,
        plain=plain,
        files=size.files,
        lines=size.added + size.removed,
        submitter=submitter,
        owners=owners,
        unowned=unowned,
    )


def _owners(quarantine: Quarantine, tip: str, paths: list[Untrusted]) -> tuple[tuple[Untrusted, ...], int]:
    """Those whom the target branch names as owners of some of the paths, and how many paths have none."""
    data = next((data for place in PLACES if (data := quarantine.file(tip, place)) is not None), None)
    if data is None:
        return (), 0
    known = parse_owners(data)
    found = [owners_of(known, path.raw) for path in paths]
    named = dict.fromkeys(name for names in found for name in names)
    return tuple(Untrusted(name) for name in list(named)[:50]), sum(not names for names in found)
