"""Runs: one rescoring of everybody each, in chunks, so that it can be broken off and taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from risk_service.store.feeds import Candidates
from risk_service.store.tables import run_chunks, runs

State = Literal["waiting", "counting", "scoring", "done", "failed", "abandoned"]
UNDER_WAY: Final[tuple[State, ...]] = ("counting", "scoring")


@dataclass(frozen=True, kw_only=True)
class Run:
    """A rescoring.

    Parameters
    ----------
    state
        ``waiting`` to be carried out, ``counting`` (first pass), ``scoring`` (second), ``done``, ``failed`` (see
        ``fault``; it can be taken up again), ``abandoned`` (another one was asked for instead).
    as_of_us, ingest_seq
        Everybody is scored as of then, over deliveries up to this one.
    requested_by
        Id of the key that asked for it; None: the command line.
    cases, changed, ended
        Cases scored; results that differ from those before; cases that left the queue. None until done.
    freshness, report
        JSON; see :func:`~risk_service.store.deliveries.freshness_json` and `risk_service.services.rescoring`.
    """

    run_id: str
    state: State
    as_of_us: int
    ingest_seq: int
    release: str
    rules_version: str
    simulated: bool
    requested_by: str | None
    requested_at_us: int
    started_at_us: int | None = None
    finished_at_us: int | None = None
    chunks: int | None = None
    cases: int | None = None
    changed: int | None = None
    ended: int | None = None
    freshness: str | None = None
    report: str | None = None
    fault: str | None = None


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A part of a run.

    Parameters
    ----------
    candidates
        Whose cases it scores.
    counted, scored
        Whether the first and the second pass are through with it.
    """

    number: int
    candidates: Candidates
    counted: bool
    scored: bool


def add_run(connection: Connection, run: Run) -> None:
    """Write down a run that is to be carried out."""
    connection.execute(sa.insert(runs).values(vars(run) | {"simulated": int(run.simulated)}))


def get_run(connection: Connection, run_id: str) -> Run | None:
    """The run of that id."""
    row = connection.execute(sa.select(runs).where(runs.c.run_id == run_id)).one_or_none()
    return None if row is None else _run(row)


def list_runs(connection: Connection, *, limit: int = 50, before: tuple[int, str] | None = None) -> list[Run]:
    """Runs, the latest request first; ``before`` is time of request and id of the last one already seen."""
    query = sa.select(runs).order_by(runs.c.requested_at_us.desc(), runs.c.run_id.desc()).limit(limit)
    if before is not None:
        query = query.where(sa.tuple_(runs.c.requested_at_us, runs.c.run_id) < before)
    return [_run(row) for row in connection.execute(query)]


def last_done(connection: Connection) -> Run | None:
    """The latest finished run."""
    query = sa.select(runs).where(runs.c.state == "done").order_by(runs.c.finished_at_us.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _run(row)


def unfinished(connection: Connection) -> Run | None:
    """The run that was begun last and is neither done nor given up."""
    query = sa.select(runs).where(runs.c.state.in_((*UNDER_WAY, "failed"))).order_by(runs.c.started_at_us.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _run(row)


def change_run(connection: Connection, run_id: str, **values: Any) -> None:
    """Change columns of a run."""
    connection.execute(sa.update(runs).where(runs.c.run_id == run_id).values(values))


def add_chunks(connection: Connection, run_id: str, groups: Sequence[Candidates]) -> None:
    """Divide a run."""
    rows = [
        {"run_id": run_id, "chunk": number, "first_id": group.first, "last_id": group.last}
        for number, group in enumerate(groups)
    ]
    if rows:
        connection.execute(sa.insert(run_chunks), rows)


def chunks(connection: Connection, run: Run) -> list[Chunk]:
    """The parts of a run, in order."""
    columns = run_chunks.c
    query = (
        sa.select(
            columns.chunk,
            columns.first_id,
            columns.last_id,
            columns.counts.is_not(None) & columns.tally.is_not(None),
            columns.cases.is_not(None),
        )
        .where(columns.run_id == run.run_id)
        .order_by(columns.chunk)
    )
    return [
        Chunk(
            number=number,
            candidates=Candidates(first=first, last=last, linked=first is None, seq=run.ingest_seq),
            counted=bool(counted),
            scored=bool(scored),
        )
        for number, first, last, counted, scored in connection.execute(query)
    ]


def change_chunk(connection: Connection, run_id: str, number: int, **values: Any) -> None:
    """Change columns of a part of a run."""
    connection.execute(
        sa.update(run_chunks).where(run_chunks.c.run_id == run_id, run_chunks.c.chunk == number).values(values)
    )


def chunk_values(connection: Connection, run_id: str, column: str) -> list[Any]:
    """One column of the parts of a run, in order."""
    query = sa.select(run_chunks.c[column]).where(run_chunks.c.run_id == run_id).order_by(run_chunks.c.chunk)
    return list(connection.execute(query).scalars())


def chunk_value(connection: Connection, run_id: str, number: int, column: str) -> Any:
    """One column of a part of a run."""
    c = run_chunks.c
    return connection.execute(sa.select(c[column]).where(c.run_id == run_id, c.chunk == number)).scalar()


def drop_chunks(connection: Connection, run_id: str) -> None:
    """Forget how a run was divided, once it is over."""
    connection.execute(sa.delete(run_chunks).where(run_chunks.c.run_id == run_id))


def _run(row: Row[Any]) -> Run:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's mapping
    return Run(**values | {"simulated": bool(values["simulated"]), "state": cast(State, values["state"])})
