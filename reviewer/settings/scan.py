"""Reads `[scan]` of a `reviewer.toml`: the rules of the scan that a repository does without.

What must stay true: a name that no rule has refuses the file, so that a slip of the pen never passes for a rule that is
off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reviewer.model.errors import UsageError
from reviewer.settings.toml import Reader
from reviewer.text import show

SCAN_KEYS: Final = ("off",)
_MOST: Final = 200
_LONGEST: Final = 200


def read_off(reader: Reader, top: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of rules: our own as "rule", those of other scanners as "tool/rule" or "tool/*"."""
    names = reader.strings(reader.table(top, "scan", SCAN_KEYS), "off", ())
    if not names:
        return ()
    # For most repositories these names are never needed.
    from reviewer.model.rules import LASTING, known, near

    if len(names) > _MOST:
        raise reader.refuse("off", f"at most {_MOST} rules")
    for name in names:
        line = reader.line_of("off", name)
        shown = show(name, limit=80)
        if name in LASTING:
            why = f"{reader.source}, line {line}: {shown} stays on: it tells of changes to this very file"
            raise UsageError(why, "take it out of off")
        if not known(name) or len(name) > _LONGEST:
            meant = near(name)
            hint = f"perhaps: {', '.join(meant)}" if meant else 'each finding ends with its rule: reviewer scan A..B'
            raise UsageError(f"{reader.source}, line {line}: no rule is called {shown}", hint)
    return tuple(dict.fromkeys(names))
