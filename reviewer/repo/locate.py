"""Finds a repository's git-dir without asking git, and refuses by name what cannot be read safely."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.errors import UsageError
from reviewer.repo.plain import first_line, read_plain
from reviewer.text import show

# A section's name may stand on the same line; a key without a value is true.
_KEY = r"^[ \t]*(?:\[[^\]\n]*\][ \t]*)?"
_PARTIAL: Final = re.compile(_KEY + r"(promisor|partialclone\w*)\b", re.IGNORECASE | re.MULTILINE)
_SHA256: Final = re.compile(_KEY + r"objectformat[ \t]*=[ \t]*\"?sha256", re.IGNORECASE | re.MULTILINE)
_REFTABLE: Final = re.compile(_KEY + r"refstorage[ \t]*=[ \t]*\"?reftable", re.IGNORECASE | re.MULTILINE)
_READ_BY_GIT: Final = ("config.worktree", "packed-refs", "shallow", "info/grafts")
_MAX_PACKS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Repository:
    """Where one repository's parts lie. `repo_id` is our name for it: 16 hex digits over the common dir's real path."""

    root: Path
    git_dir: Path
    common_dir: Path
    objects: Path
    bare: bool
    repo_id: str
    name: str


def locate(path: Path) -> Repository:
    """The repository around `path`. Raises UsageError with what to do where there is none that can be read."""
    start = path.resolve()
    for folder in (start, *start.parents):
        marker = folder / ".git"
        if marker.is_symlink():
            raise UsageError(f"{show(str(marker))} is a symbolic link", "replace it by the folder that it points to")
        if marker.is_dir():
            return _checked(folder, marker, bare=False)
        if marker.is_file():
            return _checked(folder, _followed(marker), bare=False)
        if os.path.lexists(marker):
            raise UsageError(f"{show(str(marker))} is neither a folder nor a file", "remove it, or clone again")
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir():
            return _checked(folder, folder, bare=True)
    raise UsageError(f"{show(str(path))} is not in a git repository", "change to one, or make one with: git init")


def _followed(marker: Path) -> Path:
    """The folder that a `.git` file names, followed once, only where the back link agrees."""
    line = first_line(marker)
    if not line.startswith("gitdir: "):
        raise UsageError(f"{show(str(marker))} is not a git file", "clone the repository again")
    target = (marker.parent / line[8:]).resolve()
    if target.parent.name == "worktrees" and (target / "gitdir").is_file():
        back = Path(first_line(target / "gitdir"))
        back = back if back.is_absolute() else target / back
        if back.resolve() == marker.resolve():
            return target
    elif "modules" in target.parts and (target / "HEAD").is_file():
        match = re.search(r"^\s*worktree\s*=\s*(.+?)\s*$", _config(target), re.MULTILINE)
        if match and (target / match[1]).resolve() == marker.parent.resolve():
            return target
    raise UsageError(
        f"{show(str(marker))} points to {show(str(target))}, which does not point back",
        "mend it with: git worktree repair",
    )


def _config(git_dir: Path) -> str:
    return (read_plain(git_dir / "config", 1 << 20) or b"").decode("utf-8", "surrogateescape")


def _checked(root: Path, git_dir: Path, *, bare: bool) -> Repository:
    common = git_dir
    shared = first_line(git_dir / "commondir")
    if shared:
        common = (git_dir / shared).resolve()
        if git_dir.parent.name != "worktrees" or git_dir.parent.parent != common:
            raise UsageError(
                f"{show(str(git_dir))} points to {show(str(common))}, which does not hold it",
                "clone the repository again",
            )
    objects = common / "objects"
    if not objects.is_dir() or objects.is_symlink():
        raise UsageError(f"{show(str(root))} has no objects folder of its own", "clone the repository again")
    for name in ("alternates", "http-alternates"):
        if os.path.lexists(objects / "info" / name):
            raise UsageError(
                f"{show(str(root))} borrows objects from another repository",
                "copy them in with: git repack -a -d && rm .git/objects/info/alternates",
            )
    _only_plain_packs(objects)
    for name in _READ_BY_GIT:
        read_plain(common / name, 0)
    head = common / "HEAD"
    if not head.is_symlink() or not str(head.readlink()).startswith("refs/"):
        read_plain(head, 0)
    config = _config(common)
    if _PARTIAL.search(config):
        raise UsageError(
            f"{show(str(root))} is a partial clone", "complete it with: git fetch --refetch --no-filter, or clone again"
        )
    if _SHA256.search(config):
        raise UsageError(f"{show(str(root))} uses SHA-256 object names", "only SHA-1 repositories are read so far")
    if _REFTABLE.search(config) or (common / "reftable").is_dir():
        raise UsageError(
            f"{show(str(root))} keeps its refs as reftable", "convert it with: git refs migrate --ref-format=files"
        )
    identity = hashlib.sha256(str(common.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    name = (common.parent.name if common.name == ".git" else common.name.removesuffix(".git")) or "repository"
    return Repository(root, git_dir, common, objects, bare, identity, name)


def _only_plain_packs(objects: Path) -> None:
    """Refuse what git would wait for, or be led away by, where objects are kept."""
    for folder in (objects, objects / "pack", objects / "info"):
        if folder.is_symlink():
            raise UsageError(f"{show(str(folder))} is a symbolic link", "replace it by the folder that it points to")
        try:
            with os.scandir(folder) as entries:
                for count, entry in enumerate(entries):
                    if entry.is_symlink():
                        raise UsageError(f"{show(entry.path)} is a symbolic link", "replace it by what it points to")
                    if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
                        raise UsageError(f"{show(entry.path)} is not a plain file", "remove it, or clone again")
                    if count > _MAX_PACKS:
                        raise UsageError(f"{show(str(folder))} has too many files", "gather them with: git gc")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UsageError(f"cannot read {show(str(folder))}: {error.strerror}", "see that you may read it") from None
