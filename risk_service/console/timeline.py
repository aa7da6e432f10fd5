"""Dates of a case on one line: when each step was done and is usually there, and how the agency's licence stood.

Places are in per cent of the line, so that a drawing has no width of its own and its text stays readable on any screen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_LONGEST: Final = 400
_EDGE: Final = 0.03
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60)
_MOST_TICKS: Final = 4
_BEFORE: Final = 365
_AFTER: Final = 120


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A stretch of time, in per cent from its first day."""

    first: dt.date
    last: dt.date

    def at(self, day: dt.date) -> float:
        """Return the place of a day, never outside."""
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def holds(self, day: dt.date) -> bool:
        """Whether a day is on the axis."""
        return self.first <= day <= self.last

    @property
    def ticks(self) -> list[tuple[float, dt.date]]:
        """First days of months, few enough to be labelled."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        step = next((step for step in _MONTHS if months / step <= _MOST_TICKS), _MONTHS[-1])
        number = self.first.year * 12 + self.first.month  # of the month after the first
        starts = [dt.date(n // 12, n % 12 + 1, 1) for n in range(number, number + months) if n % step == 0]
        return [(self.at(day), day) for day in starts if self.holds(day)]


@dataclass(frozen=True, kw_only=True)
class Track:
    """One step on the axis; None: not there, or outside."""

    done: float | None
    usual: float | None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What the page draws beside the list of steps."""

    axis: Axis
    today: float
    departure: float | None
    tracks: tuple[Track, ...]


@dataclass(frozen=True, kw_only=True)
class Band:
    """A stretch in which a licence's state did not change."""

    x: float
    width: float
    state: int
    text: Mapping[str, str]
    since: dt.date
    until: dt.date | None


@dataclass(frozen=True, kw_only=True)
class LicenceBand:
    """A licence as a dated band, with the dates of the case on it."""

    axis: Axis
    today: float
    registered: float | None
    departure: float | None
    bands: tuple[Band, ...]


def timeline(case: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], today: dt.date) -> Timeline | None:
    """Return the steps of a case on one axis; None where nothing has a date.

    Parameters
    ----------
    case, steps
        As `risk_service.services.evidence.evidence` gives them.
    today
        As of when the case is shown.
    """
    departure = case["planned_departure_on"]
    dates = [case["registered_on"], departure, today]
    dates += [step[name] for step in steps for name in ("completed_on", "usual_by")]
    known = [day for day in dates if day is not None]
    if not steps or len(set(known)) < 2:
        return None
    last = max(day for day in (departure, today, *(step["completed_on"] for step in steps)) if day is not None)
    axis = _widened(max(min(known), last - dt.timedelta(days=_LONGEST)), last)
    return Timeline(
        axis=axis,
        today=axis.at(today),
        departure=None if departure is None else axis.at(departure),
        tracks=tuple(
            Track(done=_place(axis, step["completed_on"]), usual=_place(axis, step["usual_by"])) for step in steps
        ),
    )


def licence_band(
    case: Mapping[str, Any], periods: Sequence[Mapping[str, Any]], today: dt.date, *, before: int = _BEFORE
) -> LicenceBand | None:
    """Return a licence around the time of a case: a year before it to some months after; None without a licence.

    Parameters
    ----------
    before
        How many days before the case, if not a year.
    """
    if not periods:
        return None
    registered, departure = case["registered_on"], case["planned_departure_on"]
    known = [day for day in (registered, departure, today) if day is not None]
    axis = Axis(first=min(known) - dt.timedelta(days=before), last=max(known) + dt.timedelta(days=_AFTER))
    bands = []
    for period in periods:
        since, until = period["since"], period["until"]
        if since > axis.last or (until is not None and until < axis.first):
            continue
        start = axis.at(since)
        end = 100.0 if until is None else axis.at(until + dt.timedelta(days=1))
        bands.append(
            Band(
                x=start,
                width=round(end - start, 2),
                state=period["state"],
                text=period["text"],
                since=since,
                until=until,
            )
        )
    return LicenceBand(
        axis=axis,
        today=axis.at(today),
        registered=_place(axis, registered),
        departure=_place(axis, departure),
        bands=tuple(bands),
    )


def _widened(first: dt.date, last: dt.date) -> Axis:
    edge = dt.timedelta(days=max(2, round((last - first).days * _EDGE)))
    return Axis(first=first - edge, last=last + edge)


def _place(axis: Axis, day: dt.date | None) -> float | None:
    return axis.at(day) if day is not None and axis.holds(day) else None
