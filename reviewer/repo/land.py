"""Brings an approved result to its target: never a checkout, never the user's index, never a branch in use.

What must stay true: a target that any worktree has checked out is not moved, the result waits beside it; a ref is
moved only from the exact commit that was looked at, and without git, so that no hook of the repository runs.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from reviewer.model.errors import ReviewerError, StaleError
from reviewer.repo.locate import Repository
from reviewer.repo.look import checked_out, resolve
from reviewer.repo.moving import move_ref
from reviewer.repo.quarantine import Quarantine
from reviewer.repo.runner import Git
from reviewer.text import show


@dataclass(frozen=True, slots=True)
class Landing:
    """`moved`: the target stands on the result. Otherwise it waits under `ref`, for the worktree in `worktree`."""

    moved: bool
    ref: str
    worktree: Path | None = None


def waiting_ref(change_id: str) -> str:
    return f"refs/reviewer/landed/{change_id}"


def move_target(
    repository: Repository, quarantine: Quarantine, change_id: str, target: str, new: str, old: str
) -> Landing:
    """Land `new` on the branch `target`, which must still stand at `old`. Raises StaleError where it does not.

    Doing it twice is doing it once: a target that already stands at `new` counts as moved.
    """
    now = resolve(repository, target)
    if now == new:
        return Landing(True, f"refs/heads/{target}")
    if now != old:
        raise StaleError("the target moved while the change was landing", "it is merged again onto the new tip")
    _bring(repository, quarantine, new, old)
    in_use = checked_out(repository).get(target)
    ref = waiting_ref(change_id) if in_use else f"refs/heads/{target}"
    move_ref(repository, ref, new, None if in_use else old)
    return Landing(in_use is None, ref, in_use)


def _bring(repository: Repository, quarantine: Quarantine, new: str, old: str) -> None:
    """Put the result's objects into the repository's store as one indexed pack."""
    have = [old] if quarantine.has(old) else []
    pack = quarantine.pack(new, have)
    with tempfile.TemporaryDirectory(dir=quarantine.git_dir) as folder:
        # index-pack writes beside the pack it is given a name for; both then move in, index last, as git does.
        place = Path(folder) / "in.pack"
        git = Git(quarantine.git_dir, alternates=repository.objects)
        name = git.run(["index-pack", "--stdin", "--strict", str(place)], input=pack).decode().split()[-1]
        target = repository.objects / "pack"
        if target.is_symlink():
            raise ReviewerError(f"{show(str(target))} is a symbolic link", "replace it by the folder it points to")
        target.mkdir(exist_ok=True)
        for suffix in (".pack", ".idx"):
            draft = target / f"tmp_reviewer_{name}_{os.getpid()}{suffix}"
            # Never through a link that waits there under this name.
            made = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o444)
            # As open to others of the repository's group as its folder, never more.
            os.fchmod(made, target.stat().st_mode & 0o444)
            with os.fdopen(made, "wb") as file:
                file.write(place.with_suffix(suffix).read_bytes())
                file.flush()
                os.fsync(made)
            draft.rename(target / f"pack-{name}{suffix}")


def land_in_worktree(folder: Path, commit: str, target: str) -> None:
    """Fast-forward the user's own worktree, at their word, with their git and their configuration."""
    import git  # imported late: a third of an application's start

    repository = git.Repo(folder)
    try:
        branch = repository.active_branch.name
    except TypeError:
        branch = ""
    if branch != target:
        raise ReviewerError(f"{show(target)} is not checked out here", f"check it out with: git switch {show(target)}")
    try:
        repository.git.merge("--ff-only", commit)
    except git.GitCommandError as error:
        detail = show(str(error.stderr).strip().split("\n")[-1], limit=200)
        raise ReviewerError(
            f"git would not fast-forward: {detail}", "commit or stash what is in the way and run it again"
        ) from None
