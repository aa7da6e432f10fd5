"""Checks that shout: one class for each fault that makes a model look better than it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from training.checks.after_event import AfterEvent
from training.checks.base import NOT_RUN, QUIET, SHOUTS, Check, Material, Verdict
from training.checks.cohort_jump import CohortJump
from training.checks.early_label import EarlyLabel
from training.checks.feed_outage import FeedOutage
from training.checks.group_leakage import GroupLeakage
from training.checks.helped_negative import HelpedNegative
from training.checks.lead_shift import LeadShift
from training.checks.one_feature import OneFeature
from training.checks.time_leakage import TimeLeakage

CHECKS: Final[tuple[Check, ...]] = (
    GroupLeakage(),
    TimeLeakage(),
    AfterEvent(),
    OneFeature(),
    CohortJump(),
    EarlyLabel(),
    LeadShift(),
    HelpedNegative(),
    FeedOutage(),
)


def run_checks(material: Material, checks: Sequence[Check] = CHECKS) -> list[Verdict]:
    """Run checks one after the other; a verdict for each, in order."""
    return [check.run(material) for check in checks]


def shouting(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts of checks that shout."""
    return [verdict for verdict in verdicts if verdict.state == SHOUTS]


__all__ = [
    "CHECKS",
    "NOT_RUN",
    "QUIET",
    "SHOUTS",
    "AfterEvent",
    "Check",
    "CohortJump",
    "EarlyLabel",
    "FeedOutage",
    "GroupLeakage",
    "HelpedNegative",
    "LeadShift",
    "Material",
    "OneFeature",
    "TimeLeakage",
    "Verdict",
    "run_checks",
    "shouting",
]
