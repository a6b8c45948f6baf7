"""Reads what a terminal sends, read by read: keys pass, a terminal's answers do not, and a hand is told from a program.

What must stay true: nothing of an answer ever becomes a key, in however many reads it arrives; a paste stays one paste
whatever it holds; a letter counts as typed only where it came alone, a moment after everything else.
"""

from __future__ import annotations

import re
from typing import Final

BURST_SECONDS: Final = 0.02
"""Keys closer together than this came from no hand."""
QUIET_SECONDS: Final = 0.3
"""How long after an answer or a paste nothing counts as typed: what follows may be its rest."""
LOST_SECONDS: Final = 0.5
"""A silence after which something unfinished, as an answer without its end, is given up."""
_ESCAPE_SECONDS: Final = 0.1
_LONGEST: Final = 64
"""Characters of a sequence that are waited for; no key has so many."""

ESCAPE: Final = "\x1b"
_PASTE: Final = "\x1b[200~"
_PASTED: Final = "\x1b[201~"
_FOCUS: Final = "\x1b[I"
_TOKEN: Final = re.compile(
    r"(?P<unfinished>(?:\x1b\[|\x9b)(?:\[|M.{0,2}|[0-?]*[ -/]*)\Z)"
    r"|(?P<mouse>\x1b\[M...)"  # of old: three more characters, any at all
    r"|(?P<csi>(?:\x1b\[|\x9b)(?:\[[A-E]|[0-?]*[ -/]*[@-~]))"
    r"|(?P<string>\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])"
    r"|(?P<pair>\x1b[NO][ -~]|\x1b[^\x1b])"
    r"|(?P<escape>\x1b)"
    r"|(?P<control>[\x80-\x9f])"
    r"|(?P<key>[^\x1b\x80-\x9f])",
    re.DOTALL,
)
_STRING_END: Final = re.compile("\x07|\x1b\\\\|\x9c|[\x18\x1a]|\x1b(?!\\Z)")
_SEQUENCE_END: Final = re.compile("[@-~\x18\x1a]|\x1b(?!\\Z)")
_KEY: Final = re.compile(r"\x1b\[(?:\[[A-E]|[\d:;]*[~A-HP-SZu^@]|[a-dIO]|<[\d;-]+[Mm]|[\d;]+M)")
_OF_KITTY: Final = re.compile(r"\x1b\[\d+(?::\d*){0,2};?\d*(?::\d+)?(?:;(?P<text>\d*))?u")
_PASSING: Final = re.compile(r"\x1b\[(?:<[\d;-]+[Mm]|\?2026;\d\$y)")
"""What may arrive beside a letter at any time: the mouse, and the answer that painting asks for with every frame."""
_ANSWER_IN_USE: Final = re.compile(r"\x1b\[(?:\?\d+;\d\$y|48;[\d:;]+t)")
_POSITION: Final = re.compile(r"\x1b\[\d+;\d+R")
_REST: Final = re.compile(r"\][0-9lL].|P[0-9>!+$].|_G.|\[[0-9?>].", re.DOTALL)
"""How an answer goes on after its first byte: so many keys at once no hand presses."""
# Some terminals leave controls in what they paste; a paste is text.
_NOT_PASTED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BYTES: Final = {0xDC00 + byte: byte if byte < 0xA0 else 0xFFFD for byte in range(0x80, 0x100)}
"""Bytes that are not UTF-8, decoded with `surrogateescape`: the controls among them are controls, others no letter."""


