"""Repositories that want to run something, to lie, to hang or to blow up: each a function on an ordinary one.

Each is given a repository whose branch `claude/fix` is one commit ahead of `main`, and a program that leaves a trace
when it is run.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import zlib
from pathlib import Path

from shell import IDENTITY, git

HEAD = "claude/fix"


def fed(work: Path, data: bytes, *args: str) -> str:
    """git with something on its standard input."""
    env = {**os.environ, **IDENTITY}
    done = subprocess.run(["git", *args], cwd=work, env=env, input=data, check=True, capture_output=True)
    return done.stdout.decode().strip()


def tree(work: Path, *entries: tuple[str, bytes, str]) -> str:
    data = b"".join(b"%s %s\0%s" % (mode.encode(), name, bytes.fromhex(oid)) for mode, name, oid in entries)
    return fed(work, data, "hash-object", "-w", "-t", "tree", "--literally", "--stdin")


def blob(work: Path, data: bytes = b"x\n") -> str:
    return fed(work, data, "hash-object", "-w", "--stdin")


def becomes(work: Path, made: str, message: str = "evil") -> None:
    """The branch's head becomes one commit over main with that tree."""
    oid = fed(work, b"", "commit-tree", made, "-p", "main", "-m", message)
    (work / ".git" / "refs" / "heads" / "claude").mkdir(exist_ok=True)
    (work / ".git" / "refs" / "heads" / HEAD).write_text(f"{oid}\n")


def loose(work: Path, oid: str, kind: bytes, data: bytes) -> None:
    """An object of that name with any content."""
    place = work / ".git" / "objects" / oid[:2] / oid[2:]
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    place.write_bytes(zlib.compress(b"%s %d\0" % (kind, len(data)) + data))


def config(work: Path, *names: str) -> None:
    with (work / ".git" / "config").open("a") as file:
        file.write("\n" + "\n".join(names) + "\n")


def attributes(work: Path, line: str) -> None:
    (work / ".git" / "info").mkdir(exist_ok=True)
    (work / ".git" / "info" / "attributes").write_text(line + "\n")


def hook(work: Path, name: str, trap: str) -> None:
    place = work / ".git" / "hooks" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\n{trap}\n")
    place.chmod(0o755)


# --- what runs something: the trap, and the innocent command that springs it for whoever uses plain git ------------


def fsmonitor(work: Path, trap: str) -> None:
    git(work, "config", "core.fsmonitor", trap)


def fsmonitor_included(work: Path, trap: str) -> None:
    (work / ".git" / "more").write_text(f"[core]\nfsmonitor = {trap}\n")
    git(work, "config", "include.path", "more")


def fsmonitor_included_by_condition(work: Path, trap: str) -> None:
    (work / ".git" / "more").write_text(f"[core]\nfsmonitor = {trap}\n")
    git(work, "config", "includeIf.onbranch:main.path", "more")


def fsmonitor_of_the_worktree(work: Path, trap: str) -> None:
    git(work, "config", "extensions.worktreeConfig", "true")
    (work / ".git" / "config.worktree").write_text(f"[core]\nfsmonitor = {trap}\n")


def external_diff(work: Path, trap: str) -> None:
    git(work, "config", "diff.external", trap)


def diff_driver(work: Path, trap: str) -> None:
    attributes(work, "* diff=evil")
    git(work, "config", "diff.evil.command", trap)


def text_conversion(work: Path, trap: str) -> None:
    attributes(work, "* diff=evil")
    git(work, "config", "diff.evil.textconv", trap)


def text_conversion_by_the_change(work: Path, trap: str) -> None:
    (work / ".gitattributes").write_text("* diff=evil\n")
    git(work, "config", "diff.evil.textconv", trap)


def clean_filter(work: Path, trap: str) -> None:
    attributes(work, "* filter=evil")
    git(work, "config", "filter.evil.clean", trap)
    (work / "a.py").write_text("changed\n")


def process_filter(work: Path, trap: str) -> None:
    attributes(work, "* filter=evil")
    git(work, "config", "filter.evil.process", trap)
    (work / "a.py").write_text("changed\n")


def smudge_filter(work: Path, trap: str) -> None:
    attributes(work, "* filter=evil")
    git(work, "config", "filter.evil.smudge", trap)


def merge_driver(work: Path, trap: str) -> None:
    attributes(work, "* merge=evil")
    git(work, "config", "merge.evil.driver", trap)
    (work / "a.py").write_text("other\n")
    git(work, "commit", "-qam", "the target moves")


def reference_hook(work: Path, trap: str) -> None:
    hook(work, "reference-transaction", trap)


def index_hook(work: Path, trap: str) -> None:
    hook(work, "post-index-change", trap)
    os.utime(work / "a.py", (1, 1))


