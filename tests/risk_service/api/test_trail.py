"""Every read of a person leaves an entry; identifiers stay out of everything that is not the person's own record."""

from __future__ import annotations

import pytest

from risk_service.policy import PERSONAL, ROUTES
from risk_service.services import audit
from risk_service.services.audit import subject_token, verify
from risk_service.services.ingest import ingest
from tests.risk_service.api.test_access import casework_of, routes
from tests.service import NOW_US

NIK, NAME, PASSPORT, PHONE = "9999014101950000", "Penanda Rahasia", "Z7654321", "+620812345678"
MARKERS = (NIK, NAME, PASSPORT, PHONE, "Penanda", "Rahasia", "0812345678")


def entries(service, action=None):
    found = audit.listed(service.store, limit=1000)
    return [entry for entry in found if action is None or entry["action"] == action]


READS = [
    ("/api/v1/cases/R-T3", "case.read"),
    ("/api/v1/cases/R-T3/score", "score.read"),
    ("/api/v1/cases/R-T3/score?as_of=2025-09-01", "score.read"),
    ("/api/v1/cases/R-T3/scores", "scores.read"),
    ("/api/v1/candidates/C-T3", "candidate.read"),
]


@pytest.mark.parametrize(("path", "action"), READS)
@pytest.mark.everywhere
def test_every_read_of_a_person_leaves_one_entry(service, path, action):
    before = len(entries(service))
    got = service.get(path)
    assert got.status_code == 200
    (entry,) = entries(service)[before:]

    assert entry["action"] == action
    assert entry["subject"] == subject_token(service.master, "C-T3")
    assert entry["purpose"] == "case_work"
    assert entry["principal"] == service.key["supervisor"].split("_")[1]
    assert entry["role"] == "supervisor"
    assert entry["at_us"] == NOW_US
    assert entry["request_id"] == got.headers["X-Request-Id"]
    if action in ("case.read", "score.read"):
        assert entry["release"] == "rules-only-1"
    assert verify(service.store).broken is None


def test_a_list_leaves_one_entry_that_names_everybody_on_it(service):
    items = service.get("/api/v1/cases?band=check&limit=5").json["items"]
    (entry,) = entries(service, "case.list")

    assert entry["detail"]["people"] == [subject_token(service.master, item["candidate_id"]) for item in items]
    assert entry["detail"]["filters"] == {"band": "check"}


def test_what_was_not_shown_leaves_no_entry(service):
    before = len(entries(service))
    service.get("/api/v1/cases/R-NONE")
    service.get("/api/v1/cases/R-T3", "feeder")
    service.client.get("/api/v1/cases/R-T3")
    service.client.get("/api/v1/cases/R-T3", headers=service.headers(purpose=None))

    assert len(entries(service)) == before


def test_a_what_if_leaves_none(service):
    before = len(entries(service))
    body = {
        "as_of": "2025-09-10",
        "registration": {
            "scheme": "p_to_p", "destination_country": "HK", "occupation": "5322", "registered_on": "2025-07-01",
        },
    }  # fmt: skip
    assert service.client.post("/api/v1/scores", headers=service.headers(), json=body).status_code == 200

    assert len(entries(service)) == before


def test_nobody_is_shown_when_the_entry_cannot_be_written(service, monkeypatch):
    from models.errors import StoreError
    from risk_service.store import audit as rows

    def fail(*_args, **_more):
        raise StoreError("The disk of the store is full.")

    monkeypatch.setattr(rows, "append", fail)
    for path, _ in [*READS, ("/api/v1/cases", "case.list")]:
        got = service.get(path)
        assert got.status_code == 503, path
        assert "C-T3" not in got.text


@pytest.fixture
def marked(service, tmp_path):
    """A service that knows a person whose identifiers are unmistakable."""
    folder = tmp_path / "marked"
    folder.mkdir()
    (folder / "candidates.csv").write_text(
        "candidate_id,nik,full_name,passport_no,phone,birth_date,enrolled_as,work_evidence,office,recorded_at\n"
        f"C-MARK,{NIK},{NAME},{PASSPORT},{PHONE},1995-01-01,registered,none,O-BP3MI,2025-09-01T08:00:00+07:00\n"
    )
    (folder / "registrations.csv").write_text(
        "registration_id,candidate_id,placement,scheme,destination_country,occupation,office,registered_on,"
        "planned_departure_on,status,recorded_at\n"
        "R-MARK,C-MARK,new,independent,HK,9111,O-BP3MI,2025-08-01,2025-10-01,open,2025-09-01T08:00:00+07:00\n"
    )
    (folder / "manifest.json").write_text(
        '{"contract": "feeds/1", "source": "judge", "produced_at": "2025-09-11T08:30:00+07:00",'
        ' "simulated": true, "feeds": {}}'
    )
    ingest(service.store, service.master, folder, now_us=NOW_US)
    return service


