"""Steps waiting at desks, whom agencies share, and the tallies of a run.

Use
---
``save_waiting(connection, frame, group=…, cases=…)``, ``waiting(connection, Desk(...), limit=…, after=…)``
    A run's waiting steps of a group of candidates, only what changed; the list of a desk, in pages.
``waiting_in(connection, cases)``
    What waits in some cases, wherever.
``save_links(connection, frame)``, ``links_of(connection, agency_id, limit=…)``
    Recruiters and payers that more than one agency has.
``save_tally``, ``chunk_tallies``, ``drop_chunk_tallies``, ``load_tally``
    Counts of a run (`models.tallies`).
"""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store.bulk import FEW, insert_frame, named, read_frame
from risk_service.store.digests import digests_together
from risk_service.store.feeds import Candidates
from risk_service.store.office_tables import agency_links, run_tallies, waiting_steps
from risk_service.store.scores import NO_DAY
from risk_service.store.tables import runs

ALL: Final = -1
PUBLISHED: Final = -2
Cursor = tuple[int, str, str, int]

_CASE: Final = ("case_id", "candidate_id")
_KEY: Final = (*_CASE, "step")
_NO_STEPS: Final = 0
_COLUMNS: Final = tuple(column.name for column in waiting_steps.columns)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Which waiting steps.

    Parameters
    ----------
    office_id
        At this office; empty: where no office is on record.
    case_office
        Only of cases that belong to this office; None: of all.
    issuer
        Only of this kind of office.
    """

    office_id: str
    case_office: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A step that waits; ``planned_day`` in days since 1970-01-01, None without a date."""

    case_id: str
    candidate_id: str
    step: str
    position: int
    issuer: str
    office_id: str
    case_office: str
    state: str
    turn: bool
    planned_day: int | None


@dataclass(frozen=True, kw_only=True)
class Link:
    """A recruiter or payer that an agency shares with another, and how many cases each has with it."""

    kind: str
    ref: str
    own_cases: int
    agency_id: str
    cases: int


def steps_digests(frame: pl.DataFrame, cases: pl.DataFrame) -> pl.Series:
    """Digests of the waiting steps of cases, row by row; of a case without any as well.

    Parameters
    ----------
    frame
        As :func:`models.waiting.waiting_steps` gives it.
    cases
        ``case_id`` and ``candidate_id``.
    """
    told = digests_together(_as_kept(frame), _CASE, name="steps")
    joined = cases.select(_CASE).join(told, on=list(_CASE), how="left", maintain_order="left")
    return joined.select(pl.col("steps").fill_null(_NO_STEPS)).to_series()


def save_waiting(
    connection: Connection, frame: pl.DataFrame, *, group: Candidates, cases: pl.DataFrame | None = None
) -> None:
    """Write what changed in the waiting steps of a group of candidates.

    Parameters
    ----------
    frame
        As :func:`models.waiting.waiting_steps` gives it, of all active cases of the group.
    cases
        ``case_id`` and ``candidate_id`` of those whose steps may not be as they were; None: of all.
    """
    if cases is not None and cases.is_empty():
        return
    now = _as_kept(frame)
    query = sa.select(*waiting_steps.columns)
    if cases is not None and len(cases) <= FEW * now["case_id"].n_unique():
        now = now.join(cases, on=_CASE, how="semi")
        with named(connection, waiting_steps, cases) as those:
            before = read_frame(connection, query.where(those))
    else:
        before = read_frame(connection, query.where(group.has(waiting_steps.c.candidate_id)))
    gone, new = (a.join(b, on=list(_COLUMNS), how="anti") for a, b in ((before, now), (now, before)))
    if not gone.is_empty():
        with named(connection, waiting_steps, gone.select(_KEY)) as those:
            connection.execute(sa.delete(waiting_steps).where(those))
    insert_frame(connection, waiting_steps, new)


def waiting(connection: Connection, desk: Desk, *, limit: int, after: Cursor | None = None) -> list[Waiting]:
    """Steps waiting at a desk, by planned departure, no date last.

    Parameters
    ----------
    after
        :func:`cursor_of` the last one already seen.
    """
    c = waiting_steps.c
    keys = (c.planned_key, c.case_id, c.candidate_id, c.position)
    query = sa.select(waiting_steps).where(c.office_id == desk.office_id).order_by(*keys).limit(limit)
    if desk.case_office is not None:
        query = query.where(c.case_office == desk.case_office)
    if desk.issuer is not None:
        query = query.where(c.issuer == desk.issuer)
    if after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*(sa.literal(value) for value in after)))
    return [_waiting(dict(row._mapping)) for row in connection.execute(query)]  # noqa: SLF001 - its public name


