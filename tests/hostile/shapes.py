"""Repositories of a hostile shape: names, links, pipes, bombs. Each with what is said of it; None where it is shown."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from hostile.packs import bomb_of_differences
from hostile.traps import HEAD, becomes, blob, config, tree
from shell import git


def _dot_git(work: Path) -> Path:
    return work / ".git"


# --- names in trees --------------------------------------------------------------------------------------------------


def _named(work: Path, name: bytes) -> None:
    becomes(work, tree(work, ("100644", name, blob(work))))


def climbing(work: Path) -> None:
    _named(work, b"..")


def git_folder(work: Path) -> None:
    inner = tree(work, ("100644", b"config", blob(work, b"[core]\nfsmonitor=evil\n")))
    becomes(work, tree(work, ("40000", b".git", inner)))


def git_folder_in_capitals(work: Path) -> None:
    _named(work, b".GIT")


def git_folder_of_windows(work: Path) -> None:
    _named(work, b"git~1")


def git_folder_of_a_mac(work: Path) -> None:
    _named(work, ".g\u200cit".encode())


def absolute(work: Path) -> None:
    _named(work, b"/etc/passwd")


def twice(work: Path) -> None:
    link = blob(work, b"/tmp")
    inner = tree(work, ("100644", b"x", blob(work)))
    becomes(work, tree(work, ("120000", b"a", link), ("40000", b"a", inner)))


def modules_of_options(work: Path) -> None:
    made = blob(work, b'[submodule "x"]\n\tpath = x\n\turl = --upload-pack=evil\n')
    becomes(work, tree(work, ("100644", b".gitmodules", made)))


def modules_by_link(work: Path) -> None:
    becomes(work, tree(work, ("120000", b".gitmodules", blob(work, b"/etc/passwd"))))


def controls_in_a_name(work: Path) -> None:
    _named(work, b"a\r\x1b[2J\n+++ b\xff\xe2\x80\xae.py")


def option_for_a_name(work: Path) -> None:
    _named(work, b"--output=written")


def link_outside(work: Path) -> None:
    becomes(work, tree(work, ("120000", b"a.py", blob(work, b"/etc/passwd"))))


# --- names of branches -----------------------------------------------------------------------------------------------


def _ref(work: Path, name: str, oid: str | None = None) -> None:
    place = work / ".git" / "refs" / "heads" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text((oid or git(work, "rev-parse", HEAD)) + "\n")


def ref_like_an_option(work: Path) -> None:
    _ref(work, "--upload-pack=evil")
    _ref(work, "claude/--output=written")


def ref_with_line_break(work: Path) -> None:
    _ref(work, "claude/x\n\x1b[2Jy")


def ref_like_a_pattern(work: Path) -> None:
    _ref(work, "claude/*")
    _ref(work, "claude/x:refs/heads/main")


def ref_climbing(work: Path) -> None:
    with (work / ".git" / "packed-refs").open("a") as file:
        file.write(f"{git(work, 'rev-parse', HEAD)} refs/heads/claude/../../../written\n")


def ref_to_a_blob(work: Path) -> None:
    _ref(work, "claude/blob", blob(work))


def ref_to_nothing(work: Path) -> None:
    _ref(work, "claude/nothing", "1" * 40)


def refs_by_link(work: Path) -> None:
    heads = work / ".git" / "refs" / "heads"
    heads.rename(work / ".git" / "elsewhere")
    heads.symlink_to(work / ".git" / "elsewhere")


def packed_refs_of_garbage(work: Path) -> None:
    (work / ".git" / "packed-refs").write_bytes(b"\x1b[2J\xff\n^\n" * 10_000)


# --- where things are ------------------------------------------------------------------------------------------------


def git_folder_by_link(work: Path) -> None:
    _dot_git(work).rename(work.parent / "moved")
    _dot_git(work).symlink_to(work.parent / "moved")


def git_file_elsewhere(work: Path) -> None:
    _dot_git(work).rename(work.parent / "moved")
    _dot_git(work).write_text(f"gitdir: {work.parent / 'moved'}\n")


def common_folder_elsewhere(work: Path) -> None:
    other = work.parent / "other"
    shutil.copytree(_dot_git(work), other)
    (_dot_git(work) / "commondir").write_text(f"{other}\n")


def worktree_of_another(work: Path) -> None:
    """A worktree whose back link agrees, and whose common folder is somebody else's."""
    other = work.parent / "other"
    _dot_git(work).rename(other)
    place = work / "own" / "worktrees" / "x"
    place.mkdir(parents=True)
    (place / "gitdir").write_text(f"{_dot_git(work)}\n")
    (place / "commondir").write_text(f"{other}\n")
    (place / "HEAD").write_text("ref: refs/heads/main\n")
    _dot_git(work).write_text(f"gitdir: {place}\n")


