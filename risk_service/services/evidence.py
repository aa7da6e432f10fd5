"""What is on record of one case, before any score: registration, steps, itinerary, agency."""

from __future__ import annotations

import datetime as dt
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from models.features.catalogue import LICENCE_LEVELS
from models.ledger import Ledger
from models.recourse import contradictions
from models.schema import STEPS
from models.steps import NEVER
from models.texts import OFFICE_TITLES, STEP_TITLES, Text
from models.times import EPOCH_DATE
from risk_service.occupations import occupation_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.single.case import OneCase
    from models.single.rows import Row

_MOST_EVENTS: Final = 50


def evidence(case: OneCase) -> dict[str, Any]:
    """Return what is on record of a case.

    Returns
    -------
    dict
        ``case``, ``steps``, ``itinerary``, ``contradictions`` and ``agency``, as `risk_service.schemas.case` declares
        them: dates as `datetime.date`, times as UTC microseconds, texts as ``{id, en}``.
    """
    agency_id = case.row["agency_id"]
    return {
        "case": _case(case) | {"office_contact": office_of(case, case.row["office"])},
        "steps": _steps(case),
        "itinerary": _itinerary(case),
        "contradictions": [text.as_dict() for text in contradictions(case)],
        "agency": _agency(case, agency_id) if agency_id is not None else None,
    }


def _case(case: OneCase) -> dict[str, Any]:
    row = case.row
    planned = _date(row["planned"])
    return {
        "case_id": row["case_id"],
        "candidate_id": row["candidate_id"],
        "registration_id": row["registration_id"],
        "lane": row["lane"],
        "status": row["status"],
        "active": row["active"],
        "scheme": row["scheme"],
        "placement": row["placement"],
        "destination": row["destination_country"],
        "occupation": row["occupation"],
        "occupation_name": name.as_dict() if (name := occupation_name(row["occupation"])) else None,
        "office": row["office"],
        "region": row["region"],
        "permit_id": row["permit_id"],
        "registered_on": _date(row["registered_day"]),
        "planned_departure_on": planned,
        "days_to_departure": None if planned is None else row["planned"] - case.today,
    }


def _steps(case: OneCase) -> list[dict[str, Any]]:
    table = case.facts.steps
    plan, done = table.plan, table.done
    planned, latest = case.row["planned"], NEVER
    extra = [j for j in range(len(STEPS)) if done[j] != NEVER and j not in plan.order]
    found = []
    for j in (*plan.order, *extra):
        issuers, required = plan.issuers[j], j in plan.order
        state, in_order = "extra", None
        if required:
            in_order = done[j] >= latest if done[j] != NEVER else None
            latest = max(latest, done[j])
            state = (
                "done"
                if done[j] != NEVER
                else "unknown"
                if table.has(table.unknown, STEPS[j])
                else "overdue"
                if table.has(table.overdue, STEPS[j])
                else "pending"
            )
        found.append(
            {
                "step": STEPS[j],
                "title": STEP_TITLES[STEPS[j]].as_dict(),
                "state": state,
                "required": required,
                "completed_on": _date(done[j]) if done[j] != NEVER else None,
                "in_order": in_order,
                "usual_by": _date(planned - plan.lead[j]) if required and planned is not None else None,
                "usual_days": plan.duration[j] if required else None,
                "issuer": OFFICE_TITLES[issuers[0]].as_dict() if issuers else None,
            }
        )
    return found


def _itinerary(case: OneCase) -> dict[str, Any] | None:
    row = case.row
    if row["travel_id"] is None:
        return None
    point = case.rules.point(row["departure_point"])
    return {
        "travel_id": row["travel_id"],
        "departs_on": _date(row["departure_day"]),
        "departure_point": row["departure_point"],
        "departure_name": point.name if point is not None else None,
        "departure_position": {"lat": point.lat, "lon": point.lon} if point is not None else None,
        "transit": [code for code in (row["transit_countries"] or "").split(";") if code],
        "destination": row["itinerary_destination"],
        "visa_class": row["visa_class"],
        "return_ticket": row["return_ticket"],
        "payer": row["payer"],
        "booked_on": _date(row["booked_day"]),
        "group_size": row["group_size"],
    }


def _agency(case: OneCase, agency_id: str) -> dict[str, Any] | None:
    mine = {"agency_id": agency_id}
    return agency_record(
        agency_id,
        agencies=case.records.find("agencies", mine),
        events=case.records.find("agency_events", mine),
        ledger=case.ledger(agency_id),
        today=case.today,
    )


def agency_record(
    agency_id: str, *, agencies: Sequence[Row], events: Sequence[Row], ledger: Ledger | None, today: int
) -> dict[str, Any] | None:
    """Return an agency's record.

    Parameters
    ----------
    agencies, events
        Visible rows of this agency.
    ledger
        Its ledger as of then; None where it has no events.
    today
        Jakarta day number of then.
    """
    if not agencies and not events:
        return None
    row = agencies[0] if agencies else {"name": None, "kind": None, "head_region": None}
    ledger = Ledger() if ledger is None else ledger
    state = ledger.state_on(today)
    return {
        "agency_id": agency_id,
        "name": row["name"],
        "kind": row["kind"],
        "head_region": row["head_region"],
        "licence": {
            "state": state,
            "text": _licence_text(state),
            "valid_to": _date(ledger.valid_to),
            "extends_itself": ledger.extends_itself,
            "periods": _periods(ledger),
        },
        "sanctions_24m": ledger.sanctions,
        "deposit_shortfall": ledger.deposit_shortfall,
        "events": [_event(event) for event in _latest(events)],
    }


def office_of(case: OneCase, office_id: str | None) -> dict[str, Any] | None:
    """Return name and phone of an office as of the case's time; None if nothing is on record of it."""
    office = case.directory.get(office_id)
    return None if office is None else {"name": office.name, "phone": office.phone}


def _periods(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the licence's states by time, oldest first; the last one has no end."""
    ends = [day - 1 for day in ledger.days[1:]]
    return [
        {"state": state, "text": _licence_text(state), "since": _date(day), "until": _date(end)}
        for day, end, state in zip_longest(ledger.days, ends, ledger.states)
    ]


def _licence_text(state: int) -> dict[str, str]:
    return Text(*LICENCE_LEVELS[state].split("|")).as_dict()


def _latest(events: Sequence[Row]) -> list[Row]:
    order = ("effective_on", "recorded_at", "ingest_seq", "row")
    return sorted(events, key=lambda row: tuple(row[name] for name in order), reverse=True)[:_MOST_EVENTS]


def _event(row: Row) -> dict[str, Any]:
    return {
        "event_id": row["event_id"],
        "event": row["event"],
        "effective_on": _date(row["effective_on"]),
        "valid_to": _date(row["valid_to"]),
        "scope": row["scope"],
        "recorded_at": row["recorded_at"],
    }


def _date(day: int | None) -> dt.date | None:
    return None if day is None else EPOCH_DATE + dt.timedelta(days=day)
