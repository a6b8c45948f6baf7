"""A command is suggested where a project is recognised, in our own words; no file's text is repeated."""

import pytest
from made import change, detail

from reviewer.review.run_suggesting import Suggestion, no_runs, suggested


def command(**files: bytes) -> str:
    named = {name.replace("__", ".").encode(): data for name, data in files.items()}
    found = suggested(list(named), named.get)
    return " ".join(found.command) if found is not None else ""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"Makefile": b"build:\n\ntest: build\n"}, "make test"),
        ({"Makefile": b"test := 1\nbuild:\n", "Cargo__toml": b""}, "cargo test --offline"),
        ({"go__mod": b""}, "go test ./..."),
        ({"package__json": b'{"scripts": {"test": "jest; rm -rf /"}}'}, "npm test"),
        ({"package__json": b'{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'}, ""),
        ({"pyproject__toml": b"[tool.pytest.ini_options]"}, "python3 -m pytest"),
        ({"pyproject__toml": b"[project]"}, "python3 -m unittest"),
        ({"a__py": b""}, "python3 -m unittest"),
        ({"notes__md": b""}, ""),
        ({}, ""),
    ],
)
def test_projects_are_recognised_by_their_files(files: dict[str, bytes], expected: str) -> None:
    assert command(**files) == expected


def test_what_to_write_can_be_pasted_as_it_stands() -> None:
    import tomllib

    shown = ["".join(text for text, _ in row) for row in no_runs(detail(change(run="none asked")), None, 70)]
    start = shown.index("  [[run]]")
    written = tomllib.loads("\n".join(line.strip() for line in shown[start : start + 3]))
    assert written == {"run": [{"name": "tests", "command": ["python3", "-m", "unittest"]}]}
    assert all(len(line) <= 72 for line in shown)


def test_what_a_run_needs_is_said_and_a_queued_run_is_not_asked_for_again() -> None:
    def words(suggestion: Suggestion | None, run: str) -> str:
        rows = no_runs(detail(change(run=run, target="main")), suggestion, 70)
        return " ".join("".join(text for text, _ in row) for row in rows)

    said = words(suggested([b"Cargo.toml"], lambda _: None), "none asked")
    assert "As this has a Cargo.toml" in said
    assert "read_only" in said
    assert "Commit it on main" in said
    assert words(None, "queued") == "Runs are waiting for their turn."
