"""Finding people through the interface, on both databases."""

from __future__ import annotations

import json

import pytest

from risk_service.services import audit, search
from risk_service.services.ingest import ingest
from risk_service.store import persons
from tests.service import NOW_US

NAMES = {
    "C-N1": ("Siti Aminah", "9999010101900001", "Q1234567", "O-BP3MI"),
    "C-N2": ("Soekarno Hadi", "9999010101900002", "Q2234567", "O-BP3MI"),
    "C-N3": ("Djoko", "9999010101900003", "", "O-BP3MI"),
    "C-N4": ("Muh. Arifin", "9999010101900004", "", "O-BP3MI"),
    "C-N5": ("Siti Aminah", "9999010101900005", "", "O-OTHER"),
    "C-N6": ("Yusuf", "9999010101900006", "", "O-OTHER"),
}
BORN = {"C-N1": "1990-01-01", "C-N5": "1995-06-30"}


def deliver(store, master, folder):
    folder.mkdir()
    at = "2025-09-10T08:00:00+07:00"
    rows = [
        f"{candidate},{nik},{name},{passport},{BORN.get(candidate, '')},registered,none,{office},{at}"
        for candidate, (name, nik, passport, office) in NAMES.items()
    ]
    head = "candidate_id,nik,full_name,passport_no,birth_date,enrolled_as,work_evidence,office,recorded_at"
    (folder / "candidates.csv").write_text("\n".join([head, *rows]) + "\n")
    (folder / "registrations.csv").write_text(
        "registration_id,candidate_id,placement,scheme,destination_country,occupation,office,registered_on,planned_departure_on,"
        "status,recorded_at\nR-N1,C-N1,new,independent,HK,5322,O-BP3MI,2025-09-01,2025-11-01,withdrawn,"
        "2025-09-10T08:00:00+07:00\n"
    )
    produced = {"contract": "feeds/1", "source": "judge", "produced_at": "2025-09-11T08:00:00+07:00"}
    (folder / "manifest.json").write_text(json.dumps({**produced, "simulated": True, "feeds": {}}))
    ingest(store, master, folder, now_us=NOW_US)


@pytest.fixture
def named(service, tmp_path):
    deliver(service.store, service.master, tmp_path / "names")
    return service


def ask(service, text, *, key=None):
    headers = service.headers("investigator") | ({"Authorization": f"Bearer {key}"} if key else {})
    got = service.client.post("/api/v1/search", headers=headers, json={"text": text})
    assert got.status_code == 200, got.json
    return got.json["items"]


def who(items):
    return [item["candidate_id"] for item in items]


@pytest.mark.everywhere
def test_people_are_found_by_every_number_and_by_name_within_the_office(service, tmp_path):
    deliver(service.store, service.master, tmp_path / "names")

    def find(text, **more):
        return ask(service, text, **more)

    assert who(find("R-FULL")) == ["C-FULL"]
    assert who(find("r-full ")) == who(find("r full")) == ["C-FULL"]
    assert who(find("T-REF")) == ["C-REFEV"]
    assert who(find("C-N3")) == ["C-N3"]
    assert [(i["candidate_id"], i["found_by"]) for i in find("9999 0101 0190 0001")] == [("C-N1", "nik")]
    assert [(i["candidate_id"], i["found_by"]) for i in find("q1234567")] == [("C-N1", "passport")]
    assert [(i["candidate_id"], i["found_by"]) for i in find("Q1234576")] == [("C-N1", "passport_near")]
    assert "C-N1" in who(find("9999010101900010"))
    assert who(find("siti aminah")) == ["C-N1", "C-N5"]
    for text in ("siti aminah 1995", "1995 Siti Aminha", "Aminah 1995"):
        assert who(find(text)) == ["C-N5"], text
    assert who(find("siti aminah 1991")) == []
    assert who(find("Aminha"))[:2] == ["C-N1", "C-N5"]
    assert who(find("Sukarno")) == ["C-N2"]
    assert who(find("Joko")) == ["C-N3"]
    assert who(find("Mohammad Arifin")) == ["C-N4"]
    assert who(find("Joesoef")) == ["C-N6"]
    assert find("Zxqwv Nobody") == []

    bound = service.make_key("investigator", office="O-BP3MI")
    assert who(find("siti aminah", key=bound)) == ["C-N1"]
    for text in ("Yusuf", "9999010101900006", "C-N6"):
        assert find(text, key=bound) == []
    other = service.make_key("viewer", office="O-OTHER")
    assert who(find("R-FULL", key=other)) == []
    assert who(find("siti aminah", key=other)) == ["C-N5"]


def test_names_are_masked_cases_are_listed_and_an_erased_person_is_found_by_number_of_the_case_alone(named):
    (found,) = ask(named, "9999010101900001")
    assert found["full_name"] == "S••• A•••"
    assert [(case["case_id"], case["in_queue"]) for case in found["cases"]] == [("R-N1", False)]
    assert [case["in_queue"] for case in ask(named, "R-FULL")[0]["cases"]] == [True]

    with named.store.writing() as connection:
        persons.erase(connection, "C-N1", at_us=NOW_US, under="tests")
    assert "C-N1" not in who(ask(named, "9999010101900001"))
    assert who(ask(named, "siti aminah")) == ["C-N5"]
    (found,) = ask(named, "R-N1")
    assert (found["erased"], found["full_name"], found["birth_year"]) == (True, None, None)


def test_the_trail_and_the_log_keep_who_why_and_whom_in_tokens_and_not_what_was_typed(named):
    for text in ("Siti Aminah", "9999010101900001", "Q1234567"):
        ask(named, text)
    entries = [entry for entry in audit.listed(named.store, limit=1000) if entry["action"] == "person.search"]
    kept = json.dumps(entries) + named.log.getvalue()

    assert [entry["purpose"] for entry in entries] == ["case_work"] * 3
    assert len({entry["detail"]["asked"] for entry in entries}) == 3
    assert audit.subject_token(named.master, "C-N1") in kept
    for text in ("Aminah", "aminah", "9999010101900001", "Q1234567"):
        assert text not in kept


def test_too_little_no_purpose_and_other_roles_are_refused(service):
    def answer(text, headers):
        return service.client.post("/api/v1/search", headers=headers, json={"text": text}).status_code

    assert answer("a", service.headers()) == 422
    assert answer(". .", service.headers()) == 422
    assert answer("x" * 201, service.headers()) == 422
    assert answer("Siti", service.headers(purpose=None)) == 422
    assert answer("Siti", service.headers(purpose="curiosity")) == 422
    assert {answer("Siti", service.headers(role)) for role in ("analyst", "auditor", "admin", "feeder", "desk")} == {
        403
    }
    assert service.get("/api/v1/search?text=Siti").status_code == 405


def test_the_answer_says_when_more_people_have_a_name_than_are_looked_at(named, monkeypatch):
    headers = named.headers("investigator")

    def answer(text):
        return named.client.post("/api/v1/search", headers=headers, json={"text": text}).json

    assert answer("siti aminah")["too_common"] is False
    monkeypatch.setattr(search, "MOST_OPENED", 1)
    cut = answer("siti aminah")
    assert (len(cut["items"]), cut["too_common"]) == (1, True)
    assert answer("siti aminah 1995")["too_common"] is False
    assert answer("9999010101900001")["too_common"] is False
