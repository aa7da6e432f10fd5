"""What of a case can be contested in the console, as choices of a form: a code stands for a row, a field and a value.

Fields whose values are codes are offered value by value, in words; dates, countries and occupations may be typed as
people write them. The interface takes any field of any row about a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import request

from models.schema import FEEDS
from models.texts import OFFICE_TITLES, STEP_TITLES
from risk_service.console._frame import words
from risk_service.console.words import country_code
from risk_service.occupations import occupation_code

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "registrations": (
        "planned_departure_on",
        "destination_country",
        "agency_id",
        "permit_id",
        "occupation",
        "scheme",
        "placement",
        "status",
    ),
    "travel": ("destination_country", "departure_point", "visa_class", "return_ticket", "payer"),
    "candidates": ("full_name", "nik", "passport_no", "birth_date", "phone", "safe_to_contact"),
}
"""Offered, by feed; of the form's choices the steps come first."""
_ISSUERS: Final = {title.id: kind for kind, title in OFFICE_TITLES.items()}
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})\Z")
_SWITCH: Final = ("true", "false")

Choices = list[tuple[str, list[tuple[str, str]]]]


def choices(view: Mapping[str, Any]) -> Choices:
    """Return what can be contested of a case, by group: a code that `contested` reads, and its words.

    Parameters
    ----------
    view
        As `risk_service.services.cases.view` returns it.
    """
    now, case, itinerary = words(), view["case"], view["itinerary"]
    keys = {
        "registrations": case["registration_id"],
        "travel": itinerary["travel_id"] if itinerary else None,
        "candidates": case["candidate_id"],
    }
    groups: Choices = [(now.t("steps"), _steps(view))]
    groups += [(now.code(feed, "feed"), _values(feed, key)) for feed, key in keys.items() if key]
    groups.append((now.t("datum_withdraw"), _withdrawals(view, keys)))
    return [(name, found) for name, found in groups if found]


def contested() -> dict[str, Any]:
    """Return the row that the form's choice names, and what it should say."""
    kind, *key = request.form.get("datum", "").split("|")
    typed = request.form.get("value", "").strip()
    match (kind, key):
        case ("step", [registration, step, issuer, known]) if step in STEP_TITLES:
            values = {"completed_on": _read("date", typed)} | ({} if known == "1" else {"issuer": issuer})
            return _row("registration_steps", registration, step, values=values)
        case ("withdraw", [feed, *rest]) if feed in FEEDS and len(rest) == len(FEEDS[feed].key):
            return _row(feed, *rest, withdraw=True)
        case ("set", [feed, of, field, *chosen]) if field in FIELDS.get(feed, ()):
            value = chosen[0] if chosen else _read(FEEDS[feed].field(field).kind, typed)
            return _row(feed, of, values={field: value} if value else {})
    return {}


def typed_as() -> str | None:
    """Return how to write what the form's choice asks for, as a sentence; None where nothing is to be typed."""
    now = words()
    match request.form.get("datum", "").split("|"):
        case ["step", _, step, *_] if step in STEP_TITLES:
            called, kind = now.t("datum_step", step=now.say(STEP_TITLES[step])), "date"
        case ["set", feed, _, field] if field in FIELDS.get(feed, ()):
            called, kind = now.code(field, "field"), FEEDS[feed].field(field).kind
        case _:
            return None
    return now.t("typed_as", what=called, form=now.t(f"form_{kind}"))


def in_words(field: str, value: str | None) -> str:
    """Return the value of a contested field as it reads; what is no such value stays as it was written."""
    if value is None or value == "":
        return "–"
    try:
        return words(clock=True).value({"true": True, "false": False}.get(value, value), field)
    except ValueError:
        return value


def _steps(view: Mapping[str, Any]) -> list[tuple[str, str]]:
    now, registration = words(), view["case"]["registration_id"]
    found = []
    for step in view["steps"]:
        if step["state"] != "unknown":
            issuer = _ISSUERS.get((step["issuer"] or {}).get("id", ""), "bp3mi")
            code = f"step|{registration}|{step['step']}|{issuer}|{int(step['completed_on'] is not None)}"
            found.append((code, now.t("datum_step", step=now.say(step["title"]))))
    return found


def _values(feed: str, key: str) -> list[tuple[str, str]]:
    now, found = words(), []
    for name in FIELDS[feed]:
        field = FEEDS[feed].field(name)
        code, called = f"set|{feed}|{key}|{name}", now.code(name, "field")
        values = field.codes or (_SWITCH if field.kind == "bool" else ())
        found += [(f"{code}|{value}", f"{called}: {in_words(name, value)}") for value in values]
        if not values:
            found.append((code, now.t("datum_typed", what=called)))
    return found


def _withdrawals(view: Mapping[str, Any], keys: Mapping[str, str | None]) -> list[tuple[str, str]]:
    now, registration = words(), keys["registrations"]
    found = [
        (f"withdraw|registration_steps|{registration}|{step['step']}", now.say(step["title"]))
        for step in view["steps"]
        if step["completed_on"] is not None
    ]
    whole = [feed for feed in ("registrations", "travel") if keys[feed]]
    return found + [(f"withdraw|{feed}|{keys[feed]}", now.code(feed, "feed")) for feed in whole]


def _row(feed: str, *key: str, **what: Any) -> dict[str, Any]:
    return {"feed": feed, "key": dict(zip(FEEDS[feed].key, key, strict=True)), **what}


def _read(kind: str, typed: str) -> str:
    """What was typed, as the contract writes it: days with the day first, countries and occupations by name."""
    if kind == "date" and (found := _DAY_FIRST.match(typed)):
        day, month, year = (int(part) for part in found.groups())
        return f"{year:04}-{month:02}-{day:02}"
    if kind == "country":
        return country_code(typed)
    if kind == "occupation":
        return occupation_code(typed) or typed
    return typed
