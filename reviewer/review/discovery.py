"""Finds branches by agents that nobody submitted, and scans them, newest first, within a budget; never runs them.

What must stay true: what was found is listed before anything is scanned; a look that finds nothing else than the last
one asks git twice and writes nothing; a branch keeps its id when it moves; the newest are listed first; rules that the
target turns off count here as little as on a change that was submitted.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from reviewer import __version__
from reviewer.model.change import Change, Kind, Size, State
from reviewer.model.codec import from_json, to_json
from reviewer.model.detail import FileSize
from reviewer.model.errors import ReviewerError
from reviewer.model.finding import Finding
from reviewer.repo.locate import Repository
from reviewer.repo.look import Branch, default_branch, discover, refs, resolve
from reviewer.repo.quarantine import Quarantine
from reviewer.store.cache import Cache
from reviewer.text import Untrusted

_FIRST = 200
"""Branches that are listed before all the others: more than any screen has lines."""
_TOGETHER = 64
"""Branches that are scanned before they are listed with what was found."""
SETTINGS = b"reviewer.toml"
Off = Callable[[Sequence[Finding], bytes], Sequence[Finding]]
"""The findings that are told under a `reviewer.toml` with these bytes."""
_Scanned = tuple[Size, tuple[Finding, ...], tuple[FileSize, ...]]


class Discovery:
    """The agent branches of one repository, as last looked at."""

    def __init__(
        self, repository: Repository, quarantine: Quarantine, prefixes: Sequence[str], cache: Cache,
        off: Off = lambda findings, _settings: findings,
    ) -> None:  # fmt: skip
        self._repository = repository
        self._quarantine = quarantine
        self._prefixes = prefixes
        self._cache = cache
        self._off = off
        self._settings: tuple[str, bytes | None] = ("", None)
        # Whoever looks while another does finds what that one found.
        self._lock = threading.Lock()
        self.left = 0
        """Branches that the last look had no time to scan."""
        self._version = f"found by {repository.repo_id}"

    def listed(self, heads: Collection[str] = ()) -> list[Change]:
        """What the last look found, newest first, without the heads that were submitted since."""
        return [row for row in self._cache.found(self._repository.repo_id) if row.head not in heads]

    def look(self, budget: float, tell: Callable[[], None] = lambda: None, *, newest: bool = False) -> bool:
        """Look again, then scan what was not scanned, for `budget` seconds at most; whether anything changed.

        `tell` is called once what was found is listed. `newest`: no more is done than to list the newest ones.
        """
        with self._lock:
            return self._look(budget, tell, newest)

    def _look(self, budget: float, tell: Callable[[], None], newest: bool) -> bool:
        known = refs(self._repository)
        target = default_branch(self._repository, known)
        looking = self._quarantine.looking(self._repository)
        found = discover(self._repository, looking, self._prefixes, target, known)
        submitted = self._cache.submitted(self._repository.repo_id, [branch.oid for branch in found])
        found = [branch for branch in found if branch.oid not in submitted]
        tip = resolve(self._repository, target, known)
        before = {row.change_id: row for row in self._cache.found(self._repository.repo_id)}
        told_by = self._told_by(tip)
        same = self._cache.fact(self._version) == told_by
        rows = []
        for branch in found[:_FIRST] if newest else found:
            bare = self._bare(branch, target, branch.base or tip)
            kept = before.get(bare.change_id)
            rows.append(kept if same and kept is not None and _unmoved(kept, bare, branch.base) else bare)
        if newest:
            self._cache.put_found([(row, ()) for row in rows if before.get(row.change_id) != row])
            return bool(rows)
        changed = self._list(rows, before, tell)
        if not same:
            # Rules change with the version, which are off with the target's file: what was found is told anew.
            self._cache.set_fact(self._version, told_by)
        if changed:
            tell()
        return self._scan(found, rows, tip, time.monotonic() + budget, tell) or changed

    def _told_by(self, tip: str) -> str:
        """What rules were told by: our version and the target's settings, which are read again when it moved."""
        if self._settings[0] != tip:
            try:
                settings = self._quarantine.beside(self._repository).file(tip, SETTINGS)
            except ReviewerError:
                settings = None
            self._settings = (tip, settings)
        settings = self._settings[1]
        return __version__ if settings is None else f"{__version__} {hashlib.sha256(settings).hexdigest()}"

    def _list(self, rows: Sequence[Change], before: dict[str, Change], tell: Callable[[], None]) -> bool:
        new: list[tuple[Change, Sequence[FileSize]]] = [
            (row, ()) for row in rows if before.get(row.change_id) != row
        ]
        gone = list(before.keys() - {row.change_id for row in rows})
        first, rest = new[:_FIRST], new[_FIRST:]
        if first or gone:
            self._cache.put_found(first, gone)
        if rest:
            tell()
            self._cache.put_found(rest)
        return bool(new or gone)

    def _scan(
        self, found: Sequence[Branch], rows: Sequence[Change], tip: str, until: float, tell: Callable[[], None]
    ) -> bool:
        view = self._quarantine.beside(self._repository)
        done: list[tuple[Change, Sequence[FileSize]]] = []
        anything = False
        self.left = 0
        for n, (branch, row) in enumerate(zip(found, rows, strict=True)):
            if time.monotonic() >= until:
                self.left = sum(row.size is None for row in rows[n:])
                break
            if row.size is None and (scanned := self._scanned(view, branch, row, tip)) is not None:
                done.append(scanned)
                anything = True
                if len(done) >= _TOGETHER:
                    self._cache.put_found(done)
                    tell()
                    done = []
        if done:
            self._cache.put_found(done)
        return anything

    def _scanned(
        self, view: Quarantine, branch: Branch, row: Change, tip: str
    ) -> tuple[Change, Sequence[FileSize]] | None:
        """A branch with what was found on it: kept from an earlier look, or looked for now."""
        try:
            base = branch.base or view.merge_base(tip, branch.oid)
            span = f"{base}..{branch.oid} {__version__}"
            size, findings, files = self._kept(span) or self._looked_for(view, base, branch.oid, span)
        except ReviewerError:
            # Unrelated histories, broken objects: listed bare; submitting it says what is wrong.
            return None
        settings = self._settings[1]
        findings = findings if settings is None else tuple(self._off(findings, settings))
        ranked = sorted(findings, key=lambda f: -f.severity.rank)
        told = replace(
            row,
            base=base,
            size=size,
            risk=ranked[0].severity if ranked else None,
            flags=len(ranked),
            categories=tuple(dict.fromkeys(f.category for f in ranked))[:2],
        )
        return told, files

    def _looked_for(self, view: Quarantine, base: str, head: str, span: str) -> _Scanned:
        # Imported late: the rules take as long to load as the screens, and most starts find nothing to scan.
        from reviewer.evidence.scan import measured, scan_revision

        size, files = measured(view, base, head)
        findings = tuple(scan_revision(view, base, head))
        self._cache.keep_scan(span, to_json((size, findings, files)))
        return size, findings, files

    def _kept(self, span: str) -> _Scanned | None:
        kept = self._cache.scan(span)
        try:
            return None if kept is None else from_json(tuple[Size, tuple[Finding, ...], tuple[FileSize, ...]], kept)
        except ReviewerError:
            return None

    def _bare(self, branch: Branch, target: str, base: str) -> Change:
        repo_id = self._repository.repo_id
        named = hashlib.sha256(f"{repo_id}\0".encode() + branch.name.to_bytes()).hexdigest()
        return Change(
            change_id=f"+{named[:12]}",
            seq=0,
            kind=Kind.CODE,
            state=State.DISCOVERED,
            repo_id=repo_id,
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


def _unmoved(kept: Change, bare: Change, base: str | None) -> bool:
    """Whether a branch still is what it was when it was listed. Where `base` is not plain, its head alone tells."""
    unscanned = replace(kept, size=None, risk=None, flags=0, categories=())
    return unscanned == bare if base is not None else replace(unscanned, base=bare.base) == bare
