"""Findings, contested data, overrides and what the last rescoring changed, as files: the same rows as the pages.

Notes, reasons and contested values are somebody's words about a person, sealed with that person's key; a file cannot be
erased with it, so they stay on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from models.texts import Text
from models.times import date_of
from risk_service.code_texts import CODES
from risk_service.codes import (
    BANDS,
    CHANGES,
    CORRECTION_STATES,
    EXAMINED_BECAUSE,
    FINDING_STATES,
    FINDINGS,
    HELP_GIVEN,
    LANES,
    OVERRIDE_STATES,
    RAISED_FOR,
    STATES_FOUND,
)
from risk_service.services import changes, corrections, findings, list_files, overrides
from risk_service.services.list_files import CASE_NO, DEPARTS, OFFICE, STATE, Asked, Content, Make, Say, Titled, tokens

Name = Literal["findings", "corrections", "overrides", "changes"]
NAMES: Final = get_args(Name)
MOST_ROWS: Final = 500
MOST_CHANGES: Final = list_files.MOST_ROWS
"""A rescoring by another release changes most cases of an office at once."""

_WORDS: Final = Text(
    "Tanpa catatan dan alasan petugas: kata-kata tentang seseorang tetap di halamannya.",
    "Without officers' notes and reasons: words about a person stay on the page.",
)
_ORDER: Final = Text(
    "Menurut tanggal berangkat; urutannya tidak menilai siapa pun.", "By departure date; the order judges nobody."
)


@dataclass(frozen=True)
class _Kind:
    """A list: name of the file, title, what has to be known to read it, columns, and a row from an item of the page."""

    file: str
    title: Text
    lead: Text
    columns: Sequence[Titled]
    row: Callable[[Mapping[str, Any], Say], Sequence[Any]]


def _finding(item: Mapping[str, Any], say: Say) -> Sequence[Any]:
    confirmed = item["confirmed_by"]
    return (
        item["checked_on"],
        item["case_id"],
        item["office"],
        say(FINDINGS[item["finding"]]),
        say(FINDING_STATES[item["state"]]),
        say(STATES_FOUND[item["state_found"]]) if item["state_found"] else None,
        say(HELP_GIVEN[item["help_given"]]) if item["help_given"] else None,
        say(EXAMINED_BECAUSE[item["examined_because"]]),
        item["inclusion_probability"],
        item["departed_on"],
        item["recorded_by"]["name"],
        confirmed["name"] if confirmed else None,
    )


def _correction(item: Mapping[str, Any], say: Say) -> Sequence[Any]:
    decided = item["decided_by"]
    contested = [say(CODES["field"][name]) for name in item["values"] or () if name in CODES["field"]]
    return (
        date_of(item["raised_at"]),
        item["case_id"],
        item["office"],
        say(CODES["feed"][item["feed"]]),
        ", ".join(contested) or None,
        say(RAISED_FOR[item["raised_for"]]),
        say(CORRECTION_STATES[item["state"]]),
        item["raised_by"]["name"],
        decided["name"] if decided else None,
        date_of(item["decided_at"]) if decided else None,
    )


def _override(item: Mapping[str, Any], say: Say) -> Sequence[Any]:
    confirmed, ended = item["confirmed_by"], item["ended_at"]
    return (
        date_of(item["made_at"]),
        item["case_id"],
        item["office"],
        say(BANDS[item["model_band"]]),
        say(BANDS[item["band"]]),
        say(OVERRIDE_STATES[item["state"]]),
        date_of(item["expires_at"]),
        item["made_by"]["name"],
        confirmed["name"] if confirmed else None,
        date_of(ended) if ended is not None else None,
    )


def _change(item: Mapping[str, Any], say: Say) -> Sequence[Any]:
    def stands(lane: str, band: str) -> str:
        return say(BANDS[band] if lane == "scored" else LANES[lane])

    return (
        item["planned_departure_on"],
        item["case_id"],
        ", ".join(say(CHANGES[change]) for change in item["changes"]),
        stands(item["lane_before"], item["band_before"]) if item["lane_before"] else None,
        stands(item["lane"], item["band"]),
    )


_KINDS: Final[dict[Name, _Kind]] = {
    "findings": _Kind(
        "hasil-pemeriksaan",
        Text("Hasil pemeriksaan", "Findings"),
        _WORDS,
        (
            (Text("Tanggal pemeriksaan", "Looked at on"), "date", 18),
            CASE_NO,
            OFFICE,
            (Text("Hasil", "Finding"), "text", 22),
            STATE,
            (Text("Keadaan berkas saat diperiksa", "State of the file when looked at"), "text", 30),
            (Text("Bantuan yang diberikan", "Help given"), "text", 26),
            (Text("Diperiksa karena", "Looked at because of"), "text", 22),
            (Text("Peluang undian", "Chance of being drawn"), "share", 18),
            (Text("Berangkat pada", "Departed on"), "date", 14),
            (Text("Dicatat oleh", "Recorded by"), "text", 20),
            (Text("Dikonfirmasi oleh", "Confirmed by"), "text", 20),
        ),
        _finding,
    ),
    "corrections": _Kind(
        "bantahan-data",
        Text("Bantahan data", "Contested data"),
        _WORDS,
        (
            (Text("Diajukan pada", "Raised on"), "date", 14),
            CASE_NO,
            OFFICE,
            (Text("Catatan", "Record"), "text", 20),
            (Text("Data yang dibantah", "What is contested"), "text", 34),
            (Text("Diajukan oleh", "Raised for"), "text", 16),
            STATE,
            (Text("Dicatat oleh", "Recorded by"), "text", 20),
            (Text("Diputuskan oleh", "Decided by"), "text", 20),
            (Text("Diputuskan pada", "Decided on"), "date", 16),
        ),
        _correction,
    ),
    "overrides": _Kind(
        "penetapan",
        Text("Penetapan petugas", "Bands set by officers"),
        _WORDS,
        (
            (Text("Ditetapkan pada", "Set on"), "date", 14),
            CASE_NO,
            OFFICE,
            (Text("Tindakan menurut hitungan", "Action by the score"), "text", 22),
            (Text("Tindakan yang ditetapkan", "Action set"), "text", 22),
            STATE,
            (Text("Berlaku sampai", "Expires on"), "date", 14),
            (Text("Ditetapkan oleh", "Set by"), "text", 20),
            (Text("Dikonfirmasi oleh", "Confirmed by"), "text", 20),
            (Text("Diakhiri pada", "Ended on"), "date", 14),
        ),
        _override,
    ),
    "changes": _Kind(
        "perubahan",
        Text("Perubahan sejak penilaian terakhir", "What the last rescoring changed"),
        _ORDER,
        (
            DEPARTS,
            CASE_NO,
            (Text("Yang berubah", "Changed"), "text", 40),
            (Text("Tindakan sebelumnya", "Action before"), "text", 22),
            (Text("Tindakan", "Action"), "text", 22),
        ),
        _change,
    ),
}


def content_of(name: Name) -> Make:
    """Return what says what is in a list of casework: that of ``office``, else the reader's own, or all of them."""

    def content(asked: Asked, say: Say) -> Content:
        kind, office = _KINDS[name], asked.query.get("office")
        items, more = _items(asked, name, office)
        people = tokens(asked.master, [item["candidate_id"] for item in items])
        return Content(
            name=kind.file,
            title=say(kind.title),
            columns=kind.columns,
            rows=[kind.row(item, say) for item in items],
            notes=[say(kind.lead)],
            cut=len(items) if more else None,
            trail={"list": name, "office": office, "people": people},
        )

    return content


def _items(asked: Asked, name: Name, office: str | None) -> tuple[Sequence[Mapping[str, Any]], bool]:
    """Items of a list, and whether there are more."""
    store, reading, master = asked.store, asked.reading, asked.master
    of: dict[str, Any] = {} if office is None else {"office": office}
    if name == "changes":
        changed = changes.find(store, reading, master=master, secrets=asked.secrets, query=of | {"limit": MOST_CHANGES})
        return changed["items"], changed["next"] is not None
    if name == "overrides":
        found = overrides.find(store, reading, master=master, query=of, most=MOST_ROWS + 1)
        return found[:MOST_ROWS], len(found) > MOST_ROWS
    find = findings.find if name == "findings" else corrections.find
    page = find(store, reading, master=master, secrets=asked.secrets, query=of | {"limit": MOST_ROWS})
    return page.items, page.next is not None
