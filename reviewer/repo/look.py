"""Looks at a repository without deciding anything: its refs read as files, its commits through a git-dir of our own."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.errors import UsageError
from reviewer.repo.locate import Repository
from reviewer.repo.runner import Git
from reviewer.text import Untrusted, show

_OID: Final = re.compile(r"[0-9a-f]{40}\Z")
_MAX_REFS: Final = 200_000
_AGENT_TRAILER: Final = re.compile(
    rb"^(?:co-authored-by|assisted-by|generated-by|agent):[ \t]*[^\n]{0,200}?"
    rb"\b(claude|codex|copilot|cursor|devin|jules|gemini|aider|amp|openhands|opencode|sweep)\b",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Ref:
    """One ref: its full name and the object that it names."""

    name: str
    oid: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch that an agent seems to have made. `committed_at` is in Unix seconds; `ahead` is always at least 1."""

    name: Untrusted
    oid: str
    agent: Untrusted
    subject: Untrusted
    committed_at: float
    ahead: int
    worktree: str | None


def refs(repository: Repository) -> list[Ref]:
    """Every branch, packed and loose, in order of name; symbolic and broken ones are left out."""
    found: dict[str, str] = {}
    packed = repository.common_dir / "packed-refs"
    if packed.is_file() and not packed.is_symlink():
        for line in packed.read_bytes().decode("utf-8", "surrogateescape").split("\n"):
            oid, _, name = line.partition(" ")
            if _OID.match(oid) and name.startswith("refs/heads/"):
                found[name] = oid
    for name, oid in _loose(repository.common_dir / "refs" / "heads", "refs/heads"):
        found[name] = oid
        if len(found) > _MAX_REFS:
            raise UsageError(f"the repository has more than {_MAX_REFS} branches", "delete those no longer needed")
    return [Ref(name, oid) for name, oid in sorted(found.items())]


