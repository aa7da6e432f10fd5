"""One score in full, as the API gives it: figures, reasons in words with their records, notices, the way back."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from models.evidence import Evidence
from models.features.catalogue import BY_NAME, INDEX
from models.notices import BY_CODE, NOTICES
from models.recourse import KINDS, next_steps
from models.times import iso
from models.wording import plain_value, reason_text

if TYPE_CHECKING:
    from models.score import Scores


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _reason(scores: Scores, i: int, rank: int, evidence: Evidence) -> dict[str, Any]:
    group = scores.release.terms.groups[int(scores.groups[i, rank])]
    values = {name: float(scores.situation.x[i, INDEX[name]]) for name in group.features}
    first = BY_NAME[group.features[0]]
    record = evidence.of_feature(first.name)
    return {
        "code": group.code,
        "family": first.family,
        "text": reason_text(group.code, values).as_dict(),
        "value": plain_value(first, values[first.name]) if len(values) == 1 else None,
        "contribution": float(scores.contributions[i, rank]),
        "record": None if record is None else asdict(record),
    }


def explain(scores: Scores, i: int) -> dict[str, Any]:
    """The score of one case as JSON values.

    Parameters
    ----------
    scores, i
        The case's row.

    Returns
    -------
    dict
        ``case_id, candidate_id, as_of, lane, probability, interval{low, high}, band, log_odds, base, other,
        reasons[], notices[], recourse{}, freshness{}, release, rules_version``; figures are None where the case has
        no score. base + contributions + other = log_odds exactly.
    """
    situation = scores.situation
    case = situation.cases.row(i, named=True)
    evidence = Evidence(situation, i)
    scored = bool(scores.scored[i])
    kind = str(scores.recourse[i])
    source = situation.freshness.source_of.get(case["seq"])
    notices = []
    for notice in NOTICES:
        if scores.notices[notice.code][i]:
            record = evidence.row(notice.feed) if notice.feed is not None else None
            notices.append(
                {
                    "code": notice.code,
                    "text": BY_CODE[notice.code].text.as_dict(),
                    "record": None if record is None else asdict(record),
                }
            )
    steps = [
        {
            "step": step.step,
            "issuer": step.issuer,
            "office": None if step.office is None else {"name": step.office.name, "phone": step.office.phone},
            "text": step.text.as_dict(),
        }
        for step in next_steps(situation, i)
    ]
    return {
        "case_id": case["case_id"],
        "candidate_id": case["candidate_id"],
        "as_of": iso(situation.t_us),
        "lane": case["lane"],
        "probability": _number(scores.probability[i]),
        "interval": {"low": _number(scores.low[i]), "high": _number(scores.high[i])},
        "band": str(scores.band[i]),
        "log_odds": _number(scores.log_odds[i]),
        "base": scores.base if scored else None,
        "other": _number(scores.other[i]),
        "reasons": [
            _reason(scores, i, rank, evidence) for rank in range(scores.groups.shape[1]) if scores.groups[i, rank] >= 0
        ],
        "notices": notices,
        "recourse": {"kind": kind, "text": KINDS[kind].as_dict(), "steps": steps},
        "freshness": {
            feed: None if us is None else iso(us) for feed, us in situation.freshness.of_feeds(source).items()
        },
        "release": scores.release.name,
        "rules_version": situation.rules.version,
    }
