"""Rows of feeds out of the store, as canonical frames."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection

from models.asof import Feeds
from models.schema import FEEDS, Feed
from models.single.rows import Row
from risk_service.store.bulk import read_frame
from risk_service.store.tables import FEED_TABLES, linked_candidates, stored_fields

REFERENCE_FEEDS: Final = tuple(name for name, feed in FEEDS.items() if not feed.partitioned)
PERSONAL_FEEDS: Final = tuple(name for name, feed in FEEDS.items() if feed.partitioned)
_NIK_FACTS: Final = {"nik_state": pl.Int8(), "nik_birth": pl.Int32()}
RECORDED: Final = ("candidate_id", "recorded_at", "ingest_seq")
_AT_ONCE: Final = 5_000
EVER: Final = 2**62
"""Behind every delivery."""


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """A set of candidates whose rows can be scored apart from all others.

    Parameters
    ----------
    first, last
        Ids from ``first`` to ``last``, both included, without linked candidates.
    linked
        All candidates who share a key with another one in some version. They are taken together, because which of them
        a row belongs to can depend on all versions of it.
    seq
        The delivery up to which is looked at who is linked, so that nobody changes sides while a run is under way.
    """

    first: str | None = None
    last: str | None = None
    linked: bool = False
    seq: int = EVER

    def has(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether the candidate of a column is one of them."""
        if self.linked:
            return column.in_(linked(self.seq))
        return sa.and_(column >= self.first, column <= self.last, column.not_in(linked(self.seq)))


def frame_types(feed: Feed) -> dict[str, pl.DataType]:
    """Columns and types of the frames that :func:`load_feeds` gives: canonical, with NIK facts in place of identity."""
    types = {field.name: field.dtype for field in stored_fields(feed)}
    if len(stored_fields(feed)) < len(feed.fields):
        types |= _NIK_FACTS
    return types | {"ingest_seq": pl.Int64(), "row": pl.Int64()}


def load_feeds(
    connection: Connection,
    *,
    seq: int | None = None,
    candidates: Candidates | Collection[str] | None = None,
    only: Collection[str] | None = None,
    agencies: Collection[str] | None = None,
    permits: Collection[str] = (),
) -> Feeds:
    """All versions of rows, by feed.

    Parameters
    ----------
    seq
        Only rows delivered up to this ``ingest_seq``; None: all.
    candidates
        Of feeds keyed by candidate, only these candidates' rows (given by id, together with all candidates linked
        to them); None: everybody's.
    only
        Names of feeds; the others are left out of the result.
    agencies, permits
        Of agencies, their ledger, permits and branches only those of these agencies, and these permits; None: all.

    Returns
    -------
    dict
        Frames as :func:`frame_types` describes them. Names, NIK, passport and phone of candidates are not in them.
    """
    wanted = [name for name in FEEDS if only is None or name in only]
    ids = _with_linked(connection, candidates) if isinstance(candidates, Collection) else None
    result: Feeds = {}
    for name in wanted:
        feed, table = FEEDS[name], FEED_TABLES[name]
        types = frame_types(feed)
        query = sa.select(*(table.c[column] for column in types))
        if seq is not None:
            query = query.where(table.c.ingest_seq <= seq)
        if feed.partitioned:
            condition = _of(connection, table, candidates if isinstance(candidates, Candidates) else None, ids)
            query = query if condition is None else query.where(condition)
        elif agencies is not None and "agency_id" in table.c:
            named = [table.c.agency_id.in_(list(agencies))]
            if name == "permits":
                named.append(table.c.permit_id.in_(list(permits)))
            query = query.where(sa.or_(*named))
        result[name] = read_frame(connection, query, dtypes=types)
    return result


def load_rows(connection: Connection, *, people: Collection[str]) -> dict[str, list[Row]]:
    """All versions of the rows of some candidates and of all linked to them, as plain values.

    The same rows as :func:`load_feeds` gives of them, without the cost of frames.

    Returns
    -------
    dict
        By feed about candidates; dates and times as numbers (:mod:`models.single.rows`).
    """
    values = {"people": _with_linked(connection, people)}
    result: dict[str, list[Row]] = {}
    for name, (query, columns, flags) in _OF_PEOPLE.items():
        rows: list[Row] = []
        for found in connection.execute(query, values):
            row: dict[str, Any] = {
                column: None if value == "" else value for column, value in zip(columns, found, strict=True)
            }
            for flag in flags:
                row[flag] = None if row[flag] is None else bool(row[flag])
            rows.append(row)
        result[name] = rows
    return result


