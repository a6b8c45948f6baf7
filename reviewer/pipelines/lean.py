"""Loads httpx without its own command line, which would bring click, Pygments and half of Rich into every desk."""

import sys

# An entry of None is how an import is refused; httpx then says that it has no command line, and goes on.
_refused = sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpx  # noqa: E402

if _refused is None:
    del sys.modules["httpx._main"]

__all__ = ["httpx"]
