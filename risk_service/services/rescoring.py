"""Rescoring: everybody's active cases, in two passes, in chunks; broken off anywhere it is taken up again.

Use
---
``rescore(store, release=…, rules=…, as_of_us=…, clock=…) -> RunReport``
    Takes up the run that was broken off, if it was the same, else begins a new one, and carries it out.
``request(store, …) -> Run`` and ``carry_out(store, run_id, …) -> RunReport``
    The two halves, for a request that is answered before the work is done.

The first pass counts facts about others chunk by chunk, the second scores each chunk against the sum. A chunk, and
of the second pass some together, is written in one transaction with the note that it is done, so a process that is
killed leaves whole chunks, and the next start does the rest. All active cases are scored; a score is written only where
the result differs from the one before, and keeps the as-of time, delivery number, release and rules it was computed
from. Cases that left the queue are taken out of it and noted. The same functions over the same rows give the same bits
as a run over files.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.errors import RiskError, StoreError
from models.registry import check_compatible
from models.times import date_of, day_number
from risk_service.services import drift
from risk_service.services.chunk_rows import ChunkRows
from risk_service.services.movement import Movement
from risk_service.services.passes import Passes, Progress
from risk_service.services.ready_cases import ReadyCases
from risk_service.store import Store
from risk_service.store import deliveries as kept
from risk_service.store import runs as runs_kept
from risk_service.store import scores as scores_kept
from risk_service.store.runs import Run

if TYPE_CHECKING:
    from models.registry import Release
    from models.rules import RuleBook, Rules

CHUNK_CANDIDATES: Final = 60_000
WORK: Final = "rescore"
"""Name under which one process at a time does this (`Store.alone`)."""

Clock = Callable[[], int]


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """What a run did.

    Parameters
    ----------
    run
        As it is kept now.
    resumed
        Whether it had been broken off before.
    queue
        Cases by lane and band.
    movement
        Who changed band, by office, and which term moved it.
    drift
        The verdict on who was scored beside those the release was made for, in one line; empty for a run of an
        earlier version.
    """

    run: Run
    resumed: bool
    queue: dict[tuple[str, str], int]
    movement: Movement
    drift: str


def rescore(
    store: Store,
    *,
    release: Release,
    rules: RuleBook,
    as_of_us: int | None,
    clock: Clock,
    requested_by: str | None = None,
    progress: Progress | None = None,
    chunk: int = CHUNK_CANDIDATES,
) -> RunReport:
    """Score everybody as of a time.

    Parameters
    ----------
    release
        Verified.
    rules
        All rule tables; those recorded by ``as_of_us`` and in force on its day are used.
    as_of_us
        UTC microseconds, inclusive; None: now. A run that was broken off is taken up if release and rules are the same
        and so is the time; with None, if it was of the same day in Jakarta.
    clock
        Present time, UTC microseconds.
    chunk
        Candidates to score in one piece: bounds the memory used, changes no result.

    Raises
    ------
    StoreError
        Another process is rescoring, nothing has been delivered, or the store cannot be used.
    ReleaseError
        The release was made on the other kind of data (real, simulated).
    """
    with store.alone(WORK):
        run, resumed = _taken_up(store, release, rules, as_of_us, clock()), True
        if run is None:
            moment = clock() if as_of_us is None else as_of_us
            run = request(
                store, release=release, rules=rules, as_of_us=moment, now_us=clock(), requested_by=requested_by
            )
            resumed = False
        return _carry_out(
            store, run, release=release, rules=rules, clock=clock, progress=progress, chunk=chunk, resumed=resumed
        )


def request(
    store: Store, *, release: Release, rules: RuleBook, as_of_us: int, now_us: int, requested_by: str | None = None
) -> Run:
    """Write down a run that is to be carried out, over all deliveries so far.

    Raises
    ------
    StoreError
        Nothing has been delivered yet.
    ReleaseError
        The release was made on the other kind of data.
    """
    with store.writing() as connection:
        simulated = kept.is_simulated(connection)
        if simulated is None:
            raise StoreError("Nothing has been delivered yet.", what_to_do="Run: risk-service ingest FOLDER")
        check_compatible(release, simulated=simulated)
        run = Run(
            run_id=str(uuid.uuid4()),
            state="waiting",
            as_of_us=as_of_us,
            ingest_seq=kept.last_seq(connection),
            release=release.name,
            rules_version=_rules_at(rules, as_of_us).version,
            simulated=simulated,
            requested_by=requested_by,
            requested_at_us=now_us,
        )
        runs_kept.add_run(connection, run)
    return run


def carry_out(
    store: Store,
    run_id: str,
    *,
    release: Release,
    rules: RuleBook,
    clock: Clock,
    progress: Progress | None = None,
    chunk: int = CHUNK_CANDIDATES,
) -> RunReport:
    """Carry out a run that was requested, or take it up where it was broken off.

    Parameters and errors as :func:`rescore`. A run that is done already is only reported.
    """
    with store.alone(WORK):
        with store.reading() as connection:
            run = runs_kept.get_run(connection, run_id)
        if run is None:
            raise StoreError(f"There is no run {run_id}.")
        if run.release != release.name:
            raise StoreError(f"The run {run_id} was asked for with release {run.release}, not {release.name}.")
        resumed = run.state not in ("waiting", "done")
        return _carry_out(
            store, run, release=release, rules=rules, clock=clock, progress=progress, chunk=chunk, resumed=resumed
        )


def _taken_up(store: Store, release: Release, rules: RuleBook, as_of_us: int | None, now_us: int) -> Run | None:
    """The run that was broken off, if it is the one asked for; any other is given up."""
    with store.writing() as connection:
        run = runs_kept.unfinished(connection)
        if run is None:
            return None
        same_time = run.as_of_us == as_of_us or (as_of_us is None and day_number(run.as_of_us) == day_number(now_us))
        same_rules = run.rules_version == _rules_at(rules, run.as_of_us).version
        if same_time and same_rules and run.release == release.name:
            return run
        runs_kept.change_run(connection, run.run_id, state="abandoned", finished_at_us=now_us)
        runs_kept.drop_chunks(connection, run.run_id)
        return None


def _carry_out(
    store: Store,
    run: Run,
    *,
    release: Release,
    rules: RuleBook,
    clock: Clock,
    progress: Progress | None,
    chunk: int,
    resumed: bool,
) -> RunReport:
    if run.state != "done":
        work = Passes(store=store, run=run, release=release, rules=_rules_at(rules, run.as_of_us), progress=progress)
        try:
            work.begin(clock(), chunk)
            rows = ChunkRows(store, t_us=run.as_of_us, seq=run.ingest_seq, rules=work.rules)
            with ReadyCases() as ready:
                work.score_all(work.count_all(rows, ready), rows, ready)
            work.end(clock())
        except RiskError as error:
            with store.writing() as connection:
                runs_kept.change_run(connection, run.run_id, state="failed", fault=str(error))
            raise
    with store.reading() as connection:
        done = runs_kept.get_run(connection, run.run_id)
        queue = scores_kept.count_current(connection)
    if done is None or done.report is None:
        raise StoreError(f"The run {run.run_id} is gone.")
    return RunReport(
        run=done,
        resumed=resumed,
        queue=queue,
        movement=Movement.from_json(done.report),
        drift=drift.line_of(done.report),
    )


def _rules_at(rules: RuleBook, as_of_us: int) -> Rules:
    return rules.at(date_of(as_of_us), as_of_us)
