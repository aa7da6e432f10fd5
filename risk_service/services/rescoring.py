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
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from sqlalchemy.engine import Connection

from models.aggregates import Aggregates, count, shares
from models.asof import Feeds, visible
from models.cases import build_cases
from models.drift import LATELY_DAYS, Tally, arrivals, watch
from models.errors import RiskError, StoreError
from models.freshness import Freshness
from models.references import References, read_references
from models.registry import check_compatible
from models.tallies import kept as kept_tally
from models.tallies import merged as merged_tallies
from models.tallies import shared_links, tally_cases, tally_incidents, tally_queue
from models.times import US_PER_DAY, date_of, day_number
from risk_service.services import drift
from risk_service.services.chunk_rows import STEPS_FEED, ChunkRows, Read
from risk_service.services.movement import Movement
from risk_service.services.objections import withhold
from risk_service.services.publishing import publish
from risk_service.services.ready_cases import Ready, ReadyCases
from risk_service.services.results import together
from risk_service.store import Store, row_packs
from risk_service.store import deliveries as kept
from risk_service.store import office_lists as lists
from risk_service.store import runs as runs_kept
from risk_service.store import scores as scores_kept
from risk_service.store.casework import objecting
from risk_service.store.counts import merged, pack, save_counts
from risk_service.store.feeds import (
    PERSONAL_FEEDS,
    REFERENCE_FEEDS,
    Candidates,
    count_nobodys,
    load_feeds,
)
from risk_service.store.persons import erased_in
from risk_service.store.runs import Run

if TYPE_CHECKING:
    from models.aggregates import Shares
    from models.cases import CaseBlock
    from models.registry import Release
    from models.rules import RuleBook, Rules

CHUNK_CANDIDATES: Final = 60_000
WRITTEN_TOGETHER: Final = 40_000
"""Cases whose results are written in one transaction, in whole chunks: a commit costs pages of every index."""
WORK: Final = "rescore"
"""Name under which one process at a time does this (`Store.alone`)."""

Clock = Callable[[], int]
Progress = Callable[[str, int, int | None], None]
"""Called with the name of the pass, cases done, and how many there are, as far as that is known."""


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
        work = _Work(store=store, run=run, release=release, rules=_rules_at(rules, run.as_of_us), progress=progress)
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


@dataclass(frozen=True)
class _Scored:
    """A chunk that is scored and not written yet."""

    part: runs_kept.Chunk
    results: pl.DataFrame
    steps: pl.DataFrame
    drifted: Tally


