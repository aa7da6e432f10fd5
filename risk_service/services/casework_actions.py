"""Who works on which case: taking, handing over, locking, putting to rest; one case or many at once, with undo."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.texts import Text
from models.times import US_PER_SECOND, date_of, end_of_day
from risk_service.errors import ConflictError, Fault, InvalidError, NotFoundError
from risk_service.policy import ACTIONS, Principal, not_found
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.services.casefiles import CaseFile, by, locate, officers
from risk_service.store import MasterKey, Store
from risk_service.store import scores as queue
from risk_service.store import worklists as kept
from risk_service.store.access_tables import users
from risk_service.store.scores import StoredScore
from risk_service.store.tables import api_keys
from risk_service.store.worklists import BulkAction, Work

WORK: Final = ("assign", "release", "lock", "unlock", "snooze", "wake")
"""What can be done to cases."""
REST_REASONS: Final[dict[str, Text]] = {
    "waiting_document": Text("Menunggu dokumen", "Waiting for a document"),
    "waiting_person": Text("Menunggu calon menghubungi", "Waiting for the person to call back"),
    "waiting_office": Text("Menunggu kantor lain", "Waiting for another office"),
    "other": Text("Alasan lain", "Another reason"),
}
LOCK_US: Final = 30 * 60 * US_PER_SECOND
"""How long a lock lasts if nobody lifts it."""
LONGEST_REST_DAYS: Final = 30
MOST: Final = 200
_UNDONE: Final = (
    "assigned_to",
    "assigned_at_us",
    "locked_by",
    "locked_until_us",
    "snoozed_by",
    "snoozed_until_us",
    "snoozed_because",
    "snoozed_score_id",
    "snoozed_seq",
    "touched_by",
    "touched_at_us",
)


def act(store: Store, reading: Reading, *, master: MasterKey, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Do something to one case or to several.

    Parameters
    ----------
    stated
        As loaded by `risk_service.schemas.worklist.WorkRequest`: ``action``, ``cases``, and for `assign` ``to`` (an
        officer; oneself if not given), for `snooze` ``until`` and ``because``.

    Returns
    -------
    dict
        As `risk_service.schemas.worklist.WorkDone`: which cases it was done to, and why not to the others.

    Raises
    ------
    NotAllowedError, InvalidError
        The role does not work on cases, or not for others; an officer, a day or a reason that cannot be.
    """
    reading.principal.require("casework.write")
    done: list[str] = []
    refused: list[dict[str, str]] = []
    before: list[dict[str, Any]] = []
    with store.writing() as connection:
        wanted = _wanted(connection, reading, stated)
        seen: list[str] = []
        for case_id in dict.fromkeys(stated["cases"]):
            try:
                case = locate(connection, reading.principal, case_id, now_us=reading.now_us)
            except NotFoundError as error:
                refused.append({"case_id": case_id, "why": error.message})
                continue
            pair = (case.case_id, case.candidate_id)
            known = kept.work_of(connection, [pair]).get(pair)
            work = known or Work(case_id=case.case_id, candidate_id=case.candidate_id, office=case.office)
            if held_by_another(work, reading.principal.key_id, reading.now_us):
                refused.append({"case_id": case_id, "why": "Another officer is working on it."})
                continue
            values = wanted | (_rest(connection, case) if stated["action"] == "snooze" else {})
            kept.put_work(connection, work, **values)
            before.append({name: getattr(work, name) for name in _UNDONE} | {"case": pair, "version": work.version + 1})
            done.append(case_id)
            seen.append(audit.subject_token(master, case.candidate_id))
        action = BulkAction(
            action_id=str(uuid.uuid4()),
            office=reading.principal.office,
            officer=reading.principal.key_id,
            at_us=reading.now_us,
            action=stated["action"],
            before=json.dumps(before),
        )
        kept.add_bulk(connection, action)
        detail = {"action": stated["action"], "cases": done, "people": seen, "action_id": action.action_id}
        audit.append(connection, reading, action="work.do", detail=detail)
    return {"action_id": action.action_id, "action": action.action, "done": done, "refused": refused}


