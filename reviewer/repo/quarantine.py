"""Keeps fetched objects in a bare repository of ours: fetched with fsck, read by object id, merged without a worktree.

What must stay true: nothing is decided, run or landed but what was fetched into here; refs asked for are compared
with refs got; no call takes a name chosen outside where git could read it as an option.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.errors import ReviewerError, UsageError
from reviewer.repo.locate import Repository
from reviewer.repo.objects import Changed, reading, verify, walk
from reviewer.repo.plain import only_plain, only_plain_objects
from reviewer.repo.runner import Git, GitError
from reviewer.text import Untrusted, show

_OID: Final = re.compile(r"[0-9a-f]{40}\Z")
_DIFF: Final = (
    "diff-tree -r --no-ext-diff --no-textconv --no-color --text --full-index --submodule=short "
    "--ignore-submodules=none --src-prefix=a/ --dst-prefix=b/ -M"
).split()
_WHOLE: Final = 1_000_000
_BROKEN: Final = ("fsck error", "bad pack", "error in object", "invalid index-pack output", "pack-objects died")
MAX_SNAPSHOT_FILES: Final = 200_000
MAX_REF_FILES: Final = 400_000
MAX_SNAPSHOT_BYTES: Final = 2 << 30
_MODULE: Final = 0o160000


@dataclass(frozen=True, slots=True)
class MergeResult:
    """A merge computed without a worktree: its tree, or None and the files that conflict."""

    tree: str | None
    conflicts: tuple[Untrusted, ...] = ()


def _checked(oid: str) -> str:
    if not _OID.match(oid):
        raise ReviewerError(f"{show(oid, limit=60)} is not an object id")
    return oid


class Quarantine:
    """One repository's bare quarantine. Every method takes and gives 40-digit object ids."""

    def __init__(self, git_dir: Path) -> None:
        self.git_dir = git_dir
        self.git = Git(git_dir)
        self._walked: dict[tuple[str, str], Changed] = {}
        self._verified: set[str] = set()

    @classmethod
    def open(cls, home: Path, repo_id: str) -> Quarantine:
        """The quarantine of a repository, made 0700 where missing."""
        if not re.fullmatch(r"[0-9a-f]{16}", repo_id):
            raise ReviewerError("not a repository id")
        place = home / "quarantine" / f"{repo_id}.git"
        if not (place / "HEAD").is_file():
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Gate and desk may both be the first: one of them makes it, and it has its name once it is whole.
            with place.with_name(f"{repo_id}.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not (place / "HEAD").is_file():
                    made = place if place.exists() else place.with_name(f"{repo_id}.new")
                    made.mkdir(mode=0o700, exist_ok=True)
                    Git(made).run(["init", "-q", "--bare", "--template=", "--initial-branch=none", str(made)])
                    made.rename(place)
        return cls(place)

    def looking(self, repository: Repository) -> Git:
        """This git-dir with the repository's own objects beside it: good for looking, never for deciding."""
        only_plain_objects(repository.objects)
        return Git(self.git_dir, alternates=repository.objects)

    def beside(self, repository: Repository) -> Quarantine:
        """A view that also reads the repository's own objects: for looking, never for deciding."""
        view = Quarantine(self.git_dir)
        view.git = self.looking(repository)
        return view

    def fetch(self, repository: Repository, wanted: Mapping[str, str]) -> dict[str, str]:
        """Fetch full ref names of the repository to refs of ours, with fsck; returns {our ref: object id}."""
        # The path itself, as git decodes percent signs in a URL and takes no line break there.
        source = str(repository.common_dir.resolve())
        only_plain(repository.common_dir / "refs", MAX_REF_FILES)
        only_plain_objects(repository.objects)
        specs = [f"+{theirs}:{ours}" for theirs, ours in wanted.items()]
        try:
            self.git.run(
                [
                    *"fetch --quiet --no-tags --no-recurse-submodules --no-auto-maintenance".split(),
                    *"--no-write-fetch-head --update-shallow --atomic --end-of-options".split(),
                    source,
                    *specs,
                ],
                env={"GIT_ALLOW_PROTOCOL": "file"},
                extra_settings=("protocol.file.allow=always",),
            )
        except GitError as error:
            said = error.stderr.decode("utf-8", "surrogateescape")
            if "couldn't find remote ref" in said or "not our ref 0000000" in said:
                raise UsageError("a branch disappeared while it was fetched", "try again") from None
            if any(words in said for words in _BROKEN):
                detail = next((ln for ln in said.split("\n") if "error" in ln or "invalid" in ln), "")
                raise ReviewerError(
                    f"git found a broken or hostile object: {show(detail, limit=200)}",
                    "the change is refused; nothing of it was kept",
                ) from None
            raise
        got = self.refs(wanted.values())
        missing = [ours for ours in wanted.values() if ours not in got]
        if missing:
            raise ReviewerError(f"fetch brought nothing for {show(missing[0])}", "try again; if it stays, clone anew")
        return got

    def refs(self, names: Iterable[str]) -> dict[str, str]:
        """Those of our own refs that there are, with their object ids."""
        out = self.git.run(["for-each-ref", "--format=%(objectname) %(refname)"])
        wanted = set(names)
        pairs = (line.split(" ", 1) for line in out.decode("utf-8", "surrogateescape").split("\n") if line)
        return {name: oid for oid, name in pairs if name in wanted}

    def has(self, oid: str) -> bool:
        out = self.git.run(["cat-file", "--batch-check"], input=f"{_checked(oid)}\n".encode())
        return not out.rstrip().endswith(b"missing")

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor. Raises UsageError for unrelated histories."""
        out = self.git.run(["merge-base", _checked(one), _checked(other)], accept=(0, 1)).decode().split()
        if not out:
            raise UsageError(
                "the branch shares no history with the target", "rebase it onto the target, or name another --target"
            )
        return out[0]

    def is_ancestor(self, old: str, new: str) -> bool:
        try:
            self.git.run(["merge-base", "--is-ancestor", _checked(old), _checked(new)])
        except GitError as error:
            if error.returncode == 1:
                return False
            raise
        return True

    def merge_tree(self, ours: str, theirs: str) -> MergeResult:
        """`theirs` merged into `ours` as a tree; attributes, drivers and hooks play no part."""
        out = self.git.run(
            ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", _checked(ours), _checked(theirs)],
            accept=(0, 1),
        )
        tree, *names = out.split(b"\0")
        conflicts = tuple(dict.fromkeys(Untrusted.from_bytes(name) for name in names if name))
        return MergeResult(None, conflicts) if conflicts else MergeResult(tree.decode().strip())

    def tree(self, commit: str) -> str:
        spec = f"{_checked(commit)}^{{tree}}"
        return self.git.run(["rev-parse", "--verify", "--end-of-options", spec]).decode().strip()

    def raw(self, base: str, head: str) -> bytes:
        """`git diff --raw -z`: the list of changed files, cheap."""
        self._weighed(base, head)
        return self.git.run([*_DIFF, "--raw", "-z", "--end-of-options", _checked(base), _checked(head), "--"])

    def numstat(self, base: str, head: str) -> bytes:
        self._weighed(base, head)
        return self.git.run([*_DIFF, "--numstat", "-z", "--end-of-options", _checked(base), _checked(head), "--"])

    def patch(self, base: str, head: str, paths: Sequence[bytes] = (), *, whole: bool = False) -> bytes:
        """The patch of the whole change, or of some of its paths; where the objects are not ours, re-hashed.

        `whole`: with every line of a file around what changed.
        """
        changed = self._weighed(base, head)
        if self.git.foreign:
            shown = paths if paths and all(path in changed for path in paths) else changed
            blobs = {oid for path in shown for oid in changed.get(path, ()) if oid is not None}
            verify(self.git, sorted(blobs - self._verified))
            self._verified |= blobs
        around = ["-p", f"-U{_WHOLE}"] if whole else ["-p"]
        return self.git.run([*_DIFF, *around, "--end-of-options", _checked(base), _checked(head), "--", *paths])

    def changed_paths(self, base: str, head: str) -> frozenset[bytes]:
        self._weighed(base, head)
        out = self.git.run(
            ["diff-tree", "-r", "--no-renames", "--name-only", "-z", "--end-of-options", _checked(base), _checked(head)]
        )
        return frozenset(name for name in out.split(b"\0") if name)

    def _weighed(self, base: str, head: str) -> Changed:
        """What differs, walked by us, so that git is asked for nothing without a bound and no tree lies."""
        pair = _checked(base), _checked(head)
        if pair not in self._walked:
            with reading(self.git) as objects:
                self._walked[pair] = walk(objects, *pair)
        return self._walked[pair]

    def blob(self, oid: str, limit: int = 64 << 20) -> bytes:
        """A blob's bytes, re-hashed. Raises ReviewerError where it is larger than `limit` or not what it is named."""
        ask = _checked(oid).encode() + b"\n"
        size = self.git.run(["cat-file", "--batch-check=%(objecttype) %(objectsize)"], input=ask)
        kind, _, number = size.strip().partition(b" ")
        if kind != b"blob":
            raise ReviewerError(f"blob {oid[:12]} is missing", "sync again")
        if int(number) > limit:
            raise ReviewerError(f"blob {oid[:12]} has {int(number)} bytes, more than {limit}")
        data = self.git.run(["cat-file", "blob", oid])
        if hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() != oid:
            raise ReviewerError(f"blob {oid[:12]} does not have the content that its name says", "fetch it again")
        return data

    def file(self, commit: str, path: bytes) -> bytes | None:
        """A file's bytes at a commit; None where there is none, or it is no plain file."""
        out = self.git.run(["ls-tree", "-z", "--full-tree", _checked(commit), "--", path])
        for entry in out.split(b"\0"):
            meta, _, name = entry.partition(b"\t")
            if name == path and meta.split(b" ")[0] in (b"100644", b"100755"):
                return self.blob(meta.split(b" ")[2].decode(), 1 << 20)
        return None

    def names(self, commit: str) -> list[bytes]:
        """What stands at the root of a commit."""
        out = self.git.run(["ls-tree", "-z", "--name-only", "--full-tree", _checked(commit)])
        return [name for name in out.split(b"\0") if name]

    def listing(self, commit: str) -> list[tuple[int, str, bytes]]:
        """Every file of a commit as (mode, object id, path); bounded."""
        out = self.git.run(["ls-tree", "-r", "-z", "--full-tree", _checked(commit)])
        found = []
        for entry in out.split(b"\0"):
            if entry:
                meta, _, path = entry.partition(b"\t")
                mode, _kind, oid = meta.split(b" ")
                found.append((int(mode, 8), oid.decode(), path))
        if len(found) > MAX_SNAPSHOT_FILES:
            raise ReviewerError(f"the commit has {len(found)} files, more than {MAX_SNAPSHOT_FILES}")
        return found

    def snapshot(self, commit: str, dest: Path) -> str:
        """Write the files of exactly one commit below `dest`; returns the SHA-256 of its listing."""
        return self.lay_out(self.listing(commit), dest)

    def lay_out(self, listing: Sequence[tuple[int, str, bytes]], dest: Path) -> str:
        """Write files below `dest`, by object id, re-hashed; returns the SHA-256 of the listing.

        Attributes play no part; submodules become empty folders; every path is checked once more against `..`,
        absolute names and `.git`, and no symbolic link is ever written through.
        """
        root = os.open(dest, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        digest = hashlib.sha256()
        try:
            with reading(self.git) as objects:
                wanted = [oid for mode, oid, _path in listing if mode != _MODULE]
                contents = objects.blobs(wanted, MAX_SNAPSHOT_BYTES)
                for mode, oid, path in listing:
                    self._lay(root, mode, path, b"" if mode == _MODULE else next(contents))
                    digest.update(b"%o %s %s\0" % (mode, oid.encode(), path))
        finally:
            os.close(root)
        return digest.hexdigest()

    def _lay(self, root: int, mode: int, path: bytes, data: bytes) -> None:
        parts = path.split(b"/")
        if any(p in (b"", b".", b"..") or p.lower() == b".git" or b"\0" in p for p in parts):
            raise ReviewerError(f"the commit holds the path {show(path.decode('utf-8', 'surrogateescape'))}")
        folder = _enter(root, parts[:-1])
        try:
            if mode == _MODULE:
                os.mkdir(parts[-1], 0o755, dir_fd=folder)
            else:
                _write(folder, parts[-1], mode, data)
        finally:
            os.close(folder)

    def commit(self, tree: str, parents: Sequence[str], message: str, when: int) -> str:
        """Make a commit that is the same for the same arguments; `when` is in Unix seconds."""
        args: list[str] = ["commit-tree", _checked(tree)]
        for parent in parents:
            args += ["-p", _checked(parent)]
        date = f"@{when} +0000"  # without the sign git takes small numbers for no date
        env = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        return self.git.run(args, input=message.encode("utf-8", "replace"), env=env).decode().strip()

    def update_ref(self, ref: str, new: str, old: str | None = None) -> None:
        args = ["update-ref", "--no-deref", ref, _checked(new)]
        self.git.run(args if old is None else [*args, _checked(old)])

    def pack(self, want: str, have: Sequence[str]) -> bytes:
        """A thin-free pack of everything that `want` reaches and `have` does not."""
        spec = f"{_checked(want)}\n--not\n" + "".join(f"{_checked(oid)}\n" for oid in have)
        return self.git.run(["pack-objects", "--revs", "--stdout", "-q"], input=spec.encode())

    def bundle(self, want_ref: str, have: Sequence[str] = ()) -> bytes:
        """A git bundle of one of our refs, for a desk elsewhere."""
        return self.git.run(["bundle", "create", "-q", "-", want_ref, *(f"^{_checked(oid)}" for oid in have)])


def _enter(root: int, parts: Sequence[bytes]) -> int:
    folder = os.dup(root)
    for part in parts:
        try:
            os.mkdir(part, 0o755, dir_fd=folder)
        except FileExistsError:
            pass
        try:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
        finally:
            os.close(folder)
        folder = below
    return folder


def _write(folder: int, name: bytes, mode: int, data: bytes) -> None:
    if mode == 0o120000:
        os.symlink(data, name, dir_fd=folder)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    file = os.open(name, flags, 0o755 if mode == 0o100755 else 0o644, dir_fd=folder)
    with os.fdopen(file, "wb") as out:
        out.write(data)
