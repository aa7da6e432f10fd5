"""Corrections: a candidate or an officer contests a datum, a supervisor decides, and the score follows.

An accepted correction is appended to its feed as a row of the same key, recorded now: the old row stays, what was seen
before the correction can still be seen as of then, and the present score of the case follows at once. The supervisor
who decides is not the officer who raised it.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.asof import visible
from models.delivery.values import canonical
from models.schema import FEEDS
from models.texts import Text
from models.times import from_us, iso, to_us
from risk_service.errors import ConflictError, Fault, InvalidError, NotAllowedError
from risk_service.policy import not_found
from risk_service.services import audit, people
from risk_service.services.appending import append, appending
from risk_service.services.audit import Reading
from risk_service.services.casefiles import by, check_version, locate, officers, required, unchanged
from risk_service.services.cursors import Page
from risk_service.services.keys import Secrets
from risk_service.services.record_pages import page_of
from risk_service.store import MasterKey, Store
from risk_service.store import worklists as lists
from risk_service.store.casework import CORRECTIONS, FINDINGS, Correction
from risk_service.store.casework_tables import corrections as table
from risk_service.store.casework_tables import findings
from risk_service.store.feeds import PERSONAL_FEEDS, load_feeds
from risk_service.store.persons import SENSITIVE, latest_identity, open_text, seal_text

CONTESTABLE: Final = PERSONAL_FEEDS
"""Feeds whose rows are about one person."""
RAISED_FOR: Final = ("candidate", "officer")
DECIDED: Final = ("accepted", "refused")
STATES: Final = ("open", *DECIDED)
_FIXED: Final = frozenset({"candidate_id", "recorded_at", "retracted"})
_CORRECTION: Final = "correction"
_MASKS: Final[dict[str, Callable[[str | None], str | None]]] = {
    "nik": people.mask_number,
    "full_name": people.mask_name,
    "passport_no": lambda number: people.mask_number(number, shown=3),
    "phone": lambda number: people.mask_number(number, shown=3),
}


def contest(
    store: Store, reading: Reading, *, master: MasterKey, case_id: str, stated: Mapping[str, Any]
) -> dict[str, Any]:
    """Contest a datum of a case.

    Parameters
    ----------
    stated
        As loaded by `risk_service.schemas.casework.CorrectionRequest`.

    Returns
    -------
    dict
        As `risk_service.schemas.casework.Correction`.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError, ConflictError
        The role does not work on cases; no such case or row within the office's scope; values that the contract does
        not know; a finding of this service, which is retracted where it was recorded.
    """
    reading.principal.require("casework.write")
    with store.writing() as connection:
        case = locate(connection, reading.principal, case_id, now_us=reading.now_us)
        feed, key, values = stated["feed"], stated["key"], stated["values"]
        row = _row(connection, case.candidate_id, feed, key, now_us=reading.now_us)
        if row is None and (stated["withdraw"] or not _may_be_added(connection, case.candidate_id, feed, key, reading)):
            raise not_found("row of this person")
        _check(feed, values, complete=row is None)
        correction = Correction(
            correction_id=str(uuid.uuid4()),
            case_id=case.case_id,
            candidate_id=case.candidate_id,
            office=case.office,
            state="open",
            raised_for=stated["raised_for"],
            feed=feed,
            row_key=json.dumps(key, sort_keys=True),
            withdraws=int(stated["withdraw"]),
            content=seal_text(connection, master, case.candidate_id, json.dumps(values)) if values else None,
            reason=seal_text(connection, master, case.candidate_id, stated["reason"]),
            raised_by=reading.principal.key_id,
            raised_at_us=reading.now_us,
        )
        CORRECTIONS.add(connection, correction)
        lists.touch(
            connection,
            (case.case_id, case.candidate_id),
            office=case.office,
            officer=reading.principal.key_id,
            at_us=reading.now_us,
        )
        _note(connection, reading, master, "correction.raise", correction)
        return _shown(connection, master, correction, _now_on_record(connection, master, [correction], reading))


def decide(
    store: Store,
    reading: Reading,
    *,
    master: MasterKey,
    correction_id: str,
    accept: bool,
    reason: str,
    version: int | None = None,
) -> dict[str, Any]:
    """Decide on a contested datum; an accepted correction counts from now on.

    Raises
    ------
    NotAllowedError
        The role does not decide, or the officer raised it.
    NotFoundError, ConflictError, PreconditionFailedError, BusyError
        No such correction within the office's scope; decided before, or the person or row is gone; changed meanwhile; a
        delivery is being taken in.
    """
    reading.principal.require("casework.decide")
    with appending(store) as connection:
        correction = _wanted(connection, reading, correction_id)
        check_version(version, correction.version)
        if correction.state != "open":
            raise ConflictError(f"This correction was {correction.state} before.")
        if correction.raised_by == reading.principal.key_id:
            raise NotAllowedError("Whoever raised a correction does not decide on it.", what_to_do="Ask a colleague.")
        before = _now_on_record(connection, master, [correction], reading)[correction_id]
        now: dict[str, Any] = {
            "state": "accepted" if accept else "refused",
            "decided_by": reading.principal.key_id,
            "decided_at_us": reading.now_us,
            "decision": seal_text(connection, master, correction.candidate_id, reason),
            "replaced": seal_text(connection, master, correction.candidate_id, json.dumps(before)),
        }
        if accept:
            now["ingest_seq"] = _append(connection, reading, master, correction)
        unchanged(CORRECTIONS.change(connection, correction_id, correction.version, **now))
        _note(connection, reading, master, "correction.accept" if accept else "correction.refuse", correction)
        return _shown(connection, master, _wanted(connection, reading, correction_id))


def get(store: Store, reading: Reading, *, master: MasterKey, correction_id: str) -> dict[str, Any]:
    """Return one correction.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not read corrections; no such one within the office's scope.
    """
    reading.principal.require("casework.read")
    with store.writing() as connection:
        correction = _wanted(connection, reading, correction_id)
        _note(connection, reading, master, "correction.read", correction)
        return _shown(connection, master, correction, _now_on_record(connection, master, [correction], reading))


def find(
    store: Store,
    reading: Reading,
    *,
    master: MasterKey,
    secrets: Secrets,
    query: Mapping[str, Any],
    decided: bool = False,
) -> Page:
    """Return a page of corrections, the latest first.

    Parameters
    ----------
    query
        As loaded by `risk_service.schemas.casework.CorrectionsQuery`.
    decided
        Only those decided either way, the latest decision first.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError
        The role does not read corrections; another office's are asked for; the cursor is of another list.
    """
    reading.principal.require("casework.read")
    if query.get("office") is not None:
        reading.principal.require_office(query["office"], what="office")
    wanted = {name: query.get(name) for name in ("state", "case_id")}
    wanted["office"] = query.get("office") or reading.principal.office
    conditions: list[sa.ColumnElement[bool]] = [
        table.c[name] == value for name, value in wanted.items() if value is not None
    ]
    if decided:
        conditions.append(table.c.state.in_(DECIDED))
    with store.reading() as connection:
        shown, following = page_of(
            CORRECTIONS,
            connection,
            *conditions,
            by=table.c.decided_at_us if decided else table.c.raised_at_us,
            query=query,
            key=secrets.cursors,
            of={"list": "decided corrections" if decided else "corrections", **wanted},
        )
        now = _now_on_record(connection, master, shown, reading)
        items = [_shown(connection, master, correction, now) for correction in shown]
    seen = [audit.subject_token(master, correction.candidate_id) for correction in shown]
    said = {name: value for name, value in wanted.items() if value is not None and name != "case_id"}
    said |= {"decided": True} if decided else {}
    audit.record(store, reading, action="correction.list", detail={"filters": said, "people": seen})
    return Page(items, following)


def _append(connection: Connection, reading: Reading, master: MasterKey, correction: Correction) -> int:
    """Append an accepted correction to its feed."""
    feed, key = FEEDS[correction.feed], json.loads(correction.row_key)
    row = _row(connection, correction.candidate_id, feed.name, key, now_us=reading.now_us)
    fixed = {**key, "candidate_id": correction.candidate_id, "recorded_at": from_us(reading.now_us)}
    if correction.withdraws:
        if row is None:
            text = Text(
                "Catatan ini sudah tidak ada. Tolak bantahannya.",
                "The row is not there any more. Refuse the correction.",
            )
            raise ConflictError("The row is not there any more.", what_to_do="Refuse the correction.", text=text)
        new: dict[str, Any] = {**fixed, "retracted": True}
    else:
        content = open_text(connection, master, correction.candidate_id, correction.content)
        if content is None:
            raise ConflictError("The person has been erased.", what_to_do="Refuse the correction.")
        known = {} if row is None else {name: row.get(name) for name in feed.columns}
        if feed.name == "candidates":
            known |= _identity(connection, master, correction.candidate_id, reading.now_us)
        new = known | _check(feed.name, json.loads(content), complete=row is None) | fixed | {"retracted": False}
    return append(
        connection,
        master,
        feed.name,
        new,
        now_us=reading.now_us,
        label="correction",
        corrects=None if row is None else int(row["ingest_seq"]),
    )


def _row(
    connection: Connection, candidate_id: str, feed: str, key: Mapping[str, str], *, now_us: int
) -> dict[str, Any] | None:
    """A person's row as it stands; None if there is none of that key."""
    if set(key) != set(FEEDS[feed].key):
        fault = Fault(f"has to have {', '.join(FEEDS[feed].key)}", pointer="#/key")
        raise InvalidError("The key names no row of this feed.", faults=[fault])
    seen = visible(load_feeds(connection, candidates=[candidate_id], only=PERSONAL_FEEDS), now_us)[feed]
    same = seen.filter(pl.col("candidate_id") == candidate_id, *(pl.col(name) == value for name, value in key.items()))
    found: dict[str, Any] | None = same.row(0, named=True) if len(same) else None
    if found is not None and feed == "outcomes":
        own = FINDINGS.find(connection, findings.c.outcome_id == key["outcome_id"], limit=1)
        if own:
            raise ConflictError("This is a finding recorded here.", what_to_do="Retract the finding instead.")
    return found


