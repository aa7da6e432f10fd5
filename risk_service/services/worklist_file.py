"""A worklist as a file, with the filters of the page it is taken from: what to do today, without any figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from babel import Locale

from models.texts import Text
from models.times import date_of
from risk_service.codes import CHANGES, SCHEMES, WORK_LANES
from risk_service.services import audit, worklist
from risk_service.services.audit import Reading
from risk_service.services.case_lists import AGENCY, CASE_NO, DEPARTS, DESTINATION, LANE, SCHEME, Titled
from risk_service.services.sheets import SIMULATED, Column, File, Language, Sheet, to_csv, to_xlsx
from risk_service.store import MasterKey, Store
from risk_service.store import deliveries as kept

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
    (Text("Petugas", "Officer"), "text", 20),
    (Text("Keterangan", "Notes"), "text", 40),
)


def export(
    store: Store,
    reading: Reading,
    *,
    master: MasterKey,
    making: worklist.Making,
    query: Mapping[str, Any],
    form: str,
    language: Language = "id",
) -> File:
    """Return an office's list of a day as a file; one without rows, which says so, where no office is named.

    Parameters
    ----------
    query
        As loaded by `risk_service.schemas.worklist.WorklistFilters`.
    form
        ``xlsx`` or ``csv``.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role exports no lists; another office's is asked for.
    """
    reading.principal.require("list.export")
    found = worklist.view(store, reading, master=master, making=making, query=query)
    people = [audit.subject_token(master, item["candidate_id"]) for item in found["items"]]
    detail = {"list": "worklist", "office": found["office"], "form": form, "rows": len(people), "people": people}
    audit.record(store, reading, action="list.export", detail=detail)
    with store.reading() as connection:
        simulated = kept.is_simulated(connection)

    def say(text: Text | Mapping[str, str], **values: object) -> str:
        chosen = text[language] if isinstance(text, Mapping) else str(getattr(text, language))
        return chosen.format(**values) if values else chosen

    def notes_of(item: Mapping[str, Any]) -> str:
        rest = item["resting_until"]
        notes = [say(_RETURNED)] if item["returned"] else []
        notes += [say(_RECORDED)] if item["finding_id"] is not None else []
        notes += [say(_RESTS, day=date_of(rest).isoformat())] if rest is not None else []
        return "; ".join(notes + [say(CHANGES[change]) for change in item["changes"]])

    day, territories = found["day"].isoformat(), Locale(language).territories
    rows = [
        (
            item["planned_departure_on"],
            say(WORK_LANES[item["lane"]]),
            item["case_id"],
            territories.get(item["destination"], item["destination"]),
            say(SCHEMES[item["scheme"]]) if item["scheme"] else None,
            item["agency_id"],
            say(item["help"]) if item["help"] else None,
            item["assigned_to"]["name"] if item["assigned_to"] else None,
            notes_of(item) or None,
        )
        for item in found["items"]
    ]
    made = Sheet(
        title=say(_TITLE, office=found["office"] or "–", day=day),
        columns=[Column(say(title), kind, width) for title, kind, width in _COLUMNS],
        rows=rows,
        notes=[say(_LEAD if found["office"] else _NO_OFFICE), *([say(SIMULATED)] if simulated else [])],
    )
    name = f"daftar-kerja-{day}"
    return to_xlsx(made, name=name) if form == "xlsx" else to_csv(made, name=name)
