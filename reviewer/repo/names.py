"""Reads what a person calls a commit, as git spells it: HEAD, branches, tags, origin/main, ids, each with ~2 or ^2.

What must stay true: refs are read as files and commits re-hashed, so that nothing of the repository's configuration
applies; a name that a branch and a tag both have, or that is also how another commit's id begins, is refused, as one
of them may have been put there to be taken for the other.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.model.errors import UsageError
from reviewer.repo.locate import Repository
from reviewer.repo.look import head_branch, refs, resolve
from reviewer.repo.objects import Objects, reading
from reviewer.repo.plain import first_line
from reviewer.repo.runner import Git
from reviewer.text import show

_NAME: Final = re.compile(r"([^~^]*)((?:~\d{0,5}|\^\d{0,2})*)\Z")
_STEP: Final = re.compile(r"([~^])(\d*)")
_ID: Final = re.compile(r"[0-9a-f]{40}\Z")
_SHORT: Final = re.compile(r"[0-9a-f]{4,39}\Z")
_MAX_STEPS: Final = 20_000
_MAX_TAGS: Final = 10
_SPACES: Final = ("refs/heads", "refs/tags", "refs/remotes")


def commit_named(repository: Repository, looking: Git, name: str) -> str:
    """The id of the commit that a name means. Raises UsageError where it means none, or more than one.

    `looking` is a git-dir of ours that also reads the repository's objects.
    """
    parts = _NAME.match(name)
    if parts is None or "@{" in name:
        raise UsageError(f"{show(name, limit=100)} names no commit", "name a branch, a tag, an id, or HEAD~2")
    oid = _object(repository, looking, parts[1] or "HEAD", name)
    with reading(looking) as objects:
        return _walked(objects, _commit(looking, objects, oid), parts[2], name)


def _object(repository: Repository, looking: Git, base: str, name: str) -> str:
    if base in ("HEAD", "@"):
        branch = head_branch(repository)
        if branch is not None:
            return resolve(repository, branch)
        base = first_line(repository.git_dir / "HEAD").strip()
    if _ID.match(base):
        return base
    found: dict[str, str] = {}
    for space in _SPACES:
        # A name may begin with its space, or with what follows refs/, as git takes it.
        wanted = {f"{space}/{base}", f"refs/{base}", base}
        found |= {ref.name: ref.oid for ref in refs(repository, space) if ref.name in wanted}
    if len(set(found.values())) > 1:
        kinds = " and ".join(show(ref.removeprefix("refs/"), limit=100) for ref in found)
        raise UsageError(f"{show(base, limit=100)} is more than one thing", f"say which: {kinds}")
    if found:
        ref, oid = next(iter(found.items()))
        if _SHORT.match(base) and set(_beginning(looking, base)) - {oid}:
            hint = f"say which: {ref}, or more of the commit's id"
            raise UsageError(f"{base} is more than one thing: a name, and how a commit's id begins", hint)
        return oid
    if _SHORT.match(base):
        return _whole(looking, base)
    if name != base:
        raise UsageError(f"{show(base, limit=100)} names no commit", "name a branch, a tag or an id before ~ or ^")
    return resolve(repository, base)


def _beginning(looking: Git, short: str) -> list[str]:
    """The ids of commits and tags that begin so."""
    out = looking.run(["rev-parse", f"--disambiguate={short}"]).decode("ascii", "replace").split()
    told = looking.run(["cat-file", "--batch-check"], input="".join(f"{oid}\n" for oid in out[:1000]).encode())
    kinds = (line.split(" ") for line in told.decode("ascii", "replace").split("\n"))
    return [kind[0] for kind in kinds if kind[1:2] in (["commit"], ["tag"])]


def _whole(looking: Git, short: str) -> str:
    """The id of which this is the beginning."""
    commits = _beginning(looking, short)
    if len(commits) == 1:
        return commits[0]
    if commits:
        raise UsageError(f"{len(commits)} commits begin with {short}", "give more of the id")
    raise UsageError(f"no branch, tag or commit is called {short}", "see them with: git log --all --oneline")


def _commit(looking: Git, objects: Objects, oid: str) -> str:
    """The commit itself, where a name means an annotated tag of it."""
    kind = looking.run(["cat-file", "--batch-check=%(objecttype)"], input=f"{oid}\n".encode()).strip()
    if kind.endswith(b"missing"):
        raise UsageError(f"there is no commit {oid[:12]} here", "fetch it first")
    is_tag = kind == b"tag"
    for _ in range(_MAX_TAGS):
        if not is_tag:
            return oid
        oid, is_tag = objects.tagged(oid)
    raise UsageError(f"{oid[:12]} is a tag of a tag of a tag", "name the commit")


def _walked(objects: Objects, commit: str, way: str, name: str) -> str:
    steps = 0
    for sign, digits in _STEP.findall(way):
        number = int(digits) if digits else 1
        for _ in range(number if sign == "~" else 1):
            if sign == "^" and number == 0:
                break
            steps += 1
            parents = objects.parents(commit) if steps <= _MAX_STEPS else []
            place = 0 if sign == "~" else number - 1
            if place >= len(parents):
                raise UsageError(
                    f"{show(name, limit=100)} is before the first commit" if not parents
                    else f"{show(name, limit=100)}: that commit has {len(parents)} parents, not {number}",
                    "name a commit that there is",
                )  # fmt: skip
            commit = parents[place]
    # Read once more, so that what is named is a commit, and is what its name says.
    objects.tree_of(commit)
    return commit
