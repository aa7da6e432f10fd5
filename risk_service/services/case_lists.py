"""The list of cases as a file, with the filters and the order of the page it is taken from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from babel import Locale

from models.texts import Text
from models.times import date_of
from risk_service.codes import BANDS, LANES, SCHEMES
from risk_service.services import audit, cases
from risk_service.services.audit import Reading
from risk_service.services.keys import Secrets
from risk_service.services.sheets import CUT, SIMULATED, Column, File, Kind, Language, Sheet, to_csv, to_xlsx
from risk_service.store import MasterKey, Store
from risk_service.store import deliveries as kept
from risk_service.store.names import latest_identities

MOST_ROWS: Final = 2000
MOST_WITH_NIK: Final = 500
"""A list that names people by number is for the few cases somebody works on."""

_TITLE: Final = Text("Daftar berkas", "List of cases")
_NIK: Final = Text("NIK", "NIK")
Titled = tuple[Text, Kind, int]
"""Title, kind and width of a column."""

DEPARTS: Final[Titled] = (Text("Berangkat", "Departs"), "date", 12)
CASE_NO: Final[Titled] = (Text("No. berkas", "Case no."), "text", 22)
LANE: Final[Titled] = (Text("Jalur", "Lane"), "text", 18)
DESTINATION: Final[Titled] = (Text("Negara tujuan", "Destination"), "text", 20)
SCHEME: Final[Titled] = (Text("Skema", "Scheme"), "text", 18)
AGENCY: Final[Titled] = (Text("P3MI/perusahaan", "Agency"), "text", 18)

_COLUMNS: Final[tuple[Titled, ...]] = (
    DEPARTS,
    CASE_NO,
    (Text("Tindakan", "Action"), "text", 20),
    LANE,
    DESTINATION,
    SCHEME,
    AGENCY,
    (Text("Kantor", "Office"), "text", 16),
    (Text("Alasan utama", "Main reason"), "text", 60),
)
_LEAD: Final = Text(
    "Dibuat {day}. Urutan kerja untuk dibaca petugas; bukan dasar menolak keberangkatan siapa pun.",
    "Made on {day}. An order of work for officers; no ground to refuse anybody's departure.",
)


def export(
    store: Store,
    reading: Reading,
    *,
    master: MasterKey,
    secrets: Secrets,
    query: Mapping[str, Any],
    form: str,
    language: Language = "id",
    with_nik: bool = False,
) -> File:
    """Return the cases of a list as a file, bounded; it says so where it ends early.

    Parameters
    ----------
    query
        As loaded by `risk_service.schemas.case.CasesQuery`; its limit and cursor do not count.
    form
        ``xlsx`` or ``csv``.
    with_nik
        With the NIK as a column of text: a read of who these people are, recorded as such.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role exports no lists, or with NIK does not see who people are; another office's cases are asked for.
    """
    reading.principal.require("list.export")
    if with_nik:
        reading.principal.require("identity.read")
    most = MOST_WITH_NIK if with_nik else MOST_ROWS
    asked = {name: value for name, value in query.items() if name != "cursor"} | {"limit": most}
    found = cases.find(store, reading, master=master, secrets=secrets, query=asked)
    niks = _niks(store, reading, master, [item["candidate_id"] for item in found.items]) if with_nik else {}
    detail = {"list": "cases", "form": form, "rows": len(found.items), "nik": with_nik}
    if with_nik:
        detail["people"] = [audit.subject_token(master, person) for person in niks]
    audit.record(store, reading, action="list.export", detail=detail)
    with store.reading() as connection:
        simulated = kept.is_simulated(connection)

    def say(text: Text | Mapping[str, str], **values: object) -> str:
        chosen = text[language] if isinstance(text, Mapping) else str(getattr(text, language))
        return chosen.format(**values) if values else chosen

    day = date_of(reading.now_us).isoformat()
    notes = [say(_LEAD, day=day)]
    notes += [say(SIMULATED)] if simulated else []
    notes += [say(CUT, n=most)] if found.next is not None else []
    territories = Locale(language).territories
    rows = [
        (
            item["planned_departure_on"],
            item["case_id"],
            say(BANDS[item["band"]]),
            say(LANES[item["lane"]]) if item["lane"] in LANES else item["lane"],
            territories.get(item["destination"], item["destination"]),
            say(SCHEMES[item["scheme"]]) if item["scheme"] else None,
            item["agency_id"],
            item["office"],
            say(item["main_reason"]) if item["main_reason"] else None,
            *((niks[item["candidate_id"]],) if with_nik else ()),
        )
        for item in found.items
    ]
    columns = [Column(say(title), kind, width) for title, kind, width in _COLUMNS]
    columns += [Column(say(_NIK), "text", 20)] if with_nik else []
    made = Sheet(title=say(_TITLE), columns=columns, rows=rows, notes=notes)
    name = f"berkas-{day}"
    return to_xlsx(made, name=name) if form == "xlsx" else to_csv(made, name=name)


def _niks(store: Store, reading: Reading, master: MasterKey, people: list[str]) -> dict[str, str | None]:
    with store.reading() as connection:
        known = latest_identities(connection, master, list(dict.fromkeys(people)), t_us=reading.now_us)
    return {person: who.nik if (who := known.get(person)) is not None else None for person in people}
