"""The two passes of a rescoring, chunk by chunk; a chunk is written with the note that it is done.

The first counts facts about others, tells all there is to tell of cases that are over, and makes active cases ready;
the second scores those against the sum. Whatever has been done of a run is not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from models.aggregates import Aggregates, count, shares_of
from models.asof import Feeds, visible
from models.cases import build_cases
from models.dated import Dated
from models.drift import LATELY_DAYS, Tally, arrivals, watch
from models.freshness import Freshness
from models.references import References, read_references
from models.tallies import kept as kept_tally
from models.tallies import merged as merged_tallies
from models.tallies import shared_links, tally_cases, tally_incidents, tally_queue
from models.times import US_PER_DAY, date_of
from risk_service.services import drift
from risk_service.services.ahead import one_ahead
from risk_service.services.chunk_rows import ChunkRows, Read
from risk_service.services.movement import Movement
from risk_service.services.objections import withhold
from risk_service.services.publishing import publish
from risk_service.services.ready_cases import Ready, ReadyCases
from risk_service.services.results import together
from risk_service.store import Store, row_packs, saving
from risk_service.store import deliveries as kept
from risk_service.store import office_lists as lists
from risk_service.store import runs as runs_kept
from risk_service.store.casework import objecting
from risk_service.store.counts import merged, pack, save_counts
from risk_service.store.feeds import PERSONAL_FEEDS, REFERENCE_FEEDS, Candidates, count_nobodys, load_feeds
from risk_service.store.persons import erased_in

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from models.aggregates import Shares
    from models.cases import CaseBlock
    from models.registry import Release
    from models.rules import Rules
    from risk_service.store.runs import Run

WRITTEN_TOGETHER: Final = 40_000
"""Cases whose results are written in one transaction, in whole chunks: a commit costs pages of every index."""

Progress = Callable[[str, int, int | None], None]
"""Called with the name of the pass, cases done, and how many there are, as far as that is known."""


@dataclass(frozen=True, kw_only=True)
class _LookedAt:
    """A chunk that is understood, and of which nothing is written yet."""

    part: runs_kept.Chunk
    read: Read
    block: CaseBlock
    dated: Dated
    counts: bytes
    active: Ready


@dataclass(frozen=True)
class _Apart:
    """Who of a chunk is erased, and who objects to being scored."""

    gone: list[str]
    objecting: set[str]


@dataclass(frozen=True, kw_only=True)
class _Settled:
    """Results of a chunk as they are to be kept: for whom that holds, and what the queue held by then."""

    apart: _Apart
    results: pl.DataFrame
    compared: saving.Compared


@dataclass(frozen=True, kw_only=True)
class _Scored:
    """A chunk that is scored and not written yet."""

    part: runs_kept.Chunk
    results: pl.DataFrame
    steps: pl.DataFrame
    drifted: Tally
    settled: _Settled


@dataclass(kw_only=True)
class Passes:
    """A run being carried out.

    Parameters
    ----------
    store, run
        An open store, and the run, which is not done.
    release
        Verified.
    rules
        In force as of the run's time.
    progress
        Told how far it has come.
    """

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
        open_parts = [part for part in parts if not part.counted]
        # One thread waits for the database while the other is at what it has sent.
        reading = one_ahead(lambda part: (part, rows.first(part.candidates)), open_parts)
        counting = one_ahead(lambda one: self._looked_at(*one), reading)
        for done, part in enumerate(parts, 1):
            if not part.counted:
                self._count(next(counting), rows, ready)
            self._tell("counting", self.cases_seen, done, len(parts))
        with self.store.writing() as connection:
            everybody = merged(runs_kept.chunk_values(connection, self.run.run_id, "counts"))
            save_counts(connection, self.run.run_id, everybody)
            runs_kept.change_run(connection, self.run.run_id, state="scoring")
        return everybody

    def _looked_at(self, part: runs_kept.Chunk, read: Read) -> _LookedAt:
        """The cases of a chunk."""
        block, dated, own = self._understood(read)
        return _LookedAt(
            part=part,
            read=read,
            block=block,
            dated=dated,
            counts=pack(count([own])),
            active=Ready.of(block, own, rules=self.rules, freshness=self.freshness),
        )

    def _count(self, one: _LookedAt, rows: ChunkRows, ready: ReadyCases) -> None:
        """Write what is counted of a chunk, and keep its active cases."""
        part, run_id = one.part, self.run.run_id
        ready.keep(part.number, one.active)
        self.cases_seen += len(one.dated.cases)
        self.active_seen += len(one.active)
        with self.store.writing() as connection:
            gone = self._erased(connection, part.candidates)
            over = tally_cases(one.dated, today=one.block.today, rules=self.rules, without=gone)
            lists.save_tally(connection, run_id, over, chunk=part.number)
            watched = drift.as_text(self._watched(connection, one.dated.outcomes, one.read, gone))
            runs_kept.change_chunk(connection, run_id, part.number, counts=one.counts, tally=watched)
            rows.pack(connection, part.candidates, one.read, block=one.block, dated=one.dated, erased=gone)

    def score_all(self, everybody: Aggregates, rows: ChunkRows, ready: ReadyCases) -> None:
        """Second pass: scores, chunk by chunk."""
        parts, scored = self._chunks(), 0
        anew = not any(part.scored for part in parts) and self.cases_seen > 0
        open_parts = [part for part in parts if not part.scored]
        scoring = one_ahead(lambda part: self._scored(part, everybody, rows, ready), open_parts)
        waiting: list[_Scored] = []
        for done, part in enumerate(parts, 1):
            if not part.scored:
                waiting.append(next(scoring))
            if done == len(parts) or sum(len(one.results) for one in waiting) >= WRITTEN_TOGETHER:
                with self.store.writing() as connection:
                    scored += sum(self._write(connection, one) for one in waiting)
                waiting = []
            self._tell("scoring", scored, done, len(parts), of=self.active_seen if anew else None)

    def _scored(self, part: runs_kept.Chunk, everybody: Aggregates, rows: ChunkRows, ready: ReadyCases) -> _Scored:
        """The results of a chunk."""
        active = self._ready(part, rows, ready)
        scores, drifted = active.prepared.scores_counted(
            everybody, self.release, t_us=self.run.as_of_us, rules=self.rules
        )
        results = together(scores, active.about)
        results = results.with_columns(steps_digest=lists.steps_digests(active.steps, results))
        with self.store.reading() as connection:
            settled = self._settled(connection, part.candidates, results)
        return _Scored(part=part, results=results, steps=active.steps, drifted=drifted, settled=settled)

    def _settled(self, connection: Connection, candidates: Candidates, results: pl.DataFrame) -> _Settled:
        """Results of a chunk without those of persons who were erased, and beside what the queue holds."""
        apart = self._apart(connection, candidates)
        staying = results.filter(~pl.col("candidate_id").is_in(apart.gone))
        shown = withhold(staying, apart.objecting)
        return _Settled(apart=apart, results=shown, compared=saving.compare(connection, shown, group=candidates))

    def _apart(self, connection: Connection, candidates: Candidates) -> _Apart:
        return _Apart(self._erased(connection, candidates), objecting(connection))

    def _write(self, connection: Connection, one: _Scored) -> int:
        """Write what changed in the results of a chunk, and that it is done; how many cases it has."""
        part, run, settled = one.part, self.run, one.settled
        if self._apart(connection, part.candidates) != settled.apart:  # since it was scored
            settled = self._settled(connection, part.candidates, one.results)
        compared = settled.compared
        steps = one.steps.filter(~pl.col("candidate_id").is_in(settled.apart.gone))
        saving.save(connection, compared, run_id=run.run_id, as_of_us=run.as_of_us, ingest_seq=run.ingest_seq)
        lists.save_waiting(connection, steps, group=part.candidates, cases=compared.steps)
        over = lists.load_tally(connection, run.run_id, part=part.number)
        counted = merged_tallies([*([] if over is None else [over]), tally_queue(steps, settled.results)])
        lists.save_tally(connection, run.run_id, counted, chunk=part.number)
        watched = runs_kept.chunk_value(connection, run.run_id, part.number, "tally")
        runs_kept.change_chunk(
            connection,
            run.run_id,
            part.number,
            cases=compared.cases,
            changed=len(compared.changes),
            ended=len(compared.gone),
            moves=Movement.of(compared.moves).to_json(),
            tally=drift.as_text(drift.total([watched]) + one.drifted),
        )
        return compared.cases

    def end(self, now_us: int) -> None:
        """Sum up."""
        run_id = self.run.run_id
        with self.store.writing() as connection:
            totals = {
                name: sum(runs_kept.chunk_values(connection, run_id, name)) for name in ("cases", "changed", "ended")
            }
            moves = [Movement.from_json(text) for text in runs_kept.chunk_values(connection, run_id, "moves")]
            scored = drift.total(runs_kept.chunk_values(connection, run_id, "tally"))
            arrived = self._arrivals(self.feeds) | self._nobodys_arrived(connection)
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
            return runs_kept.chunks(connection, self.run)

    def _ready(self, part: runs_kept.Chunk, rows: ChunkRows, ready: ReadyCases) -> Ready:
        """The active cases of a chunk without those of persons who were erased, who are not scored."""
        with self.store.reading() as connection:
            gone = self._erased(connection, part.candidates)
        kept_of_it = ready.again(part.number)
        # Whose a row is among linked candidates can depend on rows of all of them.
        if kept_of_it is not None and not (gone and part.candidates.linked):
            return kept_of_it.without(gone)
        staying = ~pl.col("candidate_id").is_in(gone).fill_null(value=False)  # a retraction may name nobody
        read = rows.first(part.candidates)
        feeds = {name: frame.filter(staying) for name, frame in read.feeds.items()}
        block, _, own = self._understood(replace(read, feeds=feeds))
        return Ready.of(block, own, rules=self.rules, freshness=self.freshness)

    def _understood(self, read: Read) -> tuple[CaseBlock, Dated, Shares]:
        """The cases in some feeds, what counts read of them and of who else was read, and the shares in the counts.

        The cases come first, in the order of the block.
        """
        run = self.run
        block = build_cases(read.feeds, run.as_of_us, rules=self.rules, seq=run.ingest_seq, references=self.references)
        dated = Dated.of(block, places=True)
        if read.dated is not None:
            dated = dated.beside(read.dated)
        return block, dated, shares_of(dated, today=block.today, rules=self.rules)

    def _erased(self, connection: Connection, candidates: Candidates) -> list[str]:
        return sorted(erased_in(connection, candidates))

    def _arrivals(self, feeds: Feeds) -> dict[str, float]:
        return arrivals(feeds, self.run.as_of_us, seq=self.run.ingest_seq)

    def _nobodys_arrived(self, connection: Connection) -> dict[str, float]:
        """Those of rows that name nobody, of which no chunk counts any."""
        since, until = self.run.as_of_us - LATELY_DAYS * US_PER_DAY, self.run.as_of_us
        return {
            name: count_nobodys(connection, name, after=since, until=until, seq=self.run.ingest_seq) / LATELY_DAYS
            for name in PERSONAL_FEEDS
        }

    def _watched(self, connection: Connection, outcomes: pl.DataFrame, read: Read, gone: Collection[str]) -> Tally:
        """What some candidates' rows say of the feeds, and what has been found of them since they were scored."""
        staying = ~pl.col("candidate_id").is_in(list(gone))
        found = drift.found_since(connection, outcomes.filter(staying), release=self.release.name)
        own = {name: frame.filter(staying) for name, frame in read.lately.items()} if gone else read.lately
        return Tally(arrivals=self._arrivals(own), found=found)

    def _tell(self, what: str, cases: int, done: int, parts: int, *, of: int | None = None) -> None:
        """Tell how many cases are through, of as many as there are or, as far as is known, will be."""
        if self.progress is not None:
            self.progress(what, cases, round(cases * parts / done) if of is None else of)
