"""Rows of feeds into the store: what waits, what is there already, what is new; set by set, inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.delivery.references import without_repeats
from models.schema import FEEDS, Feed
from risk_service.store import row_packs
from risk_service.store.bulk import changed, insert_frame
from risk_service.store.crypto import MasterKey
from risk_service.store.feeds import frame_types
from risk_service.store.persons import seal
from risk_service.store.tables import FEED_TABLES, IDENTITY_COLUMNS, PENDING_TABLES, TEXT, linked_candidates, unresolved

_PLACE: Final = ("ingest_seq", "row")


@dataclass
class Intake:
    """Takes the rows of one delivery, feed by feed, parents before children.

    Parameters
    ----------
    connection
        In a transaction that writes.
    seq
        The delivery's ``ingest_seq``.
    master
        Seals what identifies a person.
    origins
        Pending rows by the delivery they came in, and the ``ingest_seq`` under which they come in now: below ``seq``,
        so that of rows with equal times those delivered later count.

    Attributes
    ----------
    released
        Origins of which rows have come in.
    """

    connection: Connection
    seq: int
    master: MasterKey
    origins: Mapping[int, int]
    released: set[int] = field(default_factory=set)
    _cited: sa.Table = field(init=False)

    def __post_init__(self) -> None:
        """Make the list of what the rows cite."""
        self._cited = _temporary(
            "cited",
            sa.Column("feed", TEXT),
            sa.Column("field", TEXT),
            sa.Column("value", TEXT),
            sa.Column("rows", sa.BigInteger),
        )
        self._cited.create(self.connection)

    def release(self, name: str) -> int:
        """Let in pending rows of a feed whose parents are there now; how many."""
        if name not in PENDING_TABLES:
            return 0
        feed, pending, table = FEEDS[name], PENDING_TABLES[name], FEED_TABLES[name]
        total = 0
        for origin, seq in sorted(self.origins.items()):
            ready = sa.and_(pending.c.ingest_seq == origin, ~_orphaned(feed, pending))
            new = sa.and_(ready, ~_identical(feed, pending, table))
            columns = [column for column in table.c if column.name != "ingest_seq"]
            chosen = sa.select(*(pending.c[column.name] for column in columns), sa.literal(seq)).where(new)
            if feed.partitioned:
                row_packs.note(self.connection, pending.c.candidate_id, new, seq=seq)
            count = changed(self.connection, sa.insert(table).from_select([*columns, table.c.ingest_seq], chosen))
            if count:
                self.released.add(origin)
                total += count
            self._link(feed, pending, ready)
            self._cite(feed, pending, ready)
            self.connection.execute(sa.delete(pending).where(ready))
        return total

    def feed(self, name: str) -> FeedIntake:
        """Start taking a feed's rows."""
        return FeedIntake(self, FEEDS[name])

    def settle(self) -> dict[str, int]:
        """After the last feed: file lone retractions with their key, note what is unresolved; citations by feed."""
        for name, feed in FEEDS.items():
            if feed.partitioned and name != "candidates":
                self._file_retractions(feed)
        counts = {}
        for name, feed in FEEDS.items():
            lost = 0
            for column, target in feed.soft_references:
                lost += self._note_unresolved(name, column, target)
            if lost:
                counts[name] = lost
        self._cited.drop(self.connection)
        return counts

    def _note_unresolved(self, name: str, column: str, target: str) -> int:
        cited, key = self._cited, FEED_TABLES[target].c[FEEDS[target].key[0]]
        lost = (
            sa.select(sa.literal(self.seq), cited.c.feed, cited.c.field, cited.c.value, sa.func.sum(cited.c.rows))
            .where(cited.c.feed == name, cited.c.field == column)
            .where(~sa.exists().where(key == cited.c.value))
            .group_by(cited.c.feed, cited.c.field, cited.c.value)
        )
        names = ["seq", "feed", "field", "value", "rows"]
        self.connection.execute(sa.insert(unresolved).from_select(names, lost))
        noted = sa.select(sa.func.sum(unresolved.c.rows)).where(
            unresolved.c.seq == self.seq, unresolved.c.feed == name, unresolved.c.field == column
        )
        return int(self.connection.execute(noted).scalar() or 0)

    def _cite(self, feed: Feed, source: sa.Table, which: sa.ColumnElement[bool] | None = None) -> None:
        """List what the rows of ``source`` cite that is not known so far."""
        for column, target in feed.soft_references:
            value, key = source.c[column], FEED_TABLES[target].c[FEEDS[target].key[0]]
            query = (
                sa.select(sa.literal(feed.name), sa.literal(column), value, sa.func.count())
                .where(value.is_not(None), source.c.retracted == 0, ~sa.exists().where(key == value))
                .group_by(value)
            )
            query = query if which is None else query.where(which)
            self.connection.execute(sa.insert(self._cited).from_select(list(self._cited.c), query))

    def _link(self, feed: Feed, source: sa.Table, which: sa.ColumnElement[bool] | None = None) -> None:
        """Note candidates who share a key with another one, now that the rows of ``source`` are in."""
        if not feed.partitioned or feed.name == "candidates":
            return
        shared = [(FEED_TABLES[feed.name], feed.key)]
        if feed.name == "registration_steps":
            shared.append((FEED_TABLES["registrations"], FEEDS["registrations"].key))
        for table, key in shared:
            other = table.alias("other")
            same = sa.and_(
                *(source.c[name] == other.c[name] for name in key), source.c.candidate_id != other.c.candidate_id
            )
            same = same if which is None else sa.and_(same, which)
            if self.connection.execute(sa.select(sa.literal(1)).where(same).limit(1)).first() is None:
                continue
            for column in (source.c.candidate_id, other.c.candidate_id):
                found = sa.select(column).distinct().where(same)
                known = sa.exists().where(linked_candidates.c.candidate_id == column)
                new = found.add_columns(sa.literal(self.seq)).where(~known)
                self.connection.execute(sa.insert(linked_candidates).from_select(["candidate_id", "ingest_seq"], new))

    def _file_retractions(self, feed: Feed) -> None:
        """Give retractions that name no candidate the candidate of their key, so that they are read with it."""
        table = FEED_TABLES[feed.name]
        other = table.alias("other")
        same = sa.and_(*(other.c[name] == table.c[name] for name in feed.key))
        owner = sa.select(sa.func.min(other.c.candidate_id)).where(same).scalar_subquery()
        lone = sa.and_(table.c.candidate_id.is_(None), sa.exists().where(same, other.c.candidate_id.is_not(None)))
        row_packs.note(self.connection, other.c.candidate_id, same, table.c.candidate_id.is_(None), seq=self.seq)
        # Of an earlier delivery, and so not among what later ones have brought.
        old = table.c.ingest_seq.not_in([self.seq, *self.origins.values()])
        found = sa.select(other.c.candidate_id).distinct().where(same, table.c.candidate_id.is_(None), old)
        theirs = list(self.connection.execute(found.where(other.c.candidate_id.is_not(None))).scalars())
        if theirs:
            row_packs.forget(self.connection, theirs)
        self.connection.execute(sa.update(table).where(lone).values(candidate_id=owner))


