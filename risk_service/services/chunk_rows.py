"""Rows of the candidates of a chunk for the first pass of a rescoring: no more of them than it can read.

Steps are two thirds of all rows, and most belong to cases that are over. Counts about others read one step of those
alone (:data:`models.aggregates.COUNTED_STEP`), so the others are left where they are. What was read is kept from one
rescoring to the next (:mod:`risk_service.store.row_packs`), and who has new rows is read from the feeds again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from models.aggregates import COUNTED_STEP
from models.asof import Feeds, known
from models.times import EPOCH_DATE, date_of
from risk_service.store import row_packs
from risk_service.store.feeds import PERSONAL_FEEDS, Candidates, load_feeds, load_steps
from risk_service.store.persons import erased_in

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from models.rules import Rules
    from risk_service.store import Store

STEPS_FEED: Final = "registration_steps"
_OTHERS: Final = tuple(name for name in PERSONAL_FEEDS if name != STEPS_FEED)
_FEW: Final = 0.6
"""Share of the candidates of a chunk up to which asking for their steps by name is quicker than reading all."""
_MOST_BY_NAME: Final = 15_000
_AGED: Final = 0.1
"""Share of those kept of a chunk from which on as many new ones are a reason to keep it anew."""
_OLDEST: Final = 30
"""Deliveries after which a chunk is kept anew in any case."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """What the first pass reads of a chunk.

    Parameters
    ----------
    feeds
        Rows of all its candidates.
    pack
        What was kept of it and used; None: everything was read from the feeds.
    erased
        Who of them had been erased by then.
    """

    feeds: Feeds
    pack: row_packs.Pack | None
    erased: Collection[str]


class ChunkRows:
    """Reads chunks as of a time.

    Parameters
    ----------
    store
        An open store.
    t_us, seq
        As-of time, UTC microseconds, and the last delivery read.
    rules
        In force then.
    """

    def __init__(self, store: Store, *, t_us: int, seq: int, rules: Rules) -> None:
        self._store = store
        self._t_us = t_us
        self._seq = seq
        self._since = date_of(t_us) - dt.timedelta(days=int(rules.constant("active_grace_days")))

    def first(self, candidates: Candidates) -> Read:
        """The feeds of a chunk."""
        with self._store.reading() as connection:
            kept = row_packs.load(connection, candidates, seq=self._seq, as_of_us=self._t_us, since_day=self._since_day)
            erased = frozenset(erased_in(connection, candidates))
            if kept is None or len(kept.others) > _MOST_BY_NAME:
                return Read(feeds=self._range(connection, candidates), pack=None, erased=erased)
            feeds = self._named(connection, kept.others)
            together = {name: pl.concat([kept.feeds[name], frame], rechunk=True) for name, frame in feeds.items()}
            return Read(feeds=together, pack=kept, erased=erased)

    def pack(self, connection: Connection, candidates: Candidates, read: Read, *, erased: Collection[str]) -> None:
        """Keep what was read of a chunk for the next rescoring, where what was kept of it has aged.

        Parameters
        ----------
        erased
            Who of the chunk is erased now. Somebody who was not when it was read is in ``read`` with what has been
            erased since, so nothing is kept.
        """
        if not set(erased) <= set(read.erased):
            return
        before = read.pack
        if before is not None and not before.touched:
            row_packs.carry_on(connection, candidates, seq=self._seq)
            return
        if before is not None and self._seq - before.ingest_seq < _OLDEST:
            enough = before.touched <= _AGED * before.feeds["candidates"]["candidate_id"].n_unique()
            if enough:
                return
        registrations = read.feeds["registrations"]
        active = self._possibly_active(registrations)
        later = registrations.filter(pl.col("recorded_at").dt.timestamp("us") > self._t_us)["candidate_id"]
        apart = later.filter(~later.is_in(active.implode())).drop_nulls().unique().sort()
        mine = ~pl.col("candidate_id").is_in(apart.implode())
        kept = {name: read.feeds[name].filter(mine) for name in PERSONAL_FEEDS}
        counted = (pl.col("step") == COUNTED_STEP) | pl.col("candidate_id").is_in(active.implode())
        kept[STEPS_FEED] = kept[STEPS_FEED].filter(counted)
        row_packs.save(
            connection, candidates, kept, apart, seq=self._seq, as_of_us=self._t_us, since_day=self._since_day
        )

    @property
    def _since_day(self) -> int:
        return (self._since - EPOCH_DATE).days

    def _range(self, connection: Connection, candidates: Candidates) -> Feeds:
        """Everybody's rows out of the feeds."""
        feeds = load_feeds(connection, seq=self._seq, candidates=candidates, only=_OTHERS)
        people = self._possibly_active(feeds["registrations"])
        if candidates.linked or len(people) > _FEW * feeds["candidates"]["candidate_id"].n_unique():
            return feeds | load_feeds(connection, seq=self._seq, candidates=candidates, only=[STEPS_FEED])
        feeds[STEPS_FEED] = load_steps(
            connection, seq=self._seq, candidates=candidates, everybody=COUNTED_STEP, whole=people.to_list()
        )
        return feeds

    def _named(self, connection: Connection, people: list[str]) -> Feeds:
        """Some people's rows out of the feeds."""
        feeds = load_feeds(connection, seq=self._seq, candidates=people, only=_OTHERS)
        active = self._possibly_active(feeds["registrations"]).to_list()
        feeds[STEPS_FEED] = load_steps(
            connection, seq=self._seq, candidates=people, everybody=COUNTED_STEP, whole=active
        )
        return feeds

    def _possibly_active(self, registrations: pl.DataFrame) -> pl.Series:
        """Candidates among whose registrations, as last recorded, may be an active one; everybody who has one is in."""
        last = (
            known(registrations, self._t_us, self._seq)
            .sort("recorded_at", "ingest_seq", "row")
            .unique("registration_id", keep="last")
        )
        planned = pl.col("planned_departure_on")
        active = (pl.col("status") == "open") & (planned.is_null() | (planned >= self._since))
        return last.filter(active)["candidate_id"].drop_nulls().unique().sort()