def _may_be_added(
    connection: Connection, candidate_id: str, feed: str, key: Mapping[str, str], reading: Reading
) -> bool:
    """Whether a row that is not there may be asked for: a step of the person's own registration, missing on record."""
    if feed != "registration_steps":
        return False
    of = {"registration_id": key["registration_id"]}
    codes = FEEDS[feed].field("step").codes
    known = _row(connection, candidate_id, "registrations", of, now_us=reading.now_us)
    return known is not None and key["step"] in codes


def _check(feed: str, values: Mapping[str, str | None], *, complete: bool) -> dict[str, Any]:
    """Canonical values of what is stated.

    Raises
    ------
    InvalidError
        A field that cannot be corrected, or a value that the contract does not know.
    """
    fields = {field.name: field for field in FEEDS[feed].fields if field.name not in {*_FIXED, *FEEDS[feed].key}}
    faults, found = [], {}
    for name, text in values.items():
        field = fields.get(name)
        if field is None:
            faults.append(Fault("no field that can be corrected", pointer="#/values"))
            continue
        read_as, wrong = canonical(field, pl.Series(name, [text or None], dtype=pl.String))
        if wrong is not None or (field.required and read_as[0] is None):
            faults.append(Fault(f"not {field.expectation}", pointer=f"#/values/{name}"))
        found[name] = read_as[0]
    if complete:
        lacking = [name for name, field in fields.items() if field.required and found.get(name) is None]
        faults += [Fault("missing", pointer=f"#/values/{name}") for name in lacking if name not in values]
    if faults:
        raise InvalidError("The correction does not fit the contract.", faults=faults)
    return found


