"""Rules on files as wholes: links, modes, submodules, what steers agents, what nobody can read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.diff import MODE_EXECUTABLE, MODE_SUBMODULE, MODE_SYMLINK, FileStatus
from reviewer.model.finding import Severity, Side
from reviewer.risk.subject import Hit, Subject

_OPAQUE: Final = re.compile(
    r"\.(exe|dll|so|dylib|a|o|jar|war|class|pyc|pyd|wasm|zip|tar|t?gz|bz2|xz|7z|rar|whl|deb|rpm|apk|bin|node|dat)\Z",
    re.I,
)
_DATA: Final = re.compile(r"\.(md|txt|rst|json|ya?ml|toml|ini|cfg|csv|xml|html|css|lock|svg|png|jpe?g|pdf)\Z", re.I)
_GRANT: Final = re.compile(
    r"permissions|\ballow|autoapprove|auto_approve|bypass|dangerously|hooks?\"|mcpservers|\"command\"", re.I
)


def structure(file: Subject) -> Iterator[Hit]:
    """Hits on the file's type, mode and place."""
    change = file.diff.change
    gone = change.status is FileStatus.DELETED
    if change.new_mode == MODE_SYMLINK and not gone:
        yield from _symlink(file)
    if (
        change.new_mode == MODE_EXECUTABLE
        and change.old_mode != MODE_EXECUTABLE
        and not gone
        and _DATA.search(file.path)
        and not any(t.number == 1 and t.text.startswith("#!") for t in file.added)
    ):
        message = "makes a data or document file executable: it can be run by name"
        yield Hit("exec-bit", "exec-bit", Severity.MEDIUM, Side.NEW, None, message, "mode")
    if change.new_mode == MODE_SUBMODULE or file.path == ".gitmodules":
        yield from _submodule(file)
    if file.facets.agent:
        yield from _agent(file, gone)
    if file.diff.binary and not gone and _OPAQUE.search(file.path):
        message = "brings in a file that nobody can read in review"
        yield Hit("opaque-file", "opaque-file", Severity.HIGH, Side.NEW, None, message, "file")


def _symlink(file: Subject) -> Iterator[Hit]:
    for line in file.added:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), line.text))
        if line.text.startswith("/") or target.startswith("..") or ".git" in target.split("/"):
            message = "links to a place outside the tree, or into the git folder: readers and writers follow it there"
            yield Hit("symlink", "symlink", Severity.HIGH, Side.NEW, line.number, message, "link", line.text)


def _submodule(file: Subject) -> Iterator[Hit]:
    if file.path != ".gitmodules":
        message = "moves a submodule: other code comes in that this change does not show"
        yield Hit("submodule-pointer", "submodule", Severity.MEDIUM, Side.NEW, None, message, "pointer")
        return
    for line in file.added:
        if re.match(r"\s*(url|update)\s*=", line.text):
            message = "changes where a submodule comes from or how it is updated"
            yield Hit(
                "submodule-source", "submodule", Severity.HIGH, Side.NEW, line.number, message, "source", line.text
            )


def _agent(file: Subject, gone: bool) -> Iterator[Hit]:
    side = Side.OLD if gone else Side.NEW
    lines = file.removed if gone else file.added
    grant = next((line for line in lines if not gone and _GRANT.search(line.text)), None)
    granting = grant is not None and not file.path.lower().endswith(".md")
    severity = Severity.HIGH if granting else Severity.MEDIUM
    message = "changes what steers coding agents" + (": permissions, hooks or servers" if granting else "")
    first = grant if grant is not None and granting else (lines[0] if lines else None)
    number, text = (first.number, first.text) if first else (None, "")
    yield Hit("agent-config", "agent-config", severity, side, number, message, "file", text)
