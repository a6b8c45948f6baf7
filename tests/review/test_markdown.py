"""A comment's Markdown is shown as what it means; no word goes, nothing of it acts, whatever is written."""

import re

from hypothesis import given
from hypothesis import strategies as st

from reviewer.review.lines import Line, width_of
from reviewer.review.markdown import markdown
from reviewer.review.remarks import body_lines
from reviewer.text import Untrusted, show_lines

TEXT = """# Why
Use a `set` here, **not** a list: it is *much* faster in some_long_name and __init__.
- one
  - two `x`
> quoted
```python
if a * b * c: pass
```
see [there](http://example.org/evil)
"""


def plain(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_it_reads_as_it_means() -> None:
    lines = body_lines(Untrusted(TEXT), None, 120)
    assert plain(lines) == [
        "    Why",
        "    Use a set here, not a list: it is much faster in some_long_name and __init__.",
        "    • one",
        "      • two x",
        "    │ quoted",
        "    python",
        "      if a * b * c: pass",
        "    see [there](http://example.org/evil)",
    ]
    assert ("set", "syntax-string") in lines[1] and ("not", "text bold") in lines[1]
    assert ("much", "text italic") in lines[1] and lines[0][1] == ("Why", "text bold")


@given(st.text(alphabet="ab `*_#->\n\x1b\u202e日[]", max_size=200), st.integers(20, 60))
def test_no_word_goes_and_every_line_fits(text: str, width: int) -> None:
    shown = show_lines(Untrusted(text))
    lines = list(markdown(shown, width, "  "))
    assert all(width_of(line) <= max(width, 20) for line in lines)
    letters = re.compile(r"[ab日]")
    assert letters.findall("".join(plain(lines))) == letters.findall("".join(shown))
    assert all(char.isprintable() for line in plain(lines) for char in line)