def _identity(connection: Connection, master: MasterKey, candidate_id: str, now_us: int) -> dict[str, str | None]:
    who = latest_identity(connection, master, candidate_id, t_us=now_us)
    return dict.fromkeys(SENSITIVE) if who is None else {name: getattr(who, name) for name in SENSITIVE}


def _wanted(connection: Connection, reading: Reading, correction_id: str) -> Correction:
    correction = required(CORRECTIONS, connection, correction_id, what=_CORRECTION)
    reading.principal.require_office(correction.office, what=_CORRECTION)
    return correction


def _note(connection: Connection, reading: Reading, master: MasterKey, action: str, correction: Correction) -> None:
    subject = audit.subject_token(master, correction.candidate_id)
    detail = {"case": correction.case_id, "correction_id": correction.correction_id, "feed": correction.feed}
    audit.append(connection, reading, action=action, subject=subject, detail=detail)


def _now_on_record(
    connection: Connection, master: MasterKey, shown: Sequence[Correction], reading: Reading
) -> dict[str, dict[str, str | None]]:
    """What the rows of corrections that wait for a decision say now, by correction; a field without a value is None.

    Of a change, the fields that it changes; of a withdrawal, all that are filled in. A row that is not there has none.
    """
    waiting = [one for one in shown if one.state == "open"]
    if not waiting:
        return {}
    people = sorted({one.candidate_id for one in waiting})
    seen = visible(load_feeds(connection, candidates=people, only=PERSONAL_FEEDS), reading.now_us)
    found: dict[str, dict[str, str | None]] = {}
    for one in waiting:
        key = {"candidate_id": one.candidate_id, **json.loads(one.row_key)}
        same = seen[one.feed].filter(*(pl.col(name) == value for name, value in key.items()))
        if same.is_empty():
            found[one.correction_id] = {}
            continue
        row = same.row(0, named=True)
        if one.feed == "candidates":
            row |= _identity(connection, master, one.candidate_id, reading.now_us)
        content = open_text(connection, master, one.candidate_id, one.content)
        wanted = [] if content is None else list(json.loads(content))
        filled = [field.name for field in FEEDS[one.feed].fields if row.get(field.name) is not None]
        names = [name for name in filled if name not in {*key, *_FIXED}] if one.withdraws else wanted
        found[one.correction_id] = {name: _as_delivered(row.get(name)) for name in names}
    return found


