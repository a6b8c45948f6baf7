"""Looks at a repository without deciding anything: its refs read as files, its commits through a git-dir of our own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.errors import UsageError
from reviewer.repo.locate import Repository
from reviewer.repo.plain import first_line, only_plain, read_plain
from reviewer.repo.runner import Git
from reviewer.text import Untrusted, show

_OID: Final = re.compile(r"[0-9a-f]{40}\Z")
_MAX_REFS: Final = 200_000
_MAX_REF_DEPTH: Final = 32
_MAX_PACKED: Final = 64 << 20
_MAX_COMMIT: Final = 1 << 20
# What git takes for no name of a ref, and would read as a pattern or as two names.
_MISNAMED: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|\Z)|[./]\Z")
_MAX_AHEAD: Final = 100_000
_USUAL_DEFAULTS: Final = ("main", "master", "trunk", "develop")
_AGENTS: Final = (
    "claude codex copilot cursor devin jules gemini aider amp cline openhands opencode sweep windsurf"
).replace(" ", "|")
_AGENT_TRAILER: Final = re.compile(
    rb"^(?:co-authored-by|co-developed-by|assisted-by|generated-by|agent):[ \t]*[^\n]{0,200}?\b(%s)\b"
    % _AGENTS.encode(),
    re.IGNORECASE | re.MULTILINE,
)
# Identities that no person has: an application's account, an address of the vendor.
_AGENT_IDENTITY: Final = re.compile(
    rb"^(?:author|committer) [^\n]{0,200}?(?:\b(%s)[\w-]*\[bot\]|[\w-]*(jules|devin)[\w-]*\[bot\]|\((aider)\)"
    rb"|<(cursor)agent@|<noreply@(anthropic|openai)\.com>)" % _AGENTS.encode(),
    re.IGNORECASE | re.MULTILINE,
)
_VENDORS: Final = {b"anthropic": "claude", b"openai": "codex"}
_AGENT_FOLDER: Final = re.compile(
    rf"\.?({_AGENTS}|agent|agents|conductor|crystal|superset|uzi|vibe-kanban|worktrees-agent)\b"
)


@dataclass(frozen=True, slots=True)
class Ref:
    """One ref: its full name and the object that it names."""

    name: str
    oid: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch that an agent seems to have made, ahead of the default branch. `committed_at` is in Unix seconds.

    `base` is the merge base with the default branch; None where that is not plain to see: several, none, too far.
    """

    name: Untrusted
    oid: str
    agent: Untrusted
    subject: Untrusted
    committed_at: float
    base: str | None
    worktree: str | None


@dataclass(frozen=True, slots=True)
class Detached:
    """A worktree of an agent that stands on a commit and on no branch, so that nothing names it to be submitted."""

    folder: Path
    agent: Untrusted
    oid: str


def refs(repository: Repository, under: str = "refs/heads") -> list[Ref]:
    """Every branch, packed and loose, in order of name; symbolic and broken ones are left out, as git does.

    Raises UsageError where there are too many, or they are kept where we do not look.
    """
    found: dict[str, str] = {}
    packed = read_plain(repository.common_dir / "packed-refs", _MAX_PACKED + 1) or b""
    if len(packed) > _MAX_PACKED:
        raise UsageError(f"packed-refs has more than {_MAX_PACKED} bytes", "delete branches no longer needed")
    for line in packed.decode("utf-8", "surrogateescape").split("\n"):
        oid, _, name = line.partition(" ")
        if _OID.match(oid) and name.startswith(f"{under}/") and not _MISNAMED.search(name):
            found[name] = oid
    for folder in (repository.common_dir / "refs", repository.common_dir / under):
        if folder.is_symlink():
            raise UsageError(f"{show(str(folder))} is a symbolic link", "replace it by the folder that it points to")
    only_plain(repository.common_dir / under, 2 * _MAX_REFS)
    for name, oid in _loose(repository.common_dir / under, under):
        if not _MISNAMED.search(name):
            found[name] = oid
        if len(found) > _MAX_REFS:
            break
    if len(found) > _MAX_REFS:
        raise UsageError(f"the repository has more than {_MAX_REFS} branches", "delete those no longer needed")
    return [Ref(name, oid) for name, oid in sorted(found.items())]


def _loose(folder: Path, prefix: str) -> Iterator[tuple[str, str]]:
    """The loose refs below a folder."""
    folders = [(folder, prefix)]
    while folders:
        place, name = folders.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if name.count("/") < _MAX_REF_DEPTH:
                            folders.append((Path(entry.path), f"{name}/{entry.name}"))
                    elif entry.is_file(follow_symlinks=False):
                        oid = (read_plain(Path(entry.path), 64) or b"").decode("ascii", "replace").strip()
                        if _OID.match(oid):
                            yield f"{name}/{entry.name}", oid
        except OSError:
            continue


