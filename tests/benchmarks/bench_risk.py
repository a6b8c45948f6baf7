"""Prints what the risk engine costs, and how often each rule speaks on changes that people merged.

    python tests/benchmarks/bench_risk.py [REPOSITORY...]

Not run by pytest. Speed is measured on the installed packages, read as added code: processor seconds for 1,000 and for
100,000 lines. For each rule it prints the share of changes in which it speaks, over the recent commits of the
repositories named (this one where none is); "merged" is not "free of risk", so each row with `high` deserves a look.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from reviewer.diff.parse import parse_patch
from reviewer.model.diff import FileDiff
from reviewer.model.finding import Finding, Severity
from reviewer.risk.engine import scan

COMMITS = 200
LARGEST = 3_000_000
BUDGET = 0.003
"""The share of changes in which a rule may say high without deserving it."""


def added(limit: int) -> list[FileDiff]:
    """So many lines of installed packages as files that a change adds."""
    parts: list[bytes] = []
    left = limit
    for path in sorted(Path(sysconfig.get_paths()["purelib"]).rglob("*.py")):
        lines = path.read_bytes().split(b"\n")[:left]
        name = f"src/{path.parent.name}/{path.name}"
        head = f"diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n"
        head += f"@@ -0,0 +1,{len(lines)} @@\n"
        parts.append(head.encode() + b"".join(b"+" + line + b"\n" for line in lines))
        left -= len(lines)
        if left <= 0:
            break
    return parse_patch(b"".join(parts))


def seconds(files: Sequence[FileDiff]) -> float:
    """Processor seconds of the better of two runs."""
    times = []
    for _ in range(2):
        began = time.process_time()
        scan(files)
        times.append(time.process_time() - began)
    return min(times)


def changes(repository: Path) -> Iterator[list[Finding]]:
    """The findings of each recent commit of a repository."""
    git = ["git", "-C", str(repository)]
    log = subprocess.run([*git, "log", "--no-merges", f"-{COMMITS}", "--format=%H"], capture_output=True, text=True)
    for commit in log.stdout.split():
        shown = subprocess.run([*git, "show", "--format=", "-M", "--full-index", commit], capture_output=True)
        if 0 < len(shown.stdout) <= LARGEST:
            yield scan(parse_patch(shown.stdout))


def rates(repositories: Sequence[Path]) -> None:
    """Print the share of changes by rule."""
    total = 0
    spoke: Counter[tuple[str, str]] = Counter()
    high: Counter[tuple[str, str]] = Counter()
    any_of: defaultdict[str, int] = defaultdict(int)
    for repository in repositories:
        for findings in changes(repository):
            total += 1
            loud = [f for f in findings if f.severity.rank >= Severity.MEDIUM.rank]
            any_of["medium"] += bool(loud)
            any_of["high"] += any(f.severity.rank >= Severity.HIGH.rank for f in loud)
            spoke.update({(f.category, f.rule) for f in loud})
            high.update({(f.category, f.rule) for f in loud if f.severity.rank >= Severity.HIGH.rank})
    if not total:
        print("no commits to look at: name repositories with their histories")
        return
    print(f"{total} changes; a medium finding in {any_of['medium'] / total:.1%}, high in {any_of['high'] / total:.1%}")
    print(f"{'category':20} {'rule':24} {'changes':>8} {'high':>8}")
    for (category, name), count in spoke.most_common():
        loud_share = high[category, name] / total
        mark = "  look" if loud_share > BUDGET else ""
        print(f"{category:20} {name:24} {count / total:8.2%} {loud_share:8.2%}{mark}")


def main() -> None:
    for limit in (1_000, 100_000):
        files = added(limit)
        count = sum(hunk.new_count for file in files for hunk in file.hunks)
        print(f"{count:>7} added lines: {seconds(files):6.2f} s of processor time")
    rates([Path(name) for name in sys.argv[1:]] or [Path(__file__).parents[2]])


if __name__ == "__main__":
    main()
