"""Reads the `[[policy.freeze]]` tables: when nothing is approved, in which time zone, and who may override."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from reviewer.model.policy import Demand, Rule, Source, Window
from reviewer.settings.selectors import SELECT_KEYS, name_of, selector
from reviewer.settings.toml import Reader

FREEZE_KEYS: Final = ("name", "from", "until", "hours", "days", "zone", *SELECT_KEYS, "override")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_freezes(reader: Reader, policy: Mapping[str, Any], source: Source) -> list[Rule]:
    """The freezes of a file, as rules."""
    found = []
    for table in reader.each(policy, "freeze", FREEZE_KEYS):
        zone = reader.string(table, "zone", "UTC")
        window = Window(
            zone,
            moment(reader, table, "from", zone),
            moment(reader, table, "until", zone),
            _hours(reader, table),
            _days(reader, table),
        )
        if window == Window(zone):
            raise reader.refuse("freeze", "a time with from, until, hours or days")
        if window.start is not None and window.until is not None and window.start >= window.until:
            raise reader.refuse("until", "a time after `from`")
        override = reader.strings(table, "override", ())
        found.append(Rule(name_of(reader, table), source, selector(reader, table), Demand(frozen=window), override))
    return found


def moment(reader: Reader, table: Mapping[str, Any], key: str, zone: str) -> float | None:
    """A date or a date with a time, in the zone where it names none; None where the key is not there."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        here = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise reader.refuse("zone", 'a time zone such as "Europe/Berlin"') from None
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise reader.refuse(key, "a date and time without quotes, such as 2026-12-24T18:00:00")
    try:
        return (value if value.tzinfo is not None else value.replace(tzinfo=here)).timestamp()
    except (OverflowError, ValueError):
        raise reader.refuse(key, "a date of this age") from None


def _hours(reader: Reader, table: Mapping[str, Any]) -> tuple[int, int] | None:
    text = reader.string(table, "hours", "")
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", text)
    if not text:
        return None
    if match is None:
        raise reader.refuse("hours", 'a span such as "18:00-08:00"')
    begin, end = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
    if end > 24 * 60 or begin == end:
        raise reader.refuse("hours", 'a span such as "18:00-08:00"')
    return begin, end


def _days(reader: Reader, table: Mapping[str, Any]) -> tuple[int, ...]:
    names = reader.strings(table, "days", ())
    if not set(names) <= set(DAYS):
        raise reader.refuse("days", ", ".join(DAYS))
    return tuple(sorted({DAYS.index(name) for name in names}))
