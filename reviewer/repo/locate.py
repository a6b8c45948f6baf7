"""Finds a repository's git-dir without asking git, and refuses by name what cannot be read safely."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from reviewer.model.errors import UsageError
from reviewer.text import show


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
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir():
            return _checked(folder, folder, bare=True)
    raise UsageError(f"{show(str(path))} is not in a git repository", "change to one, or make one with: git init")


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(4096).decode("utf-8", "surrogateescape").strip("\n")


def _followed(marker: Path) -> Path:
    """The folder that a `.git` file names, followed once, only where the back link agrees."""
    line = _read(marker)
    if not line.startswith("gitdir: "):
        raise UsageError(f"{show(str(marker))} is not a git file", "clone the repository again")
    target = (marker.parent / line[8:]).resolve()
    if target.parent.name == "worktrees" and (target / "gitdir").is_file():
        back = Path(_read(target / "gitdir"))
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
    try:
        with (git_dir / "config").open("rb") as file:
            return file.read(1 << 20).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _checked(root: Path, git_dir: Path, *, bare: bool) -> Repository:
    common = git_dir
    if (git_dir / "commondir").is_file():
        common = (git_dir / _read(git_dir / "commondir")).resolve()
    objects = common / "objects"
    if not objects.is_dir() or objects.is_symlink():
        raise UsageError(f"{show(str(root))} has no objects folder of its own", "clone the repository again")
    for name in ("alternates", "http-alternates"):
        if (objects / "info" / name).exists():
            raise UsageError(
                f"{show(str(root))} borrows objects from another repository",
                "copy them in with: git repack -a -d && rm .git/objects/info/alternates",
            )
    config = _config(common)
    if re.search(r"^\s*(promisor|partialclonefilter)\s*=", config, re.IGNORECASE | re.MULTILINE):
        raise UsageError(
            f"{show(str(root))} is a partial clone", "complete it with: git fetch --refetch --no-filter, or clone again"
        )
    if re.search(r"^\s*objectformat\s*=\s*sha256", config, re.IGNORECASE | re.MULTILINE):
        raise UsageError(f"{show(str(root))} uses SHA-256 object names", "only SHA-1 repositories are read so far")
    if re.search(r"^\s*refstorage\s*=\s*reftable", config, re.IGNORECASE | re.MULTILINE):
        raise UsageError(
            f"{show(str(root))} keeps its refs as reftable", "convert it with: git refs migrate --ref-format=files"
        )
    identity = hashlib.sha256(str(common.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    name = (common.parent.name if common.name == ".git" else common.name.removesuffix(".git")) or "repository"
    return Repository(root, git_dir, common, objects, bare, identity, name)
