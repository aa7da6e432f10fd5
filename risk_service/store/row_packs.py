"""What a rescoring keeps for the next: ranges of candidates, and their rows in packs that are read at once.

Use
---
``note(connection, source, seq=…)``
    At every intake: who has rows of a delivery.
``ranges(connection, seq=…, size=…) -> list[Candidates]``
    Everybody in ranges that stay the same from one rescoring to the next.
``load(connection, candidates, …) -> Pack | None``, ``save(connection, candidates, …)``
    The rows of a range that need not be read again.
``forget(connection, candidate_ids)``
    Let go of the packs some persons are in, because they are erased.
``past(connection, candidates, among=…) -> Past``
    Of the rows of a range those of people of whom what is understood is kept.

A pack holds what a rescoring has read of a range: of whoever may have an active case all rows, of everybody else those
that counts about others read, and when rows were recorded lately. As time goes by that stays enough until a row comes
in; of whoever has rows of a later delivery those are read in addition. Of people whose cases are over, and of whom
every row was known by then, a pack also holds what is understood of them (:class:`models.dated.Dated`); their rows are
read again only when one has come in. Who shares a key with another person is read from the feeds. So is everybody when
a rescoring looks back, at a time or a delivery before the one that the pack was made at. A pack says nothing that the
feeds do not say.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from models.asof import Feeds
from models.dated import FORM, Dated
from models.schema import FEEDS
from risk_service import __version__
from risk_service.store.bulk import changed, fetch
from risk_service.store.deliveries import fact
from risk_service.store.feeds import PERSONAL_FEEDS, Candidates, candidate_ranges, frame_types, linked, linked_group
from risk_service.store.row_pack_tables import packed_rows, row_ranges, rows_since
from risk_service.store.tables import FEED_TABLES, facts

APART: Final = "apart"
_OVER: Final = "over: "
"""Before the name of a feed: rows of those of whom not all steps are kept."""
_PAST: Final = "past: "
"""The same, of those of whom what is understood is kept."""
_LATELY: Final = "lately: "
"""Before the name of a feed: when rows of it were recorded."""
_DATED: Final = f"dated {__version__} {FORM}: "
"""Before the name of a table: what is understood, by this version of the program alone."""
_NOTED_AFTER: Final = "rows_noted_after"
_GROWN: Final = 2
"""A range of more than so many times the size asked for is divided anew."""
_SMALL: Final = 1.25
"""Neighbours that together are up to so many times the size asked for are joined."""
_BEGIN: Final = ""


@dataclass(frozen=True, kw_only=True)
class Pack:
    """The rows kept of a range.

    Parameters
    ----------
    whole
        Rows by feed of those of whom all are kept.
    over
        Of those who have no active case: without the steps that nothing reads then.
    dated
        What is understood of further people who have none; None: nothing is kept that this version would understand.
    apart
        Of whom nothing is kept, sorted: they are to be read from the feeds.
    lately
        By feed, when rows of anybody were recorded: ``candidate_id``, ``recorded_at``, ``ingest_seq``.
    """

    whole: Mapping[str, pl.DataFrame]
    over: Mapping[str, pl.DataFrame]
    dated: Dated | None
    apart: Sequence[str]
    lately: Mapping[str, pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Kept(Pack):
    """A pack that was kept.

    Parameters
    ----------
    touched
        Who has rows of a later delivery.
    ingest_seq
        The delivery up to which rows were kept.
    people
        How many candidates the range had by then.
    """

    touched: frozenset[str]
    ingest_seq: int
    people: int


@dataclass(frozen=True, kw_only=True)
class Past:
    """Rows of people of whom what is understood is kept.

    Parameters
    ----------
    rows
        By feed; none where they have been let go of.
    others
        Whether rows of further such people are kept.
    """

    rows: Feeds
    others: bool


def note(connection: Connection, column: sa.ColumnElement[str], *conditions: sa.ColumnElement[bool], seq: int) -> None:
    """Note that the candidates of a column have rows of a delivery."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    found = sa.select(column, sa.literal(seq)).distinct().where(column.is_not(None), *conditions)
    # Not by looking for who is missing: PostgreSQL knows no statistics of what this delivery has noted so far, and
    # compared everybody with everybody.
    noting = insert(rows_since).from_select(["candidate_id", "ingest_seq"], found).on_conflict_do_nothing()
    connection.execute(noting)


