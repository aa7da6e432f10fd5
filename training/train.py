"""One training: from deliveries to a release with figures and verdicts, not yet published.

Two fits: one on what was known some months before the end of the data, tried on the departures since (the backtest, for
figures and gates), and one on everything known, which becomes the release. What an analyst edits is edited in both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from models.asof import Feeds
from models.drift import arrivals, tally_of
from models.features.catalogue import INDEX
from models.freshness import DeliveryStamp, freshness
from models.releases.rules_only import rules_only_release
from models.rules import RuleBook
from models.score import score
from models.situation import Situation, situate
from models.terms import Floats
from models.times import EPOCH_DATE, date_of, day_number, end_of_day, iso
from training.beside import beside, costs
from training.casework import recorded_days
from training.dryrun import band_preview
from training.edits import EditError, Edits
from training.engines.additive import Fit
from training.evaluate import CAPACITY, DRAWN, Rated, every_figure, judged, naive, rate, rate_tables, shown
from training.fit import Learned, Trained, learn, make_trained
from training.frozen import Frozen, TooFewFindingsError, TrainingError, enough, freeze, outside
from training.gates import Gate, evidence_gates, review_gates
from training.later import AT_CAPACITY, agencies_held_out, calibrated_by, curves
from training.outages import find_outages
from training.review import review
from training.settings import TrainSettings
from training.validation import Bootstrap, differences

__all__ = [
    "Backtest",
    "TooFewFindingsError",
    "TrainSettings",
    "Trained",
    "TrainingError",
    "backtest",
    "live_queue",
    "train",
]

Tell = Callable[[str], None]
"""Called with what is being done."""

RELEASE, RULES, NAIVE, HELD_OUT = "release", "rules only", "naive", "release, agencies held out"


@dataclass(frozen=True)
class Backtest:
    """How a model that had learned until a day did on the departures after it.

    Attributes
    ----------
    learned_until : datetime.date
    table : polars.DataFrame
        From `training.evaluate.compare`, of the release, the rules and the naive model; empty when nothing could be
        tested.
    gains : polars.DataFrame
        How far the release is above the rules, on drawn checks.
    costs : polars.DataFrame
        How far it is above the rivals of `training.beside`, on all findings: what being readable costs.
    capacity : polars.DataFrame
        What the capacity would have been spent on (`training.later.AT_CAPACITY`), by release, rules, and the release
        with agencies held out; the columns of ``table``.
    calibrated, curves : polars.DataFrame
        Probability beside rate, by lead and office, and reliability curves (see `training.later`).
    why_not : str
        Why there is nothing, else empty.
    """

    learned_until: dt.date
    table: pl.DataFrame
    gains: pl.DataFrame
    costs: pl.DataFrame = field(default_factory=pl.DataFrame)
    capacity: pl.DataFrame = field(default_factory=pl.DataFrame)
    calibrated: pl.DataFrame = field(default_factory=pl.DataFrame)
    curves: pl.DataFrame = field(default_factory=pl.DataFrame)
    why_not: str = ""

    def to_json(self) -> dict[str, Any]:
        """For the manifest."""
        keep = ["counted", "model", "window", "figure", "value", "low", "high", "findings", "positives"]
        return {
            "learned_until": self.learned_until.isoformat(),
            "figures": _plain(self.table, keep),
            "costs": _plain(self.costs),
            "capacity": _plain(self.capacity, keep),
            "calibrated": _plain(self.calibrated),
            "curves": _plain(self.curves),
            "why_not": self.why_not,
        }


def _plain(table: pl.DataFrame, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Rows as JSON values: rounded, null for what cannot be told."""
    if table.is_empty():
        return []
    return table.select(columns or table.columns).with_columns(pl.col(pl.Float64).round(6).fill_nan(None)).to_dicts()


