"""Hands the command line over to the entry of `reviewer.cli`; answers `--version` without importing anything."""

import sys


def main() -> int:
    """Run the command line; returns the exit status."""
    if sys.argv[1:] == ["--version"]:
        from reviewer import __version__

        print(f"reviewer {__version__}")
        return 0
    try:
        from reviewer.cli import run
    except KeyboardInterrupt:
        return 130
    return run()


if __name__ == "__main__":
    sys.exit(main())
