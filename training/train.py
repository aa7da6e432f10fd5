"""From deliveries to a release: snapshots, labels, the engine, calibration, bands, and the proofs it must pass.

What is learned from what
-------------------------
The slope of the tables comes from all mature findings, each case weighing one: how a case came to be examined shifts
the level far more than the order. The hand-written rules count beside them as some cases (:mod:`training.prior`). The
level, and with it every probability, comes from drawn random checks alone, weighted by the inverse of their inclusion
probability (:mod:`training.calibrate`); without any drawn check it holds for cases found the way these were found, and
the card says so. Scores used for calibration are held out: no bag that scored a case has seen its candidate.

A release is returned only if its tables reproduce the fitted estimator within 1e-9 on the training frame and on
hostile rows, and every direction holds in every cell.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from models.asof import Feeds
from models.cases import build_cases
from models.errors import RiskError
from models.features.catalogue import CATALOGUE_VERSION, INDEX
from models.freshness import DeliveryStamp, freshness
from models.registry import TRAINED, Manifest, Release, make_release
from models.rules import RuleBook
from models.situation import situate
from models.terms import Floats
from models.times import EPOCH_DATE, date_of, iso
from training.calibrate import BandPolicy, CalibrationSettings, HeldOut, choose_bands, fit_calibration
from training.engines.additive import (
    EngineSettings,
    Fit,
    broken_directions,
    fit_additive,
    hostile_rows,
    reproduction_error,
)
from training.engines.spec import FAR_LEADS, LEADS, Spec, catalogue_specs
from training.labels import case_labels
from training.prior import PRIOR_CASES, PRIOR_SAMPLE, Lesson, unexamined, with_prior
from training.snapshots import GRID_DAYS, Snapshots, grid_days, snapshot_weights, take_snapshots

TOLERANCE: Final = 1e-9
"""Largest difference allowed between the tables and the trees, in log-odds."""
LEAST_FINDINGS: Final = 40
LEAST_POSITIVES: Final = 8

Tell = Callable[[str], None]
"""Called with what is being done."""


class TrainingError(RiskError):
    """No release can be made of these data."""


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """Settings of a training.

    Parameters
    ----------
    seed : int
    leads : sequence of int
        Days to departure at which cases are frozen to learn from.
    far_leads : sequence of int
        And at which they are frozen for calibration and evaluation alone: scores are asked for months ahead.
    engine, calibration, bands
        Settings of the parts.
    jobs : int
        Processes; no result depends on it.
    """

    seed: int = 0
    leads: Sequence[int] = LEADS
    far_leads: Sequence[int] = FAR_LEADS
    engine: EngineSettings = field(default_factory=EngineSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    bands: BandPolicy = field(default_factory=BandPolicy)
    jobs: int = 1


@dataclass(frozen=True, eq=False)
class Examples:
    """Snapshots with labels.

    Attributes
    ----------
    snapshots : Snapshots
    label : ndarray of float64, shape (n,)
        1 non-procedural, 0 procedural.
    weight : ndarray of float64, shape (n,)
        Those of a case add up to one.
    drawn : ndarray of float64, shape (n,)
        Weight of the case as a drawn check, 0 if it was not drawn.
    cases : polars.DataFrame
        The table of labels they come from.
    prior : Snapshots
        Of cases without a finding, at the leads to learn from.
    """

    snapshots: Snapshots
    label: Floats
    weight: Floats
    drawn: Floats
    cases: pl.DataFrame
    prior: Snapshots

    def __len__(self) -> int:
        """Number of snapshots."""
        return len(self.snapshots)


@dataclass(frozen=True, eq=False)
class Trained:
    """A release not yet published, and what it was made of."""

    release: Release
    fit: Fit
    examples: Examples
    held_out: HeldOut

    def analyst_files(self) -> dict[str, bytes]:
        """Files for analysts only: the fitted estimator as joblib; the service never opens them."""
        import joblib

        content = io.BytesIO()
        joblib.dump(self.fit.estimator, content, compress=3)
        return {"estimator.joblib": content.getvalue()}


def examples_until(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    until_us: int,
    *,
    rules: RuleBook,
    settings: TrainSettings,
    departures: tuple[int, int] | None = None,
) -> Examples:
    """Labelled snapshots of every case whose finding was known by ``until_us``.

    Parameters
    ----------
    feeds : Feeds
        All versions of all rows.
    stamps : sequence of DeliveryStamp
    until_us : int
        UTC microseconds; nothing recorded later is seen.
    departures : (int, int), optional
        Only cases that departed on these Jakarta day numbers, both inclusive.

    Raises
    ------
    TrainingError
        There is no mature finding.
    """
    block = build_cases(feeds, until_us, rules=rules.at(date_of(until_us), until_us))
    labels = case_labels(block)
    if departures is not None:
        labels = labels.filter(pl.col("departure_day").is_between(*departures))
    if labels.is_empty():
        raise TrainingError(
            f"There is no finding to learn from: none that was recorded by {iso(until_us)} and has had time to arrive.",
            what_to_do="Deliver outcomes, or choose a later --until.",
        )
    leads = (*settings.far_leads, *settings.leads)
    first = int(labels["departure_day"].min()) - max(leads) - GRID_DAYS  # type: ignore[arg-type]
    last = min(int(labels["departure_day"].max()), block.today)  # type: ignore[arg-type]
    known = labels["case_id"].to_list()
    others = unexamined(block, known, most=PRIOR_SAMPLE, seed=settings.seed) if departures is None else []
    taken = take_snapshots(
        feeds,
        grid_days(first, last),
        wanted=[*known, *others],
        rules=rules,
        stamps=stamps,
        leads=leads,
        jobs=settings.jobs,
    )
    prior = taken.frame["case_id"].is_in(others)
    snapshots = taken.rows(~prior)
    bounds = snapshots.frame.join(
        labels.select("case_id", "departure_day", "usable_before"), on="case_id", how="left", maintain_order="left"
    )
    usable = bounds.select(
        (pl.col("day") <= pl.col("departure_day"))
        & (pl.col("usable_before").is_null() | (pl.col("day") < pl.col("usable_before")))
    ).to_series()
    snapshots = snapshots.rows(usable)
    said = snapshots.frame.select("case_id").join(labels, on="case_id", how="left", maintain_order="left")
    return Examples(
        snapshots=snapshots,
        label=said["label"].cast(pl.Float64).to_numpy(),
        weight=snapshot_weights(snapshots, labels.select("case_id", weight=pl.lit(1.0))),
        drawn=said.select(pl.when("drawn").then("weight").otherwise(0.0))["weight"].to_numpy(),
        cases=labels,
        prior=taken.rows(prior & taken.frame["lead"].is_in(list(settings.leads))),
    )


def enough(examples: Examples) -> None:
    """Refuse to learn from too little.

    Raises
    ------
    TrainingError
        Fewer than :data:`LEAST_FINDINGS` labelled cases with a snapshot, or :data:`LEAST_POSITIVES` of either kind.
    """
    cases = examples.snapshots.frame.select("case_id").with_columns(label=examples.label).unique("case_id")
    found, positive = len(cases), int(cases["label"].sum())
    if found < LEAST_FINDINGS or min(positive, found - positive) < LEAST_POSITIVES:
        raise TrainingError(
            f"Too few findings to learn from: {found} cases, {positive} of them non-procedural.",
            what_to_do=f"It takes at least {LEAST_FINDINGS} cases and {LEAST_POSITIVES} of either kind; until then the "
            "rules-only release stays in force.",
        )


def fit_release(
    examples: Examples, live: tuple[Floats, Floats], *, manifest: dict[str, Any], settings: TrainSettings,
    specs: Sequence[Spec] | None = None,
) -> Trained:  # fmt: skip
    """Fit, calibrate, set bands, prove.

    Parameters
    ----------
    examples : Examples
    live : (ndarray (m, k), ndarray (m,))
        Features and days to departure of the cases in the queue, for which the bands are set.
    manifest : dict
        Facts for the manifest besides those that follow from the fit.
    specs : sequence of Spec, optional
        Columns to use; the catalogue's defaults if not given.

    Raises
    ------
    TrainingError
        There is too little to learn from, the tables do not say what the trees say, or a direction is broken.
    """
    enough(examples)
    frame, x = examples.snapshots.frame, examples.snapshots.X
    groups = frame["candidate_id"].to_numpy().astype(str)
    learned = frame["lead"].is_in(list(settings.leads)).to_numpy()
    near = examples.snapshots.rows(learned)
    ones = examples.cases.select("case_id", weight=pl.lit(1.0))
    lesson = Lesson(near.X, examples.label[learned], snapshot_weights(near, ones), groups[learned])
    lesson = with_prior(lesson, examples.prior)
    fit = fit_additive(
        lesson.X,
        lesson.y,
        weight=lesson.weight,
        groups=lesson.groups,
        specs=specs or catalogue_specs(),
        seed=settings.seed,
        settings=settings.engine,
    )
    error = prove(fit, lesson.X)
    log_odds, spread = fit.held_out(x, groups)
    held_out = HeldOut(
        log_odds=log_odds,
        spread=spread,
        label=examples.label,
        days=frame["days_to_departure"].to_numpy(),
        cases=frame["case_id"].to_numpy().astype(str),
        yardstick=examples.drawn,
        weight=np.ones(len(examples)),
    )
    calibration = fit_calibration(held_out, seed=settings.seed, settings=settings.calibration)
    live_x, live_days = live
    probability = calibration.apply(fit.terms.log_odds(live_x), live_days)[0]
    bands = choose_bands(probability[~np.isnan(probability)], settings.bands)
    proofs = {"reproduction": {"largest_difference": error, "allowed": TOLERANCE, "holds": True},
              "directions": {"broken": [], "holds": True}}  # fmt: skip
    facts = {**manifest, "gates": {**proofs, **manifest.get("gates", {})}}
    draft = Manifest(name="draft", kind=TRAINED, catalogue_version=CATALOGUE_VERSION, features=[], **facts)
    unnamed = make_release(draft, fit.terms, calibration, bands)
    name = f"{facts['data_until'][:10]}-{_content_hash(unnamed)}"
    named = Manifest(name=name, kind=TRAINED, catalogue_version=CATALOGUE_VERSION, features=[], **facts)
    return Trained(make_release(named, fit.terms, calibration, bands), fit, examples, held_out)


def prove(fit: Fit, x: Floats) -> float:
    """The largest difference between tables and trees; refuses what must not be published.

    Raises
    ------
    TrainingError
        The difference exceeds :data:`TOLERANCE` on ``x`` or on hostile rows, or a direction is broken.
    """
    error = max(reproduction_error(fit, x), reproduction_error(fit, hostile_rows(fit, x.shape[1])))
    if not error <= TOLERANCE:
        raise TrainingError(
            f"The tables differ from the fitted estimator by {error:.3g} log-odds (allowed: {TOLERANCE:g}).",
            what_to_do="Nothing was published. This is a fault in the program; report it with the seed.",
        )
    broken = broken_directions(fit)
    if broken:
        raise TrainingError(
            f"{len(broken)} directions are broken, first: {broken[0]}.",
            what_to_do="Nothing was published. This is a fault in the program; report it with the seed.",
        )
    return error


def train(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    until_us: int,
    *,
    rules: RuleBook,
    simulated: bool,
    settings: TrainSettings,
    lock_sha256: str | None = None,
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
    lock_sha256 : str, optional
        Hash of the lock file of the environment.
    tell : callable
        For progress.

    Raises
    ------
    TrainingError
        See `fit_release`.
    """
    tell("freezing cases at their leads")
    examples = examples_until(feeds, stamps, until_us, rules=rules, settings=settings)
    enough(examples)
    tell(f"learning from {len(examples)} snapshots of {examples.snapshots.frame['case_id'].n_unique()} cases")
    live = live_queue(feeds, stamps, until_us, rules=rules)
    cases = examples.cases
    facts = {
        "simulated": simulated,
        "rules_version": rules.version,
        "data_from": str(EPOCH_DATE + dt.timedelta(days=int(cases["departure_day"].min()))),  # type: ignore[arg-type]
        "data_until": iso(until_us),
        "seed": settings.seed,
        "lock_sha256": lock_sha256,
        "figures": {
            "findings": {
                "cases": len(cases),
                "non_procedural": int(cases["label"].sum()),
                "drawn": int(cases["drawn"].sum()),
                "drawn_non_procedural": int((cases["label"] * cases["drawn"].cast(pl.Int8)).sum()),
                "snapshots": len(examples),
            },
            "prior": {"rules_count_as_cases": PRIOR_CASES if len(examples.prior) else 0.0},
        },
    }
    return fit_release(examples, live, manifest=facts, settings=settings)


