"""What-if: the score of a case that need not exist, from what is stated and, for an agency, from the store.

What is stated counts as known at the as-of time and as freshly delivered; counts about others are those of the store.
Nothing is kept, and nothing says who it is, so nothing is written to the audit trail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from models.explain import explain
from models.freshness import Freshness
from models.ledger import Ledger, ledger_of
from models.schema import FEEDS
from models.single.references import Known
from models.single.rows import Row, latest, plain_value
from models.single.situate import score_one, situate_one
from models.times import date_of
from risk_service.errors import Fault, InvalidError

if TYPE_CHECKING:
    from models.aggregates import Aggregates
    from models.directory import Directory
    from models.registry import Release
    from models.rules import Rules
    from models.steps import Connections

CANDIDATE: Final = "what-if"
REGISTRATION: Final = "what-if"
AGENCY: Final = "what-if-agency"
_SOURCE: Final = "what-if"
_SEQ: Final = 1
_OF_PEOPLE: Final = tuple(name for name, feed in FEEDS.items() if feed.partitioned)
_OF_OTHERS: Final = tuple(name for name in FEEDS if name not in _OF_PEOPLE)
_GIVEN: Final = {"retracted": False, "ingest_seq": _SEQ, "candidate_id": CANDIDATE}
_EMPTY: Final = {
    name: dict.fromkeys(feed.frame_schema)
    | {given: _GIVEN[given] for given in _GIVEN.keys() & feed.frame_schema.keys()}
    for name, feed in FEEDS.items()
}
"""By feed, a row in which nothing is stated."""


@dataclass(frozen=True, kw_only=True)
class Background:
    """What the store adds to a what-if.

    Parameters
    ----------
    known
        Offices, agencies, ledgers, permits and branches; what is stated of an agency or a permit replaces its rows.
    aggregates
        Counts over everybody; None: nobody is known.
    office
        Office that stands in where none is stated.
    """

    known: Known
    aggregates: Aggregates | None
    office: str


@dataclass(frozen=True)
class _Around:
    """What the store knows, with what is stated in its place."""

    known: Known
    stated: Mapping[str, Sequence[Row]]
    agency_id: str | None

    @property
    def offices(self) -> Mapping[str, Row]:
        return self.known.offices

    @property
    def directory(self) -> Directory:
        return self.known.directory

    @property
    def connections(self) -> Connections:
        return self.known.connections

    def rows(self, feed: str, value: str | None) -> Sequence[Row]:
        if feed == "permits":
            own = [row for row in self.stated["permits"] if row["permit_id"] == value]
            return own or self.known.rows(feed, value)
        if value is not None and value == self.agency_id:
            return self.stated[feed]
        return self.known.rows(feed, value)

    def ledger(self, agency_id: str, *, today: int, rules: Rules) -> Ledger | None:
        if agency_id != self.agency_id:
            return self.known.ledger(agency_id, today=today, rules=rules)
        events = self.stated["agency_events"]
        return ledger_of(events, today=today, rules=rules) if events else None

    def complaints(self, *, today: int, rules: Rules) -> int:
        others = self.known.complaints(today=today, rules=rules)
        if self.agency_id is None:
            return others
        before = self.known.ledger(self.agency_id, today=today, rules=rules) or Ledger()
        after = self.ledger(self.agency_id, today=today, rules=rules) or Ledger()
        return others - before.complaints + after.complaints


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
    rows = stated_rows(stated, t_us=t_us, office=background.office)
    records = {name: rows.get(name, []) for name in _OF_PEOPLE}
    around = _Around(
        background.known,
        {name: latest(name, rows.get(name, ()), t_us) for name in _OF_OTHERS},
        None if stated["agency"] is None else rows["agencies"][0]["agency_id"],
    )
    situated = situate_one(
        records,
        _case_of(rows),
        t_us,
        around=around,
        rules=rules,
        freshness=Freshness({(_SOURCE, feed): t_us for feed in FEEDS}, {_SEQ: _SOURCE}),
        aggregates=background.aggregates,
        added=True,
    )
    if situated is None:
        detail = "Without a registration a case needs documented work evidence (other than none)."
        raise InvalidError("What is stated makes no case.", faults=[Fault(detail, pointer="#/candidate/work_evidence")])
    return explain(score_one(situated, release)) | {"case_id": None, "candidate_id": None}


def _case_of(rows: Mapping[str, Sequence[Row]]) -> str:
    """The case meant: the registration, else the first itinerary by its id."""
    if rows["registrations"]:
        return str(rows["registrations"][0]["registration_id"])
    return min(str(row["travel_id"]) for row in rows["travel"])


def stated_rows(stated: Mapping[str, Any], *, t_us: int, office: str) -> dict[str, list[Row]]:
    """What is stated as rows of feeds, recorded at the as-of time; what is not stated is missing.

    Parameters
    ----------
    stated, t_us
        As for :func:`score_what_if`.
    office
        Office that stands in where none is stated.
    """
    registration, agency = stated["registration"], stated["agency"]
    agency_id = (registration or {}).get("agency_id") or (AGENCY if agency is not None else None)
    registration_id = (registration or {}).get("registration_id") or REGISTRATION
    rows: dict[str, list[dict[str, Any]]] = {
        "candidates": [
            {
                "enrolled_as": "registered" if registration else "referred",
                "work_evidence": "none",
                "office": office,
                **_told(stated["candidate"]),
            }
        ],
        "registrations": [],
        "registration_steps": [
            {"registration_id": registration_id, "issuer": "bp3mi", **_told(step)} for step in stated["steps"]
        ],
        "travel": [
            {
                "travel_id": f"what-if-{number}",
                "registration_id": registration_id if registration and len(stated["travel"]) == 1 else None,
                "visa_class": "unknown",
                "return_ticket": "unknown",
                "payer": "unknown",
                **_told(trip),
            }
            for number, trip in enumerate(stated["travel"], 1)
        ],
        "permits": [{"agency_id": agency_id or AGENCY, **_told(permit)} for permit in stated["permits"]],
    }
    if registration:
        rows["registrations"].append(
            {
                "office": office,
                "status": "open",
                "placement": "new",
                **_told(registration),
                "registration_id": registration_id,
                "agency_id": agency_id,
            }
        )
    if agency is not None:
        rows["agencies"] = [{"agency_id": agency_id, "name": "–", "kind": agency["kind"]}]
        rows["agency_events"] = [
            {"event_id": f"what-if-{number}", "agency_id": agency_id, **_told(event)}
            for number, event in enumerate(agency["events"], 1)
        ]
        rows["branches"] = [{"agency_id": agency_id, **_told(branch)} for branch in agency["branches"]]
    return {name: _filled(name, given, t_us=t_us) for name, given in rows.items()}


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row states: a null says as little as nothing, and leaves what stands in for it."""
    return {name: value for name, value in row.items() if value is not None}


def _filled(feed: str, rows: Iterable[Mapping[str, Any]], *, t_us: int) -> list[Row]:
    empty = _EMPTY[feed]
    return [
        {
            **empty,
            "recorded_at": t_us,
            "row": at,
            **{name: _value(value) for name, value in row.items() if name in empty},
        }
        for at, row in enumerate(rows)
    ]


def _value(value: Any) -> Any:
    return (value.strip() or None) if type(value) is str else plain_value(value)
