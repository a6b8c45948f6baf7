"""Finds the themes, and reads the colours of one."""

from __future__ import annotations

import re
from pathlib import Path

from reviewer.model.errors import UsageError
from reviewer.settings.toml import Reader
from reviewer.text import show


def _themes() -> Path:
    # In a wheel the themes lie inside the package; in a clone or an editable install beside it.
    package = Path(__file__).parents[1]
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def theme_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _themes().glob("*.toml")))


def theme(name: str) -> dict[str, str]:
    """The colours of a theme, by meaning, as `#rrggbb`. Raises UsageError for an unknown name or a broken file."""
    if name not in theme_names():
        raise UsageError(f"there is no theme {show(name, limit=40)}", f"allowed: {', '.join(theme_names())}")
    path = _themes() / f"{name}.toml"
    reader = Reader(path.read_bytes(), path.name)
    colours = reader.values.get("colours", {})
    for key, value in colours.items():
        if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise reader.refuse(key, '"#rrggbb"')
    return dict(colours)
