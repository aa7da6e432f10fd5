"""The tables of the region view as files: the rows of the page, and what is hidden there is hidden here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from models.texts import Text
from models.times import date_of
from risk_service.services.list_files import NAME, Asked, Content, Say, Titled
from risk_service.services.region_view import view as region_view
from risk_service.table_texts import (
    FIGURES,
    HIDDEN,
    HIDDEN_NOTE,
    INCIDENT_KINDS,
    REGION_TABLES,
    SHARE_NOTE,
    STALLS_NOTE,
)

View = Mapping[str, Any]
Rows = Callable[[View, Say], Sequence[Sequence[Any]]]

LOW: Final[Titled] = (Text("Batas bawah (95 %)", "Lower bound (95 %)"), "share", 14)
HIGH: Final[Titled] = (Text("Batas atas (95 %)", "Upper bound (95 %)"), "share", 14)
FIGURE: Final[dict[str, Titled]] = {name: (text, "whole", 16) for name, text in FIGURES.items() if name != "share"}
"""A column of counts."""

_TITLE: Final = Text("Wilayah {office}: {table}", "Region {office}: {table}")
_ALL: Final = Text("semua kantor", "all offices")
_PERIOD: Final = Text("Bulan penuh {first} sampai {last}.", "Whole months, {first} to {last}.")
_AS_OF: Final = Text("Dihitung per {day}.", "As of {day}.")
_NOT_ON_RECORD: Final = Text("tidak tercatat", "not on record")
_UNNAMED: Final = Text("tanpa nama", "unnamed")
_KEY: Final[Titled] = (Text("Kode", "Code"), "text", 16)
_SHARES: Final[tuple[Titled, ...]] = ((FIGURES["share"], "share", 18), LOW, HIGH)
_COUNTS: Final[tuple[Titled, ...]] = (*FIGURE.values(), *_SHARES)
_INCIDENTS: Final[tuple[Titled, ...]] = tuple((text, "whole", 16) for text in INCIDENT_KINDS.values())


def shown(n: int | None) -> int | str:
    """Return a count as a cell: a hidden one looks hidden, not like none."""
    return HIDDEN if n is None else n


def _figures(row: View, *, incidents: bool) -> Sequence[Any]:
    counts = [shown(row[name]) for name in FIGURE]
    kinds = [shown(row[name]) for name in INCIDENT_KINDS] if incidents else []
    return (*counts, row["share"], row["low"], row["high"], *kinds)


def _total(view: View, _say: Say) -> Sequence[Sequence[Any]]:
    return [_figures(view["total"], incidents=True)]


def _by_region(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [
        (row["key"] or say(_NOT_ON_RECORD), row["name"], *_figures(row, incidents=True)) for row in view["by_region"]
    ]


def _by_agency(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [
        (row["key"] or say(_NOT_ON_RECORD), row["name"], *_figures(row, incidents=False)) for row in view["by_agency"]
    ]


def _by_month(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [(row["key"] or say(_NOT_ON_RECORD), *_figures(row, incidents=True)) for row in view["by_month"]]


def _stalls(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [
        (
            say(stall["title"]),
            stall["office_id"],
            stall["office_name"] or say(stall["issuer_text"]),
            stall["waiting"],
            shown(stall["overdue"]),
            shown(stall["to_confirm"]),
            round(stall["mean_days"]),
        )
        for stall in view["stalls"]
    ]


def _sources(view: View, say: Say) -> Sequence[Sequence[Any]]:
    return [
        (
            source["source"] or say(_UNNAMED),
            date_of(source["last_delivery"]),
            date_of(source["complete_through"]) if source["complete_through"] is not None else None,
            source["deliveries"],
            source["rows"],
            source["rejected"],
            source["pending"],
            ", ".join(say.code("feed", feed) or feed for feed in source["stale"]) or None,
        )
        for source in view["sources"]
    ]


_TABLES: Final[dict[str, tuple[tuple[Titled, ...], Rows]]] = {
    "total": ((*_COUNTS, *_INCIDENTS), _total),
    "by_region": ((_KEY, NAME, *_COUNTS, *_INCIDENTS), _by_region),
    "by_agency": ((_KEY, NAME, *_COUNTS), _by_agency),
    "by_month": ((_KEY, *_COUNTS, *_INCIDENTS), _by_month),
    "stalls": (
        (
            (Text("Langkah", "Step"), "text", 34),
            (Text("Kode kantor", "Office's code"), "text", 18),
            (Text("Kantor", "Office"), "text", 34),
            (Text("Berkas menunggu", "Cases waiting"), "whole", 14),
            (Text("Biasanya sudah ada", "Usually there by now"), "whole", 14),
            (Text("Mohon konfirmasi", "To be confirmed"), "whole", 14),
            (Text("Rata-rata hari tanpa kemajuan", "Average days without progress"), "whole", 16),
        ),
        _stalls,
    ),
    "sources": (
        (
            (Text("Pengirim", "Sender"), "text", 24),
            (Text("Kiriman terakhir", "Last delivery"), "date", 14),
            (Text("Lengkap sampai", "Complete through"), "date", 14),
            (Text("Kiriman (30 hari)", "Deliveries (30 days)"), "whole", 14),
            (Text("Baris (30 hari)", "Rows (30 days)"), "whole", 14),
            (Text("Ditolak", "Rejected"), "whole", 12),
            (Text("Menunggu induk", "Waiting for a parent"), "whole", 14),
            (Text("Terlambat", "Stale"), "text", 30),
        ),
        _sources,
    ),
}
_NOTES: Final[dict[str, tuple[Text, ...]]] = {
    "stalls": (STALLS_NOTE, HIDDEN_NOTE),
    "sources": (),
    **dict.fromkeys(("total", "by_region", "by_agency", "by_month"), (SHARE_NOTE, HIDDEN_NOTE)),
}


def table(asked: Asked, say: Say) -> Content:
    """Return one table of the region view: ``table`` of ``office``, or of all.

    Raises
    ------
    NotFoundError
        Another office's is asked for, or there is no such office.
    """
    name, office = asked.query["table"], asked.query.get("office")
    view = region_view(
        asked.store,
        asked.reading.principal,
        reader=asked.reader,
        now_us=asked.reading.now_us,
        office=office,
    )
    columns, rows = _TABLES[name]
    period = say(_PERIOD, first=view["first_day"].isoformat(), last=view["last_day"].isoformat())
    as_of = [say(_AS_OF, day=date_of(view["as_of"]).isoformat())] if view["as_of"] is not None else []
    return Content(
        name=f"wilayah-{name.replace('_', '-')}",
        title=say(_TITLE, office=view["office_name"] or view["office"] or say(_ALL), table=say(REGION_TABLES[name])),
        columns=columns,
        rows=rows(view, say),
        notes=[*([period] if SHARE_NOTE in _NOTES[name] else []), *as_of, *(say(text) for text in _NOTES[name])],
        trail={"list": "region", "table": name, "office": office},
    )
