"""Reads a TOML file for settings: each value checked, each refusal with file, line and what is allowed.

What must stay true: a value that is not allowed is never used, and a key that is not known refuses the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from reviewer.model.errors import UsageError
from reviewer.text import show

_MAX_FILE: Final = 256 * 1024
_MAX_DOTS: Final = 1000
"""In one line: a key of many parts costs its square to read."""


class Reader:
    """One TOML file being read: every refusal names the file and the line of the key."""

    def __init__(self, data: bytes, source: str) -> None:
        self.source = source
        self._from = 0
        if len(data) > _MAX_FILE:
            raise UsageError(f"{source} has {len(data)} bytes", f"at most {_MAX_FILE} are read")
        for number, line in enumerate(data.split(b"\n"), 1):
            if line.count(b".") > _MAX_DOTS:
                raise UsageError(f"{source}, line {number}: more than {_MAX_DOTS} dots", "break the line")
        try:
            self.text = data.decode("utf-8")
            self.values: dict[str, Any] = tomllib.loads(self.text)
        except UnicodeDecodeError as error:
            at = data[: error.start].count(b"\n") + 1
            raise UsageError(f"{source}, line {at}: not UTF-8", "save the file as UTF-8") from None
        except (ValueError, RecursionError) as error:
            # Of the syntax, and of numbers with thousands of digits.
            raise UsageError(f"{source}: {show(str(error), limit=200)}", "see https://toml.io for the syntax") from None

    def line_of(self, key: str, value: str = "") -> int:
        """The line where a key stands, or from there on a text among what it is set to."""
        match = re.compile(rf"^[ \t\[]*(?:[\w-]+\.)*{re.escape(key.split('.')[-1])}\b", re.MULTILINE).search(
            self.text, self._from
        )
        start = match.start() if match else self._from
        found = max(self.text.find(f'"{value}"', start), self.text.find(f"'{value}'", start)) if value else -1
        return self.text.count("\n", 0, max(start, found)) + 1

    def refuse(self, key: str, allowed: str) -> UsageError:
        line = self.line_of(key)
        return UsageError(f"{self.source}, line {line}: {show(key, limit=80)} is not valid", f"allowed: {allowed}")

    def each(self, parent: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """The tables `[[... name]]`, one after the other; a refusal meanwhile names a line of that table."""
        entries = parent.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise self.refuse(name, f"[[...{name}]] tables, each with {', '.join(allowed[:3])} ...")
        head = re.compile(rf"^[ \t]*\[\[[^\]\n]*\b{name}[ \t]*\]\]", re.MULTILINE)
        heads = [match.start() for match in head.finditer(self.text)]
        for number, entry in enumerate(entries):
            self._from = heads[number] if number < len(heads) else 0
            for key in entry:
                if key not in allowed:
                    raise self.refuse(key, ", ".join(allowed))
            yield entry
        self._from = 0

    @property
    def line(self) -> int:
        """The line of the table that is being read."""
        return self.text.count("\n", 0, self._from) + 1

    def count(self, table: Mapping[str, Any], key: str, least: int, most: int) -> int | None:
        """A whole number; None where the key is not there."""
        value = table.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refuse(key, f"{least} to {most}")
        return value

    def table(self, parent: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> dict[str, Any]:
        value = parent.get(name, {}) if name else dict(parent)
        if not isinstance(value, dict):
            raise self.refuse(name, "a table")
        for key in value:
            if key not in allowed:
                raise self.refuse(key, ", ".join(allowed))
        return value

    def strings(self, table: Mapping[str, Any], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = table.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(v, str) and v and "\0" not in v for v in value):
            raise self.refuse(key, "a list of texts")
        return tuple(value)

    def string(self, table: Mapping[str, Any], key: str, default: str, allowed: tuple[str, ...] = ()) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (allowed and value not in allowed):
            raise self.refuse(key, ", ".join(allowed) or "a text")
        return value

    def flag(self, table: Mapping[str, Any], key: str, default: bool) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            raise self.refuse(key, "true, false")
        return value

    def amount(self, table: Mapping[str, Any], key: str, default: float, parse: Callable[[str], float]) -> float:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.refuse(key, 'a number, or a text such as "90s", "5m", "2G"')
        try:
            number = parse(value) if isinstance(value, str) else value
        except ValueError:
            raise self.refuse(key, 'a number, or a text such as "90s", "5m", "2G"') from None
        if not 0 < number < 1 << 50:
            raise self.refuse(key, "more than 0")
        return number


def parse_size(text: str) -> int:
    """Bytes of "512M", "2G", "64k" or "1000". Raises ValueError."""
    match = re.fullmatch(r"(\d{1,15})\s*([kKmMgGtT]?)(?:i?[bB])?", text.strip())
    if not match:
        raise ValueError(text)
    return int(match[1]) << (10 * " kmgt".index(match[2].lower() or " "))


def size_words(size: int) -> str:
    """As "5 GiB" or "1.2 MiB"."""
    power = max(0, min(4, (size.bit_length() - 1) // 10))
    return f"{round(size / (1 << (10 * power)), 1):g} {('bytes', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def parse_seconds(text: str) -> float:
    """Seconds of "90", "90s", "5m", "1h". Raises ValueError."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)\s*(s|m|h)?", text.strip())
    if not match:
        raise ValueError(text)
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2] or "s"]
