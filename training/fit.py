"""From labelled snapshots to a release: engine, calibration, bands, and the proofs it must pass.

What is learned from what
-------------------------
The slope of the tables comes from all mature findings, each case weighing one: how a case came to be examined shifts
the level far more than the order. The hand-written rules count beside them as some cases (:mod:`training.prior`). The
level, and with it every probability, comes from drawn random checks alone, weighted by the inverse of their inclusion
probability (:mod:`training.calibrate`); without any drawn check it holds for cases found the way these were found, and
the card says so. Scores used for calibration are held out: no bag that scored a case has seen its candidate.

A release is made only if its tables reproduce the fitted estimator within 1e-9 on the training frame and on hostile
rows, and every direction holds in every cell. Edits by an analyst come after that proof: the reasons that were edited
change, all others do not, and the directions are enumerated again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from models.calibration import Calibration
from models.features.catalogue import CATALOGUE_VERSION
from models.gate_texts import Told
from models.registry import TRAINED, Manifest, Release, make_release
from models.registry.termfile import write_terms
from models.terms import Floats, Terms
from training.calibrate import HeldOut, choose_bands, fit_calibration
from training.edits import Edits, apply_edits, check_directions, untouched
from training.engines.additive import Fit, broken_directions, fit_additive, hostile_rows, reproduction_error
from training.engines.spec import Spec, catalogue_specs
from training.examples import Names
from training.frozen import Frozen, TooFewFindingsError, TrainingError, enough
from training.gates import HOLDS, Gate
from training.prior import Lesson, with_prior
from training.settings import TrainSettings
from training.stability import bag_terms

ESTIMATOR: Final = "estimator.joblib"
"""File for analysts: the fitted trees."""
BEFORE_EDITS: Final = "tables-before-edits.npz"
"""File for analysts in a release that was edited: its tables as they were learned, in the form of ``terms.npz``."""
TOLERANCE: Final = 1e-9
"""Largest difference allowed between the tables and the trees, in log-odds."""


@dataclass(frozen=True, eq=False)
class Learned:
    """Tables with a calibration, proved.

    Attributes
    ----------
    fit : Fit
    calibration : Calibration
    held_out : HeldOut
        What the calibration was fitted on.
    proofs : list of Gate
    edits : Edits
        What an analyst changed in the tables.
    learned_terms : Terms
        The tables before that.
    """

    fit: Fit
    calibration: Calibration
    held_out: HeldOut
    proofs: list[Gate]
    edits: Edits
    learned_terms: Terms


@dataclass(frozen=True, eq=False)
class Trained:
    """A release not yet published, and what it was made of."""

    release: Release
    learned: Learned
    data: Frozen
    tables: Mapping[str, bytes] = field(default_factory=dict)

    def analyst_files(self) -> dict[str, bytes]:
        """Files for analysts only, never opened by the service: the fitted estimator as joblib, and tables as CSV."""
        import joblib

        content = io.BytesIO()
        joblib.dump(self.learned.fit.estimator, content, compress=3)
        before = {BEFORE_EDITS: write_terms(self.learned.learned_terms)} if self.learned.edits else {}
        return {ESTIMATOR: content.getvalue(), **before, **self.tables}


def learn(
    data: Frozen, *, settings: TrainSettings, specs: Sequence[Spec] | None = None, edits: Edits | None = None,
    strict: bool = True,
) -> Learned:  # fmt: skip
    """Fit, prove, edit, calibrate.

    Parameters
    ----------
    data : Frozen
    settings : TrainSettings
    specs : sequence of Spec, optional
        Columns to use; the catalogue's defaults if not given.
    edits : Edits, optional
        By an analyst.
    strict : bool
        Refuse edits that find nothing to change.

    Raises
    ------
    TooFewFindingsError
        There is too little to learn from.
    TrainingError
        The tables do not say what the trees say, or a direction is broken.
    EditError
        The edits cannot be made.
    """
    lesson = lesson_of(data, settings)
    fit = learn_from(lesson, settings, specs=specs)
    return finish(fit, data, lesson, settings=settings, edits=edits or Edits(), strict=strict)


def learn_from(lesson: Lesson, settings: TrainSettings, *, specs: Sequence[Spec] | None = None) -> Fit:
    """Fit the engine alone; parameters and errors as for :func:`learn`."""
    try:
        return fit_additive(
            lesson.X,
            lesson.y,
            weight=lesson.weight,
            groups=lesson.groups,
            specs=specs or catalogue_specs(),
            seed=settings.seed,
            settings=settings.engine,
        )
    except ValueError as error:
        raise TooFewFindingsError(f"Nothing can be learned: {error}.") from error


def lesson_of(data: Frozen, settings: TrainSettings) -> Lesson:
    """What the engine is given: the snapshots at the leads to learn from, and the rules as a prior.

    Raises
    ------
    TooFewFindingsError
        There is too little to learn from.
    """
    enough(data)
    near = data.at_leads(settings.leads)
    enough(near)
    lesson = Lesson(near.snapshots.X, near.label, near.weight, near.names("candidate_id"))
    return with_prior(lesson, data.prior, cases=settings.prior_cases)


def finish(
    fit: Fit,
    data: Frozen,
    lesson: Lesson,
    *,
    settings: TrainSettings,
    edits: Edits | None = None,
    strict: bool = True,
    groups: Names | None = None,
) -> Learned:
    """Prove a fit, edit it and calibrate it; parameters and errors as for :func:`learn`.

    ``groups`` are those the fit has held out, row by row with ``data``; people if not given.
    """
    edits = edits or Edits()
    learned_terms, proofs = fit.terms, prove(fit, lesson.X)
    if edits:
        fit, said = _edited(fit, lesson, edits, strict=strict)
        proofs = [*proofs, said]
    log_odds, spread = fit.held_out(data.snapshots.X, data.names("candidate_id") if groups is None else groups)
    held_out = HeldOut(
        log_odds=log_odds,
        spread=spread,
        label=data.label,
        days=data.days,
        cases=data.names("case_id"),
        yardstick=data.drawn,
        weight=np.ones(len(data)),
    )
    calibration = fit_calibration(held_out, seed=settings.seed, settings=settings.calibration)
    return Learned(fit, calibration, held_out, proofs, edits, learned_terms)


def _edited(fit: Fit, lesson: Lesson, edits: Edits, *, strict: bool) -> tuple[Fit, Gate]:
    """The fit with edited tables, all its bags edited alike, and the proof that nothing else changed."""
    after = apply_edits(fit.terms, edits, strict=strict)
    check_directions(after, fit.estimator.binning.specs, edits)
    hostile = hostile_rows(fit, lesson.X.shape[1])
    if not all(untouched(fit.terms, after, edits, x) for x in (lesson.X, hostile)):
        raise TrainingError(
            "An edit changed a reason that was not edited.",
            what_to_do="Nothing was published. This is a fault in the program; report it with the edits.",
        )
    bags = [(bag, apply_edits(bag, edits, strict=False)) for bag in bag_terms(fit, lesson.X, lesson.weight)]
    told = (Told("edited", {"edits": [f"{edit.kind} {edit.term}" for edit in edits.made]}), Told("edits_alone"))
    return replace(fit, terms=after, edited_bags=bags), Gate("edits", HOLDS, told)


def prove(fit: Fit, x: Floats) -> list[Gate]:
    """The proofs of a fit, or a refusal.

    Raises
    ------
    TrainingError
        Tables and trees differ by more than :data:`TOLERANCE` on ``x`` (n, k) or on hostile rows, or a direction is
        broken.
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
    return [
        Gate("reproduction", HOLDS, (Told("reproduced", {"error": float(error)}),)),
        Gate("directions", HOLDS, (Told("directions"),)),
    ]