def backtest(
    early: Frozen, late: Frozen, *, cut: int, rules_version: str, settings: TrainSettings, edits: Edits | None = None
) -> Backtest:
    """Learn from what was known early and judge on departures after a day.

    Parameters
    ----------
    early, late : Frozen
        As of the day of the cut, and as of the end of the data.
    cut : int
        Jakarta day number of the cut.
    rules_version : str
    settings : TrainSettings
    edits : Edits, optional
        Made in the early model as well.
    """
    day = EPOCH_DATE + dt.timedelta(days=cut)
    after = late.departing(cut + 1, 10**6)
    after = after.rows(after.snapshots.frame["day"] > cut)  # frozen when the model was there already
    empty = pl.DataFrame()
    if not (after.drawn > 0).any():
        return Backtest(day, empty, empty, why_not=f"no drawn check of a departure after {day} has a finding yet")
    quick = replace(
        settings,
        engine=replace(settings.engine, repeats=1),
        calibration=replace(settings.calibration, bootstraps=0),  # of no use without an interval to show
    )
    try:
        learned = learn(early, settings=quick, edits=edits, strict=False)
    except TooFewFindingsError as error:
        return Backtest(day, empty, empty, why_not=f"by {day} there was too little to learn from: {error}")
    except EditError as error:
        return Backtest(day, empty, empty, why_not=f"the model of {day} cannot be edited like this: {error.message}")
    rated = {
        RELEASE: rate_tables(learned.fit.terms, learned.calibration, after),
        RULES: rate(rules_only_release(rules_version=rules_version), after),
        NAIVE: naive(early, after, seed=settings.seed),
    }
    rated[HELD_OUT] = agencies_held_out(early, after, quick)
    rivals = beside(early, after, settings=settings)
    asked = Bootstrap(draws=settings.draws, seed=settings.seed, confidence=settings.gates.confidence)
    drawn = after.rows(after.drawn > 0)
    both = {name: judged(drawn, _rows(rated[name], after.drawn > 0), drawn.drawn) for name in (RELEASE, RULES)}
    gains = differences(both, against=RULES, capacity=CAPACITY, settings=asked)
    paid = costs(after, rated[RELEASE], rivals, asked, capacity=CAPACITY)
    every = every_figure(after, rated | rivals, asked)
    spent = pl.col("figure").is_in(AT_CAPACITY) & pl.col("model").is_in([RELEASE, RULES, HELD_OUT])
    return Backtest(
        day,
        shown(every),
        gains,
        paid,
        capacity=every.filter(spent),
        calibrated=calibrated_by(after, rated[RELEASE], asked),
        curves=curves(after, rated[RELEASE], asked),
    )


def _rows(rated: Rated, keep: np.ndarray) -> Rated:
    return Rated(rated.score[keep], rated.probability[keep])


def train(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    until_us: int,
    *,
    rules: RuleBook,
    simulated: bool,
    settings: TrainSettings,
    lock_sha256: str | None = None,
    edits: Edits | None = None,
    tell: Tell = lambda _what: None,
) -> Trained:
    """Make a release of everything known by ``until_us``.

    Parameters
    ----------
    feeds : Feeds
        All versions of all rows.
    stamps : sequence of DeliveryStamp
    until_us : int
        UTC microseconds, inclusive.
    rules : RuleBook
    simulated : bool
        What the data are; the release goes with the same kind only.
    settings : TrainSettings
        Same data, settings and environment, same release.
    lock_sha256 : str, optional
        Hash of the lock file of the environment.
    edits : Edits, optional
        Changes of an analyst, such as those of the release before, to be made in the new tables.
    tell : callable
        For progress.

    Raises
    ------
    TrainingError
        There is too little to learn from, the tables do not say what the trees say, or a direction is broken.
    EditError
        The edits cannot be made.
    """
    settings = replace(settings, engine=replace(settings.engine, jobs=settings.jobs))

    def learner(data: Frozen) -> Learned:
        return learn(data, settings=settings, edits=edits)

    return make(
        feeds, stamps, until_us, learner, rules=rules, simulated=simulated, settings=settings, lock_sha256=lock_sha256,
        edits=edits or Edits(), tell=tell,
    )  # fmt: skip


