"""Overrides: a band that an officer sets beside the score's, with a reason and an end; the score itself stays.

One officer is enough to set a band that is no more urgent than the score's. A more urgent one needs a second officer,
from any office and not the same person; until then it is provisional, changes nothing, and lapses after two weeks.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.bands import BANDS, CHECK, FIRST, INSUFFICIENT, NONE
from models.texts import Text
from models.times import date_of, end_of_day
from risk_service.errors import ConflictError, Fault, InvalidError, NotAllowedError
from risk_service.services import audit, objections
from risk_service.services.audit import Reading
from risk_service.services.casefiles import LAPSE_US, by, check_version, locate, officers, required, unchanged
from risk_service.services.casework_actions import require_not_held
from risk_service.services.cursors import Page
from risk_service.services.keys import Secrets
from risk_service.services.record_pages import page_of
from risk_service.store import MasterKey, Store
from risk_service.store import worklists as lists
from risk_service.store.casework import OVERRIDES, Override
from risk_service.store.casework_tables import overrides as table
from risk_service.store.persons import open_text, seal_text

BANDS_TO_SET: Final = (FIRST, CHECK, NONE)
STATES: Final = ("provisional", "in_force", "lapsed", "expired", "ended")
LONGEST_DAYS: Final = 90
MOST: Final = 100
_OVERRIDE: Final = "override"


def make(
    store: Store,
    reading: Reading,
    *,
    master: MasterKey,
    case_id: str,
    band: str,
    reason: str,
    expires_on: dt.date,
) -> dict[str, Any]:
    """Set a band beside the score's; one that was set before ends.

    Returns
    -------
    dict
        As `risk_service.schemas.casework.Override`.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError
        The role does not work on cases; no such case within the office's scope; an end that has passed or is too far.
    ConflictError
        The case is not in the queue, another officer has it locked, its person objects to being profiled, or the score
        has this band already.
    """
    reading.principal.require("casework.write")
    _check_end(expires_on, date_of(reading.now_us))
    with store.writing() as connection:
        case = locate(connection, reading.principal, case_id, now_us=reading.now_us)
        if case.score is None:
            text = Text(
                "Berkas ini tidak ada di antrean, jadi tidak ada yang ditetapkan.", "The case is not in the queue."
            )
            raise ConflictError(text.en, text=text)
        require_not_held(connection, reading, case)
        if objections.in_force(connection, case.candidate_id):
            text = Text(
                "Orangnya keberatan dinilai dan dilayani menurut tanggal.",
                "This person objects to being profiled and is served by date.",
            )
            raise ConflictError(text.en, text=text)
        if case.score.band == band:
            text = Text("Hasil hitungan sudah sama dengan yang dipilih.", "The score has this band already.")
            raise ConflictError(text.en, text=text)
        upward = _upward(band, case.score.band)
        for other in _of_case(connection, case_id, case.candidate_id):
            if state_of(other, reading.now_us) in ("provisional", "in_force"):
                _end(connection, other, reading, ending=None)
        override = Override(
            override_id=str(uuid.uuid4()),
            case_id=case.case_id,
            candidate_id=case.candidate_id,
            office=case.office,
            state="provisional" if upward else "in_force",
            band=band,
            model_band=case.score.band,
            reason=seal_text(connection, master, case.candidate_id, reason),
            made_by=reading.principal.key_id,
            made_at_us=reading.now_us,
            expires_at_us=end_of_day(expires_on),
            lapses_at_us=reading.now_us + LAPSE_US if upward else None,
        )
        OVERRIDES.add(connection, override)
        lists.touch(
            connection,
            (case.case_id, case.candidate_id),
            office=case.office,
            officer=reading.principal.key_id,
            at_us=reading.now_us,
        )
        _note(connection, reading, master, "override.make", override)
        return _shown(connection, reading, master, override)


def confirm(
    store: Store, reading: Reading, *, master: MasterKey, override_id: str, version: int | None = None
) -> dict[str, Any]:
    """Confirm another officer's override; it is in force from now on.

    Raises
    ------
    NotAllowedError
        The role does not work on cases, or the officer made it.
    NotFoundError, ConflictError, PreconditionFailedError
        No such override; it waits for nobody; changed meanwhile.
    """
    reading.principal.require("casework.write")
    with store.writing() as connection:
        override = _wanted(connection, reading, override_id)
        check_version(version, override.version)
        state = state_of(override, reading.now_us)
        if state != "provisional":
            raise ConflictError(f"This override is {state}; it waits for nobody.")
        if override.made_by == reading.principal.key_id:
            raise NotAllowedError(
                "The second officer cannot be the first.", what_to_do="Ask a colleague, of this or another office."
            )
        now = {"state": "in_force", "confirmed_by": reading.principal.key_id, "confirmed_at_us": reading.now_us}
        unchanged(OVERRIDES.change(connection, override_id, override.version, **now))
        _note(connection, reading, master, "override.confirm", override)
        return _shown(connection, reading, master, _kept(connection, override_id))


def end(
    store: Store, reading: Reading, *, master: MasterKey, override_id: str, reason: str, version: int | None = None
) -> dict[str, Any]:
    """End an override before its time.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not work on cases; no such override within the office's scope.
    ConflictError, PreconditionFailedError
        It has ended; changed meanwhile.
    """
    reading.principal.require("casework.write")
    with store.writing() as connection:
        override = _wanted(connection, reading, override_id)
        reading.principal.require_office(override.office, what=_OVERRIDE)
        check_version(version, override.version)
        if state_of(override, reading.now_us) not in ("provisional", "in_force"):
            raise ConflictError("This override has ended.")
        _end(connection, override, reading, ending=seal_text(connection, master, override.candidate_id, reason))
        _note(connection, reading, master, "override.end", override)
        return _shown(connection, reading, master, _kept(connection, override_id))


def find(
    store: Store, reading: Reading, *, master: MasterKey, query: Mapping[str, Any], most: int = MOST
) -> list[dict[str, Any]]:
    """Return overrides, the latest first; `find_page` pages them.

    Parameters
    ----------
    query
        As loaded by `risk_service.schemas.casework.OverridesQuery`.
    most
        How many at most.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not read them; another office's are asked for.
    """
    conditions = _conditions(reading, query)
    with store.reading() as connection:
        found = OVERRIDES.find(connection, *conditions, order=(table.c.made_at_us.desc(),), limit=most)
        items = [_shown(connection, reading, master, override) for override in found]
    _note_list(store, reading, master, found)
    return items


def find_page(store: Store, reading: Reading, *, master: MasterKey, secrets: Secrets, query: Mapping[str, Any]) -> Page:
    """Return a page of overrides, the latest first; of those ``awaiting``, the one that lapses first on top.

    Parameters
    ----------
    query
        As loaded by `risk_service.schemas.casework.OverridesQuery`, with ``limit`` and ``cursor``.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError
        The role does not read them; another office's are asked for; the cursor is of another list.
    """
    awaiting = bool(query.get("awaiting"))
    conditions = _conditions(reading, query)
    wanted = {"office": query.get("office") or reading.principal.office, "case_id": query.get("case_id")}
    with store.reading() as connection:
        found, following = page_of(
            OVERRIDES,
            connection,
            *conditions,
            by=table.c.lapses_at_us if awaiting else table.c.made_at_us,
            latest_first=not awaiting,
            query=query,
            key=secrets.cursors,
            of={"list": "overrides", "awaiting": awaiting, **wanted},
        )
        items = [_shown(connection, reading, master, override) for override in found]
    _note_list(store, reading, master, found)
    return Page(items, following)


def beside(
    store: Store, reading: Reading, *, master: MasterKey, case_id: str, candidate_id: str
) -> dict[str, Any] | None:
    """Return the override of a case that is being read, if one is in force; that read has its entry already.

    Raises
    ------
    NotAllowedError
        The role does not read casework.
    """
    reading.principal.require("casework.read")
    with store.reading() as connection:
        found = in_force(connection, [case_id], now_us=reading.now_us).get((case_id, candidate_id))
        return None if found is None else _shown(connection, reading, master, found)


def in_force(connection: Connection, cases: Collection[str], *, now_us: int) -> dict[tuple[str, str], Override]:
    """Overrides of some cases that are in force, by case and candidate."""
    found = OVERRIDES.find(
        connection,
        table.c.case_id.in_(list(cases)),
        table.c.state == "in_force",
        table.c.expires_at_us > now_us,
        order=(table.c.made_at_us,),
    )
    return {(override.case_id, override.candidate_id): override for override in found}


def of_office(connection: Connection, office: str, *, now_us: int) -> dict[tuple[str, str], Override]:
    """An office's overrides that are in force, by case and candidate."""
    found = OVERRIDES.find(
        connection,
        table.c.office == office,
        table.c.state == "in_force",
        table.c.expires_at_us > now_us,
        order=(table.c.made_at_us,),
    )
    return {(override.case_id, override.candidate_id): override for override in found}


