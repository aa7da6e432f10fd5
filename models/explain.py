"""One score in full, as the API gives it: figures, reasons in words with their records, notices, the way back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from models.evidence import Evidence
from models.features.catalogue import BY_NAME
from models.notices import BY_CODE
from models.recourse import KINDS, next_steps
from models.times import iso
from models.wording import plain_value, reason_text

if TYPE_CHECKING:
    from models.single.case import OneScore
    from models.terms import Group


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _reason(score: OneScore, group: Group, contribution: float, evidence: Evidence) -> dict[str, Any]:
    values = {name: score.case.feature(name) for name in group.features}
    first = BY_NAME[group.features[0]]
    record = evidence.of_feature(first.name)
    return {
        "code": group.code,
        "family": first.family,
        "text": reason_text(group.code, values).as_dict(),
        "value": plain_value(first, values[first.name]) if len(values) == 1 else None,
        "contribution": contribution,
        "record": None if record is None else record.as_dict(),
    }


def explain(score: OneScore) -> dict[str, Any]:
    """The score of one case as JSON values.

    Returns
    -------
    dict
        ``case_id, candidate_id, as_of, lane, probability, interval{low, high}, band, log_odds, base, other,
        reasons[], notices[], recourse{}, freshness{}, release, rules_version``; figures are None where the case has
        no score. base + contributions + other = log_odds exactly.
    """
    case = score.case
    evidence = Evidence(case)
    source = case.freshness.source_of.get(case.row["seq"])
    notices = []
    for code in score.notices:
        feed = BY_CODE[code].feed
        record = evidence.row(feed) if feed is not None else None
        notices.append(
            {
                "code": code,
                "text": BY_CODE[code].text.as_dict(),
                "record": None if record is None else record.as_dict(),
            }
        )
    steps = [
        {
            "step": step.step,
            "issuer": step.issuer,
            "office": None if step.office is None else {"name": step.office.name, "phone": step.office.phone},
            "text": step.text.as_dict(),
        }
        for step in next_steps(case)
    ]
    return {
        "case_id": case.row["case_id"],
        "candidate_id": case.row["candidate_id"],
        "as_of": iso(case.t_us),
        "lane": case.row["lane"],
        "probability": _number(score.probability),
        "interval": {"low": _number(score.low), "high": _number(score.high)},
        "band": score.band,
        "log_odds": _number(score.log_odds),
        "base": score.base if case.scored else None,
        "other": _number(score.other),
        "reasons": [
            _reason(score, score.release.terms.groups[group], contribution, evidence)
            for group, contribution in score.reasons
        ],
        "notices": notices,
        "recourse": {"kind": score.recourse, "text": KINDS[score.recourse].as_dict(), "steps": steps},
        "freshness": {feed: None if us is None else iso(us) for feed, us in case.freshness.of_feeds(source).items()},
        "release": score.release.name,
        "rules_version": case.rules.version,
    }
