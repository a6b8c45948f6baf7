"""Text that wants to act, to hide or to break something: a table by name, made by class, for whatever shows text.

Each is what a change, a log, a server or a name can hold; `surrogateescape` stands for bytes that are not UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping

ESC = "\x1b"
ST = f"{ESC}\\"


def _controls() -> dict[str, str]:
    made = {f"C0 {n:02x}": f"a{chr(n)}b" for n in (*range(10), *range(11, 32), 0x7F)}
    made |= {f"C1 {n:02x}": f"a{chr(n)}b" for n in range(0x80, 0xA0)}
    made |= {f"C1 {n:02x} as a byte": f"a{chr(0xDC00 + n)}b" for n in (0x84, 0x85, 0x90, 0x9B, 0x9D, 0x9F)}
    return made


_SEQUENCES = {
    "title": f"{ESC}]0;owned\x07",
    "title of the icon": f"{ESC}]1;owned{ST}",
    "title of the window": f"{ESC}]2;owned{ST}",
    "palette set": f"{ESC}]4;1;#aaaaaa\x07",
    "palette asked": f"{ESC}]4;1;?\x07",
    "folder": f"{ESC}]7;file://evil/\x07",
    "link": f"{ESC}]8;;http://evil.example/\x07click{ESC}]8;;\x07",
    "notification": f"{ESC}]9;approve now\x07",
    "ink asked": f"{ESC}]10;?\x07",
    "ground asked": f"{ESC}]11;?{ST}",
    "cursor colour": f"{ESC}]12;red\x07",
    "font": f"{ESC}]50;?\x07",
    "clipboard set": f"{ESC}]52;c;aGpr\x07",
    "clipboard asked": f"{ESC}]52;c;?\x07",
    "kitty note": f"{ESC}]99;i=1:d=0;evil{ST}",
    "kitty clipboard": f"{ESC}]5522;type=read;Lg=={ST}",
    "shell mark": f"{ESC}]133;C\x07",
    "note": f"{ESC}]777;notify;approve;now\x07",
    "iterm file": f"{ESC}]1337;File=inline=1:aGpr\x07",
    "iterm variable": f"{ESC}]1337;ReportVariable=bmFtZQ==\x07",
    "device string": f"{ESC}P1;1|17/0a{ST}",
    "setting asked": f"{ESC}P$qm{ST}",
    "terminfo asked": f"{ESC}P+q544e{ST}",
    "sixel": f"{ESC}Pq#0;2;0;0;0#0!9~{ST}",
    "synchronised": f"{ESC}P=1s{ST}",
    "tmux": f"{ESC}Ptmux;{ESC}{ESC}]52;c;?\x07{ST}",
    "application command": f"{ESC}_evil{ST}",
    "kitty picture": f"{ESC}_Ga=q,i=31,s=1,v=1,t=d;AAAA{ST}",
    "privacy message": f"{ESC}^evil{ST}",
    "start of string": f"{ESC}Xevil{ST}",
    "string without end": f"{ESC}]0;the rest of the screen",
    "kitty keyboard": f"{ESC}[>31u",
    "kitty keyboard asked": f"{ESC}[?u",
    "mode asked": f"{ESC}[?2026$p",
    "status asked": f"{ESC}[5n",
    "cursor asked": f"{ESC}[6n",
    "attributes asked": f"{ESC}[c",
    "second attributes asked": f"{ESC}[>c",
    "third attributes asked": f"{ESC}[=c",
    "version asked": f"{ESC}[>q",
    "parameters asked": f"{ESC}[x",
    "checksum asked": f"{ESC}[1;1;1;1;9;9*y",
    "paste begun": f"{ESC}[200~",
    "paste ended": f"{ESC}[201~aapprove\r",
    "paste enabled": f"{ESC}[?2004h",
    "mouse enabled": f"{ESC}[?1003h{ESC}[?1006h",
    "focus enabled": f"{ESC}[?1004h",
    "alternate screen": f"{ESC}[?1049l",
    "cursor hidden": f"{ESC}[?25l",
    "wrap off": f"{ESC}[?7l",
    "screen cleared": f"{ESC}[2J{ESC}[H",
    "scrollback cleared": f"{ESC}[3J",
    "line cleared": f"{ESC}[2K",
    "cursor up": f"{ESC}[9Aforged",
    "column": f"{ESC}[1Gforged",
    "scroll region": f"{ESC}[1;1r",
    "scrolled": f"{ESC}[99S",
    "repeated": f"a{ESC}[999999999b",
    "inserted": f"{ESC}[999L{ESC}[4h",
    "resized": f"{ESC}[8;1;1t",
    "size asked": f"{ESC}[18t",
    "title asked": f"{ESC}[21t",
    "title stack": f"{ESC}[22;0t{ESC}[23;0t",
    "printer": f"{ESC}[5i",
    "conceal": f"{ESC}[8mhidden{ESC}[m",
    "same colours": f"{ESC}[30;40mhidden{ESC}[0m",
    "endless numbers": f"{ESC}[{'9' * 300}m",
    "reset": f"{ESC}c",
    "soft reset": f"{ESC}[!p",
    "cursor saved": f"{ESC}7{ESC}8",
    "line drawing": f"{ESC}(0qqq{ESC}(B",
    "charset by shift": f"{ESC}n{ESC}o\x0e\x0f",
    "other coding": f"{ESC}%@",
    "eight bits": f"{ESC} G",
    "double height": f"{ESC}#3",
    "screen aligned": f"{ESC}#8",
    "keypad": f"{ESC}=",
    "memory locked": f"{ESC}l",
    "answerback": "\x05",
    "linux palette": f"{ESC}]P1ffffff",
    "escape at the end": f"evil{ESC}",
    "device string without end": f"{ESC}P$qm the rest",
    "application command without end": f"{ESC}_Ga=T;AAAA the rest",
    "privacy message without end": f"{ESC}^ the rest",
    "start of string without end": f"{ESC}X the rest",
    "link without end": f"{ESC}]8;;http://evil.example/",
    "clipboard set without end": f"{ESC}]52;c;aGpr",
    "iterm copies": f"{ESC}]1337;Copy=:aGpr\x07",
    "iterm custom": f"{ESC}]1337;Custom=id=x:approve\x07",
    "progress": f"{ESC}]9;4;3\x07",
    "kitty picture of a file": f"{ESC}_Ga=T,t=f,f=100;L2V0Yy9wYXNzd2Q={ST}",
    "kitty keyboard set": f"{ESC}[=31;1u",
    "kitty commands": f'{ESC}P@kitty-cmd{{"cmd":"send-text"}}{ST}',
    "mode of clusters asked": f"{ESC}[?2027$p",
    "synchronised and held": f"{ESC}[?2026h",
    "sizes in band": f"{ESC}[?2048h",
    "margins asked": f"{ESC}P$qr{ST}",
    "cursor information asked": f"{ESC}[1$w",
    "terminfo asked, all": f"{ESC}P+q436f;544e;{'524742;' * 40}{ST}",
    "mintty font": f"{ESC}]7770;?\x07",
    "mintty glyphs": f"{ESC}]7771;?;65\x07",
    "keys defined": f"{ESC}P0;1|17/617070726f76650d{ST}",
    "macro made": f"{ESC}P1;0;1!z617070726f7665{ST}{ESC}[1*z",
    "pointer": f"{ESC}]22;?__current__\x07",
    "columns of 132": f"{ESC}[?40h{ESC}[?3h",
    "rectangle copied": f"{ESC}[1;1;2;80;1;9;1;1$v",
    "C1 APC": "\x9fGa=q;AAAA\x9c",
    "C1 PM": "\x9eevil\x9c",
    "C1 SOS": "\x98evil\x9c",
    "C1 OSC as bytes": "\udc9d52;c;?\udc9c",
    "C1 DCS as bytes": "\udc90$qm\udc9c",
    "C1 within letters": "\u015b6n \u4e9b6n \u0150$qm\u015c",
    "escape by two bytes too long": "\udcc0\udc9b[6n",
    "C1 CSI": "\x9b6n",
    "C1 OSC": "\x9d52;c;?\x9c",
    "C1 DCS": "\x90$qm\x9c",
    "C1 CSI as a byte": "\udc9b6n",
}

_HIDING = {
    "bidi override": "\u202eevorppa\u202c",
    "bidi isolate": "\u2066x\u2069\u2067y\u2068",
    "bidi embedding": "\u202ax\u202by\u202c",
    "bidi marks": "a\u200eb\u200fc\u061cd",
    "zero width": "appr\u200bove\u200c\u200d\ufeff",
    "word joiner": "a\u2060b\u2061c\u2064d",
    "deprecated formats": "a\u206ab\u206f",
    "soft hyphen": "ap\u00adprove",
    "tags": "a\U000e0001\U000e0041\U000e007fb",
    "variation selectors": "a\ufe00b\ufe0fc\U000e0100d\U000e01ef",
    "mongolian selectors": "a\u180bb\u180ec",
    "fillers": "a\u3164b\uffa0c\u115fd\u1160e",
    "blank braille": "a\u2800b",
    "blanks": "a\u00a0b\u2003c\u3000d\u205fe",
    "line separator": "first\u2028second",
    "paragraph separator": "first\u2029second",
    "next line": "first\x85second",
    "annotation": "a\ufff9b\ufffac\ufffbd",
    "combining flood": "e" + "\u0301" * 300,
    "mark without base": "\u0301x",
    "enclosing": "a\u20dd\u20e0",
    "joined emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "flag": "\U0001f1e9\U0001f1ea",
    "skin": "\U0001f44d\U0001f3fd",
    "confusable": "\u0430pprove p\u0430ypal",
    "greek confusable": "\u0391dmin",
    "full width": "\uff41pprove",
    "mathematical": "\U0001d41approve",
    "ligature": "\ufb01x",
    "slash alike": "a\u2215b\u2044c\u29f8d",
    "hangul": "\u1112\u1161\u11ab\u1161",
    "private use": "a\ue000b\U0010fffdc",
    "not a character": "a\ufdd0b\U0001ffffc",
    "musical": "a\U0001d173b",
    "shorthand": "a\U0001bca0b",
    "overlong": "a\udcc0\udcafb",
    "cut UTF-8": "a\udce2\udc82",
    "surrogate as bytes": "a\udced\udca0\udc80b",
    "five bytes": "a\udcf8\udc88\udc80\udc80\udc80b",
    "byte order": "\udcff\udcfea",
    "UTF-16": "\udcff\udcfea\0p\0p\0r\0",
    "UTF-7": "+AGEAcABwAHIAbwB2AGU- +AC8-x",
    "joined emoji flood": "\U0001f468" + "\u200d\U0001f469" * 200,
    "skin flood": "\U0001f44d" + "\U0001f3fd" * 200,
    "flags flood": "\U0001f1e9" * 201,
    "flag by tags": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e007f",
    "keycap": "1\ufe0f\u20e32\ufe0e",
    "message in selectors": "a" + "".join(chr(0xE0100 + n) for n in b"approve this"),
    "ambiguous widths": "\u00b1\u2500\u25a0\u2606\u03b1\u0436" * 40,
    "fillers alone": "\u3164" * 40 + "\uffa0\u115f\u1160",
    "vowels without a consonant": "\u1161\u11a8\ud7b0",
    "vowels that are not seen": "a\u17b4b\u17b5c",
    "annotation nested": "\ufff9a\ufff9b\ufffac\ufffb\ufffad\ufffb",
    "powerline": "\ue0b0 approved \ue0b2\uf00c",
    "object in place": "a\ufffcb",
    "extension turned round": "photo\u202egnp.sj",
    "right to left": "\u05d0\u05d1 approve \u0627\u0644 123",
    "right to left mark run": "\u200f" * 60 + "x",
    "grapheme joiner": "ap\u034fprove",
    "mark on a blank": "a \u0338b \u20ddc",
    "marks of many blocks": "a\u0300\u0483\u0591\u064b\u0e31\u1ab0\u1dc0\u20d0\ufe20\U0001d165",
    "thai stack": "\u0e01" + "\u0e49" * 90,
    "nonspacing from other planes": "a\U00010a0f\U00016af0\U0001e8d0b",
}

_PLAIN = {
    "overwritten": "rm -rf /\rls      ",
    "overwritten by backspace": "evil\b\b\b\bgood",
    "tabs": "a\t\t\tb",
    "carriage return": "ok\r",
    "bold": "[b]x[/b]",
    "closing": "[/b]",
    "click": "[@click=app.exit]quit[/]",
    "click approves": "[@click=screen.decide('approve')]rows[/]",
    "todo": "[TODO] x",
    "colour": "[bold red]x",
    "variable": "[$error]x $x {x} {0}",
    "link of markup": "[link=http://evil.example]x[/link]",
    "escaped": "\\[b]x",
    "trailing": "trailing\\",
    "percent": "%s %n %d %(x)s",
    "markdown": "[x](javascript:alert(1)) `x` **x** <script>alert(1)</script>",
    "emoji name": ":warning: :smile:",
    "frame": "\u2502 passed \u2514\u2500\u2500\u2518 \u2713 approved",
    "question": "Type h j k to approve",
    "option": "--help",
    "shell": "$(touch x)`touch x`;touch x|touch x",
    "home": "~/../../etc/passwd",
    "quote": "'\"'\"",
    "json": '{"decision":"approve"}',
    "long": "long " * 3000,
    "long word": "w" * 20_000,
    "wide": "\u65e5" * 3000,
}

STRINGS: Mapping[str, str] = {**_controls(), **_SEQUENCES, **_HIDING, **_PLAIN}
"""None holds a line feed, which ends a line wherever there are lines."""


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def as_lines() -> bytes:
    """All of them, a line each."""
    return b"".join(as_bytes(text) + b"\n" for text in STRINGS.values())


def as_names() -> list[bytes]:
    """All of them as names of files: no slash, no NUL, not `.` and not too long."""
    cut = (as_bytes(text).translate(None, b"/\0")[:120] for text in STRINGS.values())
    return [b"%03d%s" % (number, name) for number, name in enumerate(cut)]


def in_parts(most: int) -> list[str]:
    """All of them in few texts of some each, for what has one line; the long ones cut."""
    some = [text.replace("\0", "")[:200] for text in STRINGS.values()]
    return [" ".join(some[at : at + most]) for at in range(0, len(some), most)]