def ranges(connection: Connection, *, seq: int, size: int) -> list[Candidates]:
    """Everybody delivered up to ``seq`` in ranges of about ``size`` candidates, linked ones last and in one piece.

    Ranges stay from one rescoring to the next; one that has grown is divided, and neighbours that are little more than
    one together are joined. A new candidate is in the range that its id falls into.

    Parameters
    ----------
    connection
        In a transaction that writes.
    """
    c = row_ranges.c
    known = connection.execute(sa.select(c.first_id, c.last_id, c.candidates).order_by(c.first_id)).all()
    if not known:
        found = candidate_ranges(connection, seq=seq, size=size)
        if found and found[0].first is not None:
            found[0] = replace(found[0], first=_BEGIN)
        _add(connection, found, size=size, seq=seq)
        return found
    starts = [row.first_id for row in known]
    last = [row.last_id for row in known]
    people = [row.candidates for row in known]
    since, everybody = rows_since.c.candidate_id, FEED_TABLES["candidates"].c.candidate_id
    for at, first in enumerate(starts):
        within = [since >= first, *([since < starts[at + 1]] if at + 1 < len(starts) else [])]
        count = sa.select(sa.func.count(since.distinct()), sa.func.max(since)).where(*within)
        more, until = connection.execute(count).one()
        if more:
            last[at] = max(last[at], until)
        if people[at] + more > _SMALL * size:  # perhaps they were there before
            exactly = sa.select(sa.func.count(everybody.distinct())).where(everybody >= first, everybody <= last[at])
            people[at] = int(connection.execute(exactly).scalar_one())
        else:
            people[at] += more
    if seq >= _noted_after(connection):
        starts, last, people = _joined(connection, starts, last, people, size=size)
    found = []
    for first, until, count in zip(starts, last, people, strict=True):
        mine = Candidates(first=first, last=until, seq=seq)
        found += [mine] if count <= _GROWN * size else _divided(connection, mine, seq=seq, size=size)
    return [*found, *linked_group(connection, seq=seq)]


def load(connection: Connection, candidates: Candidates, *, seq: int, as_of_us: int, since_day: int) -> Kept | None:
    """The rows kept of a range, for a rescoring as of a time; None where there are none that would do.

    Parameters
    ----------
    seq, as_of_us, since_day
        Of the rescoring: the last delivery read, UTC microseconds, and the day from which on a departure may be open.
    """
    if candidates.linked:
        return None
    c = row_ranges.c
    head = connection.execute(sa.select(row_ranges).where(c.first_id == candidates.first)).one_or_none()
    if head is None or head.ingest_seq > seq or head.as_of_us > as_of_us or head.since_day > since_day:
        return None
    frames = _read(connection, candidates, packed_rows.c.part.not_like(_PAST + "%"))
    if any(_LATELY + name not in frames for name in PERSONAL_FEEDS):
        return None  # let go of, or kept by a version before
    since = rows_since.c
    later = sa.select(since.candidate_id).where(
        since.candidate_id >= candidates.first,
        since.candidate_id <= candidates.last,
        since.ingest_seq > head.ingest_seq,
    )
    touched = frozenset(connection.execute(later).scalars())
    dated = _named(frames, _DATED)
    return Kept(
        whole={name: frames[name] for name in PERSONAL_FEEDS},
        over=_named(frames, _OVER),
        dated=Dated(**dated) if dated else None,
        apart=sorted(frames[APART]["candidate_id"]),
        lately=_named(frames, _LATELY),
        touched=touched - frozenset(connection.execute(linked(candidates.seq)).scalars()),
        ingest_seq=head.ingest_seq,
        people=head.candidates,
    )


def past(connection: Connection, candidates: Candidates, *, among: Collection[str] | None = None) -> Past:
    """Rows kept of the people of whom what is understood is kept: of some of them; None: of all."""
    if among is not None and not among:
        return Past(rows={name: pl.DataFrame(schema=frame_types(FEEDS[name])) for name in PERSONAL_FEEDS}, others=True)
    found = _named(_read(connection, candidates, packed_rows.c.part.like(_PAST + "%")), _PAST)
    if among is None or not found:
        return Past(rows=found, others=False)
    mine = pl.col("candidate_id").is_in(pl.Series(list(among), dtype=pl.String).implode())
    rows = {name: frame.filter(mine) for name, frame in found.items()}
    return Past(rows=rows, others=rows["candidates"].height < found["candidates"].height)


def save(
    connection: Connection, candidates: Candidates, pack: Pack, past: Feeds, *, seq: int, as_of_us: int, since_day: int
) -> None:
    """Keep rows of a range for the next rescoring, in the place of those before.

    Parameters
    ----------
    past
        Rows of those of whom ``pack`` has what is understood, as of ``over``.
    seq, as_of_us, since_day
        As of :func:`load`.
    """
    c = row_ranges.c
    if candidates.linked or seq < _noted_after(connection):
        return
    people = sum(frames["candidates"]["candidate_id"].n_unique() for frames in (pack.whole, pack.over, past))
    values = {"last_id": candidates.last, "candidates": people + len(pack.apart), "ingest_seq": seq}
    values |= {"as_of_us": as_of_us, "since_day": since_day}
    if not changed(connection, sa.update(row_ranges).where(c.first_id == candidates.first).values(values)):
        return
    connection.execute(sa.delete(packed_rows).where(packed_rows.c.first_id == candidates.first))
    dated = {} if pack.dated is None else vars(pack.dated)
    groups = {"": pack.whole, _OVER: pack.over, _PAST: past, _LATELY: pack.lately, _DATED: dated}
    parts = {kind + name: frame for kind, group in groups.items() for name, frame in group.items()}
    parts[APART] = pl.DataFrame({"candidate_id": pack.apart}, schema={"candidate_id": pl.String})
    rows = [{"first_id": candidates.first, "part": part, "content": _packed(frame)} for part, frame in parts.items()]
    connection.execute(sa.insert(packed_rows), rows)