def resolve(repository: Repository, branch: str, known: Sequence[Ref] | None = None) -> str:
    """The commit id of a local branch. Raises UsageError naming the branches that there are.

    Here and below `known` are the repository's branches, where they were read already.
    """
    wanted = branch if branch.startswith("refs/heads/") else f"refs/heads/{branch}"
    known = refs(repository) if known is None else known
    for ref in known:
        if ref.name == wanted:
            return ref.oid
    if not known:
        raise UsageError("the repository has no commits on any branch", "make a first commit")
    some = ", ".join(show(ref.name.removeprefix("refs/heads/"), limit=60) for ref in known[:6])
    raise UsageError(f"there is no branch {show(branch, limit=100)}", f"there are: {some}")


def head_branch(repository: Repository) -> str | None:
    """The branch checked out where we stand, None for a detached HEAD."""
    head = repository.git_dir / "HEAD"
    # A link to the branch's file is what git made of old.
    line = f"ref: {head.readlink()}" if head.is_symlink() else first_line(head).strip()
    return line.removeprefix("ref: refs/heads/") if line.startswith("ref: refs/heads/") else None


def default_branch(repository: Repository, known: Sequence[Ref] | None = None) -> str:
    """The branch that changes are for: origin's HEAD where known, else main, master, trunk or the only one."""
    names = [ref.name.removeprefix("refs/heads/") for ref in (refs(repository) if known is None else known)]
    if not names:
        raise UsageError("the repository has no commits on any branch", "make a first commit")
    remote = repository.common_dir / "refs" / "remotes" / "origin" / "HEAD"
    line = "" if remote.is_symlink() else first_line(remote)
    wanted = [line.removeprefix("ref: refs/remotes/origin/").strip()] if line.startswith("ref: ") else []
    for candidate in (*wanted, *_USUAL_DEFAULTS):
        if candidate in names:
            return candidate
    there = {ref.name.removeprefix("refs/remotes/origin/") for ref in refs(repository, "refs/remotes/origin")}
    for candidate in (*wanted, *_USUAL_DEFAULTS):
        if candidate in there:
            shown = show(candidate, limit=60)
            raise UsageError(
                f"the default branch {shown} is here as origin/{shown} only",
                f"make a branch of it, for changes to land on: git branch {shown} origin/{shown}",
            )
    if len(names) == 1:
        return names[0]
    raise UsageError(
        "the repository has no default branch: no origin, no main, master, trunk or develop",
        "name the target with: reviewer submit --target BRANCH; or say it once: git branch main BRANCH",
    )


def _worktrees(repository: Repository) -> list[tuple[Path, str]]:
    """The folder of each worktree, the main one first, and the first line of its HEAD."""
    places = [] if repository.bare else [(repository.common_dir, repository.common_dir.parent)]
    try:
        for entry in sorted((repository.common_dir / "worktrees").iterdir()):
            places.append((entry, Path(first_line(entry / "gitdir")).parent))
    except OSError:
        pass
    return [(folder, first_line(git_dir / "HEAD")) for git_dir, folder in places if _plain(git_dir / "HEAD")]


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def checked_out(repository: Repository) -> dict[str, Path]:
    """Branches that some worktree has checked out, with that worktree's folder."""
    head = "ref: refs/heads/"
    return {line.removeprefix(head): folder for folder, line in _worktrees(repository) if line.startswith(head)}


def detached(repository: Repository) -> list[Detached]:
    """Worktrees in a folder of an agent whose commit no branch stands on."""
    branches = {ref.oid for ref in refs(repository)}
    found = []
    for folder, line in _worktrees(repository)[0 if repository.bare else 1 :]:
        agent = _folder_of(folder)
        if agent is not None and _OID.match(line) and line not in branches:
            found.append(Detached(folder, agent, line))
    return found