def checkout_hook(work: Path, trap: str) -> None:
    hook(work, "post-checkout", trap)


def hooks_elsewhere(work: Path, trap: str) -> None:
    hook(work, "reference-transaction", trap)
    (work / ".git" / "hooks").rename(work / ".git" / "sneaky")
    git(work, "config", "core.hooksPath", ".git/sneaky")


def signature_program(work: Path, trap: str) -> None:
    commit = fed(work, b"", "cat-file", "commit", HEAD)
    head, _, body = commit.partition("\n\n")
    signed = f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n\n{body}\n"
    oid = fed(work, signed.encode(), "hash-object", "-w", "-t", "commit", "--stdin")
    git(work, "update-ref", f"refs/heads/{HEAD}", oid)
    git(work, "config", "gpg.program", trap)
    git(work, "config", "log.showSignature", "true")


def alias(work: Path, trap: str) -> None:
    git(work, "config", "alias.st", f"!{trap}")


def editor(work: Path, trap: str) -> None:
    git(work, "config", "core.editor", trap)


def ssh_command(work: Path, trap: str) -> None:
    git(work, "config", "core.sshCommand", trap)
    git(work, "config", "remote.origin.url", "ssh://nowhere.invalid/x")


def uploading(work: Path, trap: str) -> None:
    git(work, "config", "remote.origin.url", str(work))
    git(work, "config", "remote.origin.uploadpack", trap)


def external_transport(work: Path, trap: str) -> None:
    git(work, "config", "remote.origin.url", f"ext::{trap}")
    git(work, "config", "protocol.ext.allow", "always")


def address_rewritten(work: Path, trap: str) -> None:
    git(work, "config", f"url.ext::{trap} .insteadOf", "https://example.org/")
    git(work, "config", "protocol.ext.allow", "always")
    git(work, "config", "remote.origin.url", "https://example.org/x")


def proxy_command(work: Path, trap: str) -> None:
    git(work, "config", "core.gitProxy", trap)
    git(work, "config", "remote.origin.url", "git://nowhere.invalid/x")


def credential_program(work: Path, trap: str) -> None:
    git(work, "config", "credential.helper", f"!{trap}")


def trailer_program(work: Path, trap: str) -> None:
    git(work, "config", "trailer.x.cmd", trap)


