"""Findings: what an officer found when a case was looked at, and what help was given.

One officer is enough to record help or a procedural departure: such a finding counts at once. A non-procedural one
needs a second officer, from any office and not the same person; until then it is provisional, stands outside features,
labels and exports, and lapses after two weeks. A finding that counts is appended to the feed of outcomes with the time
of its confirmation, so that features and training see it exactly as a delivered one; a retraction withdraws that row.

Why a case was looked at follows from the worklist: an officer does not say that it was drawn by lot, nor with which
chance.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.texts import Text
from models.times import day_number, from_us
from risk_service.errors import ConflictError, Fault, InvalidError, NotAllowedError
from risk_service.services import audit, own_views
from risk_service.services.appending import append, appending
from risk_service.services.audit import Reading
from risk_service.services.casefiles import (
    LAPSE_US,
    CaseFile,
    by,
    check_version,
    day_of_number,
    locate,
    number_of_day,
    officers,
    required,
    unchanged,
)
from risk_service.services.casework_actions import require_not_held
from risk_service.services.cursors import Page
from risk_service.services.keys import Secrets
from risk_service.services.record_pages import page_of
from risk_service.store import MasterKey, Store
from risk_service.store import worklists as lists
from risk_service.store.casework import FINDINGS, Finding
from risk_service.store.casework_tables import findings as table
from risk_service.store.persons import open_text, seal_text

NEEDS_SECOND: Final = "non_procedural"
STATED_REASONS: Final = ("worklist", "complaint", "border_referral", "repatriation", "agency_inspection")
"""Why a case was looked at, as far as an officer says it; a draw by lot is known to the service alone."""
STATES: Final = ("provisional", "confirmed", "lapsed", "retracted")
_FINDING: Final = "finding"


def record(
    store: Store, reading: Reading, *, master: MasterKey, case_id: str, stated: Mapping[str, Any]
) -> dict[str, Any]:
    """Record what was found.

    Parameters
    ----------
    stated
        As loaded by `risk_service.schemas.casework.FindingRequest`.

    Returns
    -------
    dict
        As `risk_service.schemas.casework.Finding`.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError
        The role does not work on cases; no such case within the office's scope; a day that is still to come.
    ConflictError, BusyError
        Another officer has the case locked; a delivery is being taken in.
    """
    reading.principal.require("casework.write")
    today = day_number(reading.now_us)
    days = {name: number_of_day(stated.get(name)) for name in ("departed_on", "checked_on")}
    for name, day in days.items():
        if day is not None and day > today:
            text = Text(
                "Tanggal pemeriksaan dan keberangkatan tidak boleh sesudah hari ini.",
                "Days of looking and of departure cannot be after today.",
            )
            faults = [Fault("is to come", pointer=f"#/{name}")]
            raise InvalidError("A finding is about what has been seen.", faults=faults, text=text)
    provisional = stated["finding"] == NEEDS_SECOND
    with _writing(store, appends=not provisional) as connection:
        case = locate(connection, reading.principal, case_id, now_us=reading.now_us)
        require_not_held(connection, reading, case)
        view = stated.get("own_view")
        if view is not None:
            own_views.keep(connection, reading, master=master, case=case, view=view)
        listing = _open_listing(connection, case, reading.now_us)
        drawn = listing is not None and bool(listing.drawn)
        finding = Finding(
            finding_id=str(uuid.uuid4()),
            case_id=case.case_id,
            candidate_id=case.candidate_id,
            registration_id=case.registration_id,
            office=case.office,
            state="provisional" if provisional else "confirmed",
            departed_day=days["departed_on"],
            checked_day=today if days["checked_on"] is None else days["checked_on"],
            finding=stated["finding"],
            state_found=stated.get("state_found"),
            help_given=stated.get("help_given"),
            own_view=view or own_views.latest(connection, reading, case),
            examined_because="random_check" if drawn else stated.get("examined_because", "worklist"),
            inclusion_probability=listing.inclusion_probability if listing is not None and drawn else None,
            note=seal_text(connection, master, case.candidate_id, stated.get("note")),
            recorded_by=reading.principal.key_id,
            recorded_at_us=reading.now_us,
            lapses_at_us=reading.now_us + LAPSE_US if provisional else None,
        )
        FINDINGS.add(connection, finding)
        if listing is not None:
            lists.answer(connection, listing, finding.finding_id)
        if not provisional:
            _count(connection, reading, master, finding)
        lists.touch(
            connection,
            (case.case_id, case.candidate_id),
            office=case.office,
            officer=reading.principal.key_id,
            at_us=reading.now_us,
        )
        _note(connection, reading, master, "finding.record", finding)
        return _shown(connection, reading, master, _kept(connection, finding.finding_id))


def confirm(
    store: Store, reading: Reading, *, master: MasterKey, finding_id: str, version: int | None = None
) -> dict[str, Any]:
    """Confirm another officer's provisional finding; it counts from now on.

    Raises
    ------
    NotAllowedError
        The role does not work on cases, or the officer recorded the finding.
    NotFoundError, ConflictError, PreconditionFailedError, BusyError
        No such finding; it does not wait for confirmation; changed meanwhile; a delivery is being taken in.
    """
    reading.principal.require("casework.write")
    with appending(store) as connection:
        finding = _wanted(connection, reading, finding_id)
        check_version(version, finding.version)
        if state_of(finding, reading.now_us) != "provisional":
            raise ConflictError(f"This finding is {state_of(finding, reading.now_us)}; it waits for nobody.")
        if finding.recorded_by == reading.principal.key_id:
            raise NotAllowedError(
                "The second officer cannot be the first.", what_to_do="Ask a colleague, of this or another office."
            )
        now = {"state": "confirmed", "confirmed_by": reading.principal.key_id, "confirmed_at_us": reading.now_us}
        unchanged(FINDINGS.change(connection, finding_id, finding.version, **now))
        _count(connection, reading, master, _kept(connection, finding_id))
        _note(connection, reading, master, "finding.confirm", finding)
        return _shown(connection, reading, master, _kept(connection, finding_id))


def retract(
    store: Store, reading: Reading, *, master: MasterKey, finding_id: str, reason: str, version: int | None = None
) -> dict[str, Any]:
    """Take a finding back; what counted of it is withdrawn from now on.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not work on cases; no such finding within the office's scope.
    ConflictError, PreconditionFailedError, BusyError
        It was retracted before; changed meanwhile; a delivery is being taken in.
    """
    reading.principal.require("casework.write")
    with appending(store) as connection:
        finding = _wanted(connection, reading, finding_id)
        if finding.recorded_by != reading.principal.key_id:
            reading.principal.require_office(finding.office, what=_FINDING)
        check_version(version, finding.version)
        if finding.state == "retracted":
            raise ConflictError("This finding was retracted before.")
        now = {
            "state": "retracted",
            "retracted_by": reading.principal.key_id,
            "retracted_at_us": reading.now_us,
            "retraction": seal_text(connection, master, finding.candidate_id, reason),
        }
        if finding.outcome_id is not None:
            row = {
                "outcome_id": finding.outcome_id,
                "candidate_id": finding.candidate_id,
                "recorded_at": reading.now_us,
                "retracted": True,
            }
            now["ingest_seq"] = append(
                connection, master, "outcomes", _instants(row), now_us=reading.now_us, label="finding retracted"
            )
        unchanged(FINDINGS.change(connection, finding_id, finding.version, **now))
        lists.unanswer(connection, finding_id)
        _note(connection, reading, master, "finding.retract", finding)
        return _shown(connection, reading, master, _kept(connection, finding_id))


def get(store: Store, reading: Reading, *, master: MasterKey, finding_id: str) -> dict[str, Any]:
    """Return one finding: of the office's cases, confirmed oneself, or waiting for a second officer of any office.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not read findings; no such finding within the office's scope.
    """
    reading.principal.require("casework.read")
    with store.writing() as connection:
        finding = _wanted(connection, reading, finding_id)
        _note(connection, reading, master, "finding.read", finding)
        return _shown(connection, reading, master, finding)


def lot_of(store: Store, reading: Reading, *, case_id: str, candidate_id: str) -> dict[str, Any] | None:
    """Return whether a case was drawn by lot when it was listed last, and with which chance.

    None as long as the officer's own view of the case is not recorded, and for a case that was never listed.
    """
    reading.principal.require("casework.read")
    pair = (case_id, candidate_id)
    with store.reading() as connection:
        if pair not in own_views.latest_of(connection, reading, [pair]):
            return None
        listed = lists.listings(connection, pair)
    if not listed:
        return None
    return {"drawn": bool(listed[0].drawn), "inclusion_probability": listed[0].inclusion_probability}


def standing(store: Store, reading: Reading, *, case_id: str, candidate_id: str) -> list[dict[str, Any]]:
    """Return the findings of a case that is being read that count or wait, the latest first; that read has its entry.

    Returns
    -------
    list of dict
        ``finding``, ``state``, ``checked_on``.

    Raises
    ------
    NotAllowedError
        The role does not read casework.
    """
    reading.principal.require("casework.read")
    of = (table.c.case_id == case_id, table.c.candidate_id == candidate_id)
    with store.reading() as connection:
        found = FINDINGS.find(connection, *of, order=(table.c.recorded_at_us.desc(),))
    return [
        {"finding": one.finding, "state": state_of(one, reading.now_us), "checked_on": day_of_number(one.checked_day)}
        for one in found
        if state_of(one, reading.now_us) in ("confirmed", "provisional")
    ]


def find(
    store: Store,
    reading: Reading,
    *,
    master: MasterKey,
    secrets: Secrets,
    query: Mapping[str, Any],
    lapsing_first: bool = False,
) -> Page:
    """Return a page of findings, the latest first.

    Parameters
    ----------
    query
        As loaded by `risk_service.schemas.casework.FindingsQuery`; ``awaiting`` asks for those of any office that wait
        for a second officer other than the reader.
    lapsing_first
        With ``awaiting``: the one that lapses first on top instead.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError
        The role does not read findings; another office's are asked for; the cursor is of another list.
    """
    reading.principal.require("casework.read")
    office, awaiting = query.get("office"), bool(query.get("awaiting"))
    if awaiting:
        reading.principal.require("casework.write")
    if office is not None and not awaiting:
        reading.principal.require_office(office, what="office")
    if not awaiting:
        office = office or reading.principal.office
    wanted = {name: query.get(name) for name in ("state", "case_id")} | {"office": office, "awaiting": awaiting}
    lapsing_first = lapsing_first and awaiting
    with store.reading() as connection:
        shown, following = page_of(
            FINDINGS,
            connection,
            *_conditions(wanted, reading),
            by=table.c.lapses_at_us if lapsing_first else table.c.recorded_at_us,
            latest_first=not lapsing_first,
            query=query,
            key=secrets.cursors,
            of={"list": "findings, lapsing first" if lapsing_first else "findings", **wanted},
        )
        items = [_shown(connection, reading, master, finding) for finding in shown]
    people = [audit.subject_token(master, finding.candidate_id) for finding in shown]
    said = {name: value for name, value in wanted.items() if value and name != "case_id"}
    audit.record(store, reading, action="finding.list", detail={"filters": said, "people": people})
    return Page(items, following)


def state_of(finding: Finding, now_us: int) -> str:
    """The state of a finding at a time: one that waited too long for its second officer has lapsed."""
    waited = finding.state == "provisional" and finding.lapses_at_us is not None and finding.lapses_at_us <= now_us
    return "lapsed" if waited else finding.state


def _conditions(wanted: Mapping[str, Any], reading: Reading) -> list[sa.ColumnElement[bool]]:
    c, now = table.c, reading.now_us
    conditions: list[sa.ColumnElement[bool]] = []
    state = "provisional" if wanted["awaiting"] else wanted["state"]
    if wanted["awaiting"]:
        conditions.append(c.recorded_by != reading.principal.key_id)
    if wanted["office"] is not None:
        conditions.append(c.office == wanted["office"])
    if wanted["case_id"] is not None:
        conditions.append(c.case_id == wanted["case_id"])
    if state in ("provisional", "lapsed"):
        conditions += [c.state == "provisional", c.lapses_at_us <= now if state == "lapsed" else c.lapses_at_us > now]
    elif state is not None:
        conditions.append(c.state == state)
    return conditions


def _writing(store: Store, *, appends: bool) -> AbstractContextManager[Connection]:
    return appending(store) if appends else store.writing()


def _open_listing(connection: Connection, case: CaseFile, now_us: int) -> lists.Item | None:
    """The listing that a finding answers: the latest draw that has no finding yet, else the latest listing."""
    open_ones = [
        item
        for item in lists.listings(connection, (case.case_id, case.candidate_id))
        if item.finding_id is None or _is_over(connection, item.finding_id, now_us)
    ]
    return next((item for item in open_ones if item.drawn), open_ones[0] if open_ones else None)


def _is_over(connection: Connection, finding_id: str, now_us: int) -> bool:
    finding = FINDINGS.get(connection, finding_id)
    return finding is None or state_of(finding, now_us) in ("lapsed", "retracted")


def _count(connection: Connection, reading: Reading, master: MasterKey, finding: Finding) -> None:
    """Append a finding to the feed of outcomes, as of now."""
    outcome_id = f"F-{finding.finding_id}"
    row = {
        "outcome_id": outcome_id,
        "candidate_id": finding.candidate_id,
        "registration_id": finding.registration_id,
        "departed_on": day_of_number(finding.departed_day),
        "checked_on": day_of_number(finding.checked_day),
        "finding": finding.finding,
        "state_found": finding.state_found,
        "help_given": finding.help_given,
        "examined_because": finding.examined_because,
        "inclusion_probability": finding.inclusion_probability,
        "recorded_at": reading.now_us,
    }
    seq = append(connection, master, "outcomes", _instants(row), now_us=reading.now_us, label="finding")
    unchanged(FINDINGS.change(connection, finding.finding_id, finding.version, outcome_id=outcome_id, ingest_seq=seq))


def _instants(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"recorded_at": from_us(row["recorded_at"])}


def _wanted(connection: Connection, reading: Reading, finding_id: str) -> Finding:
    """A finding in scope: of the office's cases, one's own, confirmed oneself, or waiting for a second officer."""
    finding = _kept(connection, finding_id)
    waits = state_of(finding, reading.now_us) == "provisional" and reading.principal.may("casework.write")
    if not waits and reading.principal.key_id not in (finding.recorded_by, finding.confirmed_by):
        reading.principal.require_office(finding.office, what=_FINDING)
    return finding


def _kept(connection: Connection, finding_id: str) -> Finding:
    return required(FINDINGS, connection, finding_id, what=_FINDING)


def _note(connection: Connection, reading: Reading, master: MasterKey, action: str, finding: Finding) -> None:
    subject = audit.subject_token(master, finding.candidate_id)
    detail = {"case": finding.case_id, "finding_id": finding.finding_id, "finding": finding.finding}
    audit.append(connection, reading, action=action, subject=subject, detail=detail)


def _shown(connection: Connection, reading: Reading, master: MasterKey, finding: Finding) -> dict[str, Any]:
    names = officers(connection, _hands(finding))
    state = state_of(finding, reading.now_us)
    mine = finding.recorded_by == reading.principal.key_id
    plain: Sequence[str] = (
        "finding_id",
        "case_id",
        "candidate_id",
        "office",
        "finding",
        "state_found",
        "help_given",
        "own_view",
        "examined_because",
        "inclusion_probability",
        "version",
    )
    return {name: getattr(finding, name) for name in plain} | {
        "state": state,
        "departed_on": day_of_number(finding.departed_day),
        "checked_on": day_of_number(finding.checked_day),
        "note": open_text(connection, master, finding.candidate_id, finding.note),
        "recorded_by": by(names, finding.recorded_by),
        "recorded_at": finding.recorded_at_us,
        "lapses_at": finding.lapses_at_us if finding.state == "provisional" else None,
        "confirmed_by": by(names, finding.confirmed_by),
        "confirmed_at": finding.confirmed_at_us,
        "retracted_by": by(names, finding.retracted_by),
        "retracted_at": finding.retracted_at_us,
        "retraction": open_text(connection, master, finding.candidate_id, finding.retraction),
        "may_confirm": state == "provisional" and not mine and reading.principal.may("casework.write"),
    }


def _hands(finding: Finding) -> list[str | None]:
    return [finding.recorded_by, finding.confirmed_by, finding.retracted_by]
