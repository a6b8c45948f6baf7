"""Checks how patches are read against git itself, over real histories: `check_histories.py GIT_DIR... [--last N]`.

Not run by pytest. Every commit's difference from its first parent must show each line exactly once, in one column and
in two, and must come back byte for byte. Prints what it went through, and the first complaints of each repository.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "diff"))

from whole import complaints


def git(folder: Path, *args: str) -> bytes:
    return subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True).stdout


def check(folder: Path, last: int) -> int:
    """One repository; returns how many complaints there are."""
    began, size, seen, wrong = time.monotonic(), 0, 0, 0
    for commit in git(folder, "rev-list", f"--max-count={last}", "--min-parents=1", "--all").decode().split():
        try:
            patch = git(folder, "diff-tree", "-p", "-M", "--full-index", "--no-ext-diff", f"{commit}^1", commit)
        except subprocess.CalledProcessError:
            continue  # the history is cut here: its parent is not in this clone
        size, seen = size + len(patch), seen + 1
        for said in complaints(patch):
            wrong += 1
            if wrong <= 10:
                print(f"  {commit[:12]}: {said}")
    took = f"{time.monotonic() - began:.0f} s"
    print(f"{folder}: {seen} commits, {size / 1e6:.1f} MB of patches, {took}, {wrong} complaints", flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--last", type=int, default=500, help="commits of each")
    asked = parser.parse_args()
    return min(1, sum(check(folder.resolve(), asked.last) for folder in asked.folders))


if __name__ == "__main__":
    sys.exit(main())
