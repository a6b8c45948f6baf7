"""Finds branches by agents that nobody submitted, and scans them, newest first, within a budget; never runs them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from reviewer import __version__
from reviewer.evidence.scan import scan_revision, size_of
from reviewer.model.change import Change, Kind, Size, State
from reviewer.model.codec import from_json, to_json
from reviewer.model.errors import ReviewerError
from reviewer.model.finding import Finding
from reviewer.repo.locate import Repository
from reviewer.repo.look import Branch, default_branch, discover, resolve
from reviewer.repo.quarantine import Quarantine
from reviewer.store.cache import Cache
from reviewer.text import Untrusted


class Discovery:
    """The agent branches of one repository, as last looked at."""

    def __init__(self, repository: Repository, quarantine: Quarantine, prefixes: Sequence[str], cache: Cache) -> None:
        self._repository = repository
        self._quarantine = quarantine
        self._prefixes = prefixes
        self._cache = cache
        # What was found last time is there at once; the next look says whether it still is.
        self._name = f"found {repository.repo_id}"
        self._rows = _read(cache.fact(self._name))

    def listed(self, submitted: Sequence[Change]) -> list[Change]:
        """What the last look found, without the heads that were submitted since."""
        heads = {row.head for row in submitted}
        return [row for row in self._rows if row.head not in heads]

    def look(self, submitted: Sequence[Change], budget: float) -> bool:
        """Look again, and scan what was not scanned for `budget` seconds at most; whether anything changed."""
        target = default_branch(self._repository)
        looking = self._quarantine.looking(self._repository)
        heads = {row.head for row in submitted}
        found = [b for b in discover(self._repository, looking, self._prefixes, target) if b.oid not in heads]
        tip = resolve(self._repository, target)
        view = self._quarantine.beside(self._repository)
        until = time.monotonic() + budget
        rows = []
        for branch in found:
            try:
                rows.append(self._row(view, branch, target, tip, within=time.monotonic() < until))
            except ReviewerError:
                # Unrelated histories, broken objects: listed bare; submitting it says what is wrong.
                rows.append(self._bare(branch, target, tip))
        changed = rows != self._rows
        self._rows = rows
        if changed:
            self._cache.set_fact(self._name, to_json(rows).decode())
        return changed

    def _bare(self, branch: Branch, target: str, base: str) -> Change:
        return Change(
            change_id=f"+{branch.oid[:8]}",
            seq=0,
            kind=Kind.CODE,
            state=State.DISCOVERED,
            repo_id=self._repository.repo_id,
            repository=Untrusted(str(self._repository.root)),
            title=branch.subject,
            branch=branch.name,
            agent=branch.agent,
            target=Untrusted(target),
            revision=0,
            digest="",
            head=branch.oid,
            base=base,
            size=None,
            risk=None,
            flags=0,
            categories=(),
            run="never run",
            comments=0,
            created_at=branch.committed_at,
            updated_at=branch.committed_at,
            note="found in the repository; opening it submits it",
        )

    def _row(self, view: Quarantine, branch: Branch, target: str, tip: str, *, within: bool) -> Change:
        """The row of a branch, scanned where that is kept, or `within` the budget now; no child for it otherwise."""
        base = branch.base
        if base is None:
            if not within:
                return self._bare(branch, target, tip)
            base = view.merge_base(tip, branch.oid)
        bare = self._bare(branch, target, base)
        # Rules change with the version: what an older one found is looked for again.
        span = f"{base}..{branch.oid} {__version__}"
        size, findings = self._kept(span) or (None, ())
        if size is None:
            if not within:
                return bare
            size, findings = size_of(view, base, branch.oid), tuple(scan_revision(view, base, branch.oid))
            self._cache.keep_scan(span, to_json((size, findings)))
        ranked = sorted(findings, key=lambda f: -f.severity.rank)
        return replace(
            bare,
            size=size,
            risk=ranked[0].severity if ranked else None,
            flags=len(ranked),
            categories=tuple(dict.fromkeys(f.category for f in ranked))[:2],
        )

    def _kept(self, span: str) -> tuple[Size, tuple[Finding, ...]] | None:
        kept = self._cache.scan(span)
        try:
            return None if kept is None else from_json(tuple[Size, tuple[Finding, ...]], kept)
        except ReviewerError:
            return None


def _read(kept: str | None) -> list[Change]:
    try:
        return from_json(list[Change], kept) if kept else []
    except ReviewerError:
        return []  # another version's: looked for again
