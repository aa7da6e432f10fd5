"""Cases as people and programs read them: every read of a person is within scope, has a purpose and leaves an entry."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy.engine import Connection

from models.explain import explain
from models.features.catalogue import BY_NAME
from models.single.case import OneScore
from models.texts import Text
from models.times import EPOCH_DATE
from models.wording import reason_text
from risk_service.policy import not_found
from risk_service.services import audit, objections, people
from risk_service.services.audit import Reading
from risk_service.services.casefiles import locate
from risk_service.services.cursors import Page, read, write
from risk_service.services.evidence import evidence
from risk_service.services.keys import Secrets
from risk_service.services.reader import CaseReader
from risk_service.services.records import opened
from risk_service.store import MasterKey, Store
from risk_service.store import scores as queue
from risk_service.store.casework import objecting
from risk_service.store.scores import StoredScore, Wanted

_CASE: Final = "case"
_TYPED: Final = frozenset({"office", "agency_id", "destination"})
_ORDERS: Final[dict[str, queue.Order]] = {"planned": "planned", "risk": "urgency"}


def view(store: Store, reading: Reading, *, master: MasterKey, reader: CaseReader, case_id: str) -> dict[str, Any]:
    """Return a case with what is on record and its present score.

    The present score is the stored one, explained: as of the last rescoring, over what had been delivered then. A case
    that is not in the queue is scored as of now.

    Returns
    -------
    dict
        As `risk_service.schemas.case.Case`.

    Raises
    ------
    NotAllowedError, NotFoundError, ErasedError
        The role does not read cases; there is no such case within the office's scope; its person has been erased.
    """
    found = _score(store, reading, reader=reader, case_id=case_id, as_of_us=None)
    score = _explained(store, found)
    _note(store, reading, master, "case.read", score)
    shown = evidence(found.case)
    case = shown["case"] | {"lane": score["lane"]}
    return shown | {"case": case, "records": opened(found.case, score), "score": score}


def on_record(store: Store, reading: Reading, *, reader: CaseReader, case_id: str) -> dict[str, Any]:
    """Return a case as `view` does, for a service that leaves an entry of its own in the trail.

    Raises
    ------
    NotAllowedError, NotFoundError
        As for `view`.
    """
    found = _score(store, reading, reader=reader, case_id=case_id, as_of_us=None)
    return evidence(found.case) | {"score": _explained(store, found)}


def score_as_of(
    store: Store, reading: Reading, *, master: MasterKey, reader: CaseReader, case_id: str, as_of_us: int | None
) -> dict[str, Any]:
    """Return a case's score as it was knowable at a time.

    Parameters
    ----------
    as_of_us
        UTC microseconds; None: the present score, as in `view`.

    Returns
    -------
    dict
        As `risk_service.schemas.score.Score`.

    Raises
    ------
    NotAllowedError, NotFoundError, ErasedError
        The role does not read cases; there was no such case then within the office's scope; its person has been erased.
    """
    score = _explained(store, _score(store, reading, reader=reader, case_id=case_id, as_of_us=as_of_us))
    _note(store, reading, master, "score.read", score)
    return score


def find(store: Store, reading: Reading, *, master: MasterKey, secrets: Secrets, query: Mapping[str, Any]) -> Page:
    """Return a page of the queue.

    Parameters
    ----------
    query
        As loaded by `risk_service.schemas.case.CasesQuery`.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError
        The role does not read cases; another office's cases are asked for; the cursor is of another list.
    """
    reading.principal.require("case.read")
    office = query.get("office")
    if office is not None:
        reading.principal.require_office(office, what="office")
    wanted = Wanted(
        band=query.get("band"),
        lane=query.get("lane"),
        office=office or reading.principal.office,
        destination=query.get("destination"),
        agency_id=query.get("agency"),
        planned_from=_day(query.get("planned_from")),
        planned_to=_day(query.get("planned_to")),
    )
    order, limit = _ORDERS[query["order"]], query["limit"]
    of = {"list": "cases", "order": order, **vars(wanted)}
    after: Any = read(query["cursor"], key=secrets.cursors, of=of) if "cursor" in query else None
    with store.reading() as connection:
        found = queue.page(connection, wanted, order=order, limit=limit + 1, after=after)
        unscored = objecting(connection, {score.candidate_id for score in found})
    shown = found[:limit]
    seen = [audit.subject_token(master, score.candidate_id) for score in shown]
    detail = {"filters": _said(wanted, matched=bool(shown)), "order": query["order"], "people": seen}
    audit.record(store, reading, action="case.list", detail=detail)
    more = len(found) > limit
    following = write(queue.cursor_of(shown[-1], order), key=secrets.cursors, of=of) if more else None
    items = (_item(score) for score in shown)
    return Page([objections.withheld(item) if item["candidate_id"] in unscored else item for item in items], following)


def any_scored(store: Store) -> bool:
    """Return whether anything has been scored; says nothing of anybody."""
    with store.reading() as connection:
        return bool(queue.page(connection, Wanted(), order="urgency", limit=1))


def history(
    store: Store,
    reading: Reading,
    *,
    master: MasterKey,
    secrets: Secrets,
    case_id: str,
    limit: int,
    cursor: str | None = None,
) -> Page:
    """Return a page of a case's stored scores, the latest first.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError, ErasedError
        The role does not read cases; no such case within the office's scope; the cursor is of another list; its person
        has been erased.
    """
    reading.principal.require("case.read")
    of = {"list": "scores", "case": case_id}
    before: Any = read(cursor, key=secrets.cursors, of=of)[0] if cursor is not None else None
    with store.reading() as connection:
        found = queue.history(connection, case_id, limit=limit + 1, before=before)
        unscored = objecting(connection, {score.candidate_id for score in found})
        if not found and before is None:
            # Nothing of it is kept, or there never was anything: say which.
            locate(connection, reading.principal, case_id, now_us=reading.now_us)
    if not found:
        raise not_found(_CASE)
    for score in found:
        reading.principal.require_office(score.office, what=_CASE)
    for person in sorted({score.candidate_id for score in found}):
        subject = audit.subject_token(master, person)
        audit.record(store, reading, action="scores.read", subject=subject, detail={"case": case_id})
    shown = found[:limit]
    following = write((shown[-1].score_id,), key=secrets.cursors, of=of) if len(found) > limit else None
    return Page([_past(score, unscored) for score in shown], following)


def past(store: Store, reading: Reading, *, case_id: str, candidate_id: str, limit: int) -> list[dict[str, Any]]:
    """Return the latest stored scores of a case that is being read; that read has its entry already."""
    reading.principal.require("case.read")
    with store.reading() as connection:
        found = queue.history(connection, case_id, limit=limit)
        unscored = objecting(connection, [candidate_id])
    return [_past(score, unscored) for score in found if score.candidate_id == candidate_id]


def candidate(store: Store, reading: Reading, *, master: MasterKey, candidate_id: str) -> dict[str, Any]:
    """Return a person's record, name and numbers masked.

    Returns
    -------
    dict
        As `risk_service.schemas.case.Candidate`.

    Raises
    ------
    NotAllowedError, NotFoundError, ErasedError
        The role does not read people; no such person within the office's scope; erased under a policy.
    """
    reading.principal.require("candidate.read")
    with store.reading() as connection:
        found = _masked(connection, reading, master, candidate_id)
        cases = queue.of_people(connection, [candidate_id])
    subject = audit.subject_token(master, candidate_id)
    audit.record(store, reading, action="candidate.read", subject=subject)
    return found | {"cases": [score.case_id for score in cases]}


def identity(store: Store, reading: Reading, *, master: MasterKey, candidate_id: str) -> dict[str, Any]:
    """Return what identifies a person, in full; leaves an entry of its own in the audit trail.

    Returns
    -------
    dict
        As `risk_service.schemas.case.Identity`.

    Raises
    ------
    NotAllowedError, NotFoundError, ErasedError
        As for `candidate`; the role reads people, but not what identifies them.
    """
    reading.principal.require("identity.read")
    with store.reading() as connection:
        masked = _masked(connection, reading, master, candidate_id)
        found = people.revealed(connection, master, candidate_id, t_us=reading.now_us)
    audit.record(store, reading, action="identity.read", subject=audit.subject_token(master, candidate_id))
    return found | {"safe_to_contact": masked["safe_to_contact"]}


def _masked(connection: Connection, reading: Reading, master: MasterKey, candidate_id: str) -> dict[str, Any]:
    found = people.masked(connection, master, candidate_id, t_us=reading.now_us)
    if found is None:
        raise not_found("candidate")
    reading.principal.require_office(found["office"], what="candidate")
    return found


def _score(store: Store, reading: Reading, *, reader: CaseReader, case_id: str, as_of_us: int | None) -> OneScore:
    reading.principal.require("case.read")
    with store.reading() as connection:
        found = reader.present_score(connection, case_id) if as_of_us is None else None
        if found is None:
            found = reader.score(connection, case_id, t_us=reading.now_us if as_of_us is None else as_of_us)
    if found is None:
        raise not_found(_CASE)
    reading.principal.require_office(found.case.row["office"], what=_CASE)
    with store.reading() as connection:
        people.unerased(connection, found.case.row["candidate_id"])
    return found


def _explained(store: Store, found: OneScore) -> dict[str, Any]:
    """A score in words and figures; without the latter for whoever objects to being profiled."""
    score = explain(found)
    with store.reading() as connection:
        objects = objections.in_force(connection, score["candidate_id"])
    return objections.withheld(score) if objects else score


def _note(store: Store, reading: Reading, master: MasterKey, action: str, score: Mapping[str, Any]) -> None:
    subject = audit.subject_token(master, score["candidate_id"])
    detail = {"case": score["case_id"], "as_of": score["as_of"], "band": score["band"]}
    audit.record(store, reading, action=action, subject=subject, release=score["release"], detail=detail)


def _item(score: StoredScore) -> dict[str, Any]:
    planned = score.planned_day
    return {
        "case_id": score.case_id,
        "candidate_id": score.candidate_id,
        "lane": score.lane,
        "band": score.band,
        "probability": score.probability,
        "planned_departure_on": None if planned is None else EPOCH_DATE + dt.timedelta(days=planned),
        "destination": score.destination,
        "scheme": score.scheme,
        "agency_id": score.agency_id,
        "office": score.office,
        "main_reason": main_reason(score.reasons),
        "as_of": score.as_of_us,
        "release": score.release,
    }


def main_reason(reasons: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """Return the largest reason that raises the score, in words; None if none does."""
    raising = next((reason for reason in reasons if reason["contribution"] > 0), None)
    return None if raising is None else stored_reason(raising)


def stored_reason(reason: Mapping[str, Any]) -> dict[str, str]:
    """Return a reason as it was stored, in words."""
    names = reason["code"].split("*")
    if len(names) == 1:
        value = reason["value"]
        return reason_text(names[0], {names[0]: math.nan if value is None else float(value)}).as_dict()
    titles = [BY_NAME[name].title for name in names]
    return Text(" × ".join(title.id for title in titles), " × ".join(title.en for title in titles)).as_dict()


def _past(score: StoredScore, unscored: Collection[str]) -> dict[str, Any]:
    shown = ("lane", "band", "probability", "log_odds", "release", "rules_version")
    item = {
        "score_id": str(score.score_id),
        "as_of": score.as_of_us,
        **{name: getattr(score, name) for name in shown},
    }
    return objections.withheld(item) if score.candidate_id in unscored else item


def _said(wanted: Wanted, *, matched: bool) -> dict[str, Any]:
    """Return filters for the trail; what was typed and matched nothing may be anything, a name even, and stays out."""
    said = {name: value for name, value in vars(wanted).items() if value is not None}
    return said if matched else said | dict.fromkeys(said.keys() & _TYPED, "matches nothing")


def _day(date: dt.date | None) -> int | None:
    return None if date is None else (date - EPOCH_DATE).days
