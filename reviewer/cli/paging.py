"""Shows text that is no patch, as git gives it to its pager for a log or a list: harmless, a screen at a time.

What must stay true: what reaches the terminal has been through the net; `less` can start nothing from there.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from reviewer.cli.net import caught, written

_COLOURS: Final = re.compile(rb"\x1b\[[0-9;:]{0,40}[mK]")
_LESS: Final = ("-F", "-X")


def page(data: bytes) -> None:
    """Show text on the terminal, through `less` where there is one and the text is longer than the screen."""
    text = caught(_COLOURS.sub(b"", data).decode("utf-8", "surrogateescape"))
    # A place that is not named in full is wherever one happens to stand.
    places = [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(place).is_absolute()]
    less = shutil.which("less", path=os.pathsep.join(places))
    if less is None:
        sys.stdout.write(text)
        return
    keep = {name: value for name, value in os.environ.items() if not name.startswith("LESS")}
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen([less, *_LESS], stdin=subprocess.PIPE, env={**keep, "LESSSECURE": "1"})
        child.communicate(written(text, sys.stdout.encoding))
    finally:
        signal.signal(signal.SIGINT, before)
