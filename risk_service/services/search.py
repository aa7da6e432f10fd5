"""Finding a person: by number of a case or a candidate, NIK, passport or name, with typing errors forgiven.

What was typed is never kept: the trail says that somebody searched, why, and whom the answer named, in keyed tokens
alone. The answer names people of the principal's office alone, name and numbers masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.engine import Connection

from models.single.rows import latest, plain_rows
from risk_service.errors import Fault, InvalidError
from risk_service.policy import Principal
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.services.casefiles import day_of_number
from risk_service.services.people import mask_name
from risk_service.services.spelling import likeness, near_numbers, spellings
from risk_service.store import MasterKey, Store
from risk_service.store import scores as queue
from risk_service.store.feeds import candidate_of, load_feeds
from risk_service.store.names import candidates_named, latest_identities
from risk_service.store.persons import erased_of, with_nik, with_passport

FOUND_BY: Final = ("case", "candidate", "nik", "nik_near", "passport", "passport_near", "name")
"""How somebody was found; ``near``: with one sign of the number different, or two swapped."""
MOST_SHOWN: Final = 20
MOST_OPENED: Final = 200
"""Most names that one search decrypts to compare them."""
LIKE_ENOUGH: Final = 76
LONGEST: Final = 200
_NIK: Final = re.compile(r"\d{16}")
_PASSPORT: Final = re.compile(r"[A-Z]{1,2}\d{6,7}")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_MOST_CASES: Final = 20
_FEEDS: Final = ("candidates", "registrations")


@dataclass(frozen=True, kw_only=True)
class _Hit:
    candidate_id: str
    found_by: str
    likeness: int | None = None


def find(store: Store, reading: Reading, *, master: MasterKey, text: str) -> dict[str, Any]:
    """Return who a number or a name may stand for.

    Parameters
    ----------
    text
        As it was typed; a name may have the year of birth with it.

    Returns
    -------
    dict
        As `risk_service.schemas.search.Found`.

    Raises
    ------
    NotAllowedError, InvalidError
        The role does not search; there is too little to search for.
    """
    reading.principal.require("person.search")
    asked = " ".join(text.split())
    if sum(sign.isalnum() for sign in asked) < 2:
        raise InvalidError("There is too little to search for.", faults=[Fault("too short", pointer="#/text")])
    with store.reading() as connection:
        hits, left = _numbers(connection, master, asked), False
        if not hits:
            hits, left = _names(connection, master, asked, reading)
        items = _within_scope(connection, master, reading, hits)
    shown = items[:MOST_SHOWN]
    detail = {
        "asked": master.token("search", asked.casefold()).hex(),
        "found_by": sorted({item["found_by"] for item in shown}),
        "people": [audit.subject_token(master, item["candidate_id"]) for item in shown],
    }
    audit.record(store, reading, action="person.search", detail=detail)
    return {"items": shown, "more": len(items) > len(shown), "too_common": left}


def _numbers(connection: Connection, master: MasterKey, asked: str) -> list[_Hit]:
    """Whom a number stands for; one that is not known, whom a number close to it stands for."""
    number = re.sub(r"[\s.-]", "", asked).upper()
    found: dict[str, str] = {}

    def note(candidates: Iterable[str], how: str) -> None:
        for candidate in candidates:
            found.setdefault(candidate, how)

    for case in dict.fromkeys((asked, asked.upper(), asked.upper().replace(" ", "-"))):
        note(candidate_of(connection, registration_id=case), "case")
        note(candidate_of(connection, travel_id=case), "case")
        known = load_feeds(connection, candidates=[case], only=("candidates",))["candidates"]
        note([case] if case in known["candidate_id"] else [], "candidate")
    for pattern, look, how in ((_NIK, with_nik, "nik"), (_PASSPORT, with_passport, "passport")):
        if pattern.fullmatch(number):
            note(look(connection, master, number), how)
            if not found:
                note(look(connection, master, *near_numbers(number)), f"{how}_near")
    return [_Hit(candidate_id=candidate, found_by=how) for candidate, how in found.items()]


def _names(connection: Connection, master: MasterKey, asked: str, reading: Reading) -> tuple[list[_Hit], bool]:
    """Whose name is like the one that was asked for, the likest first; and whether as likely ones were left out."""
    name, born = _name_and_year(asked)
    forms = spellings(name)
    if not forms:
        return [], False
    office = reading.principal.office
    near = candidates_named(connection, master, forms, office=office, born=born, limit=MOST_OPENED)
    known = latest_identities(connection, master, near.people, t_us=reading.now_us)
    hits = [
        _Hit(candidate_id=candidate, found_by="name", likeness=round(likeness(name, who.full_name)))
        for candidate, who in known.items()
        if who is not None and who.full_name
    ]
    enough = [hit for hit in hits if (hit.likeness or 0) >= LIKE_ENOUGH]
    return sorted(enough, key=lambda hit: (-(hit.likeness or 0), hit.candidate_id)), near.left


def _name_and_year(asked: str) -> tuple[str, int | None]:
    """A name, and the year of birth that was written with it; None: without one."""
    words = asked.split()
    years = [word for word in words if _YEAR.fullmatch(word)]
    if len(years) != 1 or len(words) == 1:
        return asked, None
    return " ".join(word for word in words if word is not years[0]), int(years[0])


def _within_scope(
    connection: Connection, master: MasterKey, reading: Reading, hits: list[_Hit]
) -> list[dict[str, Any]]:
    """The first of whom was found that are within scope, one more than is shown if there is one."""
    items: list[dict[str, Any]] = []
    for start in range(0, len(hits), MOST_SHOWN + 1):
        some = hits[start : start + MOST_SHOWN + 1]
        people = _people(connection, master, reading, [hit.candidate_id for hit in some])
        items += [
            {"found_by": hit.found_by, "likeness": hit.likeness, **people[hit.candidate_id]}
            for hit in some
            if hit.candidate_id in people
        ]
        if len(items) > MOST_SHOWN:
            break
    return items[: MOST_SHOWN + 1]


def _people(
    connection: Connection, master: MasterKey, reading: Reading, candidates: list[str]
) -> dict[str, dict[str, Any]]:
    """Those of some candidates who are within scope, masked, with their cases within scope."""
    if not candidates:
        return {}
    feeds = load_feeds(connection, candidates=candidates, only=_FEEDS)
    seen = {name: latest(name, plain_rows(feeds[name]), reading.now_us) for name in _FEEDS}
    names = latest_identities(connection, master, candidates, t_us=reading.now_us)
    erased = erased_of(connection, candidates)
    registered: dict[str, list[Mapping[str, Any]]] = {}
    for row in seen["registrations"]:
        registered.setdefault(row["candidate_id"], []).append(row)
    queued: dict[str, list[queue.StoredScore]] = {}
    for score in queue.of_people(connection, candidates, office=reading.principal.office):
        queued.setdefault(score.candidate_id, []).append(score)
    found = {}
    for row in seen["candidates"]:
        candidate = row["candidate_id"]
        if candidate not in candidates:
            continue
        cases = _cases(reading.principal, row, registered.get(candidate, []), queued.get(candidate, []))
        if not cases and reading.principal.office not in (None, row["office"]):
            continue
        who, born = names.get(candidate), day_of_number(row["birth_date"])
        found[candidate] = {
            "candidate_id": candidate,
            "full_name": mask_name(who.full_name) if who is not None else None,
            "birth_year": born.year if born is not None and candidate not in erased else None,
            "office": row["office"],
            "erased": candidate in erased,
            "cases": cases[:_MOST_CASES],
        }
    return found


def _cases(
    principal: Principal,
    person: Mapping[str, Any],
    registered: Iterable[Mapping[str, Any]],
    queued: Iterable[queue.StoredScore],
) -> list[dict[str, Any]]:
    """A person's cases within scope: those of the queue by departure date, then those that are no longer in it."""
    cases = {
        score.case_id: {
            "case_id": score.case_id,
            "destination": score.destination,
            "agency_id": score.agency_id,
            "planned_departure_on": day_of_number(score.planned_day),
            "office": score.office,
            "in_queue": True,
        }
        for score in queued
    }
    past = sorted(registered, key=lambda row: (row["registered_on"] is None, row["registered_on"]), reverse=True)
    for row in past:
        office = row["office"] or person["office"]
        if row["registration_id"] not in cases and principal.office in (None, office):
            cases[row["registration_id"]] = {
                "case_id": row["registration_id"],
                "destination": row["destination_country"],
                "agency_id": row["agency_id"],
                "planned_departure_on": day_of_number(row["planned_departure_on"]),
                "office": office,
                "in_queue": False,
            }
    return list(cases.values())
