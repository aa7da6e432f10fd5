"""What offices take to a meeting: the list of desks, and the steps that wait at one."""

from __future__ import annotations

import datetime as dt
from typing import Final

from models.texts import STEP_TITLES, Text
from models.times import EPOCH_DATE, date_of
from risk_service.services import desks
from risk_service.services.desks import NO_DATE, STATE_TEXTS, TURN_TEXTS
from risk_service.services.list_files import (
    CASE_NO,
    CODE,
    DEPARTS,
    KIND,
    MOST_ROWS,
    NAME,
    Asked,
    Content,
    Say,
    Titled,
    tokens,
)

_TITLE: Final = Text("Langkah yang menunggu di loket: {office}", "Steps waiting at the desk: {office}")
_WEEK: Final = Text("Pekan {first} sampai {last}; data per {day}.", "Week of {first} to {last}; data as of {day}.")
_STEPS: Final[tuple[Titled, ...]] = (
    DEPARTS,
    CASE_NO,
    (Text("Langkah", "Step"), "text", 34),
    (Text("Giliran", "Turn"), "text", 26),
    (Text("Keadaan", "State"), "text", 30),
    (Text("Kantor berkas", "Office of the case"), "text", 18),
    (Text("Hasil / keterangan", "Outcome / remarks"), "text", 30),
)
_DESKS: Final = Text("Loket", "Desks")
_DESKS_LEAD: Final = Text(
    "Langkah yang menunggu di tiap kantor; tanpa penilaian siapa pun.",
    "Steps that wait at each office; nobody is assessed.",
)
_OF_DESKS: Final[tuple[Titled, ...]] = (
    CODE,
    NAME,
    KIND,
    (Text("Wilayah", "Region"), "text", 12),
    (Text("Telepon", "Phone"), "text", 18),
    (Text("Langkah menunggu", "Steps waiting"), "whole", 14),
    (Text("Bisa dikerjakan sekarang", "Can be done now"), "whole", 14),
    (Text("Mohon konfirmasi", "To be confirmed"), "whole", 14),
)


def steps(asked: Asked, say: Say) -> Content:
    """Return the steps that wait at the desk of ``office_id``; the last column is empty, to be written in.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role reads no desk's list; no such desk within the office's scope.
    """
    office_id = asked.query["office_id"]
    office, found, as_of_us = desks.whole(
        asked.store, asked.reading, reader=asked.reader, office_id=office_id, most=MOST_ROWS + 1
    )
    shown, day = found[:MOST_ROWS], date_of(asked.reading.now_us if as_of_us is None else as_of_us)
    rows = [
        (
            say(NO_DATE) if waiting.planned_day is None else EPOCH_DATE + dt.timedelta(days=waiting.planned_day),
            waiting.case_id,
            say(STEP_TITLES[waiting.step]),
            say(TURN_TEXTS[waiting.turn]),
            say(STATE_TEXTS[waiting.state]),
            waiting.case_office or None,
            None,
        )
        for waiting in shown
    ]
    people = tokens(asked.master, list(dict.fromkeys(waiting.candidate_id for waiting in shown)))
    return Content(
        name="langkah",
        title=say(_TITLE, office=office["name"]),
        columns=_STEPS,
        rows=rows,
        notes=[say(_WEEK, **desks.week_of(day), day=day.isoformat())],
        day=day,
        cut=MOST_ROWS if len(found) > MOST_ROWS else None,
        trail={"people": people},
        subject=office_id,
        entry="desk.export",
    )


def of_all(asked: Asked, say: Say) -> Content:
    """Return the desks at which steps wait, by the filters of `risk_service.schemas.offices.DesksQuery`."""
    of = {name: asked.query.get(name) for name in ("kind", "region")}
    found = desks.listed(asked.store, asked.reading, reader=asked.reader, secrets=asked.secrets, limit=MOST_ROWS, **of)
    rows = [
        (
            item["office_id"],
            item["name"],
            say(item["kind_text"]),
            item["region"],
            item["phone"],
            item["waiting"],
            item["turn"],
            item["to_confirm"],
        )
        for item in found.items
    ]
    return Content(
        name="loket",
        title=say(_DESKS),
        columns=_OF_DESKS,
        rows=rows,
        notes=[say(_DESKS_LEAD)],
        cut=MOST_ROWS if found.next is not None else None,
        trail={"list": "desks"},
    )
