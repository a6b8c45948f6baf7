"""Reads the difference that a command is asked about: a patch, standard input, two commits, or a submitted change."""

from __future__ import annotations

import sys
from pathlib import Path

from reviewer.diff.parse import parse_patch
from reviewer.diff.uncoloured import without_colours
from reviewer.model.diff import FileDiff
from reviewer.model.errors import UsageError
from reviewer.review.comparison import Commits
from reviewer.text import show

MAX_PATCH = 512 << 20


def read_patch(revisions: tuple[str, ...], patch: Path | None, earlier: int | None = None) -> bytes:
    """The patch's bytes. Raises UsageError where nothing, or two things, are named."""
    if earlier is not None and (patch is not None or revisions == ("-",)):
        raise UsageError("a patch has no revisions", "--since goes with a submitted change")
    if patch is not None:
        if revisions:
            raise UsageError("name a patch or commits, not both")
        with patch.open("rb") as file:
            return without_colours(_bounded(file.read(MAX_PATCH + 1)))
    if revisions == ("-",):
        return without_colours(_bounded(sys.stdin.buffer.read(MAX_PATCH + 1)))
    between, _ = named_commits(revisions, earlier)
    return between.quarantine.patch(between.base, between.head)


def named_commits(revisions: tuple[str, ...], earlier: int | None = None) -> tuple[Commits, str]:
    """The two commits that are named, and their title: A..B, A...B, A B, or a submitted change. Raises UsageError.

    With the number of an `earlier` revision only what the change did since then.
    """
    title = " ".join(show(name, limit=80) for name in revisions)
    if len(revisions) == 1 and ".." not in revisions[0]:
        return _of_change(revisions[0], title, earlier)
    if earlier is not None:
        raise UsageError("commits have no revisions", "--since goes with a submitted change")
    if len(revisions) == 1:
        base, _, head = revisions[0].partition("..")
        return _between(base, head.removeprefix("."), merge_base=head.startswith(".")), title
    if len(revisions) == 2:
        return _between(revisions[0], revisions[1], merge_base=False), title
    raise UsageError("name what to compare", "A..B, A B, a change, --patch FILE, or - for standard input")


class NoPatch(UsageError):
    """What was read is `data`, and names no file."""

    def __init__(self, data: bytes) -> None:
        super().__init__("that is not a patch: no file is named in it", "give the output of: git diff")
        self.data = data


def parsed(data: bytes) -> list[FileDiff]:
    """The files of a patch. Raises NoPatch for bytes that are none."""
    files = parse_patch(data)
    if not files and data.strip():
        raise NoPatch(data)
    return files


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_PATCH:
        raise UsageError(f"the patch has more than {MAX_PATCH >> 20} MiB")
    return data


def _of_change(name: str, title: str, earlier: int | None) -> tuple[Commits, str]:
    """The current revision of a submitted change, as the quarantine has it; or what it did since an earlier one."""
    from reviewer.cli.store import open_desk, refresh

    desk = open_desk()
    refresh()
    detail = desk.detail(desk.find(name))
    commits = desk.compared(detail.change)
    if earlier is None:
        return commits, title
    from reviewer.review.since import since

    before = next((revision for revision in detail.revisions[:-1] if revision.number == earlier), None)
    if before is None:
        now = f"the change is at revision {detail.change.revision}"
        raise UsageError(f"there is no earlier revision {earlier}", now)
    commits, since_title = since(commits, before, detail.current)
    return commits, f"{title}: {since_title}"


def _between(base: str, head: str, *, merge_base: bool) -> Commits:
    from reviewer.repo.locate import locate
    from reviewer.repo.names import commit_named
    from reviewer.repo.quarantine import Quarantine
    from reviewer.settings import home

    repository = locate(Path.cwd())
    quarantine = Quarantine.open(home(), repository.repo_id)
    looking = quarantine.beside(repository)

    old, new = (commit_named(repository, looking.git, name) for name in (base, head))
    return Commits(looking, looking.merge_base(old, new) if merge_base else old, new)
