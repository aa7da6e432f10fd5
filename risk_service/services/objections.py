"""Objections to being profiled (UU 27/2022 art. 10): the person is served by date, and nothing is scored about them.

While an objection is in force a rescoring keeps the person's cases in the queue without figures, reasons or band, in a
lane of its own, and a case that is opened shows none either; notices and the way back, which follow from rules, stay.
Scores of files know nothing of objections: they are made by whoever holds the files.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

import polars as pl
from sqlalchemy.engine import Connection

from models.bands import INSUFFICIENT
from models.cases import LANES
from models.texts import Text
from risk_service.errors import ConflictError
from risk_service.policy import not_found
from risk_service.services import audit, people
from risk_service.services.audit import Reading
from risk_service.services.casefiles import by, check_version, officers, required, unchanged
from risk_service.store import MasterKey, Store
from risk_service.store.casework import OBJECTIONS, Objection, objecting
from risk_service.store.casework_tables import objections as table
from risk_service.store.persons import open_text, seal_text

BY_DATE: Final = "by_date"
"""Lane of the cases of whoever objects."""
SHOWN_LANES: Final = (*LANES, BY_DATE)
_FIGURES: Final = ("probability", "probability_low", "probability_high", "log_odds", "base", "other")
_OBJECTION: Final = "objection"


def object_to(store: Store, reading: Reading, *, master: MasterKey, candidate_id: str, reason: str) -> dict[str, Any]:
    """Note that a person objects to being profiled.

    Returns
    -------
    dict
        As `risk_service.schemas.casework.Objection`.

    Raises
    ------
    NotAllowedError, NotFoundError, ConflictError
        The role does not work on cases; no such person within the office's scope; an objection is in force.
    """
    reading.principal.require("casework.write")
    with store.writing() as connection:
        office = _office(connection, reading, candidate_id)
        if objecting(connection, [candidate_id]):
            text = Text("Keberatan orang ini sudah berlaku.", "An objection of this person is in force already.")
            raise ConflictError(text.en, text=text)
        objection = Objection(
            objection_id=str(uuid.uuid4()),
            candidate_id=candidate_id,
            office=office,
            reason=seal_text(connection, master, candidate_id, reason),
            raised_by=reading.principal.key_id,
            raised_at_us=reading.now_us,
        )
        OBJECTIONS.add(connection, objection)
        _note(connection, reading, master, "objection.raise", objection)
        return _shown(connection, master, objection)


def lift(
    store: Store, reading: Reading, *, master: MasterKey, objection_id: str, reason: str, version: int | None = None
) -> dict[str, Any]:
    """Note that a person does not object any more.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not work on cases; no such objection within the office's scope.
    ConflictError, PreconditionFailedError
        It was lifted before; changed meanwhile.
    """
    reading.principal.require("casework.write")
    with store.writing() as connection:
        objection = _wanted(connection, reading, objection_id)
        check_version(version, objection.version)
        if objection.lifted_at_us is not None:
            raise ConflictError("This objection was lifted before.")
        now = {
            "lifted_by": reading.principal.key_id,
            "lifted_at_us": reading.now_us,
            "lifting": seal_text(connection, master, objection.candidate_id, reason),
        }
        unchanged(OBJECTIONS.change(connection, objection_id, objection.version, **now))
        _note(connection, reading, master, "objection.lift", objection)
        return _shown(connection, master, _wanted(connection, reading, objection_id))


def of_person(store: Store, reading: Reading, *, master: MasterKey, candidate_id: str) -> list[dict[str, Any]]:
    """Return a person's objections, the latest first.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not read casework; no such person within the office's scope.
    """
    reading.principal.require("casework.read")
    with store.reading() as connection:
        _office(connection, reading, candidate_id)
        found = OBJECTIONS.find(connection, table.c.candidate_id == candidate_id, order=(table.c.raised_at_us.desc(),))
        items = [_shown(connection, master, objection) for objection in found]
    audit.record(store, reading, action="objection.list", subject=audit.subject_token(master, candidate_id))
    return items


def in_force(connection: Connection, candidate_id: str) -> bool:
    """Whether a person's objection is in force."""
    return bool(objecting(connection, [candidate_id]))


def withhold(results: pl.DataFrame, people: Collection[str]) -> pl.DataFrame:
    """Take everything that is scored out of the results of whoever objects.

    Parameters
    ----------
    results
        As `risk_service.store.saving.compare` takes them.
    people
        Candidates whose objection is in force.
    """
    if not people:
        return results
    whose = pl.col("candidate_id").is_in(list(people))
    blank: dict[str, Any] = dict.fromkeys(_FIGURES) | {"lane": BY_DATE, "band": INSUFFICIENT, "reasons": "[]"}
    return results.with_columns(
        pl.when(whose).then(pl.lit(value, dtype=results.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in blank.items()
    )


def withheld(score: Mapping[str, Any]) -> dict[str, Any]:
    """Return a score as it is shown while an objection is in force: with notices and the way back alone."""
    blank: dict[str, Any] = dict.fromkeys(name for name in _FIGURES if name in score)
    blank |= {"lane": BY_DATE, "band": INSUFFICIENT, "main_reason": None}
    known = {name: value for name, value in blank.items() if name in score}
    if "interval" in score:
        known["interval"] = {"low": None, "high": None}
    if "reasons" in score:
        known["reasons"] = []
    return {**score, **known}


def _office(connection: Connection, reading: Reading, candidate_id: str) -> str | None:
    found, office = people.office_of(connection, candidate_id, t_us=reading.now_us)
    if not found:
        raise not_found("candidate")
    reading.principal.require_office(office, what="candidate")
    people.unerased(connection, candidate_id)
    return office


def _wanted(connection: Connection, reading: Reading, objection_id: str) -> Objection:
    objection = required(OBJECTIONS, connection, objection_id, what=_OBJECTION)
    reading.principal.require_office(objection.office, what=_OBJECTION)
    return objection


def _note(connection: Connection, reading: Reading, master: MasterKey, action: str, objection: Objection) -> None:
    subject = audit.subject_token(master, objection.candidate_id)
    audit.append(connection, reading, action=action, subject=subject, detail={"objection_id": objection.objection_id})


def _shown(connection: Connection, master: MasterKey, objection: Objection) -> dict[str, Any]:
    names = officers(connection, [objection.raised_by, objection.lifted_by])
    return {name: getattr(objection, name) for name in ("objection_id", "candidate_id", "office", "version")} | {
        "in_force": objection.lifted_at_us is None,
        "reason": open_text(connection, master, objection.candidate_id, objection.reason),
        "raised_by": by(names, objection.raised_by),
        "raised_at": objection.raised_at_us,
        "lifted_by": by(names, objection.lifted_by),
        "lifted_at": objection.lifted_at_us,
        "lifting": open_text(connection, master, objection.candidate_id, objection.lifting),
    }
