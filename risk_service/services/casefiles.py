"""Which case an officer means: whose it is, and which office's; and what casework services share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.asof import visible
from models.times import EPOCH_DATE, US_PER_DAY
from risk_service.errors import ConflictError, PreconditionFailedError
from risk_service.policy import Principal, not_found
from risk_service.services import people
from risk_service.store import scores as queue
from risk_service.store.access_tables import users
from risk_service.store.feeds import PERSONAL_FEEDS, candidate_of, load_feeds
from risk_service.store.records import Records
from risk_service.store.scores import StoredScore
from risk_service.store.tables import api_keys

Item = TypeVar("Item")

LAPSE_US: Final = 14 * US_PER_DAY
"""How long what needs a second officer waits for one."""
_CASE: Final = "case"


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """A case and where it belongs.

    Parameters
    ----------
    registration_id
        None for the case of a referred person, which is an itinerary.
    score
        Its present score, if it is in the queue.
    """

    case_id: str
    candidate_id: str
    registration_id: str | None
    office: str | None
    score: StoredScore | None


def locate(connection: Connection, principal: Principal, case_id: str, *, now_us: int) -> CaseFile:
    """Find a case, in the queue or out of it.

    Raises
    ------
    NotFoundError, ErasedError
        There is no such case within the office's scope; its person has been erased.
    """
    found = _queued(connection, case_id) or _on_record(connection, case_id, now_us=now_us)
    if found is None:
        raise not_found(_CASE)
    principal.require_office(found.office, what=_CASE)
    people.unerased(connection, found.candidate_id)
    return found


def officers(connection: Connection, ids: Iterable[str | None]) -> dict[str, str]:
    """Names of officers by the ids that casework keeps of them."""
    wanted = sorted({one for one in ids if one is not None})
    keys = sa.select(api_keys.c.key_id, api_keys.c.name).where(api_keys.c.key_id.in_(wanted))
    people = sa.select(users.c.user_id, users.c.name).where(users.c.user_id.in_(wanted))
    known = {one: name for one, name in connection.execute(sa.union_all(keys, people))}  # noqa: C416 - rows are no pairs to mypy
    return {one: known.get(one, one) for one in wanted}


def by(names: dict[str, str], officer: str | None) -> dict[str, str] | None:
    """An officer as answers show one: id and name."""
    return None if officer is None else {"id": officer, "name": names.get(officer, officer)}


def required(records: Records[Item], connection: Connection, key: str, *, what: str) -> Item:
    """The record of that key.

    Raises
    ------
    NotFoundError
        There is none; it is called ``what``.
    """
    found = records.get(connection, key)
    if found is None:
        raise not_found(what)
    return found


def check_version(seen: int | None, present: int) -> None:
    """Pass only if nobody changed the thing since it was read; None: it does not matter.

    Raises
    ------
    PreconditionFailedError
        Somebody did.
    """
    if seen is not None and seen != present:
        raise PreconditionFailedError("Somebody else has changed this.", what_to_do="Read it again, then decide.")


def unchanged(still: bool) -> None:  # noqa: FBT001 - the answer of the store, passed on
    """Pass only if a change of the store found what it expected.

    Raises
    ------
    ConflictError
        Somebody was quicker.
    """
    if not still:
        raise ConflictError("Somebody else has just changed this.", what_to_do="Read it again, then decide.")


def day_of_number(number: int | None) -> dt.date | None:
    """The date of a day number."""
    return None if number is None else EPOCH_DATE + dt.timedelta(days=number)


def number_of_day(day: dt.date | None) -> int | None:
    """The number of a date."""
    return None if day is None else (day - EPOCH_DATE).days


def _queued(connection: Connection, case_id: str) -> CaseFile | None:
    score = queue.current(connection, case_id)
    if score is None:
        return None
    return CaseFile(
        case_id=case_id,
        candidate_id=score.candidate_id,
        registration_id=score.registration_id,
        office=score.office,
        score=score,
    )


def _on_record(connection: Connection, case_id: str, *, now_us: int) -> CaseFile | None:
    """A case that is not in the queue: departed, withdrawn or long past."""
    of_registration = candidate_of(connection, registration_id=case_id)
    whose = of_registration or candidate_of(connection, travel_id=case_id)
    if not whose:
        return None
    seen = visible(load_feeds(connection, candidates=whose, only=PERSONAL_FEEDS), now_us)
    feed, key = ("registrations", "registration_id") if of_registration else ("travel", "travel_id")
    row = _row(seen[feed].to_dicts(), key, case_id)
    if row is None:
        return None
    person = _row(seen["candidates"].to_dicts(), "candidate_id", row["candidate_id"]) or {}
    return CaseFile(
        case_id=case_id,
        candidate_id=row["candidate_id"],
        registration_id=case_id if of_registration else row["registration_id"],
        office=row.get("office") or person.get("office"),
        score=None,
    )


def _row(rows: Iterable[dict[str, Any]], key: str, value: str) -> dict[str, Any] | None:
    return next((row for row in rows if row[key] == value), None)
