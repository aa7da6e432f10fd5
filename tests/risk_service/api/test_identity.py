from __future__ import annotations

from risk_service.services import audit
from tests.service import JUDGE

PATH = "/api/v1/candidates/C-FULL/identity"


def delivered():
    """NIK and name, as they were delivered."""
    lines = (JUDGE / "first" / "candidates.csv").read_text().splitlines()
    return next(line for line in lines if line.startswith("C-FULL,")).split(",")[1:3]


def test_asking_for_name_and_numbers_gives_them_and_leaves_an_entry_of_its_own(service):
    before = len(audit.listed(service.store, limit=1000))
    got = service.client.post(PATH, headers=service.headers("investigator", purpose="subject_request"))

    assert [got.json["nik"], got.json["full_name"]] == delivered()
    entries = audit.listed(service.store, limit=1000)[before:]
    assert [(entry["action"], entry["purpose"]) for entry in entries] == [("identity.read", "subject_request")]
    assert not any(secret in str(entries) for secret in delivered())
    assert not any(secret in service.log.getvalue() for secret in delivered())


def test_an_analyst_and_a_viewer_do_not_get_them(service):
    for role in ("analyst", "viewer"):
        assert service.client.post(PATH, headers=service.headers(role)).status_code == 403


def test_another_offices_person_looks_like_nobody(service):
    key = service.make_key("supervisor", office="O-OTHER")
    headers = {"Authorization": f"Bearer {key}", "X-Purpose": "case_work"}

    assert service.client.post(PATH, headers=headers).status_code == 404


def test_the_records_of_a_case_say_nothing_that_identifies(service):
    got = service.get("/api/v1/cases/R-FULL").json

    assert {record["feed"] for record in got["records"]} >= {"registrations", "travel", "registration_steps"}
    assert not any(secret in str(got) for secret in delivered())
    named = {(reason["record"]["feed"], str(reason["record"]["key"])) for reason in got["score"]["reasons"]}
    assert named <= {(record["feed"], str(record["key"])) for record in got["records"]}
