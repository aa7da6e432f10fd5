"""Rows of the candidates of a chunk for the first pass of a rescoring: no more of them than it can read.

Steps are two thirds of all rows, and most belong to cases that are over. Counts about others read one step of those
alone (:data:`models.dated.COUNTED_STEP`), so the others are left where they are. What was read is kept from one
rescoring to the next (:mod:`risk_service.store.row_packs`); what has come since is read in addition, and all rows of
somebody whose case was over and may be active again. Of people whose cases are over and of whom nothing has come, not
even the rows are read: what is understood of them is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from models.asof import Feeds, known
from models.dated import COUNTED_STEP, Dated
from models.drift import LATELY_DAYS
from models.times import EPOCH_DATE, US_PER_DAY, date_of
from risk_service.store import row_packs
from risk_service.store.deliveries import feeds_since
from risk_service.store.feeds import (
    PERSONAL_FEEDS,
    RECORDED,
    Candidates,
    load_feeds,
    load_since,
    load_steps,
    recorded_after,
)
from risk_service.store.persons import erased_in

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from models.cases import CaseBlock
    from models.rules import Rules
    from risk_service.store import Store

STEPS_FEED: Final = "registration_steps"
_OTHERS: Final = tuple(name for name in PERSONAL_FEEDS if name != STEPS_FEED)
_FEW: Final = 0.6
"""Share of the candidates of a chunk up to which asking for their steps by name is quicker than reading all."""
_MOST_BY_NAME: Final = 15_000
_AGED: Final = 0.1
"""Share of those kept of a chunk from which on as many new ones are a reason to keep it anew."""
_WHOLE, _OVER, _PAST, _APART = "whole", "over", "past", "apart"
_OLDEST: Final = 30
"""Deliveries after which a chunk is kept anew in any case."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """What the first pass reads of a chunk.

    Parameters
    ----------
    feeds
        Rows of all its candidates but those of whom ``dated`` has what is understood.
    dated
        What was understood of the others; None: there are none.
    lately
        By feed, when rows of everybody were recorded lately: ``candidate_id``, ``recorded_at``, ``ingest_seq``.
    pack
        What was kept of it and used; None: everything was read from the feeds.
    others
        Whether rows are kept of people whose rows were not read.
    erased
        Who of them had been erased by then.
    """

    feeds: Feeds
    dated: Dated | None
    lately: Feeds
    pack: row_packs.Kept | None
    others: bool
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
            if kept is None:
                feeds = self._range(connection, candidates)
                lately = self._lately(connection, candidates, feeds)
                return Read(feeds=feeds, dated=None, lately=lately, pack=None, others=False, erased=erased)
            new = self._new(connection, candidates, kept)
            past = row_packs.past(connection, candidates, among=None if kept.dated is None else kept.touched)
            known_of = {
                name: [kept.whole[name], kept.over[name], past.rows[name], new[name]] for name in PERSONAL_FEEDS
            }
            by_name = self._by_name(kept, past.rows, pl.concat(known_of["registrations"]))
            dated = None if kept.dated is None else kept.dated.without(kept.touched)
            if len(by_name) > _MOST_BY_NAME:
                feeds, dated = self._range(connection, candidates), None
                known_of = {name: [] for name in PERSONAL_FEEDS}
            else:
                feeds = self._named(connection, by_name)
            if by_name:
                rest = ~pl.col("candidate_id").is_in(pl.Series(by_name).implode())
                known_of = {name: [frame.filter(rest) for frame in frames] for name, frames in known_of.items()}
            together = {name: pl.concat([*known_of[name], frame], rechunk=True) for name, frame in feeds.items()}
            lately = {name: pl.concat([kept.lately[name], new[name].select(RECORDED)]) for name in PERSONAL_FEEDS}
            others = dated is not None and past.others
            return Read(feeds=together, dated=dated, lately=lately, pack=kept, others=others, erased=erased)

    def pack(
        self, connection: Connection, candidates: Candidates, read: Read, *, block: CaseBlock, dated: Dated,
        erased: Collection[str],
    ) -> None:  # fmt: skip
        """Keep what was read of a chunk for the next rescoring, where what was kept of it has aged.

        Parameters
        ----------
        block, dated
            The cases in ``read.feeds``, and what is understood of them and of ``read.dated``.
        erased
            Who of the chunk is erased now. Somebody who was not when it was read is in ``read`` with what has been
            erased since, so nothing is kept.
        """
        before = read.pack
        if candidates.linked or not set(erased) <= set(read.erased):
            return
        if before is not None and before.dated is not None:
            if not before.touched:
                row_packs.carry_on(connection, candidates, seq=self._seq)
                return
            if self._seq - before.ingest_seq < _OLDEST and len(before.touched) <= _AGED * before.people:
                return
        kinds = self._kinds(read.feeds, block)
        whole, over, past = (_of_kind(read.feeds, kinds, one) for one in (_WHOLE, _OVER, _PAST))
        unsettled = kinds.filter(pl.col("kind") != _PAST)["candidate_id"]
        if before is not None and read.others:
            kept = row_packs.past(connection, candidates)
            if not kept.rows:
                return  # let go of since it was read
            staying = ~pl.col("candidate_id").is_in(pl.Series(list(before.touched), dtype=pl.String).implode())
            past = {name: pl.concat([kept.rows[name].filter(staying), past[name]]) for name in PERSONAL_FEEDS}
        pack = row_packs.Pack(
            whole=whole,
            over=over,
            dated=dated.without(unsettled),
            apart=kinds.filter(kind=_APART)["candidate_id"].to_list(),
            lately={name: frame.filter(_recorded_after(self._lately_since)) for name, frame in read.lately.items()},
        )
        row_packs.save(
            connection, candidates, pack, past, seq=self._seq, as_of_us=self._t_us, since_day=self._since_day
        )

    def _kinds(self, feeds: Feeds, block: CaseBlock) -> pl.DataFrame:
        """``candidate_id`` and ``kind`` of everybody in some feeds.

        Whoever may have an active case is kept whole. Of somebody whose registration was not recorded by then nothing
        is: there may be an active case later, without a row coming in. Of all others the case is over; what is
        understood of them is settled if every row was known by then, and no case is active that is not registered.
        """
        people = pl.concat([feeds[name]["candidate_id"] for name in PERSONAL_FEEDS]).drop_nulls().unique().sort()
        active = self._possibly_active(feeds["registrations"])
        later = {name: self._recorded_later(feeds[name]) for name in PERSONAL_FEEDS}
        going = pl.concat([block.frame.filter("active")["candidate_id"], *later.values()])
        one = pl.col("candidate_id")
        kind = (
            pl.when(one.is_in(active.implode()))
            .then(pl.lit(_WHOLE))
            .when(one.is_in(later["registrations"].implode()))
            .then(pl.lit(_APART))
            .when(one.is_in(going.implode()))
            .then(pl.lit(_OVER))
            .otherwise(pl.lit(_PAST))
        )
        return people.to_frame().select(one, kind=kind)

    def _recorded_later(self, rows: pl.DataFrame) -> pl.Series:
        """Who has rows that were not recorded by the as-of time."""
        return rows.filter(_recorded_after(self._t_us))["candidate_id"].drop_nulls().unique().sort()

    @property
    def _lately_since(self) -> int:
        return self._t_us - LATELY_DAYS * US_PER_DAY

    def _lately(self, connection: Connection, candidates: Candidates, feeds: Feeds) -> Feeds:
        """When rows of a chunk were recorded, lately; steps of linked candidates, of whom all are read, from those."""
        named = pl.col("candidate_id").is_not_null()
        found = {name: feeds[name].select(RECORDED).filter(named) for name in PERSONAL_FEEDS}
        if not candidates.linked:
            found[STEPS_FEED] = recorded_after(
                connection, STEPS_FEED, after=self._lately_since, seq=self._seq, candidates=candidates
            )
        return found

    def _new(self, connection: Connection, candidates: Candidates, kept: row_packs.Kept) -> Feeds:
        """What has come since rows were kept."""
        many = len(kept.touched) > _MOST_BY_NAME
        return load_since(
            connection,
            after=kept.ingest_seq,
            seq=self._seq,
            candidates=candidates if many else kept.touched,
            only=feeds_since(connection, kept.ingest_seq) if kept.touched else (),
        )

    def _by_name(self, kept: row_packs.Kept, past: Feeds, registrations: pl.DataFrame) -> list[str]:
        """Who is read from the feeds with all rows: of whom none are kept, or not all that are needed now."""
        over = pl.concat([kept.over["candidates"], past["candidates"]])["candidate_id"].unique()
        again = over.filter(over.is_in(pl.Series(list(kept.touched), dtype=pl.String).implode()))
        theirs = registrations.filter(pl.col("candidate_id").is_in(again.implode()))
        return sorted({*kept.apart, *self._possibly_active(theirs)})

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
        planned = pl.col("planned_departure_on")
        active = (pl.col("status") == "open") & (planned.is_null() | (planned >= self._since))
        rows = known(registrations, self._t_us, self._seq)
        # Few have such a row at all, and only of those it matters which one is the last.
        some = rows.filter(active)["registration_id"].unique()
        last = (
            rows.filter(pl.col("registration_id").is_in(some.implode()))
            .sort("recorded_at", "ingest_seq", "row")
            .unique("registration_id", keep="last")
        )
        return last.filter(active)["candidate_id"].drop_nulls().unique().sort()


def _of_kind(feeds: Feeds, kinds: pl.DataFrame, kind: str) -> Feeds:
    """The rows of people of a kind, but the steps that nothing reads once a case is over."""
    people = kinds.filter(kind=kind)["candidate_id"]
    found = {name: feeds[name].filter(pl.col("candidate_id").is_in(people.implode())) for name in PERSONAL_FEEDS}
    return found if kind == _WHOLE else found | {STEPS_FEED: found[STEPS_FEED].filter(step=COUNTED_STEP)}


def _recorded_after(moment_us: int) -> pl.Expr:
    return pl.col("recorded_at").dt.timestamp("us") > moment_us