def alternate_refs_program(work: Path, trap: str) -> None:
    other = work.parent / "other.git"
    git(work, "clone", "-q", "--bare", str(work), str(other))
    (work / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (work / ".git" / "objects" / "info" / "alternates").write_text(f"{other}/objects\n")
    git(work, "config", "core.alternateRefsCommand", trap)


def promisor(work: Path, trap: str) -> None:
    git(work, "config", "remote.origin.url", f"ext::{trap}")
    git(work, "config", "protocol.ext.allow", "always")
    git(work, "config", "extensions.partialClone", "origin")
    gone = git(work, "rev-parse", f"{HEAD}:a.py")
    (work / ".git" / "objects" / gone[:2] / gone[2:]).unlink()


EXECUTION = [
    (fsmonitor, ["status"]),
    (fsmonitor_included, ["status"]),
    (fsmonitor_included_by_condition, ["status"]),
    (fsmonitor_of_the_worktree, ["status"]),
    (external_diff, ["diff", "main", HEAD]),
    (diff_driver, ["diff", "main", HEAD]),
    (text_conversion, ["diff", "main", HEAD]),
    (text_conversion_by_the_change, ["diff", "main", HEAD]),
    (clean_filter, ["status"]),
    (process_filter, ["status"]),
    (smudge_filter, ["checkout", HEAD]),
    (merge_driver, ["merge", HEAD]),
    (reference_hook, ["branch", "new"]),
    (index_hook, ["status"]),
    (checkout_hook, ["checkout", HEAD]),
    (hooks_elsewhere, ["branch", "new"]),
    (signature_program, ["log", "-1", HEAD]),
    (alias, ["st"]),
    (editor, ["commit", "--allow-empty"]),
    (ssh_command, ["fetch"]),
    (uploading, ["fetch"]),
    (external_transport, ["fetch"]),
    (address_rewritten, ["fetch"]),
    (proxy_command, ["fetch"]),
    (credential_program, ["credential", "fill"]),
    (trailer_program, ["interpret-trailers", "--trailer", "x: y"]),
    (alternate_refs_program, ["fetch", "-q", ".", "main:refs/heads/again"]),
    (promisor, ["show", f"{HEAD}:a.py"]),
]


# --- what lies: shown truthfully all the same, or refused ------------------------------------------------------------


def replace_ref(work: Path) -> None:
    git(work, "replace", HEAD, "main")


def graft(work: Path) -> None:
    (work / ".git" / "info").mkdir(exist_ok=True)
    (work / ".git" / "info" / "grafts").write_text(git(work, "rev-parse", HEAD) + "\n")


def forged_blob(work: Path) -> None:
    loose(work, git(work, "rev-parse", f"{HEAD}:a.py"), b"blob", b"harmless\n")


def forged_tree(work: Path) -> None:
    made = blob(work, b"harmless\n")
    loose(work, git(work, "rev-parse", f"{HEAD}^{{tree}}"), b"tree", b"100644 a.py\0" + bytes.fromhex(made))


def forged_commit(work: Path) -> None:
    data = fed(work, b"", "cat-file", "commit", "main").encode() + b"\n"
    loose(work, git(work, "rev-parse", HEAD), b"commit", data)


def forged_index_of_a_pack(work: Path) -> None:
    """Two blobs of one size trade their places in the pack's index."""
    git(work, "repack", "-qad")
    (index,) = (work / ".git" / "objects" / "pack").glob("*.idx")
    data = bytearray(index.read_bytes())
    names = sorted(line.split()[2] for line in git(work, "ls-tree", "-r", HEAD).split("\n"))
    count = int.from_bytes(data[8 + 255 * 4 : 8 + 256 * 4], "big")
    begin = 8 + 1024 + count * 24
    table = 8 + 1024
    oids = [bytes(data[table + 20 * n : table + 20 * n + 20]).hex() for n in range(count)]
    one, two = (begin + 4 * oids.index(name) for name in names[:2])
    data[one : one + 4], data[two : two + 4] = data[two : two + 4], data[one : one + 4]
    data[-20:] = hashlib.sha1(data[:-20]).digest()
    index.chmod(0o644)
    index.write_bytes(data)


def forged_graph(work: Path) -> None:
    git(work, "commit-graph", "write", "--reachable")
    graph = work / ".git" / "objects" / "info" / "commit-graph"
    data = bytearray(graph.read_bytes())
    tree_of = {name: bytes.fromhex(git(work, "rev-parse", f"{name}^{{tree}}")) for name in ("main", HEAD)}
    at = data.index(tree_of[HEAD])
    data[at : at + 20] = tree_of["main"]
    data[-20:] = hashlib.sha1(data[:-20]).digest()
    graph.chmod(0o644)
    graph.write_bytes(data)


def forged_multi_pack_index(work: Path) -> None:
    git(work, "repack", "-qad")
    git(work, "multi-pack-index", "write")
    place = work / ".git" / "objects" / "pack" / "multi-pack-index"
    data = bytearray(place.read_bytes())
    data[-60:-20] = bytes(40)
    data[-20:] = hashlib.sha1(data[:-20]).digest()
    place.chmod(0o644)
    place.write_bytes(data)


def assumed_unchanged(work: Path) -> None:
    git(work, "update-index", "--assume-unchanged", "a.py")
    git(work, "update-index", "--skip-worktree", "b.py")


def no_difference_by_attribute(work: Path) -> None:
    attributes(work, "* -diff -text")


def binary_by_the_change(work: Path) -> None:
    git(work, "switch", "-q", HEAD)
    (work / ".gitattributes").write_text("*.py -diff export-subst working-tree-encoding=UTF-16\n")
    git(work, "add", ".gitattributes")
    git(work, "commit", "-qm", "attributes")
    git(work, "switch", "-q", "main")


def ignored_modules(work: Path) -> None:
    git(work, "config", "diff.ignoreSubmodules", "all")
    git(work, "config", "diff.orderFile", "/dev/zero")


def allowed_signers(work: Path) -> None:
    git(work, "config", "gpg.format", "ssh")
    git(work, "config", "gpg.ssh.allowedSignersFile", str(work / "a.py"))


def hidden_refs(work: Path) -> None:
    git(work, "config", "transfer.hideRefs", "refs/heads")


def shallow_lie(work: Path) -> None:
    (work / ".git" / "shallow").write_text(git(work, "rev-parse", HEAD) + "\n")


def shallow_garbage(work: Path) -> None:
    (work / ".git" / "shallow").write_bytes(b"\x1b[2J\n" * 100)


def worktree_elsewhere(work: Path) -> None:
    git(work, "config", "core.worktree", "/etc")


def extension_unknown(work: Path) -> None:
    git(work, "config", "core.repositoryFormatVersion", "1")
    git(work, "config", "extensions.fromTheFuture", "true")


LIES = [
    replace_ref, graft, forged_blob, forged_tree, forged_commit, forged_index_of_a_pack, forged_graph,
    forged_multi_pack_index, assumed_unchanged, no_difference_by_attribute, binary_by_the_change, ignored_modules,
    allowed_signers, hidden_refs, shallow_lie, shallow_garbage, worktree_elsewhere, extension_unknown,
]  # fmt: skip
