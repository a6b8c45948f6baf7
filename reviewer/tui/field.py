"""A line to type in whose cursor stands still: a blinking one would be sent twice a second, over whatever link."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input


class Field(Input):
    """As Textual's own, at rest while nobody types."""

    cursor_blink = reactive(False, init=False)
