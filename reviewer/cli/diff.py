"""`reviewer diff`: a difference on screen, or as plain, harmless text where there is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from reviewer.cli.looking import look, on_screen
from reviewer.cli.paging import page
from reviewer.cli.show import print_json
from reviewer.cli.source import NoPatch, parsed, read_patch
from reviewer.model.diff import FileDiff, FileStatus
from reviewer.review.diff_words import file_words, nothing_to_show
from reviewer.text import show

_EPILOG = """\b
Examples:
  reviewer diff main..claude/fix
  reviewer diff HEAD~2..HEAD
  reviewer diff k3f9
  reviewer diff k3f9 --since 1
  reviewer diff --patch change.diff
  git show | reviewer diff -
  reviewer diff --linear main..claude/fix
  git config core.pager "reviewer diff -"

Exit status: 0 shown, also where nothing differs; 1 failed; 2 used wrongly.
"""


@click.command("diff", epilog=_EPILOG)
@click.argument("revisions", nargs=-1, metavar="[A..B | A B | CHANGE | -]")
@click.option("--patch", type=click.Path(path_type=Path), help="read a patch file")
@click.option("--since", "earlier", type=click.IntRange(1), metavar="REVISION",
              help="what a change did since that revision of it, what its target brought taken out")
@click.option("--plain", is_flag=True, help="print it, also on a terminal")
@click.option("--linear", is_flag=True, help="print it with words in place of signs, for screen readers")
@click.option("--json", "as_json", is_flag=True, help="one object a file: path, status, binary, added, removed ...")
def command(
    revisions: tuple[str, ...], patch: Path | None, earlier: int | None, plain: bool, linear: bool, as_json: bool
) -> None:
    """Show a difference: every line as it is, nothing in it able to act on the terminal."""
    if not (plain or linear or as_json) and on_screen():
        try:
            look(revisions, patch, earlier)
        except NoPatch as text:
            if revisions != ("-",):
                raise
            page(text.data)
        return
    out = sys.stdout
    for file in parsed(read_patch(revisions, patch, earlier)):
        if as_json:
            print_json(_object(file))
            continue
        for line in _linear(file) if linear else _plain(file):
            out.write(line + "\n")


def _object(file: FileDiff) -> dict[str, object]:
    change = file.change
    kinds = [line.kind for hunk in file.hunks for line in file.lines(hunk)]
    return {
        "path": show(change.path),
        "old_path": show(change.old_path),
        "status": change.status.value,
        "old_mode": f"{change.old_mode:o}" if change.old_mode else None,
        "new_mode": f"{change.new_mode:o}" if change.new_mode else None,
        "binary": file.binary,
        "added": kinds.count("+"),
        "removed": kinds.count("-"),
        "hunks": len(file.hunks),
    }


def _linear(file: FileDiff) -> Iterator[str]:
    """A file's difference in words, one thing a line: what happened, where, and then what the line says."""
    words = file_words(file.change)
    yield f"file {show(file.change.path)}{', ' + words if words else ''}"
    if why := nothing_to_show(file):
        yield why
    for number, hunk in enumerate(file.hunks, 1):
        section = f", in {show(hunk.section)}" if hunk.section else ""
        yield f"change {number} of {len(file.hunks)}, from line {hunk.new_start}{section}"
        for line in file.lines(hunk):
            text = show(line.text.decode("utf-8", "surrogateescape")).strip() or "blank"
            kinds = {"+": f"added {line.new}", "-": f"removed {line.old}", "\\": "note"}
            yield f"{kinds.get(line.kind, f'line {line.new}')}: {text}"


def _plain(file: FileDiff) -> Iterator[str]:
    change = file.change
    name = show(change.path)
    if change.status in (FileStatus.RENAMED, FileStatus.COPIED):
        name = f"{show(change.old_path)} -> {show(change.new_path)}"
    mode = ""
    if change.old_mode and change.new_mode and change.old_mode != change.new_mode:
        mode = f", mode {change.old_mode:o} -> {change.new_mode:o}"
    elif change.new_mode == 0o120000:
        mode = ", symbolic link"
    elif change.new_mode == 0o160000:
        mode = ", submodule"
    yield f"== {name} ({change.status.value}{mode})"
    if file.combined:
        yield "   a merge compared with all its parents at once: see one side of it with reviewer diff A..B"
    if file.binary:
        yield "   binary file: nothing that can be read as lines"
    for hunk in file.hunks:
        section = f" {show(hunk.section)}" if hunk.section else ""
        yield f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@{section}"
        for line in file.lines(hunk):
            yield line.kind + show(line.text.decode("utf-8", "surrogateescape"))
