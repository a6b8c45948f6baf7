"""Prints what the diff model costs as ratios of git and of counting newlines: `python tests/benchmarks/bench_diff.py`.

Not run by pytest. Times are processor times of the best of several runs; ratios hold better than times when a machine
is busy. The change is made up but fixed: one file of 100,000 lines with a tenth replaced, and one rewritten whole.
"""

from __future__ import annotations

import random
import resource
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from reviewer.diff.highlight import LongText, coloured
from reviewer.diff.layout import Stream
from reviewer.diff.parse import parse_patch
from reviewer.diff.refine import changed_words
from reviewer.diff.rows import FileRows, RowKind
from reviewer.diff.search import find_text
from reviewer.model.finding import Side

LINES = 100_000
RUNS = 5


def best(work: Callable[[], object]) -> float:
    """Processor seconds of the best run."""
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def source(rng: random.Random, lines: int) -> list[str]:
    names = [f"{a}_{b}" for a in ("load", "send", "check", "parse") for b in ("row", "hunk", "line", "file")]
    return [
        f"{'    ' * rng.randrange(4)}{rng.choice(names)}({rng.choice(names)}, {rng.randrange(999)})  # {n}\n"
        for n in range(lines)
    ]


def git(*args: str, cwd: Path) -> bytes:
    return subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True).stdout


def git_diff(repository: Path, old: list[str], new: list[str]) -> tuple[bytes, float]:
    """The patch between two contents, and the best processor seconds that git took for it."""
    oids = []
    for side in (old, new):
        (repository / "side").write_text("".join(side))
        oids.append(git("hash-object", "-w", "side", cwd=repository).decode().strip())
    times = []
    patch = b""
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        patch = git("diff", "--no-ext-diff", "--no-color", *oids, cwd=repository)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return patch, min(times)


def report(title: str, patch: bytes, git_seconds: float) -> None:
    floor = best(lambda: patch.count(b"\n"))
    (diff,) = parse_patch(patch)
    rng = random.Random(2)

    def line(name: str, seconds: float, per: int = 0) -> None:
        each = f"{seconds / per * 1e6:9.1f} us each" if per else ""
        ratios = f"{seconds / floor:8.1f} x counting {seconds / git_seconds:8.3f} x git"
        print(f"  {name:48}{seconds * 1e3:9.2f} ms {ratios}{each}")

    print(f"{title}: {len(patch) / 1e6:.1f} MB, {len(diff.hunks)} hunks")
    line("count newlines (the floor)", floor)
    line("git diff", git_seconds)
    line("parse the patch", best(lambda: parse_patch(patch)))
    line("lay out in one column", best(lambda: FileRows(diff)))
    line("lay out in two columns", best(lambda: FileRows(diff, split=True)))

    def screen(split: bool) -> None:
        rows = FileRows(diff, split=split)
        for n in range(min(50, len(rows))):
            rows[n]

    line("lay out and read the first screen", best(lambda: screen(False)))
    line("lay out and read the first screen, two columns", best(lambda: screen(True)))
    for split in (False, True):
        rows = FileRows(diff, split=split)
        places = [rng.randrange(len(rows)) for _ in range(1000)]
        for n in places:
            rows[n]
        name = "1,000 rows anywhere" + (", two columns" if split else "")
        line(name, best(lambda rows=rows, places=places: [rows[n] for n in places]), 1000)  # type: ignore[misc]
    rows = FileRows(diff)
    numbers = [rng.randrange(1, LINES) for _ in range(1000)]
    line("1,000 rows by line number", best(lambda: [rows.row_of(Side.NEW, n) for n in numbers]), 1000)
    pairs = []
    for n in range(len(rows)):
        row = rows[n]
        if row.kind is RowKind.LINE and row.left and row.partner:
            pairs.append((row.left.text.decode(), row.partner.text.decode()))
            if len(pairs) == 1000:
                break
    if pairs:
        line("changed words of 1,000 pairs", best(lambda: [changed_words(*pair) for pair in pairs]), len(pairs))
    line("search a text", best(lambda: list(find_text(diff, b"check_hunk(load_row, 7)"))))
    line("search a text in any case", best(lambda: list(find_text(diff, b"CHECK_hunk(load_row, 7)", ignore_case=True))))
    line("search a pattern", best(lambda: list(find_text(diff, rb"check_\w+\(load_row, 77\d*\)", True))))
    for split in (False, True):
        tracemalloc.start()
        kept = FileRows(diff, split=split)
        for n in range(50):
            kept[len(kept) // 2 + n]
        used, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        where = "two columns" if split else "one column"
        print(f"  memory, {where:40}{used / len(patch):9.3f} x the patch, at the most {peak / len(patch):.3f}")


def main() -> None:
    rng = random.Random(1)
    old = source(rng, LINES)
    tenth = [f"changed_{line}" if rng.random() < 0.1 else line for line in old]
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder)
        git("init", "-q", cwd=repository)
        report("a tenth of 100,000 lines replaced", *git_diff(repository, old, tenth))
        report("100,000 lines rewritten", *git_diff(repository, old, source(random.Random(9), LINES)))
        report("100,000 lines added", *git_diff(repository, [], old))
    text = "".join(old)
    floor = best(lambda: text.count("\n"))
    print("other")
    huge = "foo, " * 200_000

    def heights() -> None:
        stream = Stream([9] * 10_000)
        for n in range(10_000):
            stream.set(n, 3)
            stream.locate(stream.total // 2)

    for name, work in (
        ("changed words of two lines of 1 MB", lambda: changed_words(huge, huge[:500_000] + "bar" + huge[500_000:])),
        ("heights of 10,000 files, one by one", heights),
        ("colour 3,000 lines whole", lambda: coloured("a.py", "".join(old[:3000]))),
        ("find the strings and comments of 100,000 lines", lambda: LongText("a.py", text)),
    ):
        seconds = best(work)
        print(f"  {name:48}{seconds * 1e3:9.2f} ms {seconds / floor:9.1f} x counting 100,000 lines")


if __name__ == "__main__":
    main()
