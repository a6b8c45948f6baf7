"""Answers `--version` at once, paints the inbox first where it is what was asked for, then hands over to `cli`.

What must stay true: the program does not fall at its end over a thread that still works in a library.
"""

import os
import sys


def main() -> int:
    """Run the command line; returns the exit status."""
    if sys.argv[1:] == ["--version"]:
        from reviewer import __version__

        print(f"reviewer {__version__}")
        return 0
    painted = None
    try:
        if len(sys.argv) == 1:
            from reviewer.first_paint import paint

            painted = paint(os.environ)
        from reviewer.cli import run

        return _ended(run(painted))
    except KeyboardInterrupt:
        return 130
    finally:
        if painted is not None:
            painted.undo()


def _ended(status: int) -> int:
    """The status; where threads are left that nobody waits for, the process ends here with it.

    Such a thread may be within OpenSSL or SQLite, which C's own end of the process takes down under it: signal 11.
    """
    import threading

    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    if not any(thread.daemon for thread in others):
        return status
    import atexit

    for thread in others:
        if not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads it any more
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
