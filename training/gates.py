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

from models.gate_texts import Told, gate_text
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
    """One gate's verdict, with what it rests on."""

    code: str
    verdict: Verdict
    told: tuple[Told, ...]

    @property
    def says(self) -> str:
        """What it rests on, in English and with codes as they are."""
        text = gate_text([{"code": one.code, "figures": one.figures} for one in self.told])
        if text is None:
            raise KeyError(self.code)  # a sentence of ours that its figures do not fit is a fault of the program
        return text.en

    def to_json(self) -> dict[str, Any]:
        """As JSON values; ``holds`` is false for a breach alone."""
        told = [one.to_json() for one in self.told]
        return {"verdict": self.verdict, "says": self.says, "told": told, "holds": self.verdict != BREACH}


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
    told = [Told("drawn", {"drawn": drawn, "positives": drawn_positives})]
    told += [Told("drawn_needed", {"needed": policy.few_positives})] if few else []
    precision = _interval(gains, "all", "precision", policy)
    return [
        Gate("findings", THIN if few else HOLDS, tuple(told)),
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
    given_away = tuple(
        Told("tells", {"term": line["term"], "attribute": line["attribute"]})
        for line in found["proxies"]
        if line["gives_away"]
    )
    shout = Told("shout", {"checks": shouting}) if shouting else Told("no_shout")
    return [
        Gate("checks", BREACH if shouting else HOLDS, (shout,)),
        _fair(fairness),
        Gate("proxies", THIN if given_away else HOLDS, given_away or (Told("tells_nothing"),)),
        Gate(
            "stable_reasons",
            HOLDS if same >= policy.same_reasons else BREACH,
            (Told("same_reasons", {"same": same, "least": policy.same_reasons}),),
        ),
    ]


def _fair(found: Mapping[str, Any]) -> Gate:
    """Groups taken singly decide; crossed ones only where harm is shown."""
    counts = found["verdicts"]
    breached = counts[BREACH] + found["verdicts_crossed"][BREACH]
    told: tuple[Told, ...] = (Told("comparisons", {"hold": counts[HOLDS], "breached": breached, "thin": counts[THIN]}),)
    if found["breaches"]:
        return Gate("fairness", BREACH, (*told, Told("worst", _line(found["breaches"][0]))))
    if not counts[THIN]:
        return Gate("fairness", HOLDS, told)
    needed = [line for line in found["unsettled"] if line["needed"]]
    if needed:
        most = max(needed, key=lambda line: int(line["needed"]))
        told += (Told("nearest", {"least": _line(needed[0]), "most": _line(most)}),)
    return Gate("fairness", THIN, told)


def _line(found: Mapping[str, Any]) -> dict[str, Any]:
    """Whom a comparison is about, in which figure, and how many further findings would settle it."""
    return {name: found[name] for name in ("attribute", "group", "figure", "needed") if name in found}


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
        return Gate(code, THIN, (Told("gain_few"),))
    value, low, high = gain
    told = Told("gain", {"value": value, "low": low, "high": high})
    return Gate(code, BREACH if high < 0 else HOLDS if low >= 0 else THIN, (told,))


def _calibrated(window: str, ratio: tuple[float, float, float] | None, policy: GatePolicy) -> Gate:
    code = f"calibrated_{window}"
    if ratio is None:
        return Gate(code, THIN, (Told("ratio_few", {"window": window}),))
    value, low, high = ratio
    least, most = policy.calibrated
    told = Told("ratio", {"value": value, "low": low, "high": high, "least": least, "most": most})
    if high < least or low > most:
        return Gate(code, BREACH, (told,))
    return Gate(code, HOLDS if low >= least and high <= most else THIN, (told,))
