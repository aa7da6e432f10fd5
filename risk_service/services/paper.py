"""Paper about one case: the sheet an officer shows, and the letter for the person.

Neither says a band, a probability, a notice or a reason: the sheet is shown at an airport, and what it shows is what is
on record. The letter says what is held, what is missing and where to go, and how to correct or object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_datetime

from models.times import date_of, parse_moment
from risk_service.codes import PLACEMENTS, SCHEMES, VISA_CLASSES
from risk_service.geography import hours_east, local_time
from risk_service.occupations import occupation
from risk_service.policy import not_found
from risk_service.services import audit, cases, people
from risk_service.services.audit import Reading
from risk_service.services.paper_texts import (
    BESIDES,
    LETTER_FOOT,
    LETTER_LEAD,
    MAYBE_DONE,
    OTHER_WAYS,
    OVER,
    RIGHTS,
    SHEET_FOOT,
    STATES,
)
from risk_service.services.reader import CaseReader
from risk_service.services.sheets import PDF, SIMULATED, File
from risk_service.store import MasterKey, Store
from risk_service.store import deliveries as kept

_LOCALE: Final = Locale("id")
_ROOM: Final = 24
"""Rows of steps that fit the sheet."""


def sheet(store: Store, reading: Reading, *, master: MasterKey, reader: CaseReader, case_id: str) -> File:
    """Return the sheet of a case: one page of what is on record, in Indonesian.

    Raises
    ------
    NotAllowedError, NotFoundError, ErasedError
        The role does not see who people are; no such case within the office's scope; erased under a policy.
    """
    found, person, simulated = _read(
        store, reading, master=master, reader=reader, case_id=case_id, action="paper.sheet"
    )
    with _paper("Lembar berkas", simulated=simulated, foot=SHEET_FOOT, now_us=reading.now_us) as paper:
        case, score = found["case"], found["score"]
        paper.heading("Lembar berkas calon pekerja migran Indonesia")
        data, printed = (_moment(us, case["region"]) for us in (parse_moment(score["as_of"]), reading.now_us))
        paper.paragraph(f"Data per {data}. Dicetak {printed}.", size=8)
        paper.section("Orang dan pendaftaran")
        paper.facts(
            [
                ("Nama", person["full_name"] or "–"),
                ("NIK / paspor", f"{person['nik'] or '–'} / {person['passport_no'] or '–'}"),
                ("No. berkas", case["case_id"]),
                ("Skema, penempatan", _scheme(case)),
                ("Negara tujuan", _country(case["destination"])),
                ("Jabatan", _occupation(case)),
                ("Tanggal berangkat", _day(case["planned_departure_on"]) or "belum diketahui"),
                ("P3MI / perusahaan", _agency(found)),
                ("SIP2MI", case["permit_id"] or "–"),
                ("Kantor berkas", _contact(case["office_contact"], case["office"])),
            ]
        )
        if found["itinerary"] is not None:
            journey = found["itinerary"]
            stops = [_country(code) for code in (*journey["transit"], journey["destination"])]
            route = " → ".join([journey["departure_name"] or journey["departure_point"], *stops])
            paper.section("Rencana perjalanan")
            visa = VISA_CLASSES[journey["visa_class"]].id
            paper.facts([("Berangkat", _day(journey["departs_on"]) or "–"), ("Rute", route), ("Visa", visa)])
        steps = found["steps"]
        done = sum(step["state"] == "done" for step in steps)
        required = sum(step["required"] for step in steps)
        paper.section(f"Langkah resmi: {done} dari {required} langkah wajib tercatat")
        if not steps:
            paper.paragraph("Belum ada pendaftaran: langkah pertama adalah mendaftar di Disnaker.", size=9)
        else:
            rows = [
                (
                    step["title"]["id"],
                    STATES[step["state"]],
                    _day(step["completed_on"], "d MMM y") or "–",
                    step["issuer"]["id"] if step["issuer"] else "–",
                )
                for step in steps[:_ROOM]
            ]
            paper.grid(("Langkah", "Catatan", "Tanggal", "Penerbit"), (0.34, 0.2, 0.13, 0.33), rows, size=8)
        return File(f"lembar-{_ascii(case_id)}.pdf", PDF, paper.finished())


def letter(store: Store, reading: Reading, *, master: MasterKey, reader: CaseReader, case_id: str) -> File:
    """Return the letter for the person, in Indonesian: what is held, what is missing, where to go, how to object.

    Raises
    ------
    NotAllowedError, NotFoundError, ErasedError
        As for :func:`sheet`.
    """
    found, person, simulated = _read(
        store, reading, master=master, reader=reader, case_id=case_id, action="paper.letter"
    )
    with _paper("Surat untuk CPMI", simulated=simulated, foot=LETTER_FOOT, now_us=reading.now_us) as paper:
        case, recourse = found["case"], found["score"]["recourse"]
        kind = recourse["kind"]
        paper.heading("Surat untuk calon pekerja migran Indonesia")
        paper.paragraph(_day(date_of(reading.now_us)) or "", size=9)
        paper.paragraph(f"Kepada {person['full_name'] or 'calon pekerja migran'}", bold=True)
        paper.paragraph(LETTER_LEAD)
        paper.section("Yang tercatat")
        paper.facts(
            [
                ("NIK", person["nik"] or "–"),
                ("Paspor", person["passport_no"] or "–"),
                ("Telepon", person["phone"] or "–"),
                ("No. berkas", case["case_id"]),
                ("Negara tujuan", _country(case["destination"])),
                ("Jabatan", _occupation(case)),
                ("Tanggal berangkat", _day(case["planned_departure_on"]) or "belum diketahui"),
                ("P3MI / perusahaan", _agency(found)),
            ]
        )
        recorded = [step["title"]["id"] for step in found["steps"] if step["state"] in ("done", "extra")]
        if recorded:
            paper.ln(1)
            paper.paragraph(f"Langkah yang sudah tercatat: {', '.join(recorded)}.")
        paper.section("Yang belum tercatat, dan ke mana")
        if not case["active"]:
            paper.paragraph(OVER)
        elif kind in OTHER_WAYS:
            paper.paragraph(OTHER_WAYS[kind])
        else:
            if kind in BESIDES:
                paper.paragraph(BESIDES[kind])
            _where_to_go(paper, found, recourse["steps"])
        paper.section("Data salah, atau Anda keberatan?")
        paper.paragraph(RIGHTS)
        paper.paragraph(_contact(case["office_contact"], case["office"]), bold=True)
        return File(f"surat-{_ascii(case_id)}.pdf", PDF, paper.finished())


def _read(
    store: Store, reading: Reading, *, master: MasterKey, reader: CaseReader, case_id: str, action: str
) -> tuple[dict[str, Any], dict[str, Any], bool]:
    """Return what is on record, who it is, and whether it is simulated; leaves an entry."""
    reading.principal.require("paper.print")
    found = cases.on_record(store, reading, reader=reader, case_id=case_id)
    candidate_id = found["case"]["candidate_id"]
    with store.reading() as connection:
        masked = people.masked(connection, master, candidate_id, t_us=reading.now_us)
        if masked is None:
            raise not_found("case")
        whole = people.revealed(connection, master, candidate_id, t_us=reading.now_us)
        simulated = kept.is_simulated(connection) is True
    subject = audit.subject_token(master, candidate_id)
    audit.record(store, reading, action=action, subject=subject, detail={"case": case_id})
    return found, masked | {"full_name": whole["full_name"]}, simulated


def _where_to_go(paper: Any, found: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> None:
    if not steps:
        paper.paragraph("Semua langkah wajib sudah tercatat.")
        return
    titles = {step["step"]: step for step in found["steps"]}
    rows = []
    for number, step in enumerate(steps, start=1):
        known = titles.get(step["step"])
        office = step["office"]
        usual = known["usual_days"] if known else None
        rows.append(
            (
                f"{number}. {known['title']['id'] if known else 'Pendaftaran Disnaker (SISKOP2MI)'}",
                office["name"] if office else "tanyakan ke kantor berkas",
                (office["phone"] if office else None) or "–",
                f"{usual} hari" if usual else "–",
            )
        )
    paper.grid(("Langkah, sesuai urutan", "Kantor", "Telepon", "Biasanya"), (0.38, 0.32, 0.19, 0.11), rows, size=8)
    if any(known["state"] == "unknown" for known in titles.values()):
        paper.ln(1)
        paper.paragraph(MAYBE_DONE, size=9)


def _contact(office: Mapping[str, Any] | None, office_id: str | None) -> str:
    if office is None:
        return office_id or "Kantor BP3MI terdekat"
    return f"{office['name']}, telepon {office['phone']}" if office["phone"] else str(office["name"])


def _paper(title: str, *, simulated: bool, foot: str, now_us: int) -> Any:
    from risk_service.services.pdf import Paper  # loads a library that only paper needs

    return Paper(title=title, stamp=SIMULATED.id if simulated else None, foot=foot, now_us=now_us)


def _scheme(case: Mapping[str, Any]) -> str:
    if case["scheme"] is None:
        return "belum terdaftar"
    return f"{SCHEMES[case['scheme']].id}, {PLACEMENTS[case['placement']].id}"


def _occupation(case: Mapping[str, Any]) -> str:
    return "–" if case["occupation"] is None else occupation(case["occupation"]).id


def _agency(found: Mapping[str, Any]) -> str:
    agency = found["agency"]
    return "–" if agency is None else str(agency["name"] or agency["agency_id"])


def _country(code: str | None) -> str:
    return "–" if code is None else str(_LOCALE.territories.get(code, code))


def _day(date: Any, form: str = "d MMMM y") -> str | None:
    return None if date is None else str(format_date(date, form, locale=_LOCALE))


def _moment(us: int, region: str | None) -> str:
    there, clock = local_time(us, hours_east(region))
    return str(format_datetime(there, f"d MMMM y HH.mm '{clock}'", locale=_LOCALE))


def _ascii(case_id: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in case_id)[:60]