def state_of(override: Override, now_us: int) -> str:
    """The state of an override at a time."""
    if override.state == "provisional" and override.lapses_at_us is not None and override.lapses_at_us <= now_us:
        return "lapsed"
    if override.state in ("provisional", "in_force") and override.expires_at_us <= now_us:
        return "expired"
    return override.state


def _conditions(reading: Reading, query: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    principal, c = reading.principal, table.c
    principal.require("casework.read")
    conditions: list[sa.ColumnElement[bool]] = []
    if query.get("awaiting"):
        principal.require("casework.write")
        conditions += [c.state == "provisional", c.lapses_at_us > reading.now_us, c.made_by != principal.key_id]
    else:
        if query.get("office") is not None:
            principal.require_office(query["office"], what="office")
        office = query.get("office") or principal.office
        if office is not None:
            conditions.append(c.office == office)
    if query.get("case_id") is not None:
        conditions.append(c.case_id == query["case_id"])
    return conditions


def _check_end(expires_on: dt.date, today: dt.date) -> None:
    if not today <= expires_on <= today + dt.timedelta(days=LONGEST_DAYS):
        fault = Fault(f"not within {LONGEST_DAYS} days from today", pointer="#/expires_on")
        text = Text(
            f"Pilih hari terakhir: dari hari ini sampai {LONGEST_DAYS} hari lagi.",
            f"Choose a last day: from today to {LONGEST_DAYS} days away.",
        )
        raise InvalidError("An override ends, and not too late.", faults=[fault], text=text)


def _upward(band: str, model_band: str) -> bool:
    """Whether a band is more urgent than the score's; where nothing can be told, than no action."""
    return BANDS.index(band) < BANDS.index(NONE if model_band == INSUFFICIENT else model_band)


def _of_case(connection: Connection, case_id: str, candidate_id: str) -> list[Override]:
    return OVERRIDES.find(connection, table.c.case_id == case_id, table.c.candidate_id == candidate_id)


def _end(connection: Connection, override: Override, reading: Reading, *, ending: bytes | None) -> None:
    now = {"state": "ended", "ended_by": reading.principal.key_id, "ended_at_us": reading.now_us, "ending": ending}
    unchanged(OVERRIDES.change(connection, override.override_id, override.version, **now))


def _wanted(connection: Connection, reading: Reading, override_id: str) -> Override:
    """An override in scope: of the office's cases, confirmed oneself, or waiting for a second officer."""
    override = _kept(connection, override_id)
    if state_of(override, reading.now_us) != "provisional" and override.confirmed_by != reading.principal.key_id:
        reading.principal.require_office(override.office, what=_OVERRIDE)
    return override


def _kept(connection: Connection, override_id: str) -> Override:
    return required(OVERRIDES, connection, override_id, what=_OVERRIDE)


def _note_list(store: Store, reading: Reading, master: MasterKey, found: Collection[Override]) -> None:
    people = [audit.subject_token(master, override.candidate_id) for override in found]
    audit.record(store, reading, action="override.list", detail={"people": people})


def _note(connection: Connection, reading: Reading, master: MasterKey, action: str, override: Override) -> None:
    subject = audit.subject_token(master, override.candidate_id)
    detail = {"case": override.case_id, "override_id": override.override_id, "band": override.band}
    audit.append(connection, reading, action=action, subject=subject, detail=detail)


def _shown(connection: Connection, reading: Reading, master: MasterKey, override: Override) -> dict[str, Any]:
    names = officers(connection, [override.made_by, override.confirmed_by, override.ended_by])
    state = state_of(override, reading.now_us)
    mine = override.made_by == reading.principal.key_id
    plain = ("override_id", "case_id", "candidate_id", "office", "band", "model_band", "version")
    return {name: getattr(override, name) for name in plain} | {
        "state": state,
        "reason": open_text(connection, master, override.candidate_id, override.reason),
        "made_by": by(names, override.made_by),
        "made_at": override.made_at_us,
        "expires_at": override.expires_at_us,
        "lapses_at": override.lapses_at_us if override.state == "provisional" else None,
        "confirmed_by": by(names, override.confirmed_by),
        "confirmed_at": override.confirmed_at_us,
        "ended_by": by(names, override.ended_by),
        "ended_at": override.ended_at_us,
        "ending": open_text(connection, master, override.candidate_id, override.ending),
        "may_confirm": state == "provisional" and not mine and reading.principal.may("casework.write"),
    }
