"""One case as of any time: its records, its situation, its score; what many cases share is kept between requests."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from sqlalchemy.engine import Connection

from models.aggregates import Aggregates, count, shares
from models.asof import Feeds, visible
from models.cases import build_cases
from models.rules import RuleBook, Rules
from models.single.case import OneScore
from models.single.references import Known, SingleReferences
from models.single.situate import Situated, score_one, situate_one
from models.times import JAKARTA_OFFSET_US, US_PER_DAY, date_of
from risk_service.errors import UnavailableError
from risk_service.services.releases import Releases
from risk_service.store import Store, runs
from risk_service.store import deliveries as kept
from risk_service.store import scores as queue
from risk_service.store.casework import corrected_since
from risk_service.store.counts import load_counts
from risk_service.store.feeds import REFERENCE_FEEDS, candidate_of, load_feeds, load_rows
from risk_service.store.standing import Standing, standing, standing_now

_GOOD_FOR_US: Final = 7 * US_PER_DAY
_KEPT: Final = 4


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What a case needs beside its own records, as of a time.

    Parameters
    ----------
    known
        Offices, agencies, ledgers, permits and branches, found one by one.
    aggregates
        Counts over everybody.
    simulated
        Whether the store holds simulated rows; None before its first delivery.
    """

    known: Known
    aggregates: Aggregates
    simulated: bool | None


@dataclass(frozen=True)
class _Visible:
    """Visible rows of one feed, good for times from ``since_us`` to before ``until_us`` as long as ``read`` is read."""

    read: pl.DataFrame
    since_us: int
    until_us: float
    rows: pl.DataFrame


def _run_of(now: Standing, t_us: int) -> str | None:
    """The rescoring whose counts are good for a time; None if there is none."""
    return now.run[0] if now.run is not None and now.run[1] >= t_us - _GOOD_FOR_US else None


def _counts_name(now: Standing, t_us: int) -> str:
    """Under which name the counts for a time are kept: of a rescoring, or of the deliveries so far up to a day."""
    return _run_of(now, t_us) or f"{now.last_seq}@{_day_end(t_us)}"


def _day_end(t_us: int) -> int:
    """The last microsecond of the day before, in Jakarta."""
    return t_us - (t_us + JAKARTA_OFFSET_US) % US_PER_DAY - 1