def discover(
    repository: Repository,
    looking: Git,
    prefixes: Sequence[str],
    target: str | None = None,
    branches: Sequence[Ref] | None = None,
) -> list[Branch]:
    """Branches by agents that are ahead of the default branch, newest first; as many as there are, in three children.

    An agent is known by the branch's prefix, by a trailer or the identity of the tip commit, or by a linked worktree in
    an agent's folder. `looking` is a git-dir of ours with the repository's objects as an alternate.
    """
    branches = refs(repository) if branches is None else branches
    target = target or default_branch(repository, branches)
    known = [ref for ref in branches if ref.name != f"refs/heads/{target}"]
    if not known:
        return []
    target_oid = resolve(repository, target, branches)
    commits = _commits(looking, [ref.oid for ref in known])
    worktrees = checked_out(repository)
    agents: dict[str, Untrusted] = {}
    for ref in known:
        name = ref.name.removeprefix("refs/heads/")
        if ref.oid in commits and (agent := _agent(name, commits[ref.oid], prefixes, worktrees.get(name))) is not None:
            agents[ref.name] = agent
    bases = _bases(looking, target_oid, [ref.oid for ref in known if ref.name in agents])
    found = []
    for ref in known:
        if ref.name in agents and ref.oid in bases:
            name = ref.name.removeprefix("refs/heads/")
            folder = worktrees.get(name)
            subject, when = _subject(commits[ref.oid])
            found.append(
                Branch(
                    Untrusted(name), ref.oid, agents[ref.name], subject, when, bases[ref.oid],
                    str(folder) if folder else None,
                )
            )  # fmt: skip
    return sorted(found, key=lambda b: -b.committed_at)


def _agent(name: str, commit: bytes, prefixes: Sequence[str], worktree: Path | None) -> Untrusted | None:
    for prefix in prefixes:
        if name.startswith(prefix):
            return Untrusted(prefix.rstrip("/-"))
    head, _, body = commit.partition(b"\n\n")
    match = _AGENT_TRAILER.search(body) or _AGENT_IDENTITY.search(head)
    if match:
        word = next(group for group in match.groups() if group).lower()
        return Untrusted(_VENDORS.get(word, word.decode()))
    return _folder_of(worktree) if worktree is not None else None


def _folder_of(worktree: Path) -> Untrusted | None:
    """The agent in whose folder a worktree lies, as `.claude/worktrees/x` or `~/.codex/worktrees/1a2b/project`."""
    for part in worktree.parts[-4:-1]:
        match = _AGENT_FOLDER.match(part)
        if match:
            return Untrusted(match[1])
    return None


def _subject(commit: bytes) -> tuple[Untrusted, float]:
    head, _, body = commit.partition(b"\n\n")
    match = re.search(rb"^committer .*> (\d{1,12}) ", head, re.MULTILINE)
    return Untrusted.from_bytes(body.split(b"\n", 1)[0][:500]), float(match[1]) if match else 0.0


def commit_subjects(looking: Git, oids: Sequence[str]) -> dict[str, Untrusted]:
    """The first line of each commit's message."""
    return {oid: _subject(commit)[0] for oid, commit in _commits(looking, oids).items()}


def _commits(looking: Git, oids: Sequence[str]) -> dict[str, bytes]:
    """The bytes of commits, cut after 64 KiB; none of what is larger than a MiB; what is no commit is left out."""
    found: dict[str, bytes] = {}
    ask = "".join(f"{oid}\n" for oid in oids).encode()
    small = []
    told = looking.run(["cat-file", "--buffer", "--batch-check"], input=ask)
    for line in told.decode("ascii", "replace").split("\n"):
        oid, _, rest = line.partition(" commit ")
        if rest:
            found[oid] = b""
            if int(rest) <= _MAX_COMMIT:
                small.append(oid)
    out = looking.run(["cat-file", "--buffer", "--batch"], input="".join(f"{oid}\n" for oid in small).encode())
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


_SEVERAL: Final = "several"


def _bases(looking: Git, target: str, oids: Sequence[str]) -> dict[str, str | None]:
    """The merge bases with `target` of those commits that are ahead of it, in one child for all of them.

    A commit that is ahead has one merge base where all its ways back enter the target's history at one commit. Where
    they do not, or lead too far, the base is None: git tells it for that one commit.
    """
    if not oids:
        return {}
    spec = "".join(f"{oid}\n" for oid in oids) + f"^{target}\n"
    args = ["rev-list", "--topo-order", "--reverse", "--parents", f"--max-count={_MAX_AHEAD}", "--stdin"]
    lines = looking.run(args, input=spec.encode()).decode().split("\n")[:-1]
    whole = len(lines) < _MAX_AHEAD
    entered: dict[str, str] = {}
    for line in lines:
        commit, *parents = line.split(" ")
        ways = {entered.get(parent, parent) for parent in parents}
        entered[commit] = ways.pop() if len(ways) == 1 else _SEVERAL
    if not whole:
        return {oid: None for oid in oids if oid in entered or not _reaches(looking, target, oid)}
    return {oid: None if entered[oid] == _SEVERAL else entered[oid] for oid in oids if oid in entered}


def _reaches(looking: Git, target: str, oid: str) -> bool:
    return looking.run(["rev-list", "--max-count=1", "--stdin"], input=f"{oid}\n^{target}\n".encode()) == b""
