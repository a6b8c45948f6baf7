"""Repositories whose refs, commit headers and side tables lie: tags for commits, encodings, bitmaps, chains of graphs.

Each with what is said of it; None where it is shown.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from hostile.traps import HEAD, fed
from shell import git


def _heads(work: Path) -> Path:
    return work / ".git" / "refs" / "heads"


def _ref(work: Path, name: str, oid: str) -> None:
    place = _heads(work) / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"{oid}\n")


def _commit(work: Path, headers: bytes, message: bytes, before: bytes = b"") -> None:
    """The branch's head becomes a commit of its own tree with further headers, and some before the author."""
    tree, parent = git(work, "rev-parse", f"{HEAD}^{{tree}}"), git(work, "rev-parse", "main")
    who = b"Ann <ann@example.org> 1700000000 +0000"
    data = b"tree %s\nparent %s\n%sauthor %s\ncommitter %s\n%s\n%s" % (
        tree.encode(), parent.encode(), before, who, who, headers, message,
    )  # fmt: skip
    _ref(work, HEAD, fed(work, data, "hash-object", "-w", "-t", "commit", "--literally", "--stdin"))


# --- what a ref names ------------------------------------------------------------------------------------------------


def _tag(work: Path, target: str, kind: str) -> str:
    data = f"object {target}\ntype {kind}\ntag harmless\ntagger Ann <ann@example.org> 1700000000 +0000\n\nharmless\n"
    return fed(work, data.encode(), "hash-object", "-w", "-t", "tag", "--literally", "--stdin")


def tag_for_a_commit(work: Path) -> None:
    _ref(work, HEAD, _tag(work, git(work, "rev-parse", HEAD), "commit"))


def tag_of_a_tree(work: Path) -> None:
    _ref(work, HEAD, _tag(work, git(work, "rev-parse", f"{HEAD}^{{tree}}"), "tree"))


def tag_that_lies_on_its_kind(work: Path) -> None:
    _ref(work, HEAD, _tag(work, git(work, "rev-parse", f"{HEAD}^{{tree}}"), "commit"))


def tags_upon_tags(work: Path) -> None:
    oid, kind = git(work, "rev-parse", HEAD), "commit"
    for _ in range(30):
        oid, kind = _tag(work, oid, kind), "tag"
    _ref(work, HEAD, oid)


def branch_of_a_tree(work: Path) -> None:
    _ref(work, HEAD, git(work, "rev-parse", f"{HEAD}^{{tree}}"))


def branch_of_a_blob(work: Path) -> None:
    _ref(work, HEAD, git(work, "rev-parse", f"{HEAD}:a.py"))


# --- how a ref is kept -----------------------------------------------------------------------------------------------


def names_that_differ_in_case(work: Path) -> None:
    _ref(work, "claude/FIX", git(work, "rev-parse", "main"))
    _ref(work, "CLAUDE/fix", git(work, "rev-parse", "main"))


def ref_by_link_to_another(work: Path) -> None:
    (_heads(work) / HEAD).unlink()
    (_heads(work) / HEAD).symlink_to("../main")


def ref_by_link_outside(work: Path) -> None:
    secret = work.parent / "elsewhere"
    secret.write_text(git(work, "rev-parse", HEAD) + "\n")
    (_heads(work) / HEAD).unlink()
    (_heads(work) / HEAD).symlink_to(secret)


def ref_that_means_itself(work: Path) -> None:
    (_heads(work) / HEAD).write_text(f"ref: refs/heads/{HEAD}\n")


def ref_that_climbs(work: Path) -> None:
    (work.parent / "elsewhere").write_text(git(work, "rev-parse", HEAD) + "\n")
    (_heads(work) / HEAD).write_text("ref: refs/heads/../../../../elsewhere\n")


def head_of_a_missing_branch(work: Path) -> None:
    (work / ".git" / "HEAD").write_text("ref: refs/heads/claude/gone\n")


def head_that_means_itself(work: Path) -> None:
    (work / ".git" / "HEAD").write_text("ref: HEAD\n")


# --- what a commit says ----------------------------------------------------------------------------------------------


def message_in_another_encoding(work: Path) -> None:
    """git itself would read it anew: as UTF-7 these plain letters are a sequence."""
    _commit(work, b"encoding UTF-7\n", b"+ABs-[2J+ABs-]52;c;?+AAc-\n")


def encoding_that_is_none(work: Path) -> None:
    _commit(work, b"encoding \x1b]0;x\x07../../etc/passwd\n", b"Fix it\n")


def nul_in_a_message(work: Path) -> None:
    _commit(work, b"", b"Fix it\0 and more\n")


