"""What-if: the score of a case that need not exist, from what is stated and, for an agency, from the store.

What is stated counts as known at the as-of time and as freshly delivered; counts about others are those of the store.
Nothing is kept, and nothing says who it is, so nothing is written to the audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from models.aggregates import BY_KEY, Aggregates, count, shares
from models.asof import Feeds
from models.cases import build_cases
from models.explain import explain
from models.freshness import DeliveryStamp, freshness
from models.registry import Release
from models.rules import Rules
from models.schema import FEEDS
from models.score import score
from models.situation import situate_block
from models.times import date_of, from_us
from risk_service.errors import Fault, InvalidError

CANDIDATE: Final = "what-if"
REGISTRATION: Final = "what-if"
AGENCY: Final = "what-if-agency"


@dataclass(frozen=True, kw_only=True)
class Background:
    """What the store adds to a what-if.

    Parameters
    ----------
    feeds
        Offices, agencies, ledgers, permits and branches; what is stated of an agency or a permit replaces its rows.
    aggregates
        Counts over everybody; None: nobody is known.
    office
        Office that stands in where none is stated.
    """

    feeds: Feeds
    aggregates: Aggregates | None
    office: str


def score_what_if(
    stated: Mapping[str, Any],
    *,
    t_us: int,
    background: Background,
    release: Release,
    rules: Rules,
) -> dict[str, Any]:
    """Score one stated case.

    Parameters
    ----------
    stated
        As loaded by `risk_service.schemas.what_if.WhatIf`.
    t_us
        As-of time, UTC microseconds.

    Returns
    -------
    dict
        As `models.explain.explain`; ``case_id`` and ``candidate_id`` are None.

    Raises
    ------
    InvalidError
        What is stated makes no case as of then.
    """
    if stated["registration"] and stated["registration"]["registered_on"] > date_of(t_us):
        fault = Fault("Lies after the as-of time.", pointer="#/registration/registered_on")
        raise InvalidError("What is stated makes no case.", faults=[fault])
    feeds = _feeds(stated, t_us=t_us, background=background)
    stamp = DeliveryStamp(seq=1, source="what-if", produced_at_us=t_us, complete_through=dict.fromkeys(FEEDS, t_us))
    fresh = freshness([stamp], feeds, t_us)
    block = build_cases(feeds, t_us, rules=rules)
    own = count([shares(block, rules)])
    everybody = own if background.aggregates is None else plus(background.aggregates, own)
    wanted = {_text(stated, "registration", "registration_id") or REGISTRATION} if stated["registration"] else None
    situation = situate_block(block, rules=rules, freshness=fresh, aggregates=everybody, wanted=wanted, closed_too=True)
    if not len(situation):
        detail = "Without a registration a case needs documented work evidence (other than none)."
        raise InvalidError("What is stated makes no case.", faults=[Fault(detail, pointer="#/candidate/work_evidence")])
    return explain(score(situation, release), 0) | {"case_id": None, "candidate_id": None}


def plus(one: Aggregates, other: Aggregates) -> Aggregates:
    """Return the counts over two disjoint sets of people."""
    return Aggregates(
        {
            key: pl.concat([one.tables[key].select("key", *counts), other.tables[key].select("key", *counts)])
            .group_by("key")
            .agg(pl.col(*counts).sum())
            for key, counts in BY_KEY.items()
        }
    )


def _feeds(stated: Mapping[str, Any], *, t_us: int, background: Background) -> Feeds:
    registration, agency = stated["registration"], stated["agency"]
    agency_id = (registration or {}).get("agency_id") or (AGENCY if agency is not None else None)
    registration_id = (registration or {}).get("registration_id") or REGISTRATION
    rows: dict[str, list[dict[str, Any]]] = {
        "candidates": [
            {
                "enrolled_as": "registered" if registration else "referred",
                "work_evidence": "none",
                "office": background.office,
                **stated["candidate"],
            }
        ],
        "registrations": [],
        "registration_steps": [
            {"registration_id": registration_id, "issuer": "bp3mi", **step} for step in stated["steps"]
        ],
        "travel": [
            {
                "travel_id": f"what-if-{number}",
                "registration_id": registration_id if registration and len(stated["travel"]) == 1 else None,
                "visa_class": "unknown",
                "return_ticket": "unknown",
                "payer": "unknown",
                **trip,
            }
            for number, trip in enumerate(stated["travel"], 1)
        ],
        "permits": [{"agency_id": agency_id or AGENCY, **permit} for permit in stated["permits"]],
    }
    if registration:
        rows["registrations"].append(
            {
                "office": background.office,
                "status": "open",
                "placement": "new",
                **registration,
                "registration_id": registration_id,
                "agency_id": agency_id,
            }
        )
    if agency is not None:
        rows["agencies"] = [{"agency_id": agency_id, "name": "–", "kind": agency["kind"]}]
        rows["agency_events"] = [
            {"event_id": f"what-if-{number}", "agency_id": agency_id, **event}
            for number, event in enumerate(agency["events"], 1)
        ]
        rows["branches"] = [{"agency_id": agency_id, **branch} for branch in agency["branches"]]
    feeds: Feeds = {}
    for name in FEEDS:
        own = _frame(name, rows.get(name, []), t_us=t_us)
        known = background.feeds.get(name)
        if known is not None:
            if agency is not None and name in ("agencies", "agency_events", "branches"):
                known = known.filter(pl.col("agency_id") != agency_id)
            if name == "permits":
                known = known.join(own.select("permit_id"), on="permit_id", how="anti")
            own = pl.concat([known, own])
        feeds[name] = own
    return feeds


def _frame(feed: str, rows: Sequence[Mapping[str, Any]], *, t_us: int) -> pl.DataFrame:
    """Return stated rows as a canonical frame; what is not stated is missing."""
    schema = FEEDS[feed].frame_schema
    given = {"recorded_at": from_us(t_us), "retracted": False, "ingest_seq": 1, "candidate_id": CANDIDATE}
    filled = [{name: _value({**given, "row": at, **row}.get(name)) for name in schema} for at, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=schema, orient="row")


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    return value


def _text(stated: Mapping[str, Any], part: str, name: str) -> str | None:
    found = (stated.get(part) or {}).get(name)
    return found if isinstance(found, str) and found else None
