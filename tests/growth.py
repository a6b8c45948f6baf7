"""Tells work that grows with its input from work that grows with its square, by growth and never by a clock's limit."""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

Input = TypeVar("Input", str, bytes)
SMALL, LARGE = 100_000, 1_000_000


def seconds(work: Callable[[Input], object], given: Input, tries: int) -> float:
    """The least processor time of some tries: what else runs on the machine does not count."""
    best = float("inf")
    # The collector goes through whatever all the tests before have left.
    gc.disable()
    try:
        for _ in range(tries):
            begun = time.thread_time()
            work(given)
            best = min(best, time.thread_time() - begun)
    finally:
        gc.enable()
    return best


def linear(work: Callable[[Input], object], unit: Input) -> bool:
    """Whether ten times the input is about ten times the work; a square would be a hundred times."""
    small, large = (unit * (size // len(unit)) for size in (SMALL, LARGE))
    # Below a millisecond the clock's own grain decides.
    bound = 35 * max(seconds(work, small, 2), 0.001)
    return seconds(work, large, 1) < bound or seconds(work, large, 2) < bound
