"""Replay: a stored score computed again from what was knowable and delivered then, and held to the last bit.

Use
---
``replay(store, score_id, releases=…, rules=…) -> Replayed``
    One stored score.
``replay_many(store, which(...), releases=…, rules=…) -> Summary``
    Those of a run, all, or a sample.
``recount(store, run_id, rules=…) -> Recounted``
    The counts about others that a run kept, counted again.

A score names its run, and the run names as-of time, last delivery, release and freshness, and keeps its counts about
others. Rows that came in later, whatever they are dated, are not read; rules are read as recorded by then. What a score
would be today does not enter.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl
import sqlalchemy as sa

from models.aggregates import Aggregates, count, shares
from models.cases import build_cases
from models.errors import ReleaseError, RuleError
from models.times import date_of
from risk_service.errors import NotFoundError
from risk_service.services.objections import BY_DATE, withhold
from risk_service.services.results import results
from risk_service.store import Store
from risk_service.store import deliveries as kept
from risk_service.store import runs as runs_kept
from risk_service.store import scores as scores_kept
from risk_service.store.bulk import read_frame
from risk_service.store.counts import load_counts
from risk_service.store.feeds import PERSONAL_FEEDS, REFERENCE_FEEDS, candidate_ranges, load_feeds
from risk_service.store.persons import erased_of
from risk_service.store.tables import scores

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from models.asof import Feeds
    from models.freshness import Freshness
    from models.registry import Release
    from models.rules import RuleBook, Rules
    from risk_service.services.releases import Releases
    from risk_service.store.runs import Run

State = Literal["same", "differs", "erased", "not possible"]
Progress = Callable[[str, int, int | None], None]
"""Called with what is done, scores done, and how many there are."""

STATES: Final[tuple[State, ...]] = ("same", "differs", "erased", "not possible")
_AT_ONCE: Final = 5_000
_SHOWN: Final = 100
_LATEST: Final = 3
"""Runs that are named where one is asked for that is not there."""
# Names all rules there are, those of later too: what counts is whether the rules of then give the same result.
_COMPARED: Final = tuple(name for name in scores_kept.RESULT if name != "rules_version")
_KEY: Final = ["case_id", "candidate_id"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that came out otherwise.

    Parameters
    ----------
    what
        Column of the stored score; for reasons with the place and part, as ``reasons[2].contribution``.
    stored, replayed
        The two values, exact.
    """

    what: str
    stored: Any
    replayed: Any


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What a replay gave.

    Parameters
    ----------
    state
        ``same`` to the last bit, ``differs``, ``erased`` under a policy, or ``not possible``: something it needs is
        not there.
    differences
        All of them, of one that differs.
    notes
        The policy, what is missing, or what of the inputs is no longer as it was.

    Of a score that went by itself nothing is kept but number and policy: the other ids are empty.
    """

    score_id: int
    case_id: str
    candidate_id: str
    run_id: str
    state: State
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What replaying many scores gave.

    Parameters
    ----------
    counts
        Scores by state.
    shown
        The first 100 that differ or cannot be replayed.
    runs
        How many runs they are of.
    notes
        What was noted, with how many scores it concerns.
    """

    counts: Mapping[State, int]
    shown: Sequence[Replayed]
    runs: int
    notes: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many were replayed."""
        return sum(self.counts.values())

    @property
    def holds(self) -> bool:
        """Whether every score came out the same, or has been erased under a policy."""
        return not self.counts.get("differs") and not self.counts.get("not possible")


@dataclass(frozen=True, kw_only=True)
class Which:
    """Which stored scores.

    Parameters
    ----------
    run_id
        Only those written in this run.
    sample, seed
        So many, drawn by this seed: the same ones each time while the history has not grown. None: all.
    """

    run_id: str | None = None
    sample: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Recounted:
    """The counts of a run against the rows they were counted from.

    Attributes
    ----------
    keys
        How many keys have counts.
    differences
        ``about, key, count, stored, recounted`` of each count that differs; None: there is none.
    """

    keys: int
    differences: list[tuple[str, str, str, int | None, int | None]] = field(default_factory=list)


def replay(store: Store, score_id: int, *, releases: Releases, rules: RuleBook) -> Replayed:
    """Compute one stored score again.

    Parameters
    ----------
    releases
        The registry, with the public keys that count.
    rules
        All rule tables.

    Raises
    ------
    NotFoundError
        No score has this number.
    """
    with store.reading() as connection:
        chosen = read_frame(connection, sa.select(scores.c.score_id).where(scores.c.score_id == score_id))
        policy = scores_kept.erased_score(connection, score_id) if chosen.is_empty() else None
        if policy is not None:
            gone = {"score_id": score_id, "case_id": "", "candidate_id": "", "run_id": ""}
            return _answer(gone, "erased", notes=(f"erased under {policy}",))
        if chosen.is_empty():
            raise NotFoundError(
                f"There is no stored score {score_id}.", what_to_do="--sample 10 takes ten of those that are there."
            )
        return next(_replayed(connection, chosen["score_id"], _Inputs(connection, releases, rules)))


def replay_many(
    store: Store, which: Which, *, releases: Releases, rules: RuleBook, progress: Progress | None = None
) -> Summary:
    """Compute stored scores again, in bounded memory, over one state of the store.

    Raises
    ------
    NotFoundError
        There is no such run.
    """
    counts: Counter[State] = Counter()
    notes: Counter[str] = Counter()
    shown: list[Replayed] = []
    done = 0
    with store.reading() as connection:
        chosen = _chosen(connection, which)
        inputs = _Inputs(connection, releases, rules)
        for (_run,), own in chosen.group_by("run_id", maintain_order=True):
            for part in own.iter_slices(_AT_ONCE):
                for found in _replayed(connection, part["score_id"], inputs):
                    counts[found.state] += 1
                    notes.update(found.notes)
                    if found.state in ("differs", "not possible") and len(shown) < _SHOWN:
                        shown.append(found)
                done += part.height
                if progress is not None:
                    progress("replaying", done, chosen.height)
        runs = chosen["run_id"].n_unique()
    return Summary(counts={state: counts[state] for state in STATES}, shown=shown, runs=runs, notes=notes)


def recount(store: Store, run_id: str, *, rules: RuleBook, size: int = 20_000) -> Recounted:
    """Count again what a run counted about agencies, recruiters, payers, groups, routes and permits.

    Parameters
    ----------
    size
        Candidates in one piece; changes no result.

    Raises
    ------
    NotFoundError
        There is no such run, or it has not counted.
    """
    with store.reading() as connection:
        run = _run(connection, run_id)
        stored = load_counts(connection, run_id)
        if stored is None:
            raise NotFoundError(f"The run {run_id} has not counted.")
        then = rules.at(date_of(run.as_of_us), run.as_of_us)
        references = load_feeds(connection, seq=run.ingest_seq, only=REFERENCE_FEEDS)
        parts = []
        for group in candidate_ranges(connection, seq=run.ingest_seq, size=size):
            own = load_feeds(connection, seq=run.ingest_seq, candidates=group, only=PERSONAL_FEEDS)
            block = build_cases(own | references, run.as_of_us, rules=then, seq=run.ingest_seq)
            parts.append(shares(block, then))
    return _compared(stored, count(parts))


class _Inputs:
    """What scores of the same run share, read once."""

    def __init__(self, connection: Connection, releases: Releases, rules: RuleBook) -> None:
        self._connection = connection
        self._releases = releases
        self._book = rules
        self._kept: dict[str, _Then | str] = {}
        self._references: tuple[int, Feeds] | None = None

    def of(self, run_id: str) -> _Then | str:
        """What the scores of a run were computed from; or in words what of it is missing."""
        if run_id not in self._kept:
            self._kept.clear()
            self._kept[run_id] = self._read(run_id)
        return self._kept[run_id]

    def _read(self, run_id: str) -> _Then | str:
        run = _run(self._connection, run_id)
        counted = load_counts(self._connection, run_id)
        if counted is None or run.freshness is None:
            return f"the counts of run {run_id} are not kept"
        try:
            release = self._releases.named(run.release, simulated=run.simulated)
            rules = self._book.at(date_of(run.as_of_us), run.as_of_us)
        except (ReleaseError, RuleError) as error:
            return error.message
        stamps = kept.stamps(self._connection, run.ingest_seq)
        sources = {stamp.seq: stamp.source for stamp in stamps} | kept.corrected_sources(
            self._connection, run.ingest_seq
        )
        then = kept.freshness_of_json(run.freshness, sources)
        notes = []
        if run.rules_version != self._book.version:
            notes.append(f"scored with rules {run.rules_version}, replayed with those of {self._book.version}")
        if then != kept.freshness_at(self._connection, run.as_of_us, run.ingest_seq):
            notes.append(f"the deliveries no longer give the freshness that run {run_id} read")
        return _Then(run, release, rules, then, counted, self._known(run.ingest_seq), tuple(notes))

    def _known(self, seq: int) -> Feeds:
        if self._references is None or self._references[0] != seq:
            self._references = (seq, load_feeds(self._connection, seq=seq, only=REFERENCE_FEEDS))
        return self._references[1]


@dataclass(frozen=True)
class _Then:
    """What the scores of a run were computed from."""

    run: Run
    release: Release
    rules: Rules
    freshness: Freshness
    counts: Aggregates
    references: Feeds
    notes: tuple[str, ...]


def _chosen(connection: Connection, which: Which) -> pl.DataFrame:
    """Numbers and runs of the scores that are wanted, run by run and within one by candidate."""
    query = sa.select(scores.c.score_id, scores.c.run_id, scores.c.candidate_id)
    if which.run_id is not None:
        _run(connection, which.run_id)
        query = query.where(scores.c.run_id == which.run_id)
    found = read_frame(connection, query.order_by(scores.c.score_id))
    if which.sample is not None and which.sample < found.height:
        drawn = np.random.default_rng(which.seed).choice(found.height, which.sample, replace=False)
        found = found[np.sort(drawn)]
    return found.sort("run_id", "candidate_id", "score_id").select("score_id", "run_id")


def _replayed(connection: Connection, score_ids: pl.Series, inputs: _Inputs) -> Iterator[Replayed]:
    """Replay scores of one run."""
    columns = ("score_id", *_KEY, "run_id", *scores_kept.RESULT)
    query = sa.select(*(scores.c[name] for name in columns)).where(scores.c.score_id.in_(score_ids.to_list()))
    stored = read_frame(connection, query).sort("score_id")
    erased = erased_of(connection, stored["candidate_id"].unique().to_list())
    policies = pl.DataFrame(
        {"candidate_id": list(erased), "policy": list(erased.values())},
        schema={"candidate_id": pl.String, "policy": pl.String},
    )
    gone = stored.join(policies, on="candidate_id", how="inner")
    for row in gone.iter_rows(named=True):
        yield _answer(row, "erased", notes=(f"erased under {row['policy']}",))
    left = stored.join(policies, on="candidate_id", how="anti", maintain_order="left")
    if left.is_empty():
        return
    then = inputs.of(left["run_id"][0])
    if isinstance(then, str):
        for row in left.iter_rows(named=True):
            yield _answer(row, "not possible", notes=(then,))
        return
    people = left["candidate_id"].unique().to_list()
    own = load_feeds(connection, seq=then.run.ingest_seq, candidates=people, only=PERSONAL_FEEDS)
    again = results(
        own | then.references,
        t_us=then.run.as_of_us,
        seq=then.run.ingest_seq,
        rules=then.rules,
        freshness=then.freshness,
        aggregates=then.counts,
        release=then.release,
        wanted=left["case_id"].unique().to_list(),
    )
    # Whoever objected to being profiled was not scored, and is not now.
    again = withhold(again, left.filter(pl.col("lane") == BY_DATE)["candidate_id"].unique().to_list())
    both = left.join(again.with_columns(found=pl.lit(value=True)), on=_KEY, how="left", suffix="_again")
    same = pl.col("found").is_not_null() & pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(f"{name}_again")) for name in _COMPARED
    )
    for row in both.with_columns(same=same).sort("score_id").iter_rows(named=True):
        if row["same"]:
            yield _answer(row, "same", notes=then.notes)
        else:
            yield _answer(row, "differs", differences=_differences(row), notes=then.notes)


def _answer(
    row: Mapping[str, Any], state: State, *, differences: Iterable[Difference] = (), notes: tuple[str, ...]
) -> Replayed:
    names = ("score_id", "case_id", "candidate_id", "run_id")
    return Replayed(**{name: row[name] for name in names}, state=state, differences=tuple(differences), notes=notes)


def _differences(row: Mapping[str, Any]) -> Iterator[Difference]:
    if row["found"] is None:
        yield Difference(what="case", stored="in the queue", replayed="not in the queue")
        return
    for name in _COMPARED:
        stored, again = row[name], row[f"{name}_again"]
        if stored == again:
            continue
        if name in ("reasons", "notices"):
            yield from _in_lists(name, json.loads(stored), json.loads(again))
        else:
            yield Difference(what=name, stored=stored, replayed=again)


def _in_lists(name: str, stored: list[Any], again: list[Any]) -> Iterator[Difference]:
    for place in range(max(len(stored), len(again))):
        one = stored[place] if place < len(stored) else None
        other = again[place] if place < len(again) else None
        where = f"{name}[{place + 1}]"
        if isinstance(one, dict) and isinstance(other, dict) and one["code"] == other["code"]:
            for part in ("value", "contribution"):
                if one[part] != other[part]:
                    yield Difference(what=f"{where}.{part}", stored=one[part], replayed=other[part])
        elif one != other:
            yield Difference(what=where, stored=one, replayed=other)


def _compared(stored: Aggregates, again: Aggregates) -> Recounted:
    keys = 0
    differences = []
    for about, table in stored.tables.items():
        keys += table.height
        both = table.join(again.tables[about], on="key", how="full", coalesce=True, suffix="_again").sort("key")
        for name in table.columns[1:]:
            unlike = both.filter(pl.col(name).ne_missing(pl.col(f"{name}_again")))
            differences += [
                (about, key, name, *pair) for key, *pair in unlike.select("key", name, f"{name}_again").rows()
            ]
    return Recounted(keys, differences)


def _run(connection: Connection, run_id: str) -> Run:
    run = runs_kept.get_run(connection, run_id)
    if run is None:
        latest = [one.run_id for one in runs_kept.list_runs(connection, limit=_LATEST)]
        known = f"The latest runs of this store: {', '.join(latest)}." if latest else "Make one: risk-service rescore"
        raise NotFoundError(f"There is no run {run_id}.", what_to_do=known)
    return run
