"""Carries commits between a desk and a gate that share no disk: git bundles out of one quarantine and into another.

What must stay true: a bundle is unpacked beside a quarantine, never in it; its commits come in through the same fetch,
with fsck, as those of a repository; it brings one ref, under a name of ours.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Final

from reviewer.model.errors import ReviewerError, UsageError
from reviewer.repo.locate import Repository
from reviewer.repo.look import resolve
from reviewer.repo.quarantine import Quarantine
from reviewer.repo.runner import Git, GitError

_HEADER: Final = re.compile(rb"# v[23] git bundle\n")
_LINE: Final = re.compile(rb"(-?)([0-9a-f]{40})(?: [^\n]*)?\n")
_MOST_LINES: Final = 10_000


def make_bundle(quarantine: Quarantine, repository: Repository, branch: str, beyond: str | None = None) -> bytes:
    """A bundle of one branch of a repository, whole, or of what it has beyond another branch.

    Raises UsageError where that is nothing, or there is no such branch.
    """
    names = [branch] if beyond is None else [branch, beyond]
    for name in names:
        resolve(repository, name)
    # By digest: names of branches that came one after the other could be each other's folders.
    digests = [hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16] for name in names]
    ours = [f"refs/outgoing/{digest}" for digest in digests]
    got = quarantine.fetch(repository, {f"refs/heads/{n}": o for n, o in zip(names, ours, strict=True)})
    if beyond is not None and quarantine.is_ancestor(got[ours[0]], got[ours[1]]):
        raise UsageError("the branch holds nothing that the target does not", "commit to it, then submit")
    return quarantine.bundle(ours[0], [got[name] for name in ours[1:]])


def take_bundle(quarantine: Quarantine, data: bytes, ours: str) -> str:
    """Bring the one ref of a bundle in, as our ref `ours`; returns its commit.

    Raises UsageError where the bundle builds on commits that are not here, ReviewerError for anything else.
    """
    needs = _prerequisites(data)
    missing = [oid for oid in needs if not quarantine.has(oid)]
    if missing:
        raise UsageError("the bundle builds on commits that are not here", "send the whole history")
    with tempfile.TemporaryDirectory(prefix="in-", dir=quarantine.git_dir) as folder:
        file, place = Path(folder) / "bundle", Path(folder) / "from.git"
        file.write_bytes(data)
        git = Git(place)
        git.run(["init", "-q", "--bare", "--template=", "--initial-branch=none", str(place)])
        (place / "objects" / "info" / "alternates").write_text(f"{quarantine.git_dir.resolve() / 'objects'}\n")
        for number, oid in enumerate(needs):
            # git takes a bundle only where what it builds on hangs from a ref.
            git.run(["update-ref", f"refs/heads/base{number}", oid])
        try:
            listed = git.run(["bundle", "unbundle", str(file)]).decode("utf-8", "replace").split("\n")
        except GitError as error:
            raise ReviewerError(f"the bundle cannot be read: {error.message}", "make it again") from None
        heads = [line.split(" ", 1)[0] for line in listed if line]
        if len(heads) != 1:
            raise ReviewerError(f"the bundle holds {len(heads)} refs", "send one branch")
        git.run(["update-ref", "refs/heads/in", heads[0]])
        source = Repository(place, place, place, place / "objects", True, "0" * 16, "bundle")
        return quarantine.fetch(source, {"refs/heads/in": ours})[ours]


def _prerequisites(data: bytes) -> list[str]:
    """The commits that a bundle says it builds on. Raises ReviewerError for what is no bundle."""
    found: list[str] = []
    match = _HEADER.match(data)
    at = match.end() if match else 0
    for _ in range(_MOST_LINES):
        if match is None or data.startswith(b"\n", at):
            break
        if data.startswith(b"@object-format=sha1\n", at):
            at = data.index(b"\n", at) + 1
            continue
        match = _LINE.match(data, at)
        if match is not None:
            at = match.end()
            if match[1]:
                found.append(match[2].decode())
    if match is None or not data.startswith(b"\n", at):
        raise ReviewerError("that is not a git bundle", "make one with: git bundle create FILE BRANCH")
    return found
