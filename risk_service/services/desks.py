"""Steps waiting at an office's desk: the weekly list for a Disnaker, training centre, clinic or agency's branch.

No score, band or reason is in it, nor anything that follows from one: every active case is on it whose step waits. A
desk sees its own list; an office that cases belong to sees at every desk what waits of its own cases.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import polars as pl
from sqlalchemy.engine import Connection

from models.texts import OFFICE_TITLES, STEP_TITLES, Text
from models.times import EPOCH_DATE
from risk_service.policy import Principal, not_found
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.services.cursors import Page, read, write
from risk_service.services.keys import Secrets
from risk_service.services.reader import CaseReader
from risk_service.store import MasterKey, Store
from risk_service.store import office_lists as lists
from risk_service.store.office_lists import Desk

DESKS: Final = ("bp3mi", "disnaker", "blk", "lpk", "clinic", "agency_branch")
"""Kinds of office that get a list. Villages do not: family papers are for a talk alone with the person first; nor do
immigration offices, insurers and embassies, where a list of names could turn into refusals."""
STATE_TEXTS: Final = {
    "overdue": Text("biasanya sudah ada", "usually there by now"),
    "pending": Text("masih ada waktu", "there is time"),
    "unknown": Text("mohon konfirmasi: sudah atau belum", "please confirm: done or not"),
}
TURN_TEXTS: Final = {
    True: Text("bisa dikerjakan sekarang", "can be done now"),
    False: Text("menunggu langkah sebelumnya", "waits for an earlier step"),
}
NO_DATE: Final = Text("tanpa tanggal", "no date")

_SHOWN: Final = {"waiting": "waiting", "turn": "turn", "unknown": "to_confirm"}


def listed(
    store: Store,
    reading: Reading,
    *,
    reader: CaseReader,
    secrets: Secrets,
    limit: int,
    cursor: str | None = None,
    kind: str | None = None,
    region: str | None = None,
) -> Page:
    """Return a page of the desks at which steps wait, by kind, place and id, with how many.

    Returns
    -------
    Page
        Items as `risk_service.schemas.offices.DeskItem`.

    Raises
    ------
    NotAllowedError, InvalidError
        The role reads no desk's list; the cursor is of another list.
    """
    who = reading.principal
    who.require("desk.read")
    of = {"list": "desks", "kind": kind, "region": region}
    after: Any = tuple(read(cursor, key=secrets.cursors, of=of)) if cursor is not None else None
    with store.reading() as connection:
        desks = _counted(connection, who)
        offices = reader.offices_at(connection, reading.now_us)
    found = []
    for office_id, counts in desks.items():
        office = offices.get(office_id)
        if office is None or office["kind"] not in DESKS:
            continue
        if kind not in (None, office["kind"]) or (region is not None and not _within(office["region"], region)):
            continue
        found.append((_place(office), _described(office) | counts))
    found.sort(key=lambda item: item[0])
    rest = [item for item in found if after is None or item[0] > after]
    shown = rest[:limit]
    following = write(shown[-1][0], key=secrets.cursors, of=of) if len(rest) > limit else None
    return Page([item for _, item in shown], following)


def steps(
    store: Store,
    reading: Reading,
    *,
    master: MasterKey,
    reader: CaseReader,
    secrets: Secrets,
    office_id: str,
    limit: int,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Return a page of the steps waiting at a desk, by planned departure.

    Returns
    -------
    dict
        As `risk_service.schemas.offices.DeskSteps`.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError
        The role reads no desk's list; no such desk within the office's scope; the cursor is of another list.
    """
    of = {"list": "desk", "office": office_id}
    after: Any = read(cursor, key=secrets.cursors, of=of) if cursor is not None else None
    with store.reading() as connection:
        office, desk = _desk(connection, reading, reader, office_id)
        found = lists.waiting(connection, desk, limit=limit + 1, after=after)
        as_of_us = _as_of(connection)
    shown = found[:limit]
    audit.record(store, reading, action="desk.list", subject=office_id, detail=_who(master, shown))
    following = write(lists.cursor_of(shown[-1]), key=secrets.cursors, of=of) if len(found) > limit else None
    return {
        "office": _described(office),
        "as_of": as_of_us,
        "items": [_item(waiting) for waiting in shown],
        "next": following,
    }


