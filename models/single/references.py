"""What a case refers to as of *t*, looked up one by one: its agency's ledger, its permit, the offices."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from models.asof import Feeds, visible
from models.directory import Directory
from models.ledger import Ledger, complaints_upheld, ledger_of
from models.schema import FEEDS
from models.single.rows import Row, Sorted, latest, plain_rows
from models.steps import Connections

if TYPE_CHECKING:
    from models.rules import Rules

_KEPT: Final = 32
"""How many points in time what was visible then is remembered for."""


class SingleReferences:
    """Offices, agencies, ledgers, permits and branches, all versions, found by what a case names.

    Parameters
    ----------
    feeds
        Canonical frames of the feeds that are not about candidates.
    """

    def __init__(self, feeds: Feeds) -> None:
        frames = {name: feeds.get(name, feed.empty()) for name, feed in FEEDS.items() if not feed.partitioned}
        self._frames = frames
        events = frames["agency_events"]
        # A later version of an event may name another agency, or none where it is retracted.
        named = events.select("event_id", of_agency="agency_id").drop_nulls().unique()
        self._by: Mapping[str, Sorted] = {
            "agencies": Sorted(frames["agencies"], "agency_id"),
            "agency_events": Sorted(events.join(named, on="event_id", maintain_order="left"), "of_agency"),
            "branches": Sorted(frames["branches"], "agency_id"),
            "permits": Sorted(frames["permits"], "permit_id"),
        }
        moments = pl.concat([frame["recorded_at"].to_physical().alias("at") for frame in frames.values()])
        self._moments: Sequence[int] = moments.unique().sort().to_list()
        self._seen: OrderedDict[tuple[int, int | None], Known] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, t_us: int, seq: int | None = None) -> Known:
        """What was visible as of a time; the same object for all times between which nothing was recorded."""
        slot = bisect_right(self._moments, t_us), seq
        with self._lock:
            if slot not in self._seen:
                self._seen[slot] = Known(self._frames, self._by, t_us, seq)
            self._seen.move_to_end(slot)
            while len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
            return self._seen[slot]


class Known:
    """References visible as of a time, each looked up once.

    Parameters
    ----------
    frames, by
        All versions, and where to find them.
    t_us, seq
        As-of time and, in a replay, the last delivery read.
    """

    def __init__(self, frames: Feeds, by: Mapping[str, Sorted], t_us: int, seq: int | None) -> None:
        self._frames, self._by = frames, by
        self._t_us, self._seq = t_us, seq
        self._found: dict[tuple[str, str], list[Row]] = {}
        self._ledgers: dict[tuple[str, int, Rules], Ledger | None] = {}
        self._complaints: dict[tuple[int, Rules], int] = {}

    def rows(self, feed: str, value: str | None) -> list[Row]:
        """Rows of an agency, its events and branches by ``agency_id``, of permits by ``permit_id``."""
        if value is None:
            return []
        found = self._found.get((feed, value))
        if found is None:
            found = latest(feed, self._by[feed].rows(value), self._t_us, self._seq)
            found = [row for row in found if row["permit_id" if feed == "permits" else "agency_id"] == value]
            self._found[feed, value] = found
        return found

    def ledger(self, agency_id: str, *, today: int, rules: Rules) -> Ledger | None:
        """The ledger of an agency; None if it has no events."""
        key = agency_id, today, rules
        if key not in self._ledgers:
            events = self.rows("agency_events", agency_id)
            made = ledger_of(events, today=today, rules=rules)
            self._ledgers[key] = made if events else None
        return self._ledgers[key]

    def complaints(self, *, today: int, rules: Rules) -> int:
        """Complaints upheld against all agencies within the window of facts about others."""
        key = today, rules
        if key not in self._complaints:
            seen = visible({"agency_events": self._frames["agency_events"]}, self._t_us, self._seq)
            self._complaints[key] = complaints_upheld(seen["agency_events"], today=today, rules=rules)
        return self._complaints[key]

    @cached_property
    def _offices(self) -> pl.DataFrame:
        return visible({"offices": self._frames["offices"]}, self._t_us, self._seq)["offices"]

    @cached_property
    def offices(self) -> Mapping[str, Row]:
        """Offices by id."""
        return {row["office_id"]: row for row in plain_rows(self._offices)}

    @cached_property
    def directory(self) -> Directory:
        """Which office does a step where."""
        return Directory(self._offices)

    @cached_property
    def connections(self) -> Connections:
        """Which offices' records reach the national system when."""
        return Connections(self._offices)
