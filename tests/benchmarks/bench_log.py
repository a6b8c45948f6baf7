"""Measures the log pane's parts on 100 MB of coloured output and on one line of 128 MB, beside grep and wc.

Run it alone: python tests/benchmarks/bench_log.py. Not part of the suite: it asserts nothing.
"""

import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from reviewer.review.log_bytes import LogBytes
from reviewer.review.log_lines import BLOCK, LogLines
from reviewer.review.log_search import FAILURE, Search, search_part, wanted

LINES = 1_000_000
ROWS = 50


def tell(what: str, act: Callable[[], object]) -> None:
    began = time.perf_counter()
    result = act()
    print(f"  {what:<44} {(time.perf_counter() - began) * 1000:9.1f} ms   {result if result is not None else ''}")


def searched(lines: LogLines, search: Search) -> str:
    longest = 0.0
    while not search.done:
        began = time.perf_counter()
        search.take(search_part(lines.source, search.wanted, search.start, search.line))
        longest = max(longest, time.perf_counter() - began)
    return f"{len(search.found)} lines, longest part {longest * 1000:.0f} ms"


def most() -> int:
    """The most memory that was held so far, KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def quietly(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


def screen(lines: LogLines, top: int) -> None:
    for n in range(top, min(top + ROWS, len(lines))):
        lines.line(n)


def measure(title: str, path: Path) -> None:
    print(f"{title}: {path.stat().st_size / 1e6:.0f} MB")
    lines = LogLines(LogBytes(path))
    tell("first MiB counted and the first screen", lambda: (lines.grow(1 << 20), screen(lines, 0))[1])

    def rest() -> str:
        while lines.counted < lines.source.size:
            lines.grow(8 << 20)
        return f"{len(lines)} lines, {len(lines._feeds) * 8 // 1024} KiB of index over blocks of {BLOCK >> 10} KiB"

    tell("all of it counted", rest)
    tell("a screen at the end", lambda: screen(lines, max(0, len(lines) - ROWS)))
    tell("a screen in the middle", lambda: screen(lines, len(lines) // 2))
    tell("a text that is not there", lambda: searched(lines, Search("", wanted("nowhere at all"))))
    tell("a pattern", lambda: searched(lines, Search("", wanted("/0999+ .*passed$/"))))
    tell("signs of a failure", lambda: searched(lines, Search("", FAILURE)))
    for command in (["grep", "-ai", "nowhere at all"], ["wc", "-l"]):
        told = f"{' '.join(command[:2])}, for comparison"
        tell(told, partial(quietly, [*command, str(path)]))


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        many, giant = Path(place) / "many", Path(place) / "giant"
        with many.open("w") as file:
            for n in range(LINES):
                file.write(f"\x1b[32m{n:07d}\x1b[0m a test with a name of some length that passed in {n % 977} ms\n")
            file.write("FAILED tests/test_it.py::test_it\n")
        with giant.open("wb") as file:
            file.write(b"first\n")
            for _ in range(128):
                file.write(b"x" * (1 << 20))
            file.write(b"\nlast\n")
        before = most()
        measure("one million lines", many)
        measure("one line", giant)
        print(f"memory beyond the start: {(most() - before) / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