def _loose(folder: Path, prefix: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > 32:
        return
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        try:
            mode = entry.lstat().st_mode
            if stat.S_ISDIR(mode):
                yield from _loose(entry, f"{prefix}/{entry.name}", depth + 1)
            elif stat.S_ISREG(mode) and not entry.name.endswith(".lock"):
                with entry.open("rb") as file:
                    oid = file.read(64).decode("ascii", "replace").strip()
                if _OID.match(oid):
                    yield f"{prefix}/{entry.name}", oid
        except OSError:
            continue


def resolve(repository: Repository, branch: str) -> str:
    """The commit id of a local branch. Raises UsageError naming the branches that there are."""
    wanted = branch if branch.startswith("refs/heads/") else f"refs/heads/{branch}"
    known = refs(repository)
    for ref in known:
        if ref.name == wanted:
            return ref.oid
    if not known:
        raise UsageError("the repository has no commits on any branch", "make a first commit")
    some = ", ".join(show(ref.name.removeprefix("refs/heads/"), limit=60) for ref in known[:6])
    raise UsageError(f"there is no branch {show(branch, limit=100)}", f"there are: {some}")


def head_branch(repository: Repository) -> str | None:
    """The branch checked out where we stand, None for a detached HEAD."""
    try:
        line = (repository.git_dir / "HEAD").read_bytes()[:4096].decode("utf-8", "surrogateescape").strip()
    except OSError:
        return None
    return line.removeprefix("ref: refs/heads/") if line.startswith("ref: refs/heads/") else None


def default_branch(repository: Repository) -> str:
    """The branch that changes are for: origin's HEAD where known, else main, master, trunk or the only one."""
    names = [ref.name.removeprefix("refs/heads/") for ref in refs(repository)]
    if not names:
        raise UsageError("the repository has no commits on any branch", "make a first commit")
    remote = repository.common_dir / "refs" / "remotes" / "origin" / "HEAD"
    if remote.is_file() and not remote.is_symlink():
        line = remote.read_bytes()[:4096].decode("utf-8", "surrogateescape").strip()
        wanted = line.removeprefix("ref: refs/remotes/origin/")
        if wanted in names:
            return wanted
    for candidate in ("main", "master", "trunk", "develop"):
        if candidate in names:
            return candidate
    if len(names) == 1:
        return names[0]
    raise UsageError("the repository has no default branch", "name the target with: --target BRANCH")


def checked_out(repository: Repository) -> dict[str, Path]:
    """Branches that some worktree has checked out, with that worktree's folder."""
    found: dict[str, Path] = {}
    places = [] if repository.bare else [(repository.common_dir, repository.common_dir.parent)]
    try:
        for entry in (repository.common_dir / "worktrees").iterdir():
            places.append((entry, Path(_first_line(entry / "gitdir")).parent))
    except OSError:
        pass
    for git_dir, folder in places:
        line = _first_line(git_dir / "HEAD")
        if line.startswith("ref: refs/heads/"):
            found[line.removeprefix("ref: refs/heads/")] = folder
    return found


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(4096).decode("utf-8", "surrogateescape").split("\n")[0]
    except OSError:
        return ""


def discover(
    repository: Repository, looking: Git, prefixes: Sequence[str], target: str | None = None
) -> list[Branch]:
    """Branches by agents that are ahead of the default branch, newest first.

    An agent is known by the branch's prefix, by a trailer of the tip commit, or by a linked worktree that is named
    after it. `looking` is a git-dir of ours with the repository's objects as an alternate.
    """
    target = target or default_branch(repository)
    known = [ref for ref in refs(repository) if ref.name != f"refs/heads/{target}"]
    if not known:
        return []
    target_oid = resolve(repository, target)
    commits = _commits(looking, [ref.oid for ref in known])
    worktrees = checked_out(repository)
    found = []
    for ref in known:
        commit = commits.get(ref.oid)
        name = ref.name.removeprefix("refs/heads/")
        if commit is None or ref.oid == target_oid:
            continue
        agent = _agent(name, commit, prefixes, worktrees.get(name))
        if agent is not None:
            folder = worktrees.get(name)
            subject, when = _subject(commit)
            found.append(
                Branch(Untrusted(name), ref.oid, agent, subject, when, 1, str(folder) if folder else None)
            )
    merged = _merged(looking, target_oid, [branch.oid for branch in found])
    return sorted((b for b in found if b.oid not in merged), key=lambda b: -b.committed_at)


def _agent(name: str, commit: bytes, prefixes: Sequence[str], worktree: Path | None) -> Untrusted | None:
    for prefix in prefixes:
        if name.startswith(prefix):
            return Untrusted(prefix.rstrip("/-"))
    match = _AGENT_TRAILER.search(commit[commit.find(b"\n\n") :])
    if match:
        return Untrusted(match[1].decode().lower())
    if worktree is not None:
        for part in worktree.parts[-4:]:
            hidden = re.match(r"\.?(claude|codex|cursor|devin|jules|conductor|crystal|vibe-kanban)\b", part)
            if hidden:
                return Untrusted(hidden[1])
    return None


def _subject(commit: bytes) -> tuple[Untrusted, float]:
    head, _, body = commit.partition(b"\n\n")
    match = re.search(rb"^committer .*> (\d{1,12}) ", head, re.MULTILINE)
    return Untrusted.from_bytes(body.split(b"\n", 1)[0][:500]), float(match[1]) if match else 0.0


def _commits(looking: Git, oids: Sequence[str]) -> dict[str, bytes]:
    """The bytes of commits, read in one child; what is no commit, or larger than 64 KiB of it, is cut or left out."""
    out = looking.run(["cat-file", "--batch"], input="".join(f"{oid}\n" for oid in oids).encode())
    found: dict[str, bytes] = {}
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        header = out[at:end].split(b" ")
        at = end + 1
        if len(header) != 3:
            continue
        size = int(header[2])
        if header[1] == b"commit":
            found[header[0].decode()] = out[at : min(at + size, at + (1 << 16))]
        at += size + 1
    return found


def _merged(looking: Git, target: str, oids: Sequence[str]) -> set[str]:
    if not oids:
        return set()
    spec = "".join(f"{oid}\n" for oid in oids) + f"^{target}\n"
    ahead = looking.run(["rev-list", "--stdin"], input=spec.encode()).decode().split()
    return set(oids) - set(ahead)