def borrowed(work: Path) -> None:
    (_dot_git(work) / "objects" / "info").mkdir(exist_ok=True)
    (_dot_git(work) / "objects" / "info" / "alternates").symlink_to("/nowhere")


def borrowed_by_http(work: Path) -> None:
    (_dot_git(work) / "objects" / "info").mkdir(exist_ok=True)
    (_dot_git(work) / "objects" / "info" / "http-alternates").write_text("https://evil.example/\n")


def objects_by_link(work: Path) -> None:
    objects = _dot_git(work) / "objects"
    objects.rename(work.parent / "objects")
    objects.symlink_to(work.parent / "objects")


def packs_by_link(work: Path) -> None:
    pack = _dot_git(work) / "objects" / "pack"
    shutil.rmtree(pack)
    (work.parent / "pack").mkdir()
    pack.symlink_to(work.parent / "pack")


def partial_in_one_line(work: Path) -> None:
    config(work, '[remote "o"] promisor')


def sha256(work: Path) -> None:
    config(work, '[extensions] objectFormat = "sha256"')


def reftable(work: Path) -> None:
    config(work, "[extensions]\n\trefStorage = reftable")


# --- what never ends -------------------------------------------------------------------------------------------------


def _pipe(place: Path) -> None:
    place.unlink(missing_ok=True)
    os.mkfifo(place)


def head_is_a_pipe(work: Path) -> None:
    _pipe(_dot_git(work) / "HEAD")


def head_is_a_device(work: Path) -> None:
    (_dot_git(work) / "HEAD").unlink()
    (_dot_git(work) / "HEAD").symlink_to("/dev/zero")


def git_is_a_pipe(work: Path) -> None:
    shutil.rmtree(_dot_git(work))
    os.mkfifo(_dot_git(work))


def config_is_a_pipe(work: Path) -> None:
    _pipe(_dot_git(work) / "config")


def config_is_a_device(work: Path) -> None:
    (_dot_git(work) / "config").unlink()
    (_dot_git(work) / "config").symlink_to("/dev/zero")


def packed_refs_is_a_pipe(work: Path) -> None:
    _pipe(_dot_git(work) / "packed-refs")


def packed_refs_is_endless(work: Path) -> None:
    (_dot_git(work) / "packed-refs").symlink_to("/dev/zero")


def packed_refs_is_sparse(work: Path) -> None:
    with (_dot_git(work) / "packed-refs").open("wb") as file:
        file.truncate(1 << 40)


def ref_is_a_pipe(work: Path) -> None:
    os.mkfifo(_dot_git(work) / "refs" / "heads" / "claude" / "pipe")


def tag_is_a_pipe(work: Path) -> None:
    (_dot_git(work) / "refs" / "tags").mkdir(exist_ok=True)
    os.mkfifo(_dot_git(work) / "refs" / "tags" / "pipe")


def ref_is_a_link_to_a_pipe(work: Path) -> None:
    os.mkfifo(work.parent / "pipe")
    (_dot_git(work) / "refs" / "heads" / "claude" / "x").symlink_to(work.parent / "pipe")


def shallow_is_a_pipe(work: Path) -> None:
    os.mkfifo(_dot_git(work) / "shallow")


def pack_is_a_pipe(work: Path) -> None:
    os.mkfifo(_dot_git(work) / "objects" / "pack" / f"pack-{'0' * 40}.idx")


def _object(work: Path) -> Path:
    """The file of the object that the change is about."""
    oid = git(work, "rev-parse", f"{HEAD}:a.py")
    return _dot_git(work) / "objects" / oid[:2] / oid[2:]


def object_is_a_pipe(work: Path) -> None:
    _pipe(_object(work))


def object_is_a_socket(work: Path) -> None:
    place = _object(work)
    place.unlink()
    os.mknod(place, 0o600 | stat.S_IFSOCK)


def object_is_a_link_to_a_device(work: Path) -> None:
    place = _object(work)
    place.unlink()
    place.symlink_to("/dev/zero")


def object_is_a_folder(work: Path) -> None:
    place = _object(work)
    place.unlink()
    place.mkdir()


def another_object_is_a_pipe(work: Path) -> None:
    """One that git would open only where it looks for names that begin alike."""
    (_dot_git(work) / "objects" / "ab").mkdir(exist_ok=True)
    os.mkfifo(_dot_git(work) / "objects" / "ab" / ("c" * 38))


def ref_is_a_socket(work: Path) -> None:
    os.mknod(_dot_git(work) / "refs" / "heads" / "claude" / "socket", 0o600 | stat.S_IFSOCK)


def packed_refs_is_a_socket(work: Path) -> None:
    place = _dot_git(work) / "packed-refs"
    place.unlink(missing_ok=True)
    os.mknod(place, 0o600 | stat.S_IFSOCK)


