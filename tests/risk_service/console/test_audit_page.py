from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa

from risk_service.store.tables import audit
from tests.risk_service.console.visiting import Visitor


@pytest.fixture
def auditor(service):
    service.get("/api/v1/cases/R-T3")
    service.get("/api/v1/cases?limit=200", role="viewer")
    service.get("/api/v1/cases/R-FULL", role="analyst")
    visitor = Visitor(service)
    visitor.get("/sign-in")
    visitor.post("/sign-in", key=service.key["auditor"])
    return visitor


def test_an_auditor_begins_at_the_trail_and_finds_who_read_a_person(auditor):
    assert auditor.path == "/audit"
    assert "supervisor of tests" in auditor.text
    auditor.get("/audit?candidate=C-T3&since=2025-01-01")
    assert "case.read" in auditor.text
    assert "case.list" in auditor.text
    auditor.get("/audit?candidate=C-T3&action=case.read")
    assert auditor.page.text.count('<th scope="row">') == 1
    auditor.get("/audit?candidate=C-NOBODY")
    assert "Tidak ada catatan" in auditor.text
    assert auditor.get("/audit?since=soon").status_code == 422
    assert auditor.get("/cases").status_code == 403


def test_what_was_done_is_said_in_words_beside_its_code_in_both_languages(auditor):
    auditor.get("/audit")
    row = r'membuka berkas <span class="muted small">case\.read</span>'
    assert re.search(row, auditor.page.text)
    assert '<option value="case.read">membuka berkas (case.read)</option>' in auditor.page.text
    auditor.get("/audit?action=case.read")
    assert '<option value="case.read" selected>' in auditor.page.text
    auditor.post("/language", language="en", back="/audit")
    auditor.get("/audit")
    assert re.search(row.replace("membuka berkas", "opened a case"), auditor.page.text)
    assert ">opened a case (case.read)</option>" in auditor.page.text


def test_an_action_of_another_version_stays_a_code(auditor):
    with auditor.service.store.writing() as connection:
        connection.execute(sa.update(audit).where(audit.c.entry == 3).values(action="case.sing"))
    auditor.get("/audit?action=case.sing")
    assert auditor.page.text.count('<th scope="row">') == 1
    line = auditor.get("/audit/export?format=csv&action=case.sing").text.splitlines()[1]
    assert "case.sing,,," in line


def test_the_page_says_whether_the_chain_holds(auditor):
    auditor.get("/audit?verify=1")
    assert "Rantai utuh" in auditor.text
    with auditor.service.store.writing() as connection:
        connection.execute(sa.update(audit).where(audit.c.entry == 3).values(principal="somebody"))
    auditor.get("/audit?verify=1")
    assert "Rantai putus pada catatan 3" in auditor.text


def test_the_trail_can_be_taken_along_and_that_is_an_entry_too(auditor):
    lines = auditor.get("/audit/export?action=case.read").text.splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["case.read", "case.read"]
    table = auditor.get("/audit/export?format=csv").text.splitlines()
    assert table[0].startswith("entry,at,principal,role,action,action_indonesian,action_english,")
    assert auditor.page.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    auditor.get("/audit?action=audit.export")
    assert auditor.page.text.count('<th scope="row">') == 2