def live_queue(feeds: Feeds, stamps: Sequence[DeliveryStamp], t_us: int, *, rules: RuleBook) -> tuple[Floats, Floats]:
    """Features (m, k) and days to departure (m,) of the cases that are scored as of a time."""
    situation = situate(
        feeds, t_us, rules=rules.at(date_of(t_us), t_us), freshness=freshness(list(stamps), feeds, t_us)
    )
    scored = (situation.cases["lane"] == "scored").to_numpy() & ~situation.insufficient
    x = np.ascontiguousarray(situation.x[scored])
    return x, x[:, INDEX["days_to_departure"]]


def _content_hash(release: Release) -> str:
    """Eight hexadecimal digits of what scores: equal data, seed and environment give the same name."""
    content = hashlib.sha256()
    terms = release.terms
    content.update(np.float64(terms.base).tobytes())
    for axis in terms.axes:
        content.update(json.dumps([axis.name, axis.column, axis.levels]).encode() + axis.cuts.tobytes())
    for term in terms.terms:
        content.update(term.name.encode() + term.values.tobytes())
    calibration = release.calibration.to_json() if release.calibration is not None else None
    facts = [calibration, release.bands.to_json(), release.manifest.seed, release.manifest.rules_version]
    content.update(json.dumps(facts, sort_keys=True).encode())
    return content.hexdigest()[:8]