def ask_everything(service):
    """Requests of every kind that concern the person or name their identifiers where they do not belong."""
    client, headers = service.client, service.headers()
    yield service.get("/api/v1/cases?limit=200")
    yield service.get("/api/v1/cases/R-MARK")
    yield service.get("/api/v1/cases/R-MARK/score")
    yield service.get("/api/v1/candidates/C-MARK")
    for value in (NIK, NAME, PASSPORT, "%2B620812345678"):
        yield service.get(f"/api/v1/candidates/{value}")
        yield service.get(f"/api/v1/cases/{value}")
        yield service.get(f"/api/v1/cases?office={value}")
        yield service.get(f"/api/v1/cases?band={value}")
        yield service.get(f"/{value}")
    for body in (
        {"candidate": {"nik": NIK, "full_name": NAME, "phone": PHONE}},
        {"registration": {"scheme": NIK, "destination_country": NAME, "registered_on": PASSPORT}},
        {"as_of": PHONE},
        [NIK],
    ):
        yield client.post("/api/v1/scores", headers=headers, json=body)
    yield client.post(
        "/api/v1/scores", headers={**headers, "Content-Type": "application/json"}, data=f"{{{NIK}".encode()
    )
    yield client.get("/api/v1/releases", headers={"Authorization": f"Bearer {NIK}", "X-Request-Id": NIK})
    yield client.post("/api/v1/runs", headers=service.headers("analyst", **{"Idempotency-Key": NIK[:7]}), json={})


def test_identifiers_are_in_no_answer_no_header_and_no_log(marked):
    answers = list(ask_everything(marked))

    assert {200, 400, 401, 404, 422} <= {got.status_code for got in answers}
    for got in answers:
        for marker in MARKERS:
            assert marker not in got.text, (got.request.path, got.status_code, marker)
            assert marker not in str(got.headers)
    logged = marked.log.getvalue()
    assert logged.count('"message": "request"') >= len(answers)
    for marker in MARKERS:
        assert marker not in logged


def test_identifiers_are_not_in_the_trail(marked):
    list(ask_everything(marked))
    trail = str(entries(marked))

    for marker in (*MARKERS, "C-MARK"):
        assert marker not in trail


def test_an_unexpected_error_logs_no_identifier(marked, monkeypatch):
    from risk_service.services import cases

    def fail(*_args, **_more):
        raise RuntimeError(f"could not sort {NIK} {NAME}")

    monkeypatch.setattr(cases, "view", fail)
    assert marked.get("/api/v1/cases/R-MARK").status_code == 500
    for marker in MARKERS:
        assert marker not in marked.log.getvalue()


NOBODY = {
    "GET /api/v1/worklist/filters",
    "GET /api/v1/desks",
    "GET /api/v1/exports/desks.csv",
    "GET /api/v1/exports/desks.xlsx",
}
"""Need a purpose like their neighbours, and say nothing of anybody."""


def test_every_route_that_reads_a_person_leaves_who_why_whom_when(service):
    known = casework_of(service)
    who = service.key["supervisor"].split("_")[1]
    walked = set()
    for route, method, path in routes(service.app, **known):
        if ROUTES[route] not in PERSONAL or not path.startswith("/api/") or method != "GET" or route in NOBODY:
            continue
        before = len(entries(service))
        asked = f"{path}?office=O-BP3MI" if "/worklist" in path else path
        got = service.client.get(asked, headers=service.headers("supervisor", purpose="supervision"))
        assert got.status_code == 200, (route, got.text)
        added = entries(service)[before:]
        walked.add(route)

        assert added, route
        for entry in added:
            assert entry["purpose"] == "supervision", route
            assert (entry["principal"], entry["role"], entry["at_us"]) == (who, "supervisor", NOW_US), route
            assert entry["request_id"] == got.headers["X-Request-Id"], route
        assert any(entry["subject"] or (entry["detail"] or {}).get("people") is not None for entry in added), route
    assert len(walked) > 15
    assert verify(service.store).broken is None


def test_every_change_about_a_person_leaves_who_why_whom_when(service):
    before = len(entries(service))
    casework_of(service)
    headers = service.headers("supervisor")
    asked = [
        ("cases/R-T3/own-view", {"view": "unsure"}),
        ("candidates/C-T3/objections", {"reason": "asked for it"}),
        ("candidates/C-T3/erasure", {"reason": "subject_request"}),
    ]
    for path, body in asked:
        got = service.client.post(f"/api/v1/{path}", headers=headers, json=body)
        assert got.status_code in (200, 201), (path, got.text)
    added = entries(service)[before:]

    wanted = {"finding.record", "correction.raise", "view.record", "objection.raise", "person.erase"}
    assert wanted <= {entry["action"] for entry in added}
    for entry in added:
        assert entry["purpose"], entry["action"]
        assert entry["request_id"], entry["action"]
        assert entry["subject"] or entry["detail"]["people"], entry["action"]
    assert verify(service.store).broken is None
