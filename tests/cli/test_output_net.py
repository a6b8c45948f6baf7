"""What a command prints in spite of everything is made visible; what it prints rightly is as it was."""

import io
import sys

import click
import pytest
from hostile.strings import STRINGS

from reviewer.cli.net import Net, nets
from reviewer.text import is_harmless


def printed(text: str, *, encoding: str = "utf-8", by_click: bool = False) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    kept, sys.stdout = sys.stdout, stream
    try:
        with nets():
            if by_click:
                click.echo(text)
            else:
                print(text)
        stream.flush()
    finally:
        sys.stdout = kept
    return bytes(raw.getvalue()).decode(encoding, "surrogateescape")


@pytest.mark.parametrize("by_click", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "koi8-r", "cp1252"])
def test_no_string_that_acts_or_hides_gets_past(encoding: str, by_click: bool) -> None:
    for name, text in STRINGS.items():
        said = printed(f"a {text}\nb", encoding=encoding, by_click=by_click)
        assert said.endswith("\nb\n"), name
        assert all(is_harmless(line) for line in said.split("\n")), name


def test_a_letter_that_the_terminal_has_not_is_spelled() -> None:
    assert printed("ś6n 日", encoding="latin-1") == "\\u015b6n \\u65e5\n"


def test_our_own_lines_pass_as_they_are() -> None:
    for line in ("plain", "two\nlines\n", "", "✓ passed · 日本 é", '{"json": "\\u202e"}'):
        assert printed(line) == f"{line}\n"


def test_the_streams_are_as_they_were_afterwards() -> None:
    before = sys.stdout, sys.stderr
    with nets():
        assert isinstance(sys.stdout, Net)
        with nets():
            assert not isinstance(sys.stdout._stream, Net)
        assert sys.stderr.writable()
    assert (sys.stdout, sys.stderr) == before