def _as_delivered(value: Any) -> str | None:
    """A value as a delivery writes it."""
    if isinstance(value, dt.datetime):
        return iso(to_us(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _shown(
    connection: Connection,
    master: MasterKey,
    correction: Correction,
    now: Mapping[str, Mapping[str, str | None]] | None = None,
) -> dict[str, Any]:
    names = officers(connection, [correction.raised_by, correction.decided_by])
    content = open_text(connection, master, correction.candidate_id, correction.content)
    values = {} if correction.withdraws else None if content is None else json.loads(content)
    replaced = open_text(connection, master, correction.candidate_id, correction.replaced)
    plain = (
        "correction_id",
        "case_id",
        "candidate_id",
        "office",
        "state",
        "raised_for",
        "feed",
        "ingest_seq",
        "version",
    )
    return {name: getattr(correction, name) for name in plain} | {
        "key": json.loads(correction.row_key),
        "values": _all_masked(values),
        "on_record": _all_masked((now or {}).get(correction.correction_id)),
        "replaced": None if replaced is None else _all_masked(json.loads(replaced)),
        "withdraw": bool(correction.withdraws),
        "reason": open_text(connection, master, correction.candidate_id, correction.reason),
        "raised_by": by(names, correction.raised_by),
        "raised_at": correction.raised_at_us,
        "decided_by": by(names, correction.decided_by),
        "decided_at": correction.decided_at_us,
        "decision": open_text(connection, master, correction.candidate_id, correction.decision),
    }


def _all_masked(values: Mapping[str, str | None] | None) -> dict[str, str | None] | None:
    return None if values is None else {name: _masked(name, value) for name, value in values.items()}


def _masked(name: str, value: str | None) -> str | None:
    return _MASKS[name](value) if name in _MASKS else value