def make(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    until_us: int,
    learner: Callable[[Frozen], Learned],
    *,
    rules: RuleBook,
    simulated: bool,
    settings: TrainSettings,
    lock_sha256: str | None,
    edits: Edits,
    tell: Tell,
    figures: dict[str, Any] | None = None,
) -> Trained:
    """Make a release of a learner; parameters and errors as for :func:`train`.

    Parameters
    ----------
    learner : callable
        Given the frozen cases, tables with a calibration.
    figures : dict, optional
        To be added to the manifest's.
    """
    cut_us = end_of_day(date_of(until_us) - dt.timedelta(days=settings.backtest_days))
    tell("freezing cases at their leads")
    early, data = freeze(feeds, stamps, [cut_us, until_us], rules=rules, settings=settings)
    outages = find_outages(recorded_days(feeds, until=day_number(until_us)))
    early, data = (outside(part, outages) for part in (early, data))
    enough(data)
    counts = data.counts()
    tell(f"learning from {counts['snapshots']} snapshots of {counts['cases']} cases")
    learned = learner(data)
    tell(f"testing on departures after {date_of(cut_us)}")
    tested = backtest(early, data, cut=day_number(cut_us), rules_version=rules.version, settings=settings, edits=edits)
    tell("setting bands")
    queue = _queue(feeds, stamps, until_us, rules=rules)
    live = _scored(queue)
    gates = learned.proofs + _verdicts(tested, counts, settings)
    facts: dict[str, Any] = {
        "simulated": simulated,
        "rules_version": rules.version,
        "data_from": str(EPOCH_DATE + dt.timedelta(days=int(data.cases["departure_day"].min()))),  # type: ignore[arg-type]
        "data_until": iso(until_us),
        "seed": settings.seed,
        "lock_sha256": lock_sha256,
        "edits": edits.to_json(),
        "figures": {
            "findings": counts,
            "rules_count_as_cases": settings.prior_cases if len(data.prior) else 0.0,
            "reference": {"cases": data.at_leads(settings.leads).counts()["cases"], "leads": list(settings.leads)},
            "trees": list(learned.fit.trees),
            "bags": [learned.fit.settings.folds, learned.fit.settings.repeats],
            "pairs": ["*".join(pair) for pair in learned.fit.pairs],
            "pair_search": pair_search(learned.fit),
            "backtest": tested.to_json(),
            "outages": [[o.feed, _date(o.first), _date(o.last)] for o in outages],
            **(figures or {}),
        },
    }
    draft = make_trained(learned, data, live, facts=facts, settings=settings)
    facts["figures"]["offices"] = band_preview(queue, draft.release).to_dicts()
    tell("looking around it: checks, fairness, selection, stability")
    found = review(
        feeds,
        stamps,
        until_us,
        data=data,
        fit=learned.fit,
        release=draft.release,
        held_out=learned.held_out.log_odds,
        cut=day_number(cut_us),
        rules=rules,
        settings=Bootstrap(draws=settings.draws, seed=settings.seed),
        jobs=settings.jobs,
    )
    summary = found.to_json()
    gates += review_gates(summary, policy=settings.gates)
    facts["figures"]["review"] = summary
    facts["gates"] = {gate.code: gate.to_json() for gate in gates}
    made = make_trained(learned, data, live, facts=facts, settings=settings)
    counted = tally_of(score(queue, made.release), arrivals=arrivals(feeds, until_us))
    return replace(made, release=replace(made.release, reference=counted), tables=found.analyst_files())


def pair_search(fit: Fit) -> dict[str, Any]:
    """How pairs were chosen: bags searched, bags needed, and in how many each of the pairs came up."""
    asked = fit.settings.pairs
    votes = [[f"{v.first}*{v.second}", v.bags] for v in fit.votes[: 2 * asked.most]]
    return {"bags": asked.bags, "needed": asked.votes_needed, "most": asked.most, "votes": votes}


def _date(day: int) -> str:
    return str(EPOCH_DATE + dt.timedelta(days=day))


def _verdicts(tested: Backtest, counts: dict[str, int], settings: TrainSettings) -> list[Gate]:
    figures = tested.table
    if not figures.is_empty():
        figures = figures.filter(pl.col("counted") == DRAWN, pl.col("model") == RELEASE)
    return evidence_gates(
        figures,
        tested.gains,
        drawn=counts["drawn"],
        drawn_positives=counts["drawn_non_procedural"],
        policy=settings.gates,
    )


def live_queue(feeds: Feeds, stamps: Sequence[DeliveryStamp], t_us: int, *, rules: RuleBook) -> tuple[Floats, Floats]:
    """Features (m, k) and days to departure (m,) of the cases that are scored as of a time."""
    return _scored(_queue(feeds, stamps, t_us, rules=rules))


def _queue(feeds: Feeds, stamps: Sequence[DeliveryStamp], t_us: int, *, rules: RuleBook) -> Situation:
    at = rules.at(date_of(t_us), t_us)
    return situate(feeds, t_us, rules=at, freshness=freshness(list(stamps), feeds, t_us))


def _scored(queue: Situation) -> tuple[Floats, Floats]:
    scored = (queue.cases["lane"] == "scored").to_numpy() & ~queue.insufficient
    x = np.ascontiguousarray(queue.x[scored])
    return x, x[:, INDEX["days_to_departure"]]
