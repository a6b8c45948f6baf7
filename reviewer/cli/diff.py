"""`reviewer diff`: a difference as plain, harmless text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from reviewer.cli.source import read_patch
from reviewer.diff.parse import parse_patch
from reviewer.model.diff import FileDiff, FileStatus
from reviewer.text import show

_EXAMPLES = """\b
Examples:
  reviewer diff main..claude/fix
  reviewer diff --patch change.diff
  git show | reviewer diff -
"""


@click.command("diff", epilog=_EXAMPLES)
@click.argument("revisions", nargs=-1, metavar="[A..B | A B | -]")
@click.option("--patch", type=click.Path(path_type=Path), help="read a patch file")
def command(revisions: tuple[str, ...], patch: Path | None) -> None:
    """Show a difference: every line as it is, nothing in it able to act on the terminal."""
    out = sys.stdout
    for file in parse_patch(read_patch(revisions, patch)):
        for line in _plain(file):
            out.write(line + "\n")


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
    if file.binary:
        yield "   binary file: nothing that can be read as lines"
    for hunk in file.hunks:
        section = f" {show(hunk.section)}" if hunk.section else ""
        yield f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@{section}"
        for line in file.lines(hunk):
            yield line.kind + show(line.text.decode("utf-8", "surrogateescape"))