def load_steps(
    connection: Connection,
    *,
    seq: int,
    candidates: Candidates | Collection[str],
    everybody: str,
    whole: Collection[str],
) -> pl.DataFrame:
    """Steps of some candidates: one step of everybody, and all steps of some.

    Parameters
    ----------
    seq
        Only rows delivered up to this ``ingest_seq``.
    candidates
        A range, or ids (all candidates linked to them among them).
    everybody
        The step to read of everybody.
    whole
        Those of the candidates whose other steps are read as well.

    Returns
    -------
    polars.DataFrame
        As :func:`load_feeds` gives it.
    """
    table = FEED_TABLES["registration_steps"]
    types = frame_types(FEEDS["registration_steps"])
    query = sa.select(*(table.c[column] for column in types)).where(table.c.ingest_seq <= seq)
    group, ids_of = (candidates, None) if isinstance(candidates, Candidates) else (None, candidates)
    one = _of(connection, table, group, ids_of)
    ids = list(whole)
    conditions = [
        sa.and_(sa.true() if one is None else one, table.c.step == everybody),
        *(
            sa.and_(among(connection, table.c.candidate_id, ids[at : at + _AT_ONCE]), table.c.step != everybody)
            for at in range(0, len(ids), _AT_ONCE)
        ),
        sa.and_(table.c.candidate_id.is_(None), table.c.step != everybody),
    ]
    parts = [read_frame(connection, query.where(condition), dtypes=types) for condition in conditions]
    return pl.concat(parts, rechunk=True)


def load_since(
    connection: Connection, *, after: int, seq: int, candidates: Candidates | Collection[str], only: Collection[str]
) -> Feeds:
    """Rows of some candidates that deliveries after one have brought, by feed about candidates.

    Parameters
    ----------
    after, seq
        The ``ingest_seq`` after which, and up to which.
    candidates
        A range, or ids: of those alone, not of who is linked to them. Rows that name nobody are left out.
    only
        Feeds that are read; of the others there are no rows.
    """
    result: Feeds = {}
    for name in PERSONAL_FEEDS:
        table, types = FEED_TABLES[name], frame_types(FEEDS[name])
        column = table.c.candidate_id
        query = sa.select(*(table.c[one] for one in types)).where(table.c.ingest_seq > after, table.c.ingest_seq <= seq)
        groups: list[sa.ColumnElement[bool]] = []
        if name in only and isinstance(candidates, Candidates):
            groups = [candidates.has(column)]
        elif name in only and not isinstance(candidates, Candidates):
            ids = sorted(candidates)
            groups = [among(connection, column, ids[at : at + _AT_ONCE]) for at in range(0, len(ids), _AT_ONCE)]
        parts = [read_frame(connection, query.where(group), dtypes=types) for group in groups]
        result[name] = pl.concat([pl.DataFrame(schema=types), *parts])
    return result


def recorded_after(connection: Connection, feed: str, *, after: int, seq: int, candidates: Candidates) -> pl.DataFrame:
    """When rows of a range were recorded, as far as after a time: ``candidate_id``, ``recorded_at``, ``ingest_seq``.

    Parameters
    ----------
    after
        UTC microseconds.
    seq
        Only rows delivered up to this ``ingest_seq``.
    """
    c, types = FEED_TABLES[feed].c, frame_types(FEEDS[feed])
    query = sa.select(*(c[name] for name in RECORDED)).where(candidates.has(c.candidate_id))
    lately = query.where(c.recorded_at > after, c.ingest_seq <= seq)
    return read_frame(connection, lately, dtypes={name: types[name] for name in RECORDED})


