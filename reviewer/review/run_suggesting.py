"""Suggests a command that could prove a change, from the files of the target branch; a person decides whether to; pure.

What must stay true: nothing is run because of this; what is suggested is built of our own words alone, never of what a
file says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from reviewer.model.detail import ChangeDetail
from reviewer.review.lines import BLANK, Line, line, paragraph
from reviewer.text import show

_ROOT: Final = 4000
"""Files at the root that are looked at."""
_MAKE: Final = re.compile(rb"^(test|check)\s*:(?!=)", re.MULTILINE)
_NPM: Final = re.compile(rb'"test"\s*:\s*"(?!echo \\"Error: no test)')


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A command, what it was recognised by, and what such a run usually needs beside the commit itself."""

    command: tuple[str, ...]
    by: str
    needs: str = ""


_VENV: Final = "packages that it imports: name their virtual environment in read_only"
_PLAIN: Final = (
    ("Cargo.toml", ("cargo", "test", "--offline"), "crates: vendor them, or name ~/.cargo in read_only"),
    ("go.mod", ("go", "test", "./..."), "modules: vendor them, or name the module cache in read_only"),
    ("mix.exs", ("mix", "test"), "packages: name deps in read_only"),
    ("pom.xml", ("mvn", "--offline", "test"), "artifacts: name ~/.m2 in read_only"),
    ("build.gradle", ("gradle", "--offline", "test"), "artifacts: name ~/.gradle in read_only"),
    ("build.gradle.kts", ("gradle", "--offline", "test"), "artifacts: name ~/.gradle in read_only"),
    ("deno.json", ("deno", "test", "--cached-only"), ""),
    ("Package.swift", ("swift", "test"), ""),
    ("phpunit.xml", ("vendor/bin/phpunit",), "packages: name vendor in read_only"),
    ("phpunit.xml.dist", ("vendor/bin/phpunit",), "packages: name vendor in read_only"),
    (".rspec", ("bundle", "exec", "rspec"), "gems: name their folder in read_only"),
)


def suggested(root: Sequence[bytes], read: Callable[[bytes], bytes | None]) -> Suggestion | None:
    """What to suggest for a project with these names at its root; `read` gives a file's bytes."""
    names = {name.decode("utf-8", "replace") for name in root[:_ROOT]}
    if "Makefile" in names and (target := _MAKE.search(read(b"Makefile") or b"")) is not None:
        return Suggestion(("make", target[1].decode()), "Makefile")
    for name, command, needs in _PLAIN:
        if name in names:
            return Suggestion(command, name, needs)
    if "package.json" in names and _NPM.search(read(b"package.json") or b"") is not None:
        return Suggestion(("npm", "test"), "package.json", "packages: name node_modules in read_only")
    return _python(names, read)


def _python(names: set[str], read: Callable[[bytes], bytes | None]) -> Suggestion | None:
    for name in ("pytest.ini", "conftest.py", "tox.ini"):
        if name in names:
            return Suggestion(("python3", "-m", "pytest"), name, _VENV)
    for name in ("pyproject.toml", "setup.cfg", "requirements-dev.txt"):
        if name in names and b"pytest" in (read(name.encode()) or b""):
            return Suggestion(("python3", "-m", "pytest"), name, _VENV)
    by: str | None = next((name for name in ("pyproject.toml", "setup.py", "setup.cfg") if name in names), None)
    if by is None and any(name.endswith(".py") for name in names):
        by = "its .py files"
    return Suggestion(("python3", "-m", "unittest"), by) if by is not None else None


def no_runs(detail: ChangeDetail, suggestion: Suggestion | None, width: int) -> list[Line]:
    """The lines that stand where no run is: it is still to come, or what to write so that there is one."""
    if detail.change.run != "none asked":
        return [line("Runs are waiting for their turn.", "run-waiting")]
    target = show(detail.change.target, limit=60)
    found = suggestion or Suggestion(("python3", "-m", "unittest"), "")
    words = ", ".join(f'"{word}"' for word in found.command)
    known = f"As this has a {found.by}, it could be:" if suggestion is not None else "For example:"
    if found.by == "its .py files":
        known = "As this is Python, it could be:"
    lines = [line("Nothing was run.")]
    lines += paragraph("No command is guessed and run. Say in reviewer.toml what proves a change.", width, "muted")
    lines += [line(known, "muted"), BLANK]
    lines += [line(f"  {text}", "accent") for text in ("[[run]]", 'name = "tests"', f"command = [{words}]")]
    lines.append(BLANK)
    if found.needs:
        lines += paragraph(f"It runs without a network, and may need {found.needs}.", width, "muted")
    said = f"Commit it on {target}: every revision that is submitted from then on is run."
    lines += [*paragraph(said, width, "muted"), line("Try it first, contained in the same way:", "muted")]
    lines.append(line(f"  reviewer run -- {' '.join(found.command)}", "accent"))
    return lines