def waiting_in(connection: Connection, cases: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[Waiting]]:
    """Steps that wait in some cases (case and candidate), wherever, in lawful order; a case without any is left out."""
    c = waiting_steps.c
    query = sa.select(waiting_steps).where(c.case_id.in_(sorted({case_id for case_id, _ in cases})))
    wanted, found = set(cases), dict[tuple[str, str], list[Waiting]]()
    for row in connection.execute(query.order_by(c.case_id, c.candidate_id, c.position)):
        one = _waiting(dict(row._mapping))  # noqa: SLF001 - its public name
        case = (one.case_id, one.candidate_id)
        if case in wanted:
            found.setdefault(case, []).append(one)
    return found


def cursor_of(found: Waiting) -> Cursor:
    """Where a step stands in the list of its desk."""
    planned = NO_DAY if found.planned_day is None else found.planned_day
    return (planned, found.case_id, found.candidate_id, found.position)


def save_links(connection: Connection, frame: pl.DataFrame) -> None:
    """Put shared recruiters and payers in the place of those before."""
    connection.execute(sa.delete(agency_links))
    insert_frame(connection, agency_links, frame)


def links_of(connection: Connection, agency_id: str, *, limit: int) -> list[Link]:
    """Whom an agency shares, by kind, name and other agency."""
    own, other = agency_links.alias("own"), agency_links.alias("other")
    same = sa.and_(own.c.kind == other.c.kind, own.c.ref == other.c.ref, own.c.agency_id != other.c.agency_id)
    query = (
        sa.select(own.c.kind, own.c.ref, own.c.cases.label("own_cases"), other.c.agency_id, other.c.cases)
        .select_from(own.join(other, same))
        .where(own.c.agency_id == agency_id)
        .order_by(own.c.kind.desc(), own.c.ref, other.c.agency_id)
        .limit(limit)
    )
    return [Link(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - its public name


def save_tally(connection: Connection, run_id: str, tally: pl.DataFrame, *, chunk: int = ALL) -> None:
    """Keep a tally of a run, of one of its chunks, or (:data:`PUBLISHED`) the tables published of it."""
    buffer = io.BytesIO()
    tally.write_ipc(buffer, compression="zstd")
    mine = sa.and_(run_tallies.c.run_id == run_id, run_tallies.c.chunk == chunk)
    connection.execute(sa.delete(run_tallies).where(mine))
    connection.execute(sa.insert(run_tallies).values(run_id=run_id, chunk=chunk, content=buffer.getvalue()))


def chunk_tallies(connection: Connection, run_id: str) -> list[pl.DataFrame]:
    """Tallies of a run's chunks."""
    c = run_tallies.c
    query = sa.select(c.content).where(c.run_id == run_id, c.chunk >= 0).order_by(c.chunk)
    return [pl.read_ipc(io.BytesIO(content)) for content in connection.execute(query).scalars()]


def drop_chunk_tallies(connection: Connection, run_id: str) -> None:
    """Forget the tallies of a run's chunks."""
    c = run_tallies.c
    connection.execute(sa.delete(run_tallies).where(c.run_id == run_id, c.chunk >= 0))


def last_tallied(connection: Connection) -> tuple[str, int] | None:
    """Id and as-of time of the latest finished run that has a tally."""
    query = (
        sa.select(runs.c.run_id, runs.c.as_of_us)
        .join(run_tallies, run_tallies.c.run_id == runs.c.run_id)
        .where(runs.c.state == "done", run_tallies.c.chunk == ALL)
        .order_by(runs.c.finished_at_us.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.run_id, row.as_of_us)


def load_tally(connection: Connection, run_id: str, *, part: int = ALL) -> pl.DataFrame | None:
    """The tally of a finished run, or the tables published of it; None if it has none."""
    c = run_tallies.c
    content = connection.execute(sa.select(c.content).where(c.run_id == run_id, c.chunk == part)).scalar()
    return None if content is None else pl.read_ipc(io.BytesIO(content))


def _waiting(row: dict[str, Any]) -> Waiting:
    planned = row.pop("planned_key")
    return Waiting(**row | {"turn": bool(row["turn"])}, planned_day=None if planned == NO_DAY else planned)


def _as_kept(frame: pl.DataFrame) -> pl.DataFrame:
    """Waiting steps with the columns of the table."""
    return frame.select(
        *_KEY,
        position=pl.col("position").cast(pl.Int16),
        issuer="issuer",
        office_id=pl.col("office_id").fill_null(""),
        case_office=pl.col("case_office").fill_null(""),
        state="state",
        turn=pl.col("turn").cast(pl.Int16),
        planned_key=pl.col("planned_day").fill_null(NO_DAY),
    ).select(_COLUMNS)