class FeedIntake:
    """Takes the rows of one feed in batches.

    Attributes
    ----------
    taken, already, pending
        Rows so far.
    """

    def __init__(self, intake: Intake, feed: Feed) -> None:
        self._intake = intake
        self._feed = feed
        self._table = FEED_TABLES[feed.name]
        self._stage = _temporary("stage", *(sa.Column(column.name, column.type) for column in self._columns()))
        self._stage.create(intake.connection)
        self.taken = self.already = self.pending = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take good rows (contract columns in canonical types, and ``row``)."""
        connection, feed, stage, table = self._intake.connection, self._feed, self._stage, self._table
        once = without_repeats(feed, frame)
        self.already += frame.height - once.height
        connection.execute(sa.delete(stage))
        insert_frame(connection, stage, self._stored(once))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE stage")
        if feed.parents:
            self._set_aside()
        self.already += changed(connection, sa.delete(stage).where(_identical(feed, stage, table)))
        order = [stage.c[name] for name in (*feed.key, "recorded_at", "row")]
        new = sa.insert(table).from_select([*self._names(), "ingest_seq"], self._rows().order_by(*order))
        self.taken += changed(connection, new)
        if feed.partitioned:
            row_packs.note(connection, stage.c.candidate_id, seq=self._intake.seq)
        self._intake._link(feed, stage)  # noqa: SLF001 - the two are one
        self._intake._cite(feed, stage)  # noqa: SLF001

    def finish(self) -> None:
        """Leave no staging table behind."""
        self._stage.drop(self._intake.connection)

    def _set_aside(self) -> None:
        connection, feed, stage = self._intake.connection, self._feed, self._stage
        waiting, orphaned = PENDING_TABLES[feed.name], _orphaned(feed, stage)
        new = sa.and_(orphaned, ~_identical(feed, stage, waiting))
        aside = sa.insert(waiting).from_select([*self._names(), "ingest_seq"], self._rows().where(new))
        added = changed(connection, aside)
        self.pending += added
        self.already += changed(connection, sa.delete(stage).where(orphaned)) - added

    def _rows(self) -> sa.Select[Any]:
        return sa.select(*(self._stage.c[name] for name in self._names()), sa.literal(self._intake.seq))

    def _columns(self) -> list[sa.Column[Any]]:
        return [column for column in self._table.c if column.name != "ingest_seq"]

    def _names(self) -> list[str]:
        return [column.name for column in self._columns()]

    def _stored(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows in the types of the table."""
        if self._feed.name == "candidates":
            frame = seal(self._intake.connection, self._intake.master, frame)
        types = {name: dtype for name, dtype in frame_types(self._feed).items() if name != "ingest_seq"}
        return frame.with_columns(_as_stored(name, dtype) for name, dtype in types.items()).select(self._names())


