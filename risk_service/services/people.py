"""A person's record with what identifies them masked: enough to recognise, not enough to misuse."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from models.times import iso, to_us
from risk_service.errors import ErasedError
from risk_service.store import MasterKey
from risk_service.store.persons import erased_under, latest_identity, latest_record


def office_of(connection: Connection, candidate_id: str, *, t_us: int) -> tuple[bool, str | None]:
    """Return whether there was such a candidate as of a time, and the office on record."""
    found = latest_record(connection, candidate_id, t_us=t_us)
    return (True, found["office"]) if found is not None else (False, None)


def home_of(connection: Connection, candidate_id: str, *, t_us: int) -> str | None:
    """Return the region that a candidate comes from, as of a time; None where that is not on record."""
    found = latest_record(connection, candidate_id, t_us=t_us)
    return None if found is None else found["home_region"]


def unerased(connection: Connection, candidate_id: str) -> None:
    """Pass only for a person who has not been erased.

    Raises
    ------
    ErasedError
        What identified the person has been erased.
    """
    policy = erased_under(connection, candidate_id)
    if policy is not None:
        raise ErasedError(f"What identified this person has been erased under {policy}.")


def masked(connection: Connection, master: MasterKey, candidate_id: str, *, t_us: int) -> dict[str, Any] | None:
    """Return a candidate's record as of a time, name and numbers masked.

    Returns
    -------
    dict or None
        As `risk_service.schemas.case.Candidate`, without ``cases``; None if there was no such candidate.

    Raises
    ------
    ErasedError
        What identified the person has been erased.
    """
    row = latest_record(connection, candidate_id, t_us=t_us)
    if row is None:
        return None
    unerased(connection, candidate_id)
    who = latest_identity(connection, master, candidate_id, t_us=t_us)
    return {
        "candidate_id": candidate_id,
        "nik": mask_number(who.nik) if who else None,
        "full_name": mask_name(who.full_name) if who else None,
        "passport_no": mask_number(who.passport_no, shown=3) if who else None,
        "phone": mask_number(who.phone, shown=3) if who else None,
        "birth_year": row["birth_date"].year if row["birth_date"] else None,
        "safe_to_contact": row["safe_to_contact"],
        "enrolled_as": row["enrolled_as"],
        "office": row["office"],
        "recorded_at": iso(to_us(row["recorded_at"])),
    }


def revealed(connection: Connection, master: MasterKey, candidate_id: str, *, t_us: int) -> dict[str, Any]:
    """Return what identifies a candidate as of a time, in full; whoever asks leaves an entry in the audit trail.

    Returns
    -------
    dict
        As `risk_service.schemas.case.Identity`.
    """
    who = latest_identity(connection, master, candidate_id, t_us=t_us)
    names = ("nik", "full_name", "passport_no", "phone")
    return {"candidate_id": candidate_id} | {name: getattr(who, name) if who else None for name in names}


def mask_name(name: str | None) -> str | None:
    """Return the first letter of every word, and as many dots whatever the length."""
    return None if not name else " ".join(f"{word[0]}•••" for word in name.split())


def mask_number(number: str | None, *, shown: int = 4) -> str | None:
    """Return the last signs of a number, and dots for the rest."""
    if not number:
        return None
    tail = number[-shown:] if len(number) > 2 * shown else ""
    return "•" * (len(number) - len(tail)) + tail
