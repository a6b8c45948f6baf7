"""Lets the memory of large files go back to the system once they were read; where that cannot be set, it may not."""

from __future__ import annotations

import sys
from functools import cache
from typing import Final

_MMAP_THRESHOLD: Final = -3
"""M_MMAP_THRESHOLD of `mallopt(3)`."""
_LARGE: Final = 256 << 10


@cache
def give_back_large_blocks() -> None:
    """Tell GNU's allocator to map blocks from 256 KiB on by themselves, whatever was freed before.

    By itself it raises that size to the largest block freed so far, and keeps what is smaller: of two sides of 10 MB,
    read once for their colours, 35 MB stayed.
    """
    if sys.platform != "linux":
        return
    try:
        import ctypes

        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
    except (ImportError, OSError, AttributeError):
        pass  # another C library: it has ways of its own
