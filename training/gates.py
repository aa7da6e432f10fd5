"""Gates: what a release must not have done to be put in force.

A gate says ``holds``, ``breach`` or ``not enough evidence``. Tables that do not say what the trees say, and broken
directions, are faults of the program: such a release is not even published (:func:`training.fit.prove`). The gates here
judge what a test on later departures showed. Harm that is demonstrated (the whole interval lies on the wrong side)
refuses promotion; thin evidence is written down and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import polars as pl

from models.registry.manifest import THIN

Verdict = Literal["holds", "breach", "not enough evidence"]
HOLDS: Final = "holds"
BREACH: Final = "breach"

#: Windows whose calibration is judged: scores are acted on within 60 days of departure.
JUDGED: Final = ("0-14", "14-30", "30-60")


@dataclass(frozen=True, kw_only=True)
class GatePolicy:
    """What counts as harm.

    Parameters
    ----------
    calibrated : (float, float)
        Mean probability over the rate that came true, in each window: 20 % either way.
    confidence : float
        Of the intervals that gates look at; high, because several gates are judged at once.
    few_positives : int
        Non-procedural findings among drawn checks below which the level of the probability rests on little.
    least_positives : int
        Those among the later departures tested below which nothing is taken as shown, whatever the interval.
    same_reasons : float
        Share of the leading reasons of urgent cases that bags of the model have in common at least.
    """

    calibrated: tuple[float, float] = (0.8, 1.25)
    confidence: float = 0.99
    few_positives: int = 30
    least_positives: int = 10
    same_reasons: float = 0.5


@dataclass(frozen=True)
class Gate:
    """One gate's verdict, with what it rests on in one sentence."""

    code: str
    verdict: Verdict
    says: str

    def to_json(self) -> dict[str, Any]:
        """As JSON values; ``holds`` is false for a breach alone."""
        return {"verdict": self.verdict, "says": self.says, "holds": self.verdict != BREACH}


def evidence_gates(
    figures: pl.DataFrame, gains: pl.DataFrame, *, drawn: int, drawn_positives: int, policy: GatePolicy
) -> list[Gate]:
    """Verdicts on a backtest.

    Parameters
    ----------
    figures : polars.DataFrame
        Of the release on later departures: ``window``, ``figure``, ``value``, ``low``, ``high``, ``positives``; empty
        if there was nothing to test on.
    gains : polars.DataFrame
        The same columns: how far it is above the rules-only release.
    drawn, drawn_positives : int
        Drawn checks that the release was calibrated on, and those among them found non-procedural.
    policy : GatePolicy
    """
    few = drawn_positives < policy.few_positives
    said = f"{drawn} drawn checks, {drawn_positives} of them non-procedural"
    if few:
        said += f"; {policy.few_positives} would settle the level of the probability"
    precision = _interval(gains, "all", "precision", policy)
    return [
        Gate("findings", THIN if few else HOLDS, said),
        _not_worse(precision),
        *(_calibrated(window, _interval(figures, window, "calibration", policy), policy) for window in JUDGED),
    ]


def review_gates(found: Mapping[str, Any], *, policy: GatePolicy) -> list[Gate]:
    """Verdicts on what stands around a release.

    Parameters
    ----------
    found : mapping
        From `training.review.Review.to_json`.
    policy : GatePolicy
    """
    shouting = [check["code"] for check in found["checks"] if check["state"] == "shouts"]
    fairness, stability = found["fairness"], found["stability"]
    same = float(stability["same_leading"])
    given_away = [f"{line['term']} tells {line['attribute']}" for line in found["proxies"] if line["gives_away"]]
    return [
        Gate(
            "checks", BREACH if shouting else HOLDS, ", ".join(shouting) + " shout" if shouting else "no check shouts"
        ),
        _fair(fairness),
        Gate("proxies", THIN if given_away else HOLDS, "; ".join(given_away) or "no reason tells sex, age or origin"),
        Gate(
            "stable_reasons",
            HOLDS if same >= policy.same_reasons else BREACH,
            f"bags of the model share {same:.0%} of the leading reasons of urgent cases, to be at least "
            f"{policy.same_reasons:.0%}",
        ),
    ]


def _fair(found: Mapping[str, Any]) -> Gate:
    """Groups taken singly decide; crossed ones only where harm is shown."""
    counts = found["verdicts"]
    said = f"{counts[HOLDS]} comparisons hold, {counts[BREACH] + found['verdicts_crossed'][BREACH]} are breached, "
    said += f"{counts[THIN]} lack evidence"
    if found["breaches"]:
        worst = found["breaches"][0]
        return Gate("fairness", BREACH, f"{said}; {worst['attribute']} {worst['group']}: {worst['figure']}")
    if not counts[THIN]:
        return Gate("fairness", HOLDS, said)
    needed = [line for line in found["unsettled"] if line["needed"]]
    if needed:
        most = max(needed, key=lambda line: int(line["needed"]))
        least = needed[0]
        said += f"; from {least['needed']} further findings ({least['attribute']} {least['group']}, {least['figure']})"
        said += f" to {most['needed']} ({most['attribute']} {most['group']}, {most['figure']}) would settle the nearest"
    return Gate("fairness", THIN, said)


def _interval(table: pl.DataFrame, window: str, figure: str, policy: GatePolicy) -> tuple[float, float, float] | None:
    """A figure with its bounds; None where too little stands behind it."""
    if table.is_empty():
        return None
    row = table.filter(pl.col("window") == window, pl.col("figure") == figure)
    if row.is_empty() or row["positives"][0] < policy.least_positives:
        return None
    value, low, high = row.select("value", "low", "high").row(0)
    if not all(v is not None and v == v for v in (value, low, high)):  # noqa: PLR0124  (NaN differs from itself)
        return None
    return value, low, high


def _not_worse(gain: tuple[float, float, float] | None) -> Gate:
    code = "not_worse_than_rules"
    if gain is None:
        return Gate(code, THIN, "too few later findings to compare with the rules")
    value, low, high = gain
    says = f"precision at 5 % above that of the rules by {value:+.3f} ({low:+.3f} to {high:+.3f})"
    return Gate(code, BREACH if high < 0 else HOLDS if low >= 0 else THIN, says)


def _calibrated(window: str, ratio: tuple[float, float, float] | None, policy: GatePolicy) -> Gate:
    code = f"calibrated_{window}"
    if ratio is None:
        return Gate(code, THIN, f"too few later drawn checks {window} days before departure")
    value, low, high = ratio
    least, most = policy.calibrated
    says = f"mean probability over base rate {value:.2f} ({low:.2f} to {high:.2f}), to be within {least} and {most}"
    if high < least or low > most:
        return Gate(code, BREACH, says)
    return Gate(code, HOLDS if low >= least and high <= most else THIN, says)