class Keystrokes:
    """The state between two reads: what is unfinished, and when something came that was no key."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = ""  # "paste", "string", or "sequence": one that has become too long
        self._read_at = self._key_at = self._strange_at = self._closed_at = self._escaped_at = float("-inf")

    def escaped(self, now: float) -> bool:
        """Whether an escape byte that waits has been alone for so long that it is the key; to be asked now and then."""
        if self._held != ESCAPE or now - self._read_at < _ESCAPE_SECONDS:
            return False
        self._held, self._escaped_at, self._key_at = "", now, now
        return True

    def take(self, data: str, now: float) -> tuple[str, bool]:
        """What of one read may be keys, and whether it is exactly one that a hand typed. `now` is in seconds."""
        out = [ESCAPE] if self.escaped(now) else []
        silent = now - self._read_at > LOST_SECONDS
        self._read_at = now
        if silent and self._held:
            self._held, self._strange_at = "", now
        if silent and self._inside:
            out.append(_PASTED if self._inside == "paste" else "")
            self._inside = ""
        if now - self._escaped_at < LOST_SECONDS and _REST.match(data):
            self._held = ESCAPE
        whole = not self._held and not self._inside and not out
        text = self._held + (data.translate(_BYTES) if any("\udc80" <= c <= "\udcff" for c in data) else data)
        self._held = ""
        tokens = self._tokens(text, now)
        typed = [token for token in tokens if not _PASSING.fullmatch(token)]
        last, self._key_at = self._key_at, now if typed else self._key_at
        alone = (
            whole
            and not self._inside
            and len(typed) == 1
            and _is_letter(typed[0])
            and now - last >= BURST_SECONDS
            and now - self._strange_at >= QUIET_SECONDS
        )
        return "".join(out + tokens), alone

    def _tokens(self, text: str, now: float) -> list[str]:
        """What may pass, piece by piece; an empty piece stands for what may not."""
        out: list[str] = []
        at = 0
        while at < len(text):
            if self._inside:
                self._strange_at = now
                at = self._leave(text, at, now, out)
                continue
            match = _TOKEN.match(text, at)
            assert match is not None and match.lastgroup is not None
            at = match.end()
            out.append(self._sorted(match.lastgroup, match[0], now, last=at == len(text)))
        return out

    def _leave(self, text: str, at: int, now: float, out: list[str]) -> int:
        """Go on to the end of the paste or string that we are in; returns where that is."""
        if self._inside == "paste":
            end = text.find(_PASTED, at)
            rest = text[at : end if end >= 0 else len(text)]
            if end < 0:
                self._held = next((_PASTED[:n] for n in range(5, 0, -1) if rest.endswith(_PASTED[:n])), "")
                rest = rest[: len(rest) - len(self._held)]
            out.append(_NOT_PASTED.sub("", rest))
            if end < 0:
                return len(text)
            out.append(_PASTED)
            self._inside, self._closed_at = "", now
            return end + len(_PASTED)
        match = (_STRING_END if self._inside == "string" else _SEQUENCE_END).search(text, at)
        if match is None:
            self._held = ESCAPE if text.endswith(ESCAPE) else ""
            return len(text)
        self._inside = ""
        # Another sequence cuts a string short, and begins itself.
        return match.start() if match[0] == ESCAPE else match.end()

    def _sorted(self, kind: str, token: str, now: float, *, last: bool) -> str:
        """What of one token may pass; what it leaves unfinished is kept for the next read."""
        if kind == "escape":
            # The key itself, or the beginning of what the next read brings.
            self._held = token if last else ""
            return "" if last else token
        if kind == "unfinished":
            self._held, self._inside = (token, "") if len(token) <= _LONGEST else ("", "sequence")
            return ""
        if token == _PASTE:
            self._inside, self._strange_at = "paste", now
            return token
        if kind == "string":
            self._inside = "string"
        csi = "\x1b[" + token[1:] if token.startswith("\x9b") else token
        # What comes at once with the end of a paste was a part of it, behind an end that it brought itself; what comes
        # at once with the focus is the rest of the one answer that begins like it.
        passes = now - self._closed_at >= BURST_SECONDS and (
            kind in ("key", "pair") or (kind == "csi" and csi != _PASTED and _KEY.fullmatch(csi) is not None)
        )
        if csi == _FOCUS:
            self._closed_at = now
        if not passes or _POSITION.fullmatch(csi):
            self._strange_at = self._strange_at if _PASSING.fullmatch(csi) else now
        return csi if passes or _ANSWER_IN_USE.fullmatch(csi) else ""


def _is_letter(token: str) -> bool:
    """One character, as most terminals send it, or the key that stands for one, as kitty does."""
    if len(token) == 1:
        return token.isprintable() and token != "\ufffd"
    match = _OF_KITTY.fullmatch(token)
    return match is not None and bool(match["text"])