def make_trained(
    learned: Learned, data: Frozen, live: tuple[Floats, Floats], *, facts: dict[str, Any], settings: TrainSettings
) -> Trained:
    """Set the bands and name the release.

    Parameters
    ----------
    learned : Learned
    data : Frozen
    live : (ndarray (m, k), ndarray (m,))
        Features and days to departure of the cases in the queue, for which the bands are set.
    facts : dict
        Fields of the manifest.
    settings : TrainSettings
    """
    x, days = live
    probability = learned.calibration.apply(learned.fit.terms.log_odds(x), days)[0]
    probability = probability[~np.isnan(probability)]
    bands = choose_bands(probability, settings.bands)
    first, check = float((probability >= bands.first).sum()), float((probability >= bands.check).sum())
    queue = {"cases": int(probability.size), "first": int(first), "check": int(check - first)}
    facts = {**facts, "figures": {**facts.get("figures", {}), "queue": queue}}

    def named(name: str) -> Release:
        manifest = Manifest(name=name, kind=TRAINED, catalogue_version=CATALOGUE_VERSION, features=[], **facts)
        return make_release(manifest, learned.fit.terms, learned.calibration, bands)

    return Trained(named(f"{facts['data_until'][:10]}-{_content_hash(named('draft'))}"), learned, data)


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
    manifest = release.manifest
    facts = [calibration, release.bands.to_json(), manifest.seed, manifest.rules_version, *manifest.edits]
    content.update(json.dumps(facts, sort_keys=True).encode())
    return content.hexdigest()[:8]