def whole(
    store: Store, reading: Reading, *, reader: CaseReader, office_id: str, most: int
) -> tuple[Mapping[str, Any], list[lists.Waiting], int | None]:
    """Return a desk, the steps that wait at it by planned departure, at most so many, and as of when.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role reads no desk's list; no such desk within the office's scope.
    """
    with store.reading() as connection:
        office, desk = _desk(connection, reading, reader, office_id)
        return office, lists.waiting(connection, desk, limit=most), _as_of(connection)


def week_of(day: dt.date) -> dict[str, str]:
    """Return Monday and Sunday of a day's week."""
    first = day - dt.timedelta(days=day.weekday())
    return {"first": first.isoformat(), "last": (first + dt.timedelta(days=6)).isoformat()}


def _desk(
    connection: Connection, reading: Reading, reader: CaseReader, office_id: str
) -> tuple[Mapping[str, Any], Desk]:
    """Return an office that gets a list, and what of the list is within scope."""
    who = reading.principal
    who.require("desk.read")
    office = reader.offices_at(connection, reading.now_us).get(office_id)
    if office is None or office["kind"] not in DESKS:
        raise not_found("desk")
    if who.office == office_id or (who.office is None and who.role != "desk"):
        return office, Desk(office_id=office_id)
    if who.role == "desk":
        raise not_found("desk")
    return office, Desk(office_id=office_id, case_office=who.office)


def _counted(connection: Connection, who: Principal) -> dict[str, dict[str, int]]:
    """Return how many steps wait at each desk, as far as they are within scope."""
    run = lists.last_tallied(connection)
    tally = lists.load_tally(connection, run[0]) if run is not None else None
    if tally is None:
        return {}
    rows = tally.filter(pl.col("about") == "stall").with_columns(desk=pl.col("b").str.splitn("|", 3).struct[2])
    own = pl.col("desk") == (who.office or "")
    if who.role == "desk":
        rows = rows.filter(own)
    elif who.office is not None:
        rows = rows.filter(own | (pl.col("a") == who.office))
    found: dict[str, dict[str, int]] = {}
    for desk, measure, n in rows.group_by("desk", "measure").agg(pl.col("n").sum()).iter_rows():
        if desk and measure in _SHOWN:
            found.setdefault(desk, dict.fromkeys(_SHOWN.values(), 0))[_SHOWN[measure]] = n
    return found


def _place(office: Mapping[str, Any]) -> tuple[int, str, str]:
    return DESKS.index(office["kind"]), office["region"] or "", office["office_id"]


def _within(place: str | None, region: str) -> bool:
    return place is not None and (place == region or place.startswith(f"{region}."))


def _described(office: Mapping[str, Any]) -> dict[str, Any]:
    return {**office, "kind_text": OFFICE_TITLES[office["kind"]].as_dict()}


def _as_of(connection: Connection) -> int | None:
    run = lists.last_tallied(connection)
    return None if run is None else run[1]


def _item(waiting: lists.Waiting) -> dict[str, Any]:
    return {
        "case_id": waiting.case_id,
        "step": waiting.step,
        "title": STEP_TITLES[waiting.step].as_dict(),
        "turn": waiting.turn,
        "state": waiting.state,
        "planned_departure_on": _date(waiting.planned_day),
        "case_office": waiting.case_office or None,
    }


def _who(master: MasterKey, shown: list[lists.Waiting]) -> dict[str, Any]:
    people = dict.fromkeys(waiting.candidate_id for waiting in shown)
    return {"people": [audit.subject_token(master, person) for person in people]}


def _date(day: int | None) -> dt.date | None:
    return None if day is None else EPOCH_DATE + dt.timedelta(days=day)