def undo(store: Store, reading: Reading, *, master: MasterKey, action_id: str) -> dict[str, Any]:
    """Undo something one did; cases that somebody has changed since stay as they are.

    Raises
    ------
    NotAllowedError, NotFoundError, ConflictError
        The role does not work on cases; nothing of that id was done by the officer; it was undone before.
    """
    reading.principal.require("casework.write")
    done: list[str] = []
    refused: list[dict[str, str]] = []
    with store.writing() as connection:
        action = kept.get_bulk(connection, action_id)
        if action is None or action.officer != reading.principal.key_id:
            raise not_found("action of yours")
        if action.undone_at_us is not None:
            raise ConflictError("This was undone before.")
        people = []
        for was in json.loads(action.before):
            case = (was["case"][0], was["case"][1])
            work = kept.work_of(connection, [case]).get(case)
            if work is None or work.version != was["version"]:
                refused.append({"case_id": case[0], "why": "Somebody has changed it since."})
                continue
            kept.put_work(connection, work, **{name: was[name] for name in _UNDONE})
            done.append(case[0])
            people.append(audit.subject_token(master, case[1]))
        kept.undo_bulk(connection, action_id, at_us=reading.now_us)
        detail = {"action": action.action, "cases": done, "people": people, "action_id": action_id}
        audit.append(connection, reading, action="work.undo", detail=detail)
    return {"action_id": action_id, "action": action.action, "done": done, "refused": refused}


def held_by_another(work: Work | None, officer: str, now_us: int) -> bool:
    """Whether another officer has a case locked at a time."""
    if work is None or work.locked_by in (None, officer):
        return False
    return work.locked_until_us is not None and work.locked_until_us > now_us


def require_not_held(connection: Connection, reading: Reading, case: CaseFile) -> None:
    """Pass only if no other officer has the case locked.

    Raises
    ------
    ConflictError
        Another officer has.
    """
    pair = (case.case_id, case.candidate_id)
    if held_by_another(kept.work_of(connection, [pair]).get(pair), reading.principal.key_id, reading.now_us):
        raise ConflictError(
            "Another officer is working on this case.",
            what_to_do="Wait until the lock ends.",
            text=Text(
                "Petugas lain sedang mengunci berkas ini. Tunggu sampai kuncinya berakhir.",
                "Another officer has this case locked. Wait until the lock ends.",
            ),
        )


def standing(store: Store, reading: Reading, *, case_id: str, candidate_id: str) -> dict[str, Any]:
    """Return who works on a case that is being read, and whether it rests; that read has its entry already.

    Returns
    -------
    dict
        As `risk_service.schemas.worklist.CaseWork`.

    Raises
    ------
    NotAllowedError
        The role does not read casework.
    """
    reading.principal.require("casework.read")
    pair = (case_id, candidate_id)
    with store.reading() as connection:
        work = kept.work_of(connection, [pair]).get(pair) or Work(
            case_id=case_id, candidate_id=candidate_id, office=None
        )
        score = queue.current(connection, case_id)
        seq = kept.evidence_seq(connection, [candidate_id]).get(candidate_id)
        names = officers(connection, [work.assigned_to, work.locked_by])
    locked = work.locked_until_us is not None and work.locked_until_us > reading.now_us
    rests = resting(work, score, seq, now_us=reading.now_us)
    return {
        "case_id": case_id,
        "assigned_to": by(names, work.assigned_to),
        "locked_by": by(names, work.locked_by) if locked else None,
        "locked_until": work.locked_until_us if locked else None,
        "resting_until": work.snoozed_until_us if rests else None,
        "resting_because": work.snoozed_because if rests else None,
    }


