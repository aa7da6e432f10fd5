"""The list of cases as a file, with the filters and the order of the page it is taken from."""

from __future__ import annotations

from typing import Final

from models.texts import Text
from models.times import date_of
from risk_service.codes import BANDS, LANES, SCHEMES
from risk_service.services import cases
from risk_service.services.list_files import (
    AGENCY,
    CASE_NO,
    DEPARTS,
    DESTINATION,
    LANE,
    OFFICE,
    SCHEME,
    Asked,
    Content,
    Say,
    Titled,
    tokens,
)
from risk_service.store.names import latest_identities

MOST_ROWS: Final = 2000
MOST_WITH_NIK: Final = 500
"""A list that names people by number is for the few cases somebody works on."""

_TITLE: Final = Text("Daftar berkas", "List of cases")
_NIK: Final[Titled] = (Text("NIK", "NIK"), "text", 20)
_COLUMNS: Final[tuple[Titled, ...]] = (
    DEPARTS,
    CASE_NO,
    (Text("Tindakan", "Action"), "text", 20),
    LANE,
    DESTINATION,
    SCHEME,
    AGENCY,
    OFFICE,
    (Text("Alasan utama", "Main reason"), "text", 60),
)
_LEAD: Final = Text(
    "Dibuat {day}. Urutan kerja untuk dibaca petugas; bukan dasar menolak keberangkatan siapa pun.",
    "Made on {day}. An order of work for officers; no ground to refuse anybody's departure.",
)


def content(asked: Asked, say: Say) -> Content:
    """Return the cases of a list, bounded.

    The query is as loaded by `risk_service.schemas.case.CasesQuery`, whose limit and cursor do not count, with ``nik``:
    with the NIK as a column of text, a read of who these people are and recorded as such.

    Raises
    ------
    NotAllowedError, NotFoundError
        With NIK: the role does not see who people are; another office's cases are asked for.
    """
    with_nik = bool(asked.query["nik"])
    if with_nik:
        asked.reading.principal.require("identity.read")
    most = MOST_WITH_NIK if with_nik else MOST_ROWS
    wanted = {name: value for name, value in asked.query.items() if name != "cursor"} | {"limit": most}
    found = cases.find(asked.store, asked.reading, master=asked.master, secrets=asked.secrets, query=wanted)
    niks = _niks(asked, [item["candidate_id"] for item in found.items]) if with_nik else {}
    rows = [
        (
            item["planned_departure_on"],
            item["case_id"],
            say(BANDS[item["band"]]),
            say(LANES[item["lane"]]) if item["lane"] in LANES else item["lane"],
            say.country(item["destination"]),
            say(SCHEMES[item["scheme"]]) if item["scheme"] else None,
            item["agency_id"],
            item["office"],
            say(item["main_reason"]) if item["main_reason"] else None,
            *((niks[item["candidate_id"]],) if with_nik else ()),
        )
        for item in found.items
    ]
    people = {"people": tokens(asked.master, list(niks))} if with_nik else {}
    return Content(
        name="berkas",
        title=say(_TITLE),
        columns=(*_COLUMNS, _NIK) if with_nik else _COLUMNS,
        rows=rows,
        notes=[say(_LEAD, day=date_of(asked.reading.now_us).isoformat())],
        cut=most if found.next is not None else None,
        trail={"list": "cases", "nik": with_nik} | people,
    )


def _niks(asked: Asked, people: list[str]) -> dict[str, str | None]:
    with asked.store.reading() as connection:
        known = latest_identities(connection, asked.master, list(dict.fromkeys(people)), t_us=asked.reading.now_us)
    return {person: who.nik if (who := known.get(person)) is not None else None for person in people}
