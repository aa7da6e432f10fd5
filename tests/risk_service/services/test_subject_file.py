"""Everything held about a person, for that person: complete, in words, in both languages, and recorded."""

from __future__ import annotations

import io
import json

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from risk_service.cli import main
from risk_service.services import audit

PATH = "/api/v1/candidates/C-T3/file"


def words(content):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


@pytest.fixture
def known(service):
    """A service in which officers have looked at and written about a person."""
    headers = service.headers("investigator")
    finding = {"finding": "procedural", "note": "Bertemu di kantor", "own_view": "unsure"}
    assert service.client.post("/api/v1/cases/R-T3/findings", headers=headers, json=finding).status_code == 201
    objection = {"reason": "Tidak mau dinilai mesin"}
    path = "/api/v1/candidates/C-T3/objections"
    assert service.client.post(path, headers=headers, json=objection).status_code == 201
    assert service.get("/api/v1/cases/R-T3").status_code == 200
    return service


def test_it_has_records_with_sources_scores_in_words_casework_and_who_looked(known):
    got = known.client.get(PATH, headers=known.headers("supervisor", purpose="subject_request"))

    assert got.status_code == 200, got.text
    held = got.json
    assert held["identity"]["nik"]
    assert {"candidates", "registrations", "outcomes"} <= {row["feed"] for row in held["records"]}
    assert all(row["source"]["id"] and row["recorded_at"] and row["received_at"] for row in held["records"])
    sealed = next(row for row in held["records"] if row["feed"] == "candidates")
    assert held["identity"]["nik"] in {value["text"]["id"] for value in sealed["values"]}
    assert held["scores"]
    assert all(score["text"]["id"] and score["text"]["en"] for score in held["scores"])
    said = json.dumps(held["casework"], ensure_ascii=False)
    assert "Bertemu di kantor" in said
    assert "Tidak mau dinilai mesin" in said
    looked = {look["action"] for look in held["looked"]}
    assert {"finding.record", "objection.raise", "case.read"} <= looked
    assert all(look["role"]["id"] for look in held["looked"])
    (entry,) = [e for e in audit.listed(known.store, limit=10_000) if e["action"] == "person.file"]
    assert (entry["purpose"], entry["detail"]) == ("subject_request", {"form": "json"})
    assert entry["subject"] == audit.subject_token(known.master, "C-T3")


def test_nobody_who_looked_is_named(known):
    held = known.get(PATH)
    paper = words(known.get(f"{PATH}.pdf").data)

    for role, key in known.key.items():
        for text in (held.text, paper):
            assert key.split("_")[1] not in text
            assert f"{role} of tests" not in text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("id", ("Semua yang disimpan tentang Anda", "Siapa yang membuka data Anda", "mencatat hasil", "DATA SIMULASI")),
        ("en", ("Everything held about you", "Who opened your data", "recorded a finding", "object to being assessed")),
    ],
)
def test_the_document_is_readable_in_both_languages(known, language, expected):
    got = known.get(f"{PATH}.pdf?language={language}")
    text = words(got.data)

    assert got.content_type == "application/pdf"
    for sentence in (*expected, "Bertemu di kantor"):
        assert sentence in text


def test_only_a_supervisor_of_the_office_gets_it_with_a_purpose_and_not_of_an_erased_person(known):
    assert known.get(PATH, "investigator").status_code == 403
    assert known.client.get(PATH, headers=known.headers(purpose=None)).status_code == 422
    assert known.get("/api/v1/candidates/C-NOBODY/file").status_code == 404
    elsewhere = {"Authorization": f"Bearer {known.make_key('supervisor', office='O-OTHER')}", "X-Purpose": "audit"}
    assert known.client.get(PATH, headers=elsewhere).status_code == 404
    erasing = known.client.post(
        "/api/v1/candidates/C-T3/erasure", headers=known.headers(), json={"reason": "subject_request"}
    )
    assert erasing.status_code == 200
    assert known.get(PATH).status_code == 410


def test_the_command_writes_files_for_their_owner_alone(known, tmp_path):
    env = known.environment

    got = CliRunner().invoke(main, ["subject", "C-T3", "--out", str(tmp_path / "out")], env=env)

    assert got.exit_code == 0, got.output
    written = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in written] == ["berkas-en.pdf", "berkas-id.pdf", "berkas.json"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in written)
    assert json.loads(written[2].read_text())["candidate_id"] == "C-T3"
