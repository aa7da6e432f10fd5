"""Time as the contract means it: UTC microseconds for instants, Asia/Jakarta for days.

Jakarta (WIB) has kept UTC+7 without daylight saving since 1964, so a fixed offset is exact for every date the
contract can carry, and one integer expression serves a single value and a column alike.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Final

from models.errors import ContractError

US_PER_SECOND: Final = 1_000_000
US_PER_DAY: Final = 86_400 * US_PER_SECOND
JAKARTA: Final = dt.timezone(dt.timedelta(hours=7), "WIB")
JAKARTA_OFFSET_US: Final = 7 * 3600 * US_PER_SECOND
EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_DATE: Final = dt.date(1970, 1, 1)
_EPOCH_ORDINAL: Final = EPOCH_DATE.toordinal()

EARLIEST: Final = dt.date(1900, 1, 1)
LATEST: Final = dt.date(2100, 12, 31)
"""A day that somebody states may lie between these; counting days and months from it always finds a date."""

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def to_us(moment: dt.datetime) -> int:
    """UTC microseconds since 1970 of an aware ``moment``."""
    if moment.tzinfo is None:
        msg = "a timestamp needs an offset"
        raise ValueError(msg)
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def from_us(us: int) -> dt.datetime:
    """The aware UTC datetime of ``us`` microseconds since 1970."""
    return EPOCH + dt.timedelta(microseconds=us)


@lru_cache(maxsize=4096)
def iso(us: int) -> str:
    """ISO 8601 text, UTC, of ``us``; fractions of a second only where there are any."""
    return from_us(us).isoformat().replace("+00:00", "Z")


def day_number(us: int) -> int:
    """Days since 1970-01-01 of the Jakarta date on which ``us`` falls."""
    return (us + JAKARTA_OFFSET_US) // US_PER_DAY


def date_of(us: int) -> dt.date:
    """The Jakarta date on which ``us`` falls."""
    return dt.date.fromordinal(_EPOCH_ORDINAL + day_number(us))


def end_of_day(day: dt.date) -> int:
    """The last microsecond of ``day`` in Jakarta, as UTC microseconds: what a date means where a time is needed."""
    return ((day - EPOCH_DATE).days + 1) * US_PER_DAY - JAKARTA_OFFSET_US - 1


def months_before(day: dt.date, months: int) -> dt.date:
    """``day`` so many calendar months earlier; a day the month lacks becomes its last day."""
    year, month0 = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month0 + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError  # the 28th exists in every month


@lru_cache(maxsize=1024)
def months_ago(today: int, months: int) -> int:
    """Day number so many calendar months before the day number ``today``."""
    return (months_before(EPOCH_DATE + dt.timedelta(days=today), months) - EPOCH_DATE).days


def parse_moment(text: str, *, what: str = "time") -> int:
    """UTC microseconds of a date (its end in Jakarta) or of an ISO 8601 timestamp with an offset.

    Raises
    ------
    ContractError
        Neither of the two, or not from :data:`EARLIEST` to :data:`LATEST`.
    """
    text = text.strip()
    us = None
    try:
        if _DATE.match(text):
            us = end_of_day(dt.date.fromisoformat(text))
        elif (moment := dt.datetime.fromisoformat(text)).tzinfo is not None:
            us = to_us(moment)
    except ValueError:
        pass
    if us is None:
        raise ContractError(
            f"{what} {text[:40]!r} is neither a date nor a timestamp with an offset.",
            what_to_do="Write 2025-09-10 (the end of that day in Jakarta) or 2025-09-10T08:00:00+07:00.",
        )
    if not (EARLIEST - EPOCH_DATE).days <= day_number(us) <= (LATEST - EPOCH_DATE).days:
        raise ContractError(
            f"{what} {text[:40]!r} is not within {EARLIEST} to {LATEST}.",
            what_to_do="Write the year with four digits, as in 2025-09-10.",
        )
    return us