def graph_is_a_pipe(work: Path) -> None:
    os.mkfifo(_dot_git(work) / "objects" / "info" / "commit-graph")


def many_packs_index_is_a_pipe(work: Path) -> None:
    os.mkfifo(_dot_git(work) / "objects" / "pack" / "multi-pack-index")


def remote_head_is_a_pipe(work: Path) -> None:
    place = _dot_git(work) / "refs" / "remotes" / "origin"
    place.mkdir(parents=True)
    os.mkfifo(place / "HEAD")


def other_worktree_is_a_pipe(work: Path) -> None:
    place = _dot_git(work) / "worktrees" / "x"
    place.mkdir(parents=True)
    (place / "gitdir").write_text("/nowhere/.git\n")
    os.mkfifo(place / "HEAD")


# --- bombs -----------------------------------------------------------------------------------------------------------


def wide_tree(work: Path) -> None:
    """Ten folders in each of twelve levels: a billion files of thirteen objects."""
    made = tree(work, ("100644", b"f", blob(work)))
    for _ in range(12):
        made = tree(work, *(("40000", b"%d" % n, made) for n in range(10)))
    becomes(work, made)


def deep_tree(work: Path) -> None:
    made = blob(work)
    mode = "100644"
    for _ in range(1_200):
        made, mode = tree(work, (mode, b"d", made)), "40000"
    becomes(work, made)


def long_message(work: Path) -> None:
    becomes(work, tree(work, ("100644", b"a.py", blob(work))), "m" * 100_000)


def huge_blob(work: Path) -> None:
    becomes(work, tree(work, ("100644", b"a.py", blob(work, b"a" * (40 << 20)))))


def deep_refs(work: Path) -> None:
    _ref(work, "claude/" + "d/" * 200 + "x")


SHAPES: list[tuple[object, str | None]] = [
    (climbing, "hostile object"),
    (git_folder, "hostile object"),
    (git_folder_in_capitals, "hostile object"),
    (git_folder_of_windows, "hostile object"),
    (git_folder_of_a_mac, "hostile object"),
    (absolute, "hostile object"),
    (twice, "hostile object"),
    (modules_of_options, "hostile object"),
    (modules_by_link, "hostile object"),
    (controls_in_a_name, None),
    (option_for_a_name, None),
    (link_outside, None),
    (ref_like_an_option, None),
    (ref_with_line_break, None),
    (ref_like_a_pattern, None),
    (ref_climbing, None),
    (ref_to_a_blob, None),
    (ref_to_nothing, None),
    (refs_by_link, "symbolic link"),
    (packed_refs_of_garbage, "git fetch failed"),
    (git_folder_by_link, "symbolic link"),
    (git_file_elsewhere, "does not point back"),
    (common_folder_elsewhere, "does not hold it"),
    (worktree_of_another, "does not hold it"),
    (borrowed, "borrows objects"),
    (borrowed_by_http, "borrows objects"),
    (objects_by_link, "no objects folder of its own"),
    (packs_by_link, "symbolic link"),
    (partial_in_one_line, "partial clone"),
    (sha256, "SHA-256"),
    (reftable, "reftable"),
    (head_is_a_pipe, "not a plain file"),
    (head_is_a_device, "symbolic link"),
    (git_is_a_pipe, "neither a folder nor a file"),
    (config_is_a_pipe, "not a plain file"),
    (config_is_a_device, "symbolic link"),
    (packed_refs_is_a_pipe, "not a plain file"),
    (packed_refs_is_endless, "symbolic link"),
    (packed_refs_is_sparse, "packed-refs has more than"),
    (ref_is_a_pipe, "not a plain file"),
    (tag_is_a_pipe, "not a plain file"),
    (ref_is_a_link_to_a_pipe, "symbolic link"),
    (shallow_is_a_pipe, "not a plain file"),
    (pack_is_a_pipe, "not a plain file"),
    (object_is_a_pipe, "not a plain file"),
    (object_is_a_socket, "not a plain file"),
    (object_is_a_link_to_a_device, "not a plain file"),
    (object_is_a_folder, "not a plain file"),
    (another_object_is_a_pipe, "not a plain file"),
    (ref_is_a_socket, "not a plain file"),
    (packed_refs_is_a_socket, "cannot be read"),
    (graph_is_a_pipe, "not a plain file"),
    (many_packs_index_is_a_pipe, "not a plain file"),
    (remote_head_is_a_pipe, "not a plain file"),
    (other_worktree_is_a_pipe, None),
    (wide_tree, "more than 200000 paths"),
    (deep_tree, "more than 1000 deep"),
    (long_message, None),
    (huge_blob, None),
    (deep_refs, None),
    (bomb_of_differences, "broken or hostile object"),
]
