"""The command line: one file per story, loaded when asked for; errors become a sentence, a hint and a status.

What must stay true: the plain start, which opens the inbox, loads nothing that only reads a command line.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from typing import TYPE_CHECKING

from reviewer.cli.net import nets
from reviewer.model.errors import ReviewerError

if TYPE_CHECKING:
    from reviewer.first_paint import Painted

STORIES = {
    "approve": ("decide", "approve", "approve exactly one revision"),
    "cancel": ("rerun", "cancel", "stop what runs of a change"),
    "comment": ("comment", "command", "remark on a change, or on one of its lines"),
    "demo": ("demo", "command", "open a demonstration, or walk it in text"),
    "diff": ("diff", "command", "show a difference, on screen or as plain text"),
    "doctor": ("doctor", "command", "say what works on this machine, and what does not"),
    "findings": ("findings", "command", "what people say of findings: not useful, accepted until a day"),
    "gate": ("gate", "command", "the embedded pipeline's own process"),
    "inbox": ("inbox", "command", "open the inbox (what plain `reviewer` does)"),
    "land": ("land", "command", "bring an approved result into your worktree"),
    "list": ("listing", "command", "list submitted changes and agent branches"),
    "log": ("outbox", "log", "list the decisions made on this desk"),
    "open": ("inbox", "open_change", "open one change"),
    "outbox": ("outbox", "outbox", "list what waits to be sent, and what became of it"),
    "policy": ("policy", "command", "who asks for what of a change, and whether a policy file does"),
    "record": ("record", "command", "show, check or convert a run's record"),
    "reject": ("decide", "reject", "reject a change"),
    "request-changes": ("decide", "request_changes", "send a change back"),
    "rerun": ("rerun", "rerun", "ask for the runs of a change again"),
    "run": ("run", "command", "run a command contained, over a copy of a folder"),
    "scan": ("scan", "command", "scan a difference for what goes wrong in agent changes"),
    "show": ("show", "command", "show what a decision on a change rests on"),
    "submit": ("submit", "command", "put a branch into the gate's queue"),
    "sync": ("sync", "command", "send what waits and pull what is new"),
    "undo": ("decide", "undo", "withdraw a decision while it is held"),
    "verify": ("verify", "command", "check decisions: signature, words, chain"),
    "wait": ("wait", "command", "wait for the verdict on a change"),
}
"""By command: its file here, its name there, one line on it."""


def run(painted: Painted | None = None) -> int:
    """Run the command line; returns the exit status (DESIGN 7). `painted`: a terminal with our first screen."""
    os.umask(0o077)
    _open_missing_streams()
    with nets():
        return _run(painted)


def _run(painted: Painted | None) -> int:
    threading.excepthook = lambda args: None if args.exc_value is None else _say(_unforeseen(args.exc_value))
    try:
        try:
            result = _asked_for(painted)
        finally:
            if painted is not None:
                painted.undo()  # what is said below is said on the terminal's own screen
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except ReviewerError as error:
        _say(error)
        return _ended(error.status)
    except KeyboardInterrupt:
        return _ended(130)
    except BrokenPipeError:
        return _ended(1)
    except OSError as error:
        _say(_refused_by_the_system(error))
        return _ended(1)
    except Exception as error:
        _say(_unforeseen(error))
        return _ended(1)


def _asked_for(painted: Painted | None) -> object:
    if len(sys.argv) == 1:
        from reviewer.cli.screens import show_inbox

        return show_inbox(None, painted=painted)
    from reviewer.cli.stories import tell

    return tell()


def _open_missing_streams() -> None:
    """Give a closed standard stream a place to go, so that no file that is opened later takes its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _ended(status: int) -> int:
    """The status, after what is left of the output went out, or nowhere where its reader has gone."""
    try:
        sys.stdout.flush()
    except OSError:
        # Closing stdout at exit would complain about what could not be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _refused_by_the_system(error: OSError) -> ReviewerError:
    where = f" ({_shown(os.fsdecode(error.filename))})" if error.filename else ""
    hint = {
        errno.ENOSPC: "make room on the disk and run it again; nothing that was sealed or submitted is lost",
        errno.EDQUOT: "make room in your quota and run it again; nothing that was sealed or submitted is lost",
        errno.EROFS: "set REVIEWER_HOME to a folder on a disk that can be written",
        errno.EACCES: "see that you may read and write there",
        errno.EPERM: "see that you may read and write there",
        errno.ENOENT: "see that the name is right",
        errno.EMFILE: "raise the limit on open files (ulimit -n) and run it again",
    }.get(error.errno or 0, "run `reviewer doctor` to see what this machine lacks")
    return ReviewerError(f"{error.strerror or type(error).__name__}{where}", hint)


def _unforeseen(error: BaseException) -> ReviewerError:
    from reviewer.cli.crash import unforeseen

    named = next((word for word in sys.argv[1:] if word in STORIES), "reviewer")
    return unforeseen(error, named)


def _shown(text: str) -> str:
    from reviewer.text import show

    return show(text, limit=600)


def _say(error: ReviewerError) -> None:
    try:
        print(f"error: {error.message}", file=sys.stderr)
        for line in error.hint.split("\n") if error.hint else ():
            print(f"       {line}", file=sys.stderr)
    except OSError:
        pass  # nobody listens
