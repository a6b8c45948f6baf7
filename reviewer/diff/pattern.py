"""Reads a regular expression over the bytes of one line into a tree of what it is made of.

It knows literals, `.`, classes, `\\d \\w \\s`, groups, `|`, `* + ? {m,n}`, `^` and `$`: what can be searched for
without ever going back in the text. Everything else is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from reviewer.model.errors import UsageError
from reviewer.text import show

BEGIN: Final = 256
END: Final = 257
"""What stands before the first and behind the last byte of a line."""
_DEPTH: Final = 40
_ANY: Final = (1 << 256) - 1 & ~(1 << 0x0A)
_CONTINUED: Final = sum(1 << byte for byte in range(0x80, 0xC0))


def _set(data: bytes) -> int:
    return sum(1 << byte for byte in set(data))


_DIGIT: Final = _set(b"0123456789")
_SPACE: Final = _set(b" \t\r\f\v")
_LETTER: Final = _set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") | _DIGIT
_CLASSES: Final = {"d": _DIGIT, "w": _LETTER, "s": _SPACE}
_CONTROLS: Final = {"t": 9, "r": 13, "f": 12, "v": 11}
_REPEAT: Final = re.compile(r"\{(\d{1,3})(?:(,)(\d{1,3})?)?\}")


@dataclass(frozen=True, slots=True)
class Symbols:
    """One byte out of a set, or the beginning or end of the line."""

    those: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part between `least` and `most` times; without `most` any number of times."""

    part: Node
    least: int
    most: int | None


Node = Symbols | Sequence | Choice | Repeat


def parsed(pattern: bytes, *, ignore_case: bool = False) -> Node:
    """The tree of a pattern. Raises UsageError where it cannot be read."""
    return _Parser(pattern.decode("utf-8", "surrogateescape"), ignore_case).parse()


class _Parser:
    """Reads a pattern from left to right. A character outside of ASCII is the sequence of its bytes."""

    def __init__(self, pattern: str, fold: bool) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0
        self._fold = fold

    def parse(self) -> Node:
        node = self._choice()
        if self._at < len(self._pattern):
            raise self._wrong("a closing bracket without its opening")
        return node

    def _wrong(self, why: str) -> UsageError:
        return UsageError(
            f"{show(self._pattern, limit=100)} is not a pattern that can be searched: {why}",
            "known are . [] () | * + ? {m,n} ^ $ \\d \\w \\s; put \\ before a sign that stands for itself",
        )

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1 : self._at]

    def _choice(self) -> Node:
        parts = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._sequence())
        return Choice(tuple(parts)) if len(parts) > 1 else parts[0]

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while (sign := self._peek()) and sign not in "|)":
            parts.append(self._repeated(self._atom()))
        return Sequence(tuple(parts))

    def _repeated(self, node: Node) -> Node:
        sign = self._peek()
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign, (1, 1)) if sign else (1, 1)
        counted = _REPEAT.match(self._pattern, self._at)
        if counted:
            self._at = counted.end()
            least = int(counted[1])
            most = int(counted[3]) if counted[3] else None if counted[2] else least
            if most is not None and most < least:
                raise self._wrong("a repetition that ends before it begins")
        elif (least, most) != (1, 1):
            self._at += 1
        else:
            return node
        if self._peek() and (self._peek() in "*+?" or _REPEAT.match(self._pattern, self._at)):
            raise self._wrong("a repetition of a repetition")
        return Repeat(node, least, most)

    def _atom(self) -> Node:
        sign = self._take()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == ".":
            return _character(_ANY)
        if sign in ("^", "$"):
            return Symbols(1 << (BEGIN if sign == "^" else END))
        if sign in ("*", "+", "?"):
            raise self._wrong("a repetition of nothing")
        if sign == "\\":
            return self._escaped()
        return self._literal(sign)

    def _group(self) -> Node:
        self._depth += 1
        if self._depth > _DEPTH:
            raise self._wrong("too many brackets within brackets")
        if self._peek() == "?":
            if self._pattern[self._at : self._at + 2] != "?:":
                raise self._wrong("looking around and naming groups are not known")
            self._at += 2
        node = self._choice()
        if self._take() != ")":
            raise self._wrong("an opening bracket without its closing")
        self._depth -= 1
        return node

    def _escaped(self) -> Node:
        sign = self._take()
        if not sign:
            raise self._wrong("nothing follows the last \\")
        if sign.lower() in _CLASSES:
            those = _CLASSES[sign.lower()]
            return Symbols(those) if sign.islower() else _character(_ANY & ~those)
        if sign in _CONTROLS:
            return Symbols(1 << _CONTROLS[sign])
        if sign.isascii() and sign.isalnum():
            raise self._wrong(f"\\{sign} is not known")
        return self._literal(sign)

    def _literal(self, sign: str) -> Node:
        return Sequence(tuple(Symbols(self._folded(byte)) for byte in sign.encode("utf-8", "surrogateescape")))

    def _folded(self, byte: int) -> int:
        both = bytes([byte])
        return _set(both.lower() + both.upper()) if self._fold else 1 << byte

    def _class(self) -> Node:
        negated = self._peek() == "^"
        self._at += negated
        those = 0
        others: list[Node] = []
        first = True
        while (sign := self._take()) != "]" or first:
            if not sign:
                raise self._wrong("a [ without its ]")
            first = False
            if sign == "\\" and self._peek().lower() in _CLASSES:
                kind = self._take()
                those |= _CLASSES[kind.lower()] if kind.islower() else _ANY & ~_CLASSES[kind.lower()]
                continue
            low = self._member(sign)
            high = low
            if self._peek() == "-" and self._pattern[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                high = self._member(self._take())
            if not low.isascii() or not high.isascii():
                if low != high or negated:
                    raise self._wrong("signs outside of ASCII can stand in [] one by one only")
                others.append(self._literal(low))
                continue
            if high < low:
                raise self._wrong("a range that ends before it begins")
            for code in range(ord(low), ord(high) + 1):
                those |= self._folded(code)
        if negated:
            return _character(_ANY & ~those)
        return Choice((Symbols(those), *others)) if others else Symbols(those)

    def _member(self, sign: str) -> str:
        if sign != "\\":
            return sign
        sign = self._take()
        if sign in _CONTROLS:
            return chr(_CONTROLS[sign])
        if not sign or (sign.isascii() and sign.isalnum()):
            raise self._wrong(f"\\{sign} is not known in []")
        return sign


def _character(those: int) -> Node:
    """One whole character of UTF-8 whose first byte is out of a set."""
    return Sequence((Symbols(those & ~_CONTINUED), Repeat(Symbols(_CONTINUED), 0, None)))