def carry_on(connection: Connection, candidates: Candidates, *, seq: int) -> None:
    """Note that nobody of a range has rows of deliveries up to ``seq`` beside those kept."""
    mine = row_ranges.c.first_id == candidates.first
    connection.execute(sa.update(row_ranges).where(mine).values(ingest_seq=seq))


def taken_up(connection: Connection, *, seq: int) -> None:
    """After a rescoring of everybody up to ``seq``: forget who has rows of deliveries that all ranges have taken up."""
    oldest = connection.execute(sa.select(sa.func.min(row_ranges.c.ingest_seq))).scalar()
    if oldest is None:
        return
    until = min(int(oldest), seq)
    if changed(connection, sa.delete(rows_since).where(rows_since.c.ingest_seq <= until)):
        connection.execute(sa.delete(facts).where(facts.c.name == _NOTED_AFTER))
        connection.execute(sa.insert(facts).values(name=_NOTED_AFTER, value=str(until)))


def forget(connection: Connection, candidate_ids: Sequence[str]) -> None:
    """Let go of the packs that some persons are in; the next rescoring reads their rows from the feeds."""
    starts = list(connection.execute(sa.select(row_ranges.c.first_id).order_by(row_ranges.c.first_id)).scalars())
    hit = sorted({starts[max(bisect_right(starts, one) - 1, 0)] for one in candidate_ids}) if starts else []
    connection.execute(sa.delete(packed_rows).where(packed_rows.c.first_id.in_(hit)))


def _joined(
    connection: Connection, starts: Sequence[str], last: Sequence[str], people: Sequence[int], *, size: int
) -> tuple[list[str], list[str], list[int]]:
    """Ranges with small neighbours as one; what was kept of those is let go."""
    groups: list[list[int]] = []
    for at, count in enumerate(people):
        if groups and sum(people[one] for one in groups[-1]) + count <= _SMALL * size:
            groups[-1].append(at)
        else:
            groups.append([at])
    c = row_ranges.c
    for group in (group for group in groups if len(group) > 1):
        hit = [starts[at] for at in group]
        connection.execute(sa.delete(packed_rows).where(packed_rows.c.first_id.in_(hit)))
        connection.execute(sa.delete(row_ranges).where(c.first_id.in_(hit[1:])))
        whole = {"last_id": last[group[-1]], "candidates": sum(people[at] for at in group)}
        connection.execute(sa.update(row_ranges).where(c.first_id == hit[0]).values(whole))
    return (
        [starts[group[0]] for group in groups],
        [last[group[-1]] for group in groups],
        [sum(people[at] for at in group) for group in groups],
    )


def _divided(connection: Connection, grown: Candidates, *, seq: int, size: int) -> list[Candidates]:
    """A range in several; what was kept of it is let go."""
    found = candidate_ranges(connection, seq=seq, size=size, within=grown)
    if not found or seq < _noted_after(connection):
        return [grown]
    found[0] = replace(found[0], first=grown.first)
    connection.execute(sa.delete(packed_rows).where(packed_rows.c.first_id == grown.first))
    connection.execute(sa.delete(row_ranges).where(row_ranges.c.first_id == grown.first))
    _add(connection, found, size=size, seq=seq)
    return found


def _add(connection: Connection, found: Sequence[Candidates], *, size: int, seq: int) -> None:
    """Write down ranges of which nothing is kept yet."""
    empty = {"candidates": size, "ingest_seq": seq, "as_of_us": 0, "since_day": 0}
    rows = [empty | {"first_id": one.first, "last_id": one.last} for one in found if not one.linked]
    if rows and seq >= _noted_after(connection):
        connection.execute(sa.insert(row_ranges), rows)


def _noted_after(connection: Connection) -> int:
    """The delivery up to which it is not known any more who has rows of which."""
    return int(fact(connection, _NOTED_AFTER) or 0)


def _read(connection: Connection, candidates: Candidates, which: sa.ColumnElement[bool]) -> Feeds:
    """Parts of the pack of a range, without people who have been linked since."""
    c = packed_rows.c
    parts = fetch(connection, sa.select(c.part, c.content).where(c.first_id == candidates.first, which))
    frames = {part: pl.read_ipc_stream(io.BytesIO(content)) for part, content in parts}
    elsewhere = list(connection.execute(linked(candidates.seq)).scalars())
    if not elsewhere:
        return frames
    staying = ~pl.col("candidate_id").is_in(pl.Series(elsewhere, dtype=pl.String).implode())
    return {part: frame.filter(staying) if "candidate_id" in frame.columns else frame for part, frame in frames.items()}


def _named(frames: Feeds, kind: str) -> Feeds:
    """Parts of a kind by what follows it."""
    return {part.removeprefix(kind): frame for part, frame in frames.items() if part.startswith(kind)}


def _packed(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer, compression="zstd")
    return buffer.getvalue()