def signature_of_escapes(work: Path) -> None:
    lines = b"-----BEGIN SSH SIGNATURE-----\n \x1b[2J\x1b]52;c;?\x07\n -----END SSH SIGNATURE-----"
    _commit(work, b"gpgsig %s\n" % lines, b"x\n")


def merge_of_a_hostile_tag(work: Path) -> None:
    _commit(work, b"mergetag object %s\n type commit\n tag \x1b[2J\n \n \x9b\n" % (b"1" * 40), b"x\n")


def headers_that_come_again(work: Path) -> None:
    """git reads the first tree, and the parents that stand before the author."""
    _commit(work, b"tree %s\nparent %s\n" % (b"2" * 40, b"3" * 40), b"x\n")


def two_authors(work: Path) -> None:
    _commit(work, b"", b"x\n", before=b"author Claude <noreply@example.org> 1 +0000\n")


# --- side tables that lie --------------------------------------------------------------------------------------------


def _rewritten(place: Path, data: bytearray) -> None:
    """The file with these bytes, and the checksum that they have."""
    data[-20:] = hashlib.sha1(data[:-20]).digest()
    place.chmod(0o644)
    place.write_bytes(data)


def forged_bitmap(work: Path) -> None:
    git(work, "repack", "-qadb")
    (place,) = (work / ".git" / "objects" / "pack").glob("*.bitmap")
    data = bytearray(place.read_bytes())
    for at in range(32, len(data) - 20, 3):
        data[at] ^= 0xFF
    _rewritten(place, data)


def forged_reverse_index(work: Path) -> None:
    git(work, "config", "pack.writeReverseIndex", "true")
    git(work, "repack", "-qad")
    (place,) = (work / ".git" / "objects" / "pack").glob("*.rev")
    data = bytearray(place.read_bytes())
    data[12:16], data[16:20] = data[16:20], data[12:16]
    _rewritten(place, data)


def forged_chain_of_graphs(work: Path) -> None:
    """The graph in the chain calls the head's tree by the base's name."""
    git(work, "commit-graph", "write", "--reachable", "--split")
    (graph,) = (work / ".git" / "objects" / "info" / "commit-graphs").glob("*.graph")
    data = bytearray(graph.read_bytes())
    head, base = (bytes.fromhex(git(work, "rev-parse", f"{name}^{{tree}}")) for name in (HEAD, "main"))
    at = data.index(head)
    data[at : at + 20] = base
    _rewritten(graph, data)
    graph.rename(graph.with_name(f"graph-{data[-20:].hex()}.graph"))
    (graph.parent / "commit-graph-chain").write_text(f"{data[-20:].hex()}\n")
    assert git(work, "log", "-1", "--format=%T", HEAD) == base.hex(), "plain git is not taken in"


def chain_of_graphs_elsewhere(work: Path) -> None:
    folder = work / ".git" / "objects" / "info" / "commit-graphs"
    folder.mkdir(parents=True)
    (folder / "commit-graph-chain").write_text("../../../../elsewhere\n" + "0" * 40 + "\n\x1b[2J\n" * 50_000)


def chain_of_packs_elsewhere(work: Path) -> None:
    git(work, "repack", "-qad")
    folder = work / ".git" / "objects" / "pack" / "multi-pack-index.d"
    folder.mkdir()
    (folder / "multi-pack-index-chain").write_text("../../../../elsewhere\n" + "0" * 40 + "\n\x1b[2J\n" * 50_000)


HEADS: list[tuple[object, str | None]] = [
    (tag_for_a_commit, "is no commit"),
    (tag_of_a_tree, "Not a valid commit name"),
    (tag_that_lies_on_its_kind, "hostile object"),
    (tags_upon_tags, "is no commit"),
    (branch_of_a_tree, "Not a valid commit name"),
    (branch_of_a_blob, "Not a valid commit name"),
    (names_that_differ_in_case, None),
    (ref_by_link_to_another, "symbolic link"),
    (ref_by_link_outside, "symbolic link"),
    (ref_that_means_itself, "there is no branch"),
    (ref_that_climbs, "there is no branch"),
    (head_of_a_missing_branch, None),
    (head_that_means_itself, "git fetch failed"),
    (message_in_another_encoding, None),
    (encoding_that_is_none, None),
    (nul_in_a_message, "hostile object"),
    (signature_of_escapes, None),
    (merge_of_a_hostile_tag, None),
    (headers_that_come_again, None),
    (two_authors, None),
    (chain_of_graphs_elsewhere, None),
    (chain_of_packs_elsewhere, None),
]
FORGED = [forged_bitmap, forged_reverse_index, forged_chain_of_graphs]