def count_nobodys(connection: Connection, feed: str, *, after: int, until: int, seq: int) -> int:
    """Rows of a feed that name nobody, recorded after one time and until another, delivered up to ``seq``."""
    c = FEED_TABLES[feed].c
    recorded = sa.and_(c.candidate_id.is_(None), c.recorded_at > after, c.recorded_at <= until, c.ingest_seq <= seq)
    query = sa.select(sa.func.count()).select_from(FEED_TABLES[feed]).where(recorded)
    return int(connection.execute(query).scalar() or 0)


def candidate_ranges(
    connection: Connection, *, seq: int, size: int, within: Candidates | None = None
) -> list[Candidates]:
    """Everybody delivered up to ``seq`` in ranges of about ``size`` candidates, linked ones last and in one piece.

    Parameters
    ----------
    within
        A range to divide, without linked ones; None: everybody.
    """
    table = FEED_TABLES["candidates"]
    ids = sa.select(table.c.candidate_id).where(table.c.ingest_seq <= seq).distinct().order_by(table.c.candidate_id)
    if within is not None:
        ids = ids.where(table.c.candidate_id >= within.first, table.c.candidate_id <= within.last)
    result = connection.execute(ids.execution_options(stream_results=True))
    ranges = [Candidates(first=part[0], last=part[-1], seq=seq) for part in result.scalars().partitions(size)]
    return ranges if within is not None else [*ranges, *linked_group(connection, seq=seq)]


def linked(seq: int = EVER) -> sa.Select[tuple[str]]:
    """Ids of candidates who share a key with another one in some version delivered up to ``seq``."""
    return sa.select(linked_candidates.c.candidate_id).where(linked_candidates.c.ingest_seq <= seq)


def linked_group(connection: Connection, *, seq: int) -> list[Candidates]:
    """All candidates linked up to a delivery as one group, if there are any."""
    return [Candidates(linked=True, seq=seq)] if connection.execute(linked(seq).limit(1)).first() is not None else []


def among(connection: Connection, column: sa.ColumnElement[Any], ids: Collection[str]) -> sa.ColumnElement[bool]:
    """A column is one of some values; PostgreSQL takes them as one, since a parameter each costs memory."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.cast(sa.literal(list(ids), ARRAY(sa.Text)), ARRAY(sa.Text)))
    return column.in_(list(ids))


def candidate_of(
    connection: Connection, *, registration_id: str | None = None, travel_id: str | None = None
) -> list[str]:
    """Candidates that some version of a registration or an itinerary names."""
    table = FEED_TABLES["registrations" if registration_id is not None else "travel"]
    key = table.c.registration_id if registration_id is not None else table.c.travel_id
    query = sa.select(table.c.candidate_id).distinct().where(key == (registration_id or travel_id))
    return sorted(found for found in connection.execute(query).scalars() if found is not None)


def _of(
    connection: Connection, table: sa.Table, group: Candidates | None, ids: Collection[str] | None
) -> sa.ColumnElement[bool] | None:
    """Rows of some candidates; a retraction that names no candidate may concern anybody's key."""
    column: sa.ColumnElement[Any] = table.c.candidate_id
    chosen: sa.ColumnElement[bool]
    if ids is not None:
        chosen = among(connection, column, ids)
    elif group is None:
        return None
    else:
        chosen = group.has(column)
    return chosen if table.name == "candidates" else sa.or_(chosen, column.is_(None))


def _with_linked(connection: Connection, ids: Collection[str]) -> list[str]:
    query = linked()
    some = connection.execute(query.where(linked_candidates.c.candidate_id.in_(list(ids))).limit(1)).first()
    return sorted({*ids, *(connection.execute(query).scalars() if some else ())})


def _query_of_people(name: str) -> tuple[sa.Select[Any], tuple[str, ...], tuple[str, ...]]:
    """The query of a feed's rows of some people, its columns, and those that hold flags."""
    table, types = FEED_TABLES[name], frame_types(FEEDS[name])
    chosen: sa.ColumnElement[bool] = table.c.candidate_id.in_(sa.bindparam("people", expanding=True))
    if name != "candidates":
        chosen = sa.or_(chosen, table.c.candidate_id.is_(None))
    query = sa.select(*(table.c[column] for column in types)).where(chosen)
    return query, tuple(types), tuple(column for column, dtype in types.items() if dtype == pl.Boolean)


_OF_PEOPLE: Final = {name: _query_of_people(name) for name in PERSONAL_FEEDS}
