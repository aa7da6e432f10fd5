"""Engines side by side, on any examples: each fitted, calibrated on held-out groups, and ready for a backtest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.calibration import WINDOWS, window_of
from models.terms import Floats
from training.engines.additive import EngineSettings, Groups, fit_additive
from training.engines.ebm import fit_ebm
from training.engines.fitted import Engine, Fitted
from training.engines.scorecard import fit_scorecard
from training.engines.spec import Spec
from training.engines.unconstrained import fit_unconstrained
from training.examples import Examples
from training.validation.backtest import Scored

ADDITIVE: Final = "additive"
EBM: Final = "ebm"
SCORECARD: Final = "scorecard"
UNCONSTRAINED: Final = "unconstrained"


@dataclass(frozen=True)
class AdditiveEngine:
    """The engine of releases, as one among others."""

    settings: EngineSettings

    def __call__(
        self, X: Floats, y: Floats, *, weight: Floats, groups: Groups, specs: Sequence[Spec], seed: int
    ) -> Fitted:
        """Fit; see `training.engines.fitted.Engine`."""
        made = fit_additive(X, y, weight=weight, groups=groups, specs=specs, seed=seed, settings=self.settings)
        return Fitted(made.terms, made.estimator.decision_function, lambda X, groups: made.held_out(X, groups)[0])


def engines(settings: EngineSettings | None = None) -> dict[str, Engine]:
    """Every engine by name, that of releases first."""
    return {
        ADDITIVE: AdditiveEngine(settings or EngineSettings()),
        EBM: fit_ebm,
        SCORECARD: fit_scorecard,
        UNCONSTRAINED: fit_unconstrained,
    }


@dataclass(frozen=True)
class EngineModel:
    """An engine as a model that a backtest can try.

    Parameters
    ----------
    engine : Engine
    group : str, optional
        Group column that folds hold out, such as the person; the case if not given.
    seed : int
    """

    engine: Engine
    group: str | None = None
    seed: int = 0

    def __call__(self, train: Examples) -> Calibrated:
        """Fit on labelled examples, calibrate on their held-out scores, return what scores others."""
        groups = train.group(self.group) if self.group else train.case
        fitted = self.engine(
            train.X, train.label, weight=train.weight, groups=groups, specs=train.specs, seed=self.seed
        )
        held = fitted.held_out(train.X, groups)
        drawn = train.yardstick if train.yardstick.any() else train.weight
        curve = Curve.fit(held, train.label, weight=drawn / rows_per_case(train.case), window=window_of(train.lead))
        return Calibrated(fitted, curve, Scored(held, curve.probability(held, window_of(train.lead))))


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A fitted engine with its calibration; scores examples.

    Attributes
    ----------
    fitted : Fitted
    curve : Curve
    held_out : Scored
        Of the rows it was fitted on, by parts that did not see their group.
    """

    fitted: Fitted
    curve: Curve
    held_out: Scored

    def __call__(self, rows: Examples) -> Scored:
        """Score rows: arrays of length n."""
        z = self.fitted.log_odds(rows.X)
        return Scored(z, self.curve.probability(z, window_of(rows.lead)))


def rows_per_case(case: npt.NDArray[np.str_]) -> npt.NDArray[np.intp]:
    """How many rows the case of each row has: shape (n,)."""
    _, position, counts = np.unique(case, return_inverse=True, return_counts=True)
    return np.asarray(counts[position], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Curve:
    """A logistic calibration with a level for each lead window, for comparing engines on an equal footing.

    Releases have step tables with intervals instead (`training.calibrate`).
    """

    slope: float
    levels: Floats

    @classmethod
    def fit(cls, z: Floats, label: Floats, *, weight: Floats, window: npt.NDArray[np.intp]) -> Curve:
        """From held-out log-odds (n,), labels, weights, and lead windows (-1 where there is none)."""
        from scipy.optimize import minimize

        used = weight > 0
        w = weight[used] / weight[used].mean()
        z, label, window = z[used], label[used], window[used] + 1
        size = len(WINDOWS) + 1

        def loss(at: Floats) -> tuple[float, Floats]:
            logit = at[0] * z + at[1] + at[2:][window]
            miss = 1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30))) - label
            value = float((w * (np.logaddexp(0.0, logit) - label * logit)).sum())
            pull = 2.0 * at[2:]  # windows lean on all together
            slope = np.concatenate(
                [[(w * miss * z).sum(), (w * miss).sum()], np.bincount(window, w * miss, size) + pull]
            )
            return value + float((at[2:] ** 2).sum()), slope

        start = np.concatenate([[1.0, 0.0], np.zeros(size)])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] + [(None, None)] * (size + 1))
        return cls(float(found.x[0]), np.asarray(found.x[1] + found.x[2:], dtype=np.float64))

    def probability(self, z: Floats, window: npt.NDArray[np.intp]) -> Floats:
        """Probability of log-odds (n,) in lead windows."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.slope * z + self.levels[window + 1]))), dtype=np.float64)
