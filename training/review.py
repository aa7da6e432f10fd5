"""What is looked at around a fitted model before it may become a release: checks, fairness, selection, stability.

The findings go three ways: verdicts into the gates, summaries into the card, and the whole tables into files for
analysts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from models.asof import Feeds
from models.cases import CaseBlock, build_cases
from models.features.catalogue import INDEX
from models.freshness import DeliveryStamp, freshness
from models.registry import Release
from models.rules import RuleBook
from models.situation import Situation, situate
from models.terms import Floats
from models.times import date_of, day_number
from training.casework import AGENCY, PERSON, audit_groups, case_examples, queue_examples, recorded_days, split_at
from training.checks import Material, Verdict, run_checks
from training.engines.additive import Fit
from training.examples import Examples
from training.fairness import BREACH, UNSETTLED, audit, verdicts
from training.findings import case_findings, past_queue, queue_of
from training.frozen import Frozen
from training.proxies import proxies
from training.selection import CORRECTED, helped_both_ways, precision_estimates, sensitivity
from training.stability import Stability, reason_stability
from training.validation import Bootstrap, Judged

#: Share of the queue that selection estimates speak of.
CAPACITY: Final = 0.1
#: Attributes that no term should give away (the others are inputs by right).
HIDDEN: Final = ("sex", "age_band", "origin")
#: Comparisons of the audit told in the card besides the breaches.
TOLD: Final = 12


@dataclass(frozen=True, eq=False)
class Review:
    """What was found.

    Attributes
    ----------
    checks : list of Verdict
    fairness, proxies : polars.DataFrame
        From `training.fairness.audit` and `training.proxies.proxies`.
    selection, helped, sensitivity : polars.DataFrame
        From `training.selection`; empty where there is no past queue to speak of.
    stability : Stability
    """

    checks: list[Verdict]
    fairness: pl.DataFrame
    proxies: pl.DataFrame
    selection: pl.DataFrame
    helped: pl.DataFrame
    sensitivity: pl.DataFrame
    stability: Stability

    def to_json(self) -> dict[str, Any]:
        """Summaries for the manifest, from which the card is written."""
        crossed = pl.col("attribute").str.contains(" x ", literal=True)
        single = self.fairness.filter(~crossed)
        unsettled = single.filter(verdict=UNSETTLED).sort("needed", nulls_last=True).head(TOLD)
        return {
            "checks": [
                {"code": v.code, "title": v.title.as_dict(), "state": v.state, "what_to_do": v.what_to_do.as_dict(),
                 "found": [text.as_dict() for text in v.found]}
                for v in self.checks
            ],
            "fairness": {
                "verdicts": verdicts(single),
                "verdicts_crossed": verdicts(self.fairness.filter(crossed)),
                "breaches": _rows(self.fairness.filter(verdict=BREACH)),
                "unsettled": _rows(unsettled),
            },
            "proxies": _rows(self.proxies.group_by("attribute", maintain_order=True).head(3)),
            "selection": _rows(self.selection),
            "helped": _rows(self.helped),
            "sensitivity": _rows(self.sensitivity),
            "stability": dict(self.stability.__dict__),
        }  # fmt: skip

    def analyst_files(self) -> dict[str, bytes]:
        """The tables as CSV."""
        tables = {
            "fairness.csv": self.fairness, "proxies.csv": self.proxies, "selection.csv": self.selection,
            "sensitivity.csv": self.sensitivity,
        }  # fmt: skip
        return {name: table.write_csv().encode() for name, table in tables.items() if len(table.columns)}


def review(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    until_us: int,
    *,
    data: Frozen,
    fit: Fit,
    release: Release,
    held_out: Floats,
    cut: int,
    rules: RuleBook,
    settings: Bootstrap,
    jobs: int = 1,
) -> Review:
    """Look around a fitted model.

    Parameters
    ----------
    feeds, stamps, until_us
        What it was made of.
    data : Frozen
        What it learnt from.
    fit, release
        The model, and the release it would become.
    held_out : ndarray of float64, shape (n,)
        Log-odds of ``data`` by parts that did not see the person.
    cut : int
        Jakarta day on which the backtest stopped learning.
    rules : RuleBook
    settings : Bootstrap
    jobs : int
        Processes.
    """
    at = rules.at(date_of(until_us), until_us)
    block = build_cases(feeds, until_us, rules=at)
    situation = situate(feeds, until_us, rules=at, freshness=freshness(list(stamps), feeds, until_us))
    past, now = case_examples(data, block), queue_examples(situation)
    live = _live(situation)
    checks = run_checks(
        Material(
            data=past, split=split_at(past, cut), use=now, records=recorded_days(feeds, until=day_number(until_us))
        )
    )
    judged, referred, groups = _for_audit(past, now, release, held_out=held_out, live=live)
    selection = _selection(feeds, stamps, block, cut=cut, fit=fit, rules=rules, settings=settings, jobs=jobs)
    parts = release.terms.group_contributions(live)
    hidden = {name: now.groups[name] for name in HIDDEN}
    return Review(
        checks,
        audit(judged, referred, groups, settings),
        proxies(parts, [group.code for group in release.terms.groups], hidden, now.group(PERSON)),
        *selection,
        reason_stability(fit, live if len(live) else data.snapshots.X, np.ones(len(live) or len(data))),
    )


def _live(situation: Situation) -> Floats:
    scored = (situation.cases["lane"] == "scored").to_numpy() & ~situation.insufficient
    return np.ascontiguousarray(situation.x[scored])


def _for_audit(
    past: Examples, now: Examples, release: Release, *, held_out: Floats, live: Floats
) -> tuple[Judged, Floats, Mapping[str, np.ndarray]]:
    """Past cases tell errors, weighted as drawn checks; the queue of today tells who is looked at."""
    log_odds = np.concatenate([held_out, release.terms.log_odds(live)])
    lead = np.concatenate([past.lead, live[:, INDEX["days_to_departure"]]])
    if release.calibration is None:
        raise ValueError("a rules-only release is not audited: it gives no probability")
    probability = release.calibration.apply(log_odds, lead)[0]
    estimate = past.yardstick if past.yardstick.any() else past.weight
    n, m = len(past), len(now)
    judged = Judged(
        score=log_odds,
        probability=probability,
        label=np.concatenate([past.label, now.label]),
        mass=np.concatenate([np.zeros(n), np.ones(m)]),
        estimate=np.concatenate([estimate, np.zeros(m)]),
        queue=np.zeros(n + m, dtype=np.int64),
        office=np.full(n + m, ""),
        case=np.concatenate([past.case, now.case]),
        agency=np.concatenate([past.group(AGENCY), now.group(AGENCY)]),
        lead=lead,
        day=np.concatenate([past.day, now.day]),
    )
    referred = (np.nan_to_num(probability) >= release.bands.check).astype(np.float64)
    ours, theirs = audit_groups(past), audit_groups(now)
    return judged, referred, {name: np.concatenate([ours[name], theirs[name]]) for name in ours}


def _selection(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    block: CaseBlock,
    *,
    cut: int,
    fit: Fit,
    rules: RuleBook,
    settings: Bootstrap,
    jobs: int,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Precision among the first of a past queue, from selective findings."""
    queue = past_queue(feeds, stamps, block, first=cut, rules=rules, jobs=jobs)
    findings = case_findings(block)
    known = queue.frame.join(findings, on="case_id", how="inner")
    if not len(known) or not known["drawn"].sum():
        return pl.DataFrame(), pl.DataFrame(), pl.DataFrame()
    names = {c: queue.frame[c].fill_null("").to_numpy().astype(str) for c in ("case_id", "candidate_id", "agency_id")}
    told = queue_of(
        names["case_id"],
        fit.held_out(queue.X, names["candidate_id"])[0],
        findings,
        capacity=CAPACITY,
        X=queue.X,
        people=names["candidate_id"],
        agencies=names["agency_id"],
    )
    estimates = precision_estimates(told, settings)
    corrected = estimates.filter(estimate=CORRECTED)["value"][0]
    return estimates, helped_both_ways(told, settings), sensitivity(corrected)


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: rounded, with null for what cannot be told."""
    if not len(table.columns):
        return []
    rounded = table.with_columns(pl.col(pl.Float64).round(6).fill_nan(None))
    infinite = [pl.when(pl.col(c).is_infinite()).then(None).otherwise(pl.col(c)).alias(c)
                for c, t in table.schema.items() if t == pl.Float64]  # fmt: skip
    return rounded.with_columns(infinite).to_dicts()
