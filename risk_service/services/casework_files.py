"""Findings, contested data and what the last rescoring changed, as files: the same rows as the pages.

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
    RAISED_FOR,
    STATES_FOUND,
)
from risk_service.services import audit, corrections, findings, worklist
from risk_service.services.audit import Reading
from risk_service.services.case_lists import CASE_NO, DEPARTS, Titled
from risk_service.services.keys import Secrets
from risk_service.services.sheets import CUT, SIMULATED, Column, File, Language, Sheet, to_csv, to_xlsx
from risk_service.store import MasterKey, Store
from risk_service.store import deliveries as kept

Name = Literal["findings", "corrections", "changes"]
NAMES: Final = get_args(Name)
MOST_ROWS: Final = 500

_OFFICE: Final[Titled] = (Text("Kantor", "Office"), "text", 16)
_STATE: Final[Titled] = (Text("Keadaan", "State"), "text", 22)
_WORDS: Final = Text(
    "Tanpa catatan dan alasan petugas: kata-kata tentang seseorang tetap di halamannya.",
    "Without officers' notes and reasons: words about a person stay on the page.",
)
_ORDER: Final = Text(
    "Menurut tanggal berangkat; urutannya tidak menilai siapa pun.", "By departure date; the order judges nobody."
)

Say = Callable[[Text], str]


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


def _change(item: Mapping[str, Any], say: Say) -> Sequence[Any]:
    before = item["band_before"]
    return (
        item["planned_departure_on"],
        item["case_id"],
        ", ".join(say(CHANGES[change]) for change in item["changes"]),
        say(BANDS[before]) if before else None,
        say(BANDS[item["band"]]),
    )


_KINDS: Final[dict[Name, _Kind]] = {
    "findings": _Kind(
        "hasil-pemeriksaan",
        Text("Hasil pemeriksaan", "Findings"),
        _WORDS,
        (
            (Text("Tanggal pemeriksaan", "Looked at on"), "date", 18),
            CASE_NO,
            _OFFICE,
            (Text("Hasil", "Finding"), "text", 22),
            _STATE,
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
            _OFFICE,
            (Text("Catatan", "Record"), "text", 20),
            (Text("Data yang dibantah", "What is contested"), "text", 34),
            (Text("Diajukan oleh", "Raised for"), "text", 16),
            _STATE,
            (Text("Dicatat oleh", "Recorded by"), "text", 20),
            (Text("Diputuskan oleh", "Decided by"), "text", 20),
            (Text("Diputuskan pada", "Decided on"), "date", 16),
        ),
        _correction,
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


def export(
    store: Store,
    reading: Reading,
    *,
    master: MasterKey,
    secrets: Secrets,
    name: Name,
    office: str | None,
    form: str,
    language: Language = "id",
) -> File:
    """Return a list of casework as a file, bounded; it says so where it ends early.

    Parameters
    ----------
    name
        Which list.
    office
        Whose; None: the reader's own, or of all offices for who sees all (changes: none).
    form
        ``xlsx`` or ``csv``.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role exports no lists or does not read this one; another office's is asked for.
    """
    reading.principal.require("list.export")
    items, more = _items(store, reading, master, secrets, name=name, office=office)
    people = [audit.subject_token(master, item["candidate_id"]) for item in items]
    detail = {"list": name, "office": office, "form": form, "rows": len(people), "people": people}
    audit.record(store, reading, action="list.export", detail=detail)
    with store.reading() as connection:
        simulated = kept.is_simulated(connection)

    def say(text: Text) -> str:
        return str(getattr(text, language))

    kind = _KINDS[name]
    notes = [say(kind.lead), *([say(SIMULATED)] if simulated else [])]
    made = Sheet(
        title=say(kind.title),
        columns=[Column(say(title), holds, width) for title, holds, width in kind.columns],
        rows=[kind.row(item, say) for item in items],
        notes=[*notes, *([say(CUT).format(n=len(items))] if more else [])],
    )
    file = f"{kind.file}-{date_of(reading.now_us).isoformat()}"
    return to_xlsx(made, name=file) if form == "xlsx" else to_csv(made, name=file)


def _items(
    store: Store, reading: Reading, master: MasterKey, secrets: Secrets, *, name: Name, office: str | None
) -> tuple[Sequence[Mapping[str, Any]], bool]:
    """Items of a list, and whether there are more."""
    if name == "changes":
        return worklist.changes(store, reading, master=master, office=office)["items"], False
    query = {"limit": MOST_ROWS} | ({} if office is None else {"office": office})
    find = findings.find if name == "findings" else corrections.find
    found = find(store, reading, master=master, secrets=secrets, query=query)
    return found.items, found.next is not None
