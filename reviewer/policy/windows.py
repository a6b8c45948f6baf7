"""Says whether a freeze or quiet hours hold at a time, and until when; pure but for the system's time zones."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reviewer.model.policy import Window

_STEPS = 40
"""Spells that follow each other without a gap, as the days of a weekend, and are told as one."""


def held_until(window: Window, now: float) -> float | None:
    """When a window that holds now ends, Unix seconds; `inf` for one that does not end; None where it does not hold."""
    if not _within(window, now):
        return None
    end = now
    for _ in range(_STEPS):
        spell = _spell(window, end)
        if spell is None:
            break
        end = spell
        if window.until is not None and end >= window.until:
            return window.until
    return end if _spell(window, end) is None else float("inf")


def said(window: Window, until: float) -> str:
    """The end of a window in words, in its own time zone."""
    if until == float("inf"):
        return "until it is taken back"
    return f"until {datetime.fromtimestamp(until, ZoneInfo(window.zone)):%Y-%m-%d %H:%M} {window.zone}"


def _within(window: Window, now: float) -> bool:
    if window.start is not None and now < window.start:
        return False
    if window.until is not None and now >= window.until:
        return False
    return _spell(window, now) is not None


def _spell(window: Window, now: float) -> float | None:
    """The end of the spell of hours or days that `now` falls into."""
    if window.hours is None and not window.days:
        return window.until if window.until is not None and now < window.until else _endless(window)
    here = datetime.fromtimestamp(now, ZoneInfo(window.zone))
    begin, end = window.hours or (0, 0)
    for back in (0, 1):
        day = (here - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        if window.days and day.weekday() not in window.days:
            continue
        first = day + timedelta(minutes=begin)
        last = day + timedelta(minutes=end, days=1 if end <= begin else 0)
        if first <= here < last:
            return last.timestamp()
    return None


def _endless(window: Window) -> float | None:
    return float("inf") if window.until is None else None
