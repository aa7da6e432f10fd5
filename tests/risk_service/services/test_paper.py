"""Paper about a case: what it says, what it never says, and that no name breaks it."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from risk_service.codes import BANDS
from risk_service.services import audit
from risk_service.services.pdf import Paper
from tests.service import NOW_US

STAMP = "DATA SIMULASI"
CASES = ("R-FULL", "R-T3", "R-CORR", "R-NODATE", "T-REF", "R-REENT", "R-SEA")
NEVER = (
    *(text.id for text in BANDS.values()),
    "peluang",
    "log-odds",
    "probab",
    "risiko",
    "berangkat nonprosedural",
    "%",
)
NAMES = [
    "Siti Rahma",
    "Nguyễn Thị Hồng Đức",
    "Żółć Şebnem Ñandú",
    "Анна Ёлкина",
    "عائشة 李小龍 \U0001f600",
    "A" * 300,
    "x\u0000y\ud800z",
]


def pages(content):
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def words(content):
    return " ".join(" ".join(pages(content)).split())


@pytest.mark.parametrize("case", CASES)
def test_the_sheet_is_one_page_without_any_assessment(service, case):
    got = service.get(f"/api/v1/cases/{case}/sheet.pdf")
    text = words(got.data)

    assert got.status_code == 200
    assert got.content_type == "application/pdf"
    assert len(pages(got.data)) == 1
    assert STAMP in text
    assert case in text
    assert "Lembar berkas calon pekerja migran Indonesia" in text
    assert not [word for word in NEVER if word.lower() in text.lower()]


@pytest.mark.parametrize("case", CASES)
def test_the_letter_says_what_is_held_where_to_go_and_how_to_object_and_nothing_else(service, case):
    got = service.get(f"/api/v1/cases/{case}/letter.pdf")
    text = words(got.data)

    assert STAMP in text
    for part in ("Yang tercatat", "Yang belum tercatat, dan ke mana", "menolak bila data Anda diolah otomatis", case):
        assert part in text
    assert not [word for word in NEVER if word.lower() in text.lower()]


def test_the_letter_names_each_missing_step_with_its_office_in_lawful_order(service):
    recourse = service.get("/api/v1/cases/R-CORR").json["score"]["recourse"]
    text = words(service.get("/api/v1/cases/R-CORR/letter.pdf").data)
    positions = [text.index(f"{number}. ") for number in range(1, len(recourse["steps"]) + 1)]

    assert recourse["kind"] in ("steps", "postpone", "ask_first")
    assert positions == sorted(positions)
    assert all((step["office"]["name"] in text) for step in recourse["steps"] if step["office"])


def test_who_somebody_is_stands_on_paper_by_name_and_numbers_are_masked(service):
    whole = service.client.post("/api/v1/candidates/C-T3/identity", headers=service.headers()).json
    text = words(service.get("/api/v1/cases/R-T3/letter.pdf").data)

    assert " ".join((whole["full_name"] or "calon pekerja migran").split()) in text
    for number in (whole["nik"], whole["passport_no"], whole["phone"]):
        assert number is None or number not in text


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_a_page(name):
    with Paper(title="Uji", stamp=None, foot="Kaki", now_us=NOW_US) as paper:
        paper.heading(name)
        paper.facts([("Nama", name)])
        paper.grid(("Nama",), (0.3,), [(name,)], size=8)
        text = words(paper.finished())

    assert "Nama" in text
    if name == NAMES[1]:
        assert name in text


def test_the_same_paper_at_the_same_time_is_the_same_bytes(service):
    first, second = (service.get("/api/v1/cases/R-FULL/sheet.pdf").data for _ in range(2))

    assert first == second


def test_printing_leaves_an_entry_about_the_person_and_needs_role_scope_and_purpose(service):
    for kind in ("sheet", "letter"):
        path = f"/api/v1/cases/R-T3/{kind}.pdf"
        assert service.get(path).status_code == 200
        assert service.get(path, "viewer").status_code == 403
        assert service.client.get(path, headers=service.headers(purpose=None)).status_code == 422
        elsewhere = service.headers() | {
            "Authorization": f"Bearer {service.make_key('investigator', office='O-OTHER')}"
        }
        assert service.client.get(path, headers=elsewhere).status_code == 404
    subject = audit.subject_token(service.master, "C-T3")
    actions = [entry["action"] for entry in audit.listed(service.store, limit=50, subject=subject)]
    assert actions == ["paper.sheet", "paper.letter"]


def test_nobody_who_is_erased_is_printed(service):
    from risk_service.store.persons import erase

    with service.store.writing() as connection:
        erase(connection, "C-T3", at_us=NOW_US, under="uji")

    assert service.get("/api/v1/cases/R-T3/sheet.pdf").status_code == 410


def test_paper_shows_times_on_the_clock_of_the_case_and_every_issuer_in_full(service):
    text = words(service.get("/api/v1/cases/R-FULL/sheet.pdf").data)
    assert "Dicetak 11 September 2025 10.00 WITA." in text
    assert "Perwakilan negara tujuan atau RI" in text
    assert "WIB" not in text
    file = words(service.get("/api/v1/candidates/C-FULL/file.pdf").data)
    assert "11 Sep 2025 10.00 WITA" in file


@pytest.mark.parametrize("case", ["R-TWO-A", "R-WD"])
def test_the_letter_of_a_case_that_is_over_sends_nobody_for_steps(service, case):
    text = words(service.get(f"/api/v1/cases/{case}/letter.pdf").data)

    assert "rencana ini sudah selesai, dibatalkan" in text
    assert "menunda" not in text
    assert "Langkah, sesuai urutan" not in text