@dataclass(kw_only=True)
class _Work:
    """A run being carried out."""

    store: Store
    run: Run
    release: Release
    rules: Rules
    progress: Progress | None
    feeds: Feeds = field(default_factory=dict)
    references: References | None = None
    freshness: Freshness = field(default_factory=lambda: Freshness({}, {}))
    cases_seen: int = 0
    active_seen: int = 0

    def begin(self, now_us: int, size: int) -> None:
        """Read what all chunks share, and divide the work if that has not been done."""
        run = self.run
        with self.store.reading() as connection:
            self.feeds = load_feeds(connection, seq=run.ingest_seq, only=REFERENCE_FEEDS)
            self.freshness = kept.freshness_at(connection, run.as_of_us, run.ingest_seq)
        self.references = read_references(self.feeds, run.as_of_us, rules=self.rules, seq=run.ingest_seq)
        with self.store.writing() as connection:
            values: dict[str, Any] = {"state": "counting", "fault": None}
            if run.started_at_us is None:
                groups = row_packs.ranges(connection, seq=run.ingest_seq, size=size)
                values |= {
                    "started_at_us": now_us,
                    "chunks": len(groups),
                    "freshness": kept.freshness_json(self.freshness),
                }
                runs_kept.add_chunks(connection, run.run_id, groups)
            runs_kept.change_run(connection, run.run_id, **values)

    def count_all(self, rows: ChunkRows, ready: ReadyCases) -> Aggregates:
        """First pass: counts over everybody, all that is told of cases that are over, and active ones made ready."""
        parts = self._chunks()
        for done, part in enumerate(parts, 1):
            if not part.counted:
                read = rows.first(part.candidates)
                block, own = self._understood(read.feeds)
                active = Ready.of(block, own, rules=self.rules, freshness=self.freshness)
                ready.keep(part.number, active)
                self.cases_seen += len(block.frame)
                self.active_seen += len(active)
                with self.store.writing() as connection:
                    gone = self._erased(connection, part.candidates)
                    over = tally_cases(block, without=gone)
                    lists.save_tally(connection, self.run.run_id, over, chunk=part.number)
                    runs_kept.change_chunk(
                        connection,
                        self.run.run_id,
                        part.number,
                        counts=pack(count([own])),
                        tally=drift.as_text(self._watched(connection, block, read, gone)),
                    )
                    rows.pack(connection, part.candidates, read, erased=gone)
            self._tell("counting", self.cases_seen, done, len(parts))
        with self.store.writing() as connection:
            everybody = merged(runs_kept.chunk_values(connection, self.run.run_id, "counts"))
            save_counts(connection, self.run.run_id, everybody)
            runs_kept.change_run(connection, self.run.run_id, state="scoring")
        return everybody

    def score_all(self, everybody: Aggregates, rows: ChunkRows, ready: ReadyCases) -> None:
        """Second pass: scores, chunk by chunk."""
        parts, scored = self._chunks(), 0
        anew = not any(part.scored for part in parts) and self.cases_seen > 0
        ahead: list[_Scored] = []
        for done, part in enumerate(parts, 1):
            if not part.scored:
                ahead.append(self._scored(part, everybody, rows, ready))
            if done == len(parts) or sum(len(one.results) for one in ahead) >= WRITTEN_TOGETHER:
                with self.store.writing() as connection:
                    scored += sum(self._write(connection, one) for one in ahead)
                ahead = []
            self._tell("scoring", scored, done, len(parts), of=self.active_seen if anew else None)

    def _scored(self, part: runs_kept.Chunk, everybody: Aggregates, rows: ChunkRows, ready: ReadyCases) -> _Scored:
        """The results of a chunk."""
        active = self._ready(part, rows, ready)
        scores, drifted = active.prepared.scores_counted(
            everybody, self.release, t_us=self.run.as_of_us, rules=self.rules
        )
        return _Scored(part, together(scores, active.about), active.steps, drifted)

    def _write(self, connection: Connection, one: _Scored) -> int:
        """Write what changed in the results of a chunk, and that it is done; how many cases it has."""
        part, run = one.part, self.run
        gone = self._erased(connection, part.candidates)  # perhaps while it was scored
        results, steps = (f.filter(~pl.col("candidate_id").is_in(gone)) for f in (one.results, one.steps))
        results = withhold(results, objecting(connection))
        saved = scores_kept.save(
            connection,
            results,
            run_id=run.run_id,
            as_of_us=run.as_of_us,
            ingest_seq=run.ingest_seq,
            group=part.candidates,
        )
        lists.save_waiting(connection, steps, group=part.candidates)
        over = lists.load_tally(connection, run.run_id, part=part.number)
        counted = merged_tallies([*([] if over is None else [over]), tally_queue(steps, results)])
        lists.save_tally(connection, run.run_id, counted, chunk=part.number)
        watched = runs_kept.chunk_value(connection, run.run_id, part.number, "tally")
        runs_kept.change_chunk(
            connection,
            run.run_id,
            part.number,
            cases=saved.cases,
            changed=saved.changed,
            ended=saved.ended,
            moves=Movement.of(saved.changes).to_json(),
            tally=drift.as_text(drift.total([watched]) + one.drifted),
        )
        return saved.cases

    def end(self, now_us: int) -> None:
        """Sum up."""
        run_id = self.run.run_id
        with self.store.writing() as connection:
            totals = {
                name: sum(runs_kept.chunk_values(connection, run_id, name)) for name in ("cases", "changed", "ended")
            }
            moves = [Movement.from_json(text) for text in runs_kept.chunk_values(connection, run_id, "moves")]
            scored = drift.total(runs_kept.chunk_values(connection, run_id, "tally"))
            arrived = self._arrivals(self.feeds) | self._steps_arrived(connection)
            found = watch(self.release, scored + Tally(arrivals=arrived))
            report = drift.with_drift(Movement.total(moves).to_json(), found)
            self._end_tally(connection)
            runs_kept.change_run(connection, run_id, state="done", finished_at_us=now_us, report=report, **totals)
            runs_kept.drop_chunks(connection, run_id)
            lists.drop_chunk_tallies(connection, run_id)
            row_packs.taken_up(connection, seq=self.run.ingest_seq)

    def _end_tally(self, connection: Connection) -> None:
        """Add the tallies of all chunks, and that of the incidents, which belong to nobody's chunk."""
        seen = visible(self.feeds, self.run.as_of_us, self.run.ingest_seq)
        incidents = tally_incidents(seen["incidents"], seen["offices"], date_of(self.run.as_of_us))
        total = merged_tallies([*lists.chunk_tallies(connection, self.run.run_id), incidents])
        lists.save_links(connection, shared_links(total))
        lists.save_tally(connection, self.run.run_id, kept_tally(total))
        lists.save_tally(connection, self.run.run_id, publish(total), chunk=lists.PUBLISHED)

    def _chunks(self) -> list[runs_kept.Chunk]:
        with self.store.reading() as connection:
            return runs_kept.chunks(connection, self.run.run_id)

    def _ready(self, part: runs_kept.Chunk, rows: ChunkRows, ready: ReadyCases) -> Ready:
        """The active cases of a chunk without those of persons who were erased, who are not scored."""
        with self.store.reading() as connection:
            gone = self._erased(connection, part.candidates)
        kept_of_it = ready.again(part.number)
        # Whose a row is among linked candidates can depend on rows of all of them.
        if kept_of_it is not None and not (gone and part.candidates.linked):
            return kept_of_it.without(gone)
        staying = ~pl.col("candidate_id").is_in(gone).fill_null(value=False)  # a retraction may name nobody
        feeds = rows.first(part.candidates).feeds
        block, own = self._understood({name: frame.filter(staying) for name, frame in feeds.items()})
        return Ready.of(block, own, rules=self.rules, freshness=self.freshness)

    def _understood(self, feeds: Feeds) -> tuple[CaseBlock, Shares]:
        """The cases in some feeds, and their shares in the counts about others."""
        run = self.run
        block = build_cases(feeds, run.as_of_us, rules=self.rules, seq=run.ingest_seq, references=self.references)
        return block, shares(block, self.rules)

    def _erased(self, connection: Connection, candidates: Candidates) -> list[str]:
        return sorted(erased_in(connection, candidates))

    def _arrivals(self, feeds: Feeds) -> dict[str, float]:
        return arrivals(feeds, self.run.as_of_us, seq=self.run.ingest_seq)

    def _steps_arrived(self, connection: Connection) -> dict[str, float]:
        """Those of steps that name nobody, of which no chunk counts any."""
        since = self.run.as_of_us - LATELY_DAYS * US_PER_DAY
        rows = count_nobodys(connection, STEPS_FEED, after=since, until=self.run.as_of_us, seq=self.run.ingest_seq)
        return {STEPS_FEED: rows / LATELY_DAYS}

    def _watched(self, connection: Connection, block: CaseBlock, read: Read, gone: Collection[str]) -> Tally:
        """What some candidates' rows say of the feeds, and what has been found of them since they were scored."""
        staying = ~pl.col("candidate_id").is_in(list(gone))
        found = drift.found_since(connection, block.outcomes.filter(staying), release=self.release.name)
        feeds = {name: read.feeds[name] for name in PERSONAL_FEEDS} | {STEPS_FEED: read.lately}
        own = {name: frame.filter(staying) for name, frame in feeds.items()} if gone else feeds
        return Tally(arrivals=self._arrivals(own), found=found)

    def _tell(self, what: str, cases: int, done: int, parts: int, *, of: int | None = None) -> None:
        """Tell how many cases are through, of as many as there are or, as far as is known, will be."""
        if self.progress is not None:
            self.progress(what, cases, round(cases * parts / done) if of is None else of)


def _rules_at(rules: RuleBook, as_of_us: int) -> Rules:
    return rules.at(date_of(as_of_us), as_of_us)