def of_case(store: Store, reading: Reading, *, master: MasterKey, case_id: str) -> dict[str, Any]:
    """Return who works on a case; leaves an entry of its own.

    Raises
    ------
    NotAllowedError, NotFoundError, ErasedError
        The role does not read casework; no such case within the office's scope; its person has been erased.
    """
    reading.principal.require("casework.read")
    with store.reading() as connection:
        case = locate(connection, reading.principal, case_id, now_us=reading.now_us)
    found = standing(store, reading, case_id=case.case_id, candidate_id=case.candidate_id)
    subject = audit.subject_token(master, case.candidate_id)
    audit.record(store, reading, action="work.read", subject=subject, detail={"case": case_id})
    return found


def resting(work: Work, score: StoredScore | None, seq: int | None, *, now_us: int) -> bool:
    """Whether a case was put to rest and nothing has changed since."""
    if work.snoozed_until_us is None or work.snoozed_until_us <= now_us:
        return False
    same = score is None or score.score_id == work.snoozed_score_id
    return same and (seq or 0) <= (work.snoozed_seq or 0)


def colleagues(connection: Connection, principal: Principal) -> list[dict[str, str]]:
    """Officers whom a case can be handed to: those of the same office, or of all for whoever sees all."""
    roles: Collection[str] = ACTIONS["casework.write"]
    keys = sa.select(api_keys.c.key_id, api_keys.c.name).where(
        api_keys.c.role.in_(list(roles)), api_keys.c.revoked_at_us.is_(None)
    )
    people = sa.select(users.c.user_id, users.c.name).where(
        users.c.role.in_(list(roles)), users.c.disabled_at_us.is_(None)
    )
    if principal.office is not None:
        keys = keys.where(api_keys.c.office == principal.office)
        people = people.where(users.c.office == principal.office)
    found = connection.execute(sa.union_all(keys, people))
    return [{"id": one, "name": name} for one, name in sorted(found, key=lambda row: (row[1], row[0]))]


def _wanted(connection: Connection, reading: Reading, stated: Mapping[str, Any]) -> dict[str, Any]:
    """What changes in every case."""
    me, now = reading.principal.key_id, reading.now_us
    match stated["action"]:
        case "assign":
            to = stated.get("to") or me
            if to != me:
                reading.principal.require("worklist.manage")
                if to not in {one["id"] for one in colleagues(connection, reading.principal)}:
                    raise InvalidError("There is no such officer.", faults=[Fault("not an officer", pointer="#/to")])
            return {"assigned_to": to, "assigned_at_us": now}
        case "release":
            return {"assigned_to": None, "assigned_at_us": None}
        case "lock":
            return {"locked_by": me, "locked_until_us": now + LOCK_US, "touched_by": me, "touched_at_us": now}
        case "unlock":
            return {"locked_by": None, "locked_until_us": None}
        case "wake":
            return dict.fromkeys(name for name in _UNDONE if name.startswith("snoozed_"))
    until = stated.get("until")
    today = date_of(now)
    if until is None or not today <= until <= today + dt.timedelta(days=LONGEST_REST_DAYS):
        fault = Fault(f"not within {LONGEST_REST_DAYS} days from today", pointer="#/until")
        raise InvalidError("A case rests until a day.", faults=[fault])
    if stated.get("because") not in REST_REASONS:
        raise InvalidError("A case rests for a reason.", faults=[Fault("not on the list", pointer="#/because")])
    return {
        "snoozed_by": me,
        "snoozed_until_us": end_of_day(until),
        "snoozed_because": stated["because"],
        "touched_by": me,
        "touched_at_us": now,
    }


def _rest(connection: Connection, case: CaseFile) -> dict[str, Any]:
    """The evidence as it stands, so that a change of it can be told."""
    seqs: Mapping[str, int] = kept.evidence_seq(connection, [case.candidate_id])
    return {
        "snoozed_score_id": None if case.score is None else case.score.score_id,
        "snoozed_seq": seqs.get(case.candidate_id, 0),
    }
