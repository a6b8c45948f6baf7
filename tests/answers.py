"""What terminals answer and send by themselves, one of each kind; where somebody may choose the text, our letters.

From the control sequence documents of xterm, kitty, iTerm2 and the VT500 series: reports end in one letter, strings
carry text.
"""

from reviewer.review.challenge import LETTERS

REPORTS = {
    "status": "\x1b[0n",
    "cursor position": "\x1b[4;4R",
    "cursor position, extended": "\x1b[?4;4;1R",
    "attributes": "\x1b[?62;4;22c",
    "attributes of the second kind": "\x1b[>41;390;0c",
    "mode, private": "\x1b[?2004;2$y",
    "mode": "\x1b[4;2$y",
    "size in cells": "\x1b[8;24;80t",
    "size in pixels": "\x1b[4;480;640t",
    "state of the window": "\x1b[1t",
    "place of the window": "\x1b[3;0;0t",
    "parameters": "\x1b[2;1;1;128;128;1;0x",
    "locator": "\x1b[1;0;5;9;1&w",
    "extent": "\x1b[24;80;1;1;1\"w",
    "space for macros": "\x1b[100*{",
    "colours by theme": "\x1b[?997;1n",
    "keyboard": "\x1b[?31u",
    "keyboard, other keys": "\x1b[>4;2m",
    "graphics": "\x1b[?1;0;256S",
    "printer": "\x1b[?13n",
    "iterm": "\x1b[ITERM2 3.5n",
    "answer of eight bits": "\x9b0n",
    "mouse": "\x1b[<0;5;5M",
    "mouse, of old": f"\x1b[M{LETTERS[:3]}",
    "mouse, urxvt": "\x1b[32;5;5M",
    "focus": "\x1b[I",
    "focus lost": "\x1b[O",
}  # fmt: skip
STRINGS = {
    "clipboard": f"\x1b]52;c;{LETTERS * 9}\x07",
    "clipboard, empty": "\x1b]52;c;\x1b\\",
    "colour of the palette": "\x1b]4;1;rgb:abab/cdcd/efef\x07",
    "colour of the ground": "\x1b]11;rgb:abab/cdcd/efef\x1b\\",
    "colour by intensities": "\x1b]10;rgbi:.5/.5/.5\x07",
    "title": f"\x1b]l{LETTERS}\x1b\\",
    "title of the icon": f"\x1b]L{LETTERS}\x1b\\",
    "folder": f"\x1b]7;file://{LETTERS}/\x07",
    "link": f"\x1b]8;;http://{LETTERS}\x1b\\",
    "clipboard of kitty": f"\x1b]5522;type=read:status={LETTERS}\x1b\\",
    "notification": f"\x1b]99;i=1:p=title;{LETTERS}\x1b\\",
    "iterm report": f"\x1b]1337;ReportVariable={LETTERS}\x07",
    "version": f"\x1bP>|{LETTERS}(379)\x1b\\",
    "setting": f"\x1bP1$r{LETTERS}m\x1b\\",
    "protection of characters": "\x1bP1$r1\"q\x1b\\",
    "margins": "\x1bP1$r1;80s\x1b\\",
    "terminfo": "\x1bP1+r544e=787465726d\x1b\\",
    "third attributes": "\x1bP!|00000000\x1b\\",
    "checksum": "\x1bP1!~ABCD\x1b\\",
    "cursor information": f"\x1bP1$u1;1;1;@;@;@;0;2;@;{LETTERS}\x1b\\",
    "tab stops": "\x1bP2$u9/17/25\x1b\\",
    "graphics of kitty": f"\x1b_Gi=31;{LETTERS}:no\x1b\\",
    "privacy": f"\x1b^{LETTERS}\x1b\\",
    "start of string": f"\x1bX{LETTERS}\x1b\\",
    "string of eight bits": f"\x9d52;c;{LETTERS}\x9c",
    "string that another one cuts": f"\x1b]52;c;{LETTERS}\x1b[0n",
}  # fmt: skip
PASTES = {
    "paste": f"\x1b[200~{LETTERS}\x1b[201~",
    "paste that ends itself": f"\x1b[200~x\x1b[201~{LETTERS}",
    "paste of sequences": f"\x1b[200~\x1b{LETTERS * 9}\x1b]0;{LETTERS}\x1b[201~",
}
ANSWERS = {**REPORTS, **STRINGS, **PASTES}
