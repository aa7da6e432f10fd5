"""The hand-written rules as a prior, so that few findings do not make a worse order than practice does.

Findings are few at first, and tables over forty features learn mostly noise from a few hundred of them. So the
rules-only release counts as a number of cases: snapshots of cases nobody examined, with the probability the rules
give them. With thousands of findings the prior no longer matters.

How the weight was chosen, and what that is worth: 0, 100, 400 and 1500 cases were tried on the very rows the figures
below come from, so they favour the choice somewhat. Two simulated worlds with some 170 positive findings, one seed of
the engine, no intervals, drawn checks weighted up to 5:1 (training weighs findings equally). Precision at 5 % close to
departure, world 1 and 2: rules .433 and .429; without the prior .356 and .438; 400 cases .424 and .453; 1500 cases .442
and .442. In world 1 the order at 5 % is still below that of the rules.

In the ten worlds of `benchmarks.quality.ceiling`, with some 50 positive findings each, the release is level with the
rules with 400 cases (-.003; -.011 to .005) and below them without any (-.037; -.052 to -.023); that was measured before
steps met the days to departure in every release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from models.cases import CaseBlock
from models.features.catalogue import Matrix
from models.releases.rules_only import rules_only_terms
from models.terms import Floats
from training.snapshots import Snapshots

PRIOR_SAMPLE: Final = 600
"""Cases without a finding that are frozen."""
PRIOR_CASES: Final = 400.0
"""How many examined cases they count as, all together."""


class Lesson(NamedTuple):
    """What the engine is given: X (n, k), and label, weight, group of each row."""

    X: Matrix
    y: Floats
    weight: Floats
    groups: npt.NDArray[np.str_]


def unexamined(block: CaseBlock, known: Collection[str], *, most: int, seed: int) -> list[str]:
    """A sample of registered cases without a finding whose departure is past, the same for the same seed.

    Parameters
    ----------
    block : CaseBlock
    known : collection of str
        Cases with a finding.
    most : int
        How many at most.
    seed : int
    """
    past = block.frame.filter(
        pl.col("registration_id").is_not_null(),
        pl.col("planned") <= block.today,
        ~pl.col("case_id").is_in(list(known)),
    )["case_id"].to_list()
    drawn = sorted(past, key=lambda case: hashlib.sha256(f"{seed}/{case}".encode()).digest())
    return sorted(drawn[:most])


def with_prior(lesson: Lesson, prior: Snapshots, *, cases: float = PRIOR_CASES) -> Lesson:
    """Add the prior's rows to a lesson.

    Each stands twice, as a positive and as a negative, weighted by the probability that a logistic curve through the
    findings gives to its points.

    Parameters
    ----------
    lesson : Lesson
    prior : Snapshots
    cases : float
        Sum of the weights added.
    """
    if not len(prior) or cases <= 0:
        return lesson
    from sklearn.linear_model import LogisticRegression

    rules = rules_only_terms()
    curve = LogisticRegression(C=10.0).fit(rules.log_odds(lesson.X)[:, None], lesson.y, sample_weight=lesson.weight)
    probability = np.asarray(curve.predict_proba(rules.log_odds(prior.X)[:, None])[:, 1], dtype=np.float64)
    each = cases / len(prior)
    groups = np.asarray(prior.frame["candidate_id"].to_list(), dtype=str)
    return Lesson(
        np.ascontiguousarray(np.vstack([lesson.X, prior.X, prior.X])),
        np.concatenate([lesson.y, np.ones(len(prior)), np.zeros(len(prior))]),
        np.concatenate([lesson.weight, each * probability, each * (1 - probability)]),
        np.concatenate([lesson.groups, groups, groups]),
    )
