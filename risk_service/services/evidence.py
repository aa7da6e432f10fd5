"""What is on record of one case, before any score: registration, steps, itinerary, agency."""

from __future__ import annotations

import datetime as dt
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from models.features.catalogue import LICENCE_LEVELS
from models.ledger import Ledger, ledgers
from models.schema import STEPS
from models.steps import NEVER
from models.texts import OFFICE_TITLES, STEP_TITLES, Text
from models.times import EPOCH_DATE, to_us

if TYPE_CHECKING:
    from models.situation import Situation

_MOST_EVENTS: Final = 50


def evidence(situation: Situation, i: int) -> dict[str, Any]:
    """Return what is on record of the case in row `i`.

    Returns
    -------
    dict
        ``case``, ``steps``, ``itinerary`` and ``agency``, as `risk_service.schemas.case` declares them: dates as
        `datetime.date`, times as UTC microseconds, texts as ``{id, en}``.
    """
    row = situation.cases.row(i, named=True)
    return {
        "case": _case(situation, row) | {"office_contact": office_of(situation, row["office"])},
        "steps": _steps(situation, i),
        "itinerary": _itinerary(situation, row),
        "agency": agency_evidence(situation, row["agency_id"]) if row["agency_id"] is not None else None,
    }


def _case(situation: Situation, row: dict[str, Any]) -> dict[str, Any]:
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
        "office": row["office"],
        "region": row["region"],
        "permit_id": row["permit_id"],
        "registered_on": _date(row["registered_day"]),
        "planned_departure_on": planned,
        "days_to_departure": None if planned is None else row["planned"] - situation.block.today,
    }


def _steps(situation: Situation, i: int) -> list[dict[str, Any]]:
    table = situation.facts.steps
    plans = table.plans
    plan = int(plans.of_case[i])
    done, required = table.done[i], table.required[i]
    order = [j for j in plans.orders[plan] if required[j]]
    planned, latest = situation.cases["planned"][i], NEVER
    extra = [j for j in range(len(STEPS)) if done[j] != NEVER and j not in order]
    found = []
    for j in (*order, *extra):
        issuers = plans.issuers[plans.issuer[plan, j]] if plans.issuer[plan, j] >= 0 else ()
        state, in_order = "extra", None
        if required[j]:
            in_order = bool(done[j] >= latest) if done[j] != NEVER else None
            latest = max(latest, int(done[j]))
            state = (
                "done"
                if done[j] != NEVER
                else "unknown"
                if table.unknown[i, j]
                else "overdue"
                if table.overdue[i, j]
                else "pending"
            )
        found.append(
            {
                "step": STEPS[j],
                "title": STEP_TITLES[STEPS[j]].as_dict(),
                "state": state,
                "required": bool(required[j]),
                "completed_on": _date(int(done[j])) if done[j] != NEVER else None,
                "in_order": in_order,
                "usual_by": _date(planned - int(plans.lead[plan, j])) if required[j] and planned is not None else None,
                "usual_days": int(plans.duration[plan, j]) if required[j] else None,
                "issuer": OFFICE_TITLES[issuers[0]].as_dict() if issuers else None,
            }
        )
    return found


def _itinerary(situation: Situation, row: dict[str, Any]) -> dict[str, Any] | None:
    if row["travel_id"] is None:
        return None
    rules = situation.rules
    point = rules.point(row["departure_point"])
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


def agency_evidence(situation: Situation, agency_id: str) -> dict[str, Any] | None:
    """Return what is on record of an agency as of the situation's time; None if nothing is."""
    visible, today = situation.block.visible, situation.block.today
    events = visible["agency_events"].filter(pl.col("agency_id") == agency_id)
    return agency_record(
        agency_id,
        agencies=visible["agencies"].filter(pl.col("agency_id") == agency_id),
        events=events,
        ledger=ledgers(events, today=today, rules=situation.rules).get(agency_id, Ledger()),
        today=today,
    )


def agency_record(
    agency_id: str, *, agencies: pl.DataFrame, events: pl.DataFrame, ledger: Ledger, today: int
) -> dict[str, Any] | None:
    """Return an agency's record.

    Parameters
    ----------
    agencies, events
        Visible rows of this agency.
    ledger
        Its ledger as of then.
    today
        Jakarta day number of then.
    """
    if agencies.is_empty() and events.is_empty():
        return None
    row = agencies.row(0, named=True) if len(agencies) else {"name": None, "kind": None, "head_region": None}
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


def office_of(situation: Situation, office_id: str | None) -> dict[str, Any] | None:
    """Return name and phone of an office as of the situation's time; None if nothing is on record of it."""
    offices = situation.block.visible["offices"]
    found = offices.filter(pl.col("office_id") == office_id) if office_id is not None else offices.head(0)
    return None if found.is_empty() else found.select("name", "phone").row(0, named=True)


def _periods(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the licence's states by time, oldest first; the last one has no end."""
    ends = [day - 1 for day in ledger.days[1:]]
    return [
        {"state": state, "text": _licence_text(state), "since": _date(day), "until": _date(end)}
        for day, end, state in zip_longest(ledger.days, ends, ledger.states)
    ]


def _licence_text(state: int) -> dict[str, str]:
    return Text(*LICENCE_LEVELS[state].split("|")).as_dict()


def _latest(events: pl.DataFrame) -> list[dict[str, Any]]:
    ordered = events.sort("effective_on", "recorded_at", "ingest_seq", "row", descending=True)
    return ordered.head(_MOST_EVENTS).to_dicts()


def _event(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": row["event_id"],
        "event": row["event"],
        "effective_on": row["effective_on"],
        "valid_to": row["valid_to"],
        "scope": row["scope"],
        "recorded_at": to_us(row["recorded_at"]),
    }


def _date(day: int | None) -> dt.date | None:
    return None if day is None else EPOCH_DATE + dt.timedelta(days=day)