def pending_origins(connection: Connection) -> list[int]:
    """Deliveries some rows of which still wait for their parents."""
    found: set[int] = set()
    for table in PENDING_TABLES.values():
        found.update(connection.execute(sa.select(table.c.ingest_seq).distinct()).scalars())
    return sorted(found)


def count_pending(connection: Connection) -> dict[str, int]:
    """Rows that wait, by feed."""
    return {
        name: int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0)
        for name, table in PENDING_TABLES.items()
    }


def _temporary(name: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(name, sa.MetaData(), *columns, prefixes=["TEMPORARY"])


def _orphaned(feed: Feed, source: sa.Table) -> sa.ColumnElement[bool]:
    """Rows that name a parent nobody has delivered; a retraction may leave its parent out."""
    conditions: Sequence[sa.ColumnElement[bool]] = [
        sa.and_(
            source.c[column].is_not(None),
            ~sa.exists().where(FEED_TABLES[parent].c[FEEDS[parent].key[0]] == source.c[column]),
        )
        for column, parent in feed.parents
    ]
    return sa.or_(sa.false(), *conditions)


def _identical(feed: Feed, source: sa.Table, table: sa.Table) -> sa.ColumnElement[bool]:
    """Rows that ``table`` holds already; of two retractions only key and time matter."""
    there = table.alias("there")
    moment = [source.c[name] == there.c[name] for name in (*feed.key, "recorded_at")]
    fixed = {*feed.key, "recorded_at", "retracted", *_PLACE}
    content = [
        column.name
        for column in table.c
        if column.name not in fixed and (column.name not in IDENTITY_COLUMNS or column.name == "identity_token")
    ]
    same = sa.and_(
        source.c.retracted == there.c.retracted,
        *(source.c[name].is_not_distinct_from(there.c[name]) for name in content),
    )
    both_retracted = sa.and_(source.c.retracted == 1, there.c.retracted == 1)
    return sa.exists().where(*moment, sa.or_(both_retracted, same))


def _as_stored(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Date:
        return column.cast(pl.Int32)
    if isinstance(dtype, pl.Datetime):
        return column.dt.timestamp("us")
    if dtype == pl.Boolean:
        return column.cast(pl.Int8)
    return column