class CaseReader:
    """Reads cases out of the store.

    Parameters
    ----------
    rules
        All rule tables.
    releases
        The registry.
    """

    def __init__(self, *, rules: RuleBook, releases: Releases) -> None:
        self.rules = rules
        self.releases = releases
        self._references: tuple[int, Feeds, SingleReferences] | None = None
        self._counted: OrderedDict[str, Aggregates] = OrderedDict()
        self._visible: dict[str, _Visible] = {}
        self._lock = threading.Lock()

    def rules_at(self, t_us: int) -> Rules:
        """The rules in force on the day of a time, as recorded by then."""
        return self.rules.at(date_of(t_us), t_us)

    def present_score(self, connection: Connection, case_id: str) -> OneScore | None:
        """The score of a case in the queue, computed again with everything that explains it.

        As of the last rescoring, over the deliveries, the counts and the release that it read; the figures are those
        that were stored.

        Returns
        -------
        OneScore or None
            None if it is not in the queue, or if a correction has been accepted since.
        """
        stored = queue.current(connection, case_id)
        if stored is None:
            return None
        last, own = runs.last_done(connection), runs.get_run(connection, stored.run_id)
        run = max((run for run in (last, own) if run is not None), key=lambda run: run.requested_at_us)
        if corrected_since(connection, stored.candidate_id, run.ingest_seq):
            return None
        counted = self._counts_of(connection, run.run_id)
        situation = self._situation(connection, case_id, t_us=run.as_of_us, seq=run.ingest_seq, aggregates=counted)
        if situation is None:
            return None
        return score_one(situation, self.releases.named(run.release, simulated=run.simulated))

    def score(self, connection: Connection, case_id: str, *, t_us: int) -> OneScore | None:
        """Score one case as it was knowable at a time, with the release in force then.

        Parameters
        ----------
        case_id
            Of a registration or, for a referred person, of an itinerary.
        t_us
            As-of time, UTC microseconds.

        Returns
        -------
        OneScore or None
            None if there was no such case then.
        """
        counted = self.aggregates(connection, t_us=t_us)
        situation = self._situation(connection, case_id, t_us=t_us, seq=None, aggregates=counted)
        if situation is None:
            return None
        return score_one(situation, self.releases.at(t_us, simulated=kept.is_simulated(connection)))

    def _situation(
        self, connection: Connection, case_id: str, *, t_us: int, seq: int | None, aggregates: Aggregates
    ) -> Situated | None:
        people = candidate_of(connection, registration_id=case_id) or candidate_of(connection, travel_id=case_id)
        if not people:
            return None
        return situate_one(
            load_rows(connection, people=people),
            case_id,
            t_us,
            around=self.known(connection, t_us, seq),
            rules=self.rules_at(t_us),
            freshness=kept.freshness_at(connection, t_us, seq),
            aggregates=aggregates,
            seq=seq,
        )

    def known(self, connection: Connection, t_us: int, seq: int | None = None) -> Known:
        """Offices, agencies, ledgers, permits and branches visible as of a time, found one by one."""
        return self._read_references(connection, kept.last_seq(connection))[1].at(t_us, seq)

    def beside(self, store: Store, times: Sequence[int]) -> list[Beside]:
        """What cases that are stated need beside themselves, as of a time each, out of one state of the store.

        For one time the store is asked how it stands and no more, if what that leads to is kept.
        """
        if len(times) == 1:
            found = self._kept_beside(standing_now(store, times[0]), times[0])
            if found is not None:
                return [found]
        with store.reading() as connection:
            return [self._beside(connection, standing(connection, t_us), t_us) for t_us in times]

    def _beside(self, connection: Connection, now: Standing, t_us: int) -> Beside:
        return Beside(
            known=self._read_references(connection, now.last_seq)[1].at(t_us, None),
            aggregates=self._aggregates(connection, now, t_us),
            simulated=now.simulated,
        )

    def _kept_beside(self, now: Standing, t_us: int) -> Beside | None:
        """The same if nothing has to be read for it."""
        name = _counts_name(now, t_us)
        with self._lock:
            references, counted = self._references, self._counted.get(name)
            if references is None or references[0] != now.last_seq or counted is None:
                return None
            self._counted.move_to_end(name)
        return Beside(known=references[2].at(t_us, None), aggregates=counted, simulated=now.simulated)

    def references(self, connection: Connection) -> Feeds:
        """Offices, agencies, ledgers, permits and branches, all versions; read again after a delivery."""
        return self._read_references(connection, kept.last_seq(connection))[0]

    def _read_references(self, connection: Connection, last: int) -> tuple[Feeds, SingleReferences]:
        with self._lock:
            if self._references is not None and self._references[0] == last:
                return self._references[1:]
        feeds = load_feeds(connection, only=REFERENCE_FEEDS)
        found = feeds, SingleReferences(feeds)
        with self._lock:
            self._references = (last, *found)
        return found

    def offices_at(self, connection: Connection, t_us: int) -> dict[str, dict[str, Any]]:
        """The offices on record as of a time, by id: ``office_id``, ``kind``, ``name``, ``region``, ``phone``."""
        columns = self.reference_rows(connection, "offices", t_us).select(
            "office_id", "kind", "name", "region", "phone"
        )
        return {row["office_id"]: row for row in columns.iter_rows(named=True)}

    def reference_rows(self, connection: Connection, feed: str, t_us: int) -> pl.DataFrame:
        """Visible rows of a feed that is not about persons; kept until a later row, or a delivery, changes them."""
        read = self.references(connection)[feed]
        with self._lock:
            kept = self._visible.get(feed)
        if kept is None or kept.read is not read or not kept.since_us <= t_us < kept.until_us:
            recorded = read["recorded_at"].dt.timestamp("us")
            kept = _Visible(
                read,
                since_us=int(recorded.filter(recorded <= t_us).max() or 0),  # type: ignore[arg-type]
                until_us=recorded.filter(recorded > t_us).min() or math.inf,  # type: ignore[arg-type]
                rows=visible({feed: read}, t_us)[feed],
            )
            with self._lock:
                self._visible[feed] = kept
        return kept.rows

    def office_region(self, store: Store, office_id: str) -> str | None:
        """The region of an office, as last recorded; None for one that is not known or has none."""
        return self._of_office(store, office_id, "region")

    def office_name(self, store: Store, office_id: str) -> str | None:
        """The name of an office, as last recorded; None for one that is not known or has none."""
        return self._of_office(store, office_id, "name")

    def _of_office(self, store: Store, office_id: str, column: str) -> str | None:
        with store.reading() as connection:
            offices = self.references(connection)["offices"].filter(pl.col("office_id") == office_id)
        if offices.is_empty():
            return None
        value = offices.sort("recorded_at", "ingest_seq", "row")[column][-1]
        return None if value is None else str(value)

    def aggregates(self, connection: Connection, *, t_us: int) -> Aggregates:
        """Counts over everybody for a time.

        Those of the last rescoring as of that time or up to a week before, since counts about others move slowly; where
        there is none, everybody is counted, once for every day asked for.
        """
        return self._aggregates(connection, standing(connection, t_us), t_us)

    def _aggregates(self, connection: Connection, now: Standing, t_us: int) -> Aggregates:
        run_id = _run_of(now, t_us)
        if run_id is not None:
            return self._counts_of(connection, run_id)
        return self._kept(_counts_name(now, t_us), lambda: self._count(connection, _day_end(t_us)))

    def last_counts(self, connection: Connection) -> Aggregates | None:
        """Counts over everybody of the last rescoring; None before the first one."""
        run = runs.last_done(connection)
        return None if run is None else self._counts_of(connection, run.run_id)

    def _counts_of(self, connection: Connection, run_id: str) -> Aggregates:
        def load() -> Aggregates:
            found = load_counts(connection, run_id)
            if found is None:
                raise UnavailableError("This rescoring has not counted yet.", what_to_do="Try again in a minute.")
            return found

        return self._kept(run_id, load)

    def _count(self, connection: Connection, t_us: int) -> Aggregates:
        rules = self.rules_at(t_us)
        return count([shares(build_cases(load_feeds(connection), t_us, rules=rules), rules)])

    def _kept(self, name: str, make: Callable[[], Aggregates]) -> Aggregates:
        with self._lock:
            if name in self._counted:
                self._counted.move_to_end(name)
                return self._counted[name]
        made = make()
        with self._lock:
            self._counted[name] = made
            while len(self._counted) > _KEPT:
                self._counted.popitem(last=False)
        return made
