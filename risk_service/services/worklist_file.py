"""A worklist as a file, with the filters of the page it is taken from: what to do today, without any figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.texts import Text
from models.times import date_of
from risk_service.codes import CHANGES, SCHEMES, WORK_LANES
from risk_service.services import worklist
from risk_service.services.desks import STATE_TEXTS
from risk_service.services.list_files import (
    AGENCY,
    CASE_NO,
    DEPARTS,
    DESTINATION,
    LANE,
    SCHEME,
    Asked,
    Content,
    Say,
    Titled,
    tokens,
)

_TITLE: Final = Text("Daftar kerja {office}, {day}", "Worklist {office}, {day}")
_LEAD: Final = Text(
    "Menurut tanggal berangkat; urutannya tidak menilai siapa pun dan bukan dasar menolak keberangkatan siapa pun.",
    "By departure date; the order judges nobody and is no ground to refuse anybody's departure.",
)
_NO_OFFICE: Final = Text(
    "Sebutkan satu kantor: daftar kerja selalu milik satu kantor.", "Name an office: a worklist is one office's."
)
_RETURNED: Final = Text("lama tidak disentuh", "not touched for long")
_RECORDED: Final = Text("hasil tercatat", "finding recorded")
_RESTS: Final = Text("istirahat sampai {day}", "at rest until {day}")
_COLUMNS: Final[tuple[Titled, ...]] = (
    DEPARTS,
    LANE,
    CASE_NO,
    DESTINATION,
    SCHEME,
    AGENCY,
    (Text("Yang dapat dibantu", "What can help"), "text", 50),
    (Text("Langkah yang menunggu", "Steps that wait"), "text", 60),
    (Text("Petugas", "Officer"), "text", 20),
    (Text("Keterangan", "Notes"), "text", 40),
)


def content(asked: Asked, say: Say) -> Content:
    """Return an office's list of a day; without rows, and saying so, where no office is named.

    The query is as loaded by `risk_service.schemas.worklist.WorklistFilters`.

    Raises
    ------
    NotFoundError
        Another office's is asked for.
    """
    found = worklist.view(
        asked.store, asked.reading, master=asked.master, making=asked.making(), query=dict(asked.query)
    )
    with asked.store.reading() as connection:
        offices = asked.reader.offices_at(connection, asked.reading.now_us)
    rows = [
        (
            item["planned_departure_on"],
            say(WORK_LANES[item["lane"]]),
            item["case_id"],
            say.country(item["destination"]),
            say(SCHEMES[item["scheme"]]) if item["scheme"] else None,
            item["agency_id"],
            say(item["help"]) if item["help"] else None,
            "; ".join(_step_of(step, offices, say) for step in item["waiting"]) or None,
            item["assigned_to"]["name"] if item["assigned_to"] else None,
            _notes_of(item, say) or None,
        )
        for item in found["items"]
    ]
    people = tokens(asked.master, [item["candidate_id"] for item in found["items"]])
    return Content(
        name="daftar-kerja",
        title=say(_TITLE, office=found["office"] or "–", day=found["day"].isoformat()),
        columns=_COLUMNS,
        rows=rows,
        notes=[say(_LEAD if found["office"] else _NO_OFFICE), *_warned(found["items"], say)],
        day=found["day"],
        trail={"list": "worklist", "office": found["office"], "people": people},
    )


def _step_of(step: Mapping[str, Any], offices: Mapping[str, Mapping[str, Any]], say: Say) -> str:
    """A step that waits, and who can do it; to be confirmed where nobody can tell that it is missing."""
    office = offices.get(step["office_id"] or "")
    place = say(step["issuer"]) if office is None else office["name"]
    more = f", {say(STATE_TEXTS['unknown'])}" if step["state"] == "unknown" else ""
    return f"{say(step['title'])} ({place}{more})"


def _warned(items: Sequence[Mapping[str, Any]], say: Say) -> list[str]:
    """What has to be heeded before some of the steps."""
    return list(dict.fromkeys(say(step["safety"]) for item in items for step in item["waiting"] if step["safety"]))


def _notes_of(item: Mapping[str, Any], say: Say) -> str:
    rest = item["resting_until"]
    notes = [say(_RETURNED)] if item["returned"] else []
    notes += [say(_RECORDED)] if item["finding_id"] is not None else []
    notes += [say(_RESTS, day=date_of(rest).isoformat())] if rest is not None else []
    return "; ".join(notes + [say(CHANGES[change]) for change in item["changes"]])
