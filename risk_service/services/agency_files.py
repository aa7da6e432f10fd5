"""Agencies as files: the list, and each table of an agency's page, with the same counts hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from models.texts import Text
from risk_service.codes import BANDS, LINK_KINDS, PERMIT_STATES
from risk_service.services import agencies
from risk_service.services.agency_overview import overview
from risk_service.services.list_files import (
    AGENCY,
    CODE,
    DESTINATION,
    KIND,
    MOST_ROWS,
    NAME,
    STATE,
    Asked,
    Content,
    Say,
    Titled,
)
from risk_service.services.region_files import FIGURE, HIGH, LOW, shown
from risk_service.table_texts import AGENCY_NOTES, AGENCY_TABLES, HIDDEN_NOTE

View = Mapping[str, Any]
Rows = Callable[[View, Say], Sequence[Sequence[Any]]]

_LIST: Final = Text("P3MI, agen awak kapal dan perusahaan", "Placement and manning agencies and companies")
_LIST_NOTE: Final = Text("Menurut nama; tanpa nilai dan tanpa peringkat.", "By name; without any assessment.")
_NOTE: Final = Text(
    "Catatan dan hitungan apa adanya; tanpa penilaian.", "What is on record and counted; nobody is assessed."
)
_OF_LIST: Final[tuple[Titled, ...]] = (AGENCY, NAME, KIND, (Text("Kantor pusat", "Head office"), "text", 26))
_ALL: Final = Text("Semua", "All")
_ON: Final[Titled] = (Text("Tanggal", "Date"), "date", 12)
_ENTRY: Final[Titled] = (Text("Catatan", "Entry"), "text", 28)
_QUARTER: Final = ("examined", "found")
_MORE: Final = ("drawn", "drawn_found", "completed", "helped")


def _events(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [(e["effective_on"], say.code("event", e["event"])) for e in view["agency"]["events"]]


def _permits(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [
        (
            p["permit_id"],
            say.country(p["destination_country"]),
            p["occupation"],
            say(name) if (name := p["occupation_name"]) else None,
            p["quota"],
            p["cited"],
            p["valid_from"],
            p["valid_to"],
            say(PERMIT_STATES[p["state"]]),
            p["withdrawn_on"],
        )
        for p in view["permits"]
    ]


def _branches(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [(b["region"], say.region(b["region"]), b["registered_on"], b["closed_on"]) for b in view["branches"]]


def _complaints(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [(c["effective_on"], say.code("event", c["event"]), c["amount_idr"]) for c in view["complaints"]]


def _cases(view: View, say: Say) -> Sequence[Sequence[Any]]:
    counts = view["cases"]["by_band"]
    rows = [(say(text), shown(counts[band])) for band, text in BANDS.items()]
    return [*rows, (say(_ALL), shown(view["cases"]["total"]))]


def _periods(view: View, _say: Say) -> Sequence[Sequence[Any]]:
    return [
        (
            p["period"],
            *(shown(p[name]) for name in _QUARTER),
            p["share"],
            p["low"],
            p["high"],
            *(shown(p[name]) for name in _MORE),
        )
        for p in view["periods"]
    ]


def _shared(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [
        (
            say(LINK_KINDS[link["kind"]]),
            link["ref"],
            shown(link["own_cases"]),
            link["agency_id"],
            link["name"],
            shown(link["cases"]),
        )
        for link in view["shared"]
    ]


_TABLES: Final[dict[str, tuple[tuple[Titled, ...], Rows]]] = {
    "events": ((_ON, _ENTRY), _events),
    "permits": (
        (
            (Text("SIP2MI", "Permit"), "text", 18),
            DESTINATION,
            (Text("Kode jabatan (ISCO-08)", "Occupation code (ISCO-08)"), "text", 14),
            (Text("Jabatan", "Occupation"), "text", 34),
            (Text("Kuota", "Quota"), "whole", 10),
            (Text("Pendaftaran yang menyebutnya", "Registrations that name it"), "whole", 16),
            (Text("Berlaku dari", "Valid from"), "date", 14),
            (Text("Berlaku sampai", "Valid until"), "date", 14),
            STATE,
            (Text("Ditarik pada", "Withdrawn on"), "date", 14),
        ),
        _permits,
    ),
    "branches": (
        (
            CODE,
            NAME,
            (Text("Terdaftar", "Registered"), "date", 14),
            (Text("Ditutup", "Closed"), "date", 14),
        ),
        _branches,
    ),
    "complaints": ((_ON, _ENTRY, (Text("Jumlah (Rp)", "Amount (IDR)"), "whole", 18)), _complaints),
    "cases": (((Text("Tindakan", "Action"), "text", 24), (Text("Berkas", "Cases"), "whole", 12)), _cases),
    "periods": (
        (
            (Text("Triwulan", "Quarter"), "text", 12),
            *(FIGURE[name] for name in _QUARTER),
            (Text("Bagian dari yang diperiksa", "Share of those examined"), "share", 16),
            LOW,
            HIGH,
            *(FIGURE[name] for name in _MORE),
        ),
        _periods,
    ),
    "shared": (
        (
            (Text("Siapa", "Who"), "text", 12),
            (Text("Kode", "Code"), "text", 24),
            (Text("Berkas di sini", "Cases here"), "whole", 12),
            (Text("Kode P3MI lain", "Other agency's code"), "text", 18),
            (Text("P3MI lain", "Other agency"), "text", 34),
            (Text("Berkas di sana", "Cases there"), "whole", 12),
        ),
        _shared,
    ),
}
_COUNTED: Final = ("cases", "periods", "shared")
"""Tables in which counts can be hidden."""


def of_all(asked: Asked, say: Say) -> Content:
    """Return the agencies whose name or id holds ``q``, by name."""
    found = agencies.find(
        asked.store,
        asked.reading.principal,
        reader=asked.reader,
        q=asked.query["q"],
        now_us=asked.reading.now_us,
        most=MOST_ROWS + 1,
    )
    rows = [
        (one["agency_id"], one["name"], say.code("agency_kind", one["kind"]), say.region(one["head_region"]))
        for one in found[:MOST_ROWS]
    ]
    return Content(
        name="p3mi",
        title=say(_LIST),
        columns=_OF_LIST,
        rows=rows,
        notes=[say(_LIST_NOTE)],
        cut=MOST_ROWS if len(found) > MOST_ROWS else None,
        trail={"list": "agencies"},
    )


def table(asked: Asked, say: Say) -> Content:
    """Return one table of an agency's page: ``table`` of ``agency_id``.

    Raises
    ------
    NotFoundError
        Nothing is known of such an agency.
    """
    name, agency_id = asked.query["table"], asked.query["agency_id"]
    view = overview(
        asked.store,
        asked.reading.principal,
        reader=asked.reader,
        agency_id=agency_id,
        now_us=asked.reading.now_us,
    )
    columns, rows = _TABLES[name]
    notes = [say(AGENCY_NOTES[name])] if name in AGENCY_NOTES else []
    return Content(
        name=f"p3mi-{name}",
        title=f"{view['agency']['name'] or agency_id}: {say(AGENCY_TABLES[name])}",
        columns=columns,
        rows=rows(view, say),
        notes=[say(_NOTE), *notes, *([say(HIDDEN_NOTE)] if name in _COUNTED else [])],
        trail={"list": "agency", "table": name, "agency": agency_id},
    )
