"""Answers `--version` at once, paints the inbox first where it is what was asked for, then hands over to `cli`."""

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

        return run(painted)
    except KeyboardInterrupt:
        return 130
    finally:
        if painted is not None:
            painted.undo()


if __name__ == "__main__":
    sys.exit(main())
