"""An analyst's edits of a release: a new release with the same trees, other tables, and everything judged again.

The release's own fitted trees are read from its files for analysts, after the signature over them was checked, so that
nothing is learned anew: tables that are not edited stay what they were to the last bit. The level is: calibration,
bands, backtest, checks, fairness and gates are made again on the data given.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.asof import Feeds
from models.errors import ReleaseError
from models.features.catalogue import INDEX
from models.freshness import DeliveryStamp
from models.registry import Release, TrustedKeys, check_compatible, load_release, read_analyst_file
from models.registry.termfile import read_terms
from models.rules import RuleBook
from models.terms import Terms
from training.edits import FREEZE, Edit, EditError, Edits, apply_edits, check_directions
from training.engines.additive import Estimator, Fit
from training.fit import BEFORE_EDITS, ESTIMATOR, Learned, Trained, finish, lesson_of
from training.frozen import Frozen
from training.settings import TrainSettings
from training.train import Tell, make


@dataclass(frozen=True, eq=False)
class Base:
    """A release as an analyst takes it up.

    Attributes
    ----------
    release : Release
    estimator : Estimator
        Its fitted trees.
    learned_terms : Terms
        Its tables before any edit.
    """

    release: Release
    estimator: Estimator
    learned_terms: Terms

    @property
    def edits(self) -> Edits:
        """The edits it has already."""
        return Edits.kept_in(self.release.manifest.edits, self.release.terms)

    def fit(self, settings: TrainSettings) -> Fit:
        """The fit it was made of, before any edit."""
        figures = self.release.manifest.figures
        folds, repeats = figures.get("bags", (settings.engine.folds, settings.engine.repeats))
        if folds * repeats != len(self.estimator.models):
            raise EditError(
                f"Release {self.release.name} has {len(self.estimator.models)} bags, not {folds} x {repeats}.",
                what_to_do="Edit it with the settings it was trained with.",
            )
        pairs = [(first, second) for first, second in (pair.split("*") for pair in figures["pairs"])]
        first, last = figures["trees"]
        engine = replace(settings.engine, folds=folds, repeats=repeats)
        return Fit(self.learned_terms, self.estimator, pairs, (first, last), self.release.manifest.seed or 0, engine)


def load_base(registry: Path, name: str, trusted: TrustedKeys) -> Base:
    """Read a release to be edited. Trees are unpickled, so only what a trusted key signed is.

    Raises
    ------
    ReleaseError
        It does not verify, was not trained, or its files for analysts are not here.
    """
    import joblib

    release = load_release(registry, name, trusted)
    content = read_analyst_file(registry, name, trusted, ESTIMATOR)
    try:
        estimator: Estimator = joblib.load(io.BytesIO(content))
    except Exception as error:
        raise ReleaseError(
            f"Release {name}: {ESTIMATOR} cannot be read here ({error}).",
            what_to_do="Use the environment it was trained in, or train again.",
        ) from error
    before = release.terms
    if release.manifest.edits:
        before = read_terms(read_analyst_file(registry, name, trusted, BEFORE_EDITS), INDEX)
    return Base(release, estimator, before)


def edits_of(made: Iterable[Edit], sources: Iterable[Release]) -> Edits:
    """New edits; each that freezes takes its tables from the release it names.

    Parameters
    ----------
    made : iterable of Edit
    sources : iterable of Release
        Those named by edits that freeze.
    """
    edits, known = tuple(made), {release.name: release for release in sources}
    frozen, told = {}, []
    for edit in edits:
        if edit.kind == FREEZE:
            source = known[edit.source or ""]
            frozen[edit.term] = source.terms
            until = source.manifest.data_until
            told.append(replace(edit, source_until=until[:10] if until else None))
        else:
            told.append(edit)
    return Edits(told, frozen)


def edit_release(
    base: Base,
    edits: Edits,
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
    """Make a new release of an existing one, with some of its reasons edited; not yet published.

    Parameters
    ----------
    base : Base
    edits : Edits
        In addition to those it has.
    feeds, stamps, until_us
        What calibration, bands and gates are made from; as for `training.train.train`.
    rules : RuleBook
    simulated : bool
    settings : TrainSettings
        The seed is that of the release.
    lock_sha256, tell
        As for `training.train.train`.

    Raises
    ------
    EditError
        An edit finds nothing to change, or after it a direction is broken.
    ReleaseError
        The release was made on the other kind of data (real, simulated).
    TrainingError
        There is too little to calibrate on.
    """
    check_compatible(base.release, simulated=simulated)
    settings = replace(
        settings, seed=base.release.manifest.seed or 0, engine=replace(settings.engine, jobs=settings.jobs)
    )
    fit, every = base.fit(settings), base.edits.then(edits)
    check_directions(apply_edits(fit.terms, every), fit.estimator.binning.specs, every)  # better said at once

    def learner(data: Frozen) -> Learned:
        return finish(fit, data, lesson_of(data, settings), settings=settings, edits=every)

    return make(
        feeds, stamps, until_us, learner, rules=rules, simulated=simulated, settings=settings, lock_sha256=lock_sha256,
        edits=every, tell=tell, figures={"edited_from": base.release.name},
    )  # fmt: skip
