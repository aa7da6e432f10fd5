from __future__ import annotations

import datetime as dt
import json
import re

import pytest

from models.times import date_of
from risk_service.errors import PROBLEM
from tests.service import open_service

UUID = r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def problem(got, status, slug):
    """The problem in an answer, after checking its shape."""
    assert got.status_code == status, got.text
    assert got.content_type == PROBLEM
    found = json.loads(got.text)
    assert found["type"] == f"urn:risk-service:problem:{slug}"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    assert re.fullmatch(UUID, found["instance"])
    assert found["instance"].endswith(got.headers["X-Request-Id"])
    return found


def post(service, path, *, role="supervisor", **more):
    return service.client.post(path, headers=service.headers(role), **more)


def test_401_says_how_to_send_a_key(service):
    found = problem(service.client.get("/api/v1/cases"), 401, "not-authenticated")

    assert "Authorization: Bearer" in found["detail"]


def test_403_names_the_roles_that_may(service):
    found = problem(service.get("/api/v1/cases", "feeder"), 403, "not-allowed")

    assert "viewer, investigator, supervisor, analyst" in found["detail"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/cases/R-NONE", "/api/v1/runs/x%00y", "/api/v2/cases"])
def test_404_whatever_is_missing(service, path):
    assert service.get(path).status_code == 404
    problem(service.get(path), 404, "not-found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_405_lists_the_methods_that_are_allowed(service, method):
    got = service.client.open("/api/v1/runs", method=method, headers=service.headers())

    problem(got, 405, "method-not-allowed")
    assert {"GET", "HEAD", "OPTIONS", "POST"} == set(got.headers["Allow"].split(", "))


def test_413_for_a_body_past_the_limit(service):
    got = post(
        service, "/api/v1/scores", data=b"[" + b" " * service.settings.max_body + b"]", content_type="application/json"
    )

    problem(got, 413, "too-large")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_415_for_a_body_of_another_type(service, content_type):
    problem(post(service, "/api/v1/scores", data=b"{}", content_type=content_type), 415, "media-type")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"as_of": NaN}',
        b'{"as_of": Infinity}',
        b'{"steps": [], "steps": []}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 1} x',
    ],
    ids=["cut off", "not UTF-8", "NaN", "infinity", "a name twice", "deep", "a huge number", "more after the end"],
)
def test_400_for_what_is_not_json(service, body):
    problem(post(service, "/api/v1/scores", data=body, content_type="application/json"), 400, "bad-request")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"#/registration"}),
        ([], {"#"}),
        ("text", {"#"}),
        (7, {"#"}),
        (None, {"#"}),
        ({"registration": {"scheme": "p_to_q"}}, {
            "#/registration/scheme", "#/registration/destination_country", "#/registration/occupation",
            "#/registration/registered_on",
        }),
        (
            {"travel": [{"departure_at": "soon", "departure_point": "BTH", "destination_country": "MY"}]},
            {"#/travel/0/departure_at"},
        ),
        ({"as_of": "yesterday", "travel": [], "registration": None}, {"#/as_of"}),
        ([{"registration": None}, {"steps": [{"step": "x"}]}], {"#/0/registration"}),
        ({"registration": {"a/b~c": 1}}, None),
        ({"candidate": {"nik": "\u0000"}}, None),
        ({"candidate": {"nik": "\ud800"}}, None),
    ],
)  # fmt: skip
def test_422_points_at_every_value_that_does_not_fit(service, body, pointers):
    raw = json.dumps(body).encode()
    found = problem(post(service, "/api/v1/scores", data=raw, content_type="application/json"), 422, "invalid")

    if pointers is not None:
        assert {fault["pointer"] for fault in found["errors"]} == pointers
    assert all(fault["detail"] for fault in found["errors"])


def test_a_pointer_escapes_what_json_pointers_escape(service):
    body = {"registration": {"a/b~c": 1}}
    found = problem(post(service, "/api/v1/scores", json=body), 422, "invalid")

    assert "#/registration/a~1b~0c" in {fault["pointer"] for fault in found["errors"]}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("band=worst", "band"),
        ("bnd=first", "bnd"),
        ("limit=0", "limit"),
        ("limit=10000", "limit"),
        ("limit=ten", "limit"),
        ("planned_from=2025-13-01", "planned_from"),
        ("destination=Hongkong", "destination"),
        ("order=random", "order"),
        ("cursor=abc", "cursor"),
        ("office=%00", "office"),
    ],
)
def test_422_names_the_parameter(service, query, parameter):
    found = problem(service.get(f"/api/v1/cases?{query}"), 422, "invalid")

    assert [fault["parameter"] for fault in found["errors"]] == [parameter]


def test_429_says_when_to_come_back(filled, tmp_path, sqlite_url):
    from risk_service.store import open_store

    store = open_store(sqlite_url)
    service = open_service(tmp_path / "home", store, rate_limit="3 per minute")
    answers = [service.get("/api/v1/releases") for _ in range(4)]

    assert [got.status_code for got in answers[:3]] == [200, 200, 200]
    problem(answers[3], 429, "too-many-requests")
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert [got.headers["X-RateLimit-Remaining"] for got in answers] == ["2", "1", "0", "0"]
    assert {(got.headers["X-RateLimit-Limit"], "Retry-After" in got.headers) for got in answers[:3]} == {("3", False)}
    assert service.get("/api/v1/releases", "analyst").status_code == 200  # each key has its own count
    assert service.client.get("/healthz").status_code == 200  # whoever watches is not counted
    store.close()


def test_a_request_that_cannot_be_counted_is_answered(service, monkeypatch):
    from risk_service.request_counts import FileStorage

    def fail(*_args, **_more):
        raise OSError("no space left")

    monkeypatch.setattr(FileStorage, "counted", fail)
    got = service.get("/api/v1/releases")

    assert got.status_code == 200
    assert "X-RateLimit-Limit" not in got.headers
    assert "request not counted" in service.log.getvalue()


def test_500_says_nothing_of_the_cause(service, monkeypatch):
    from risk_service.services import cases

    def fail(*_args, **_more):
        raise KeyError("3201010101900001 Siti Rahayu")

    monkeypatch.setattr(cases, "find", fail)
    got = service.get("/api/v1/cases")

    problem(got, 500, "internal")
    assert "Siti" not in got.text
    logged = service.log.getvalue()
    assert got.headers["X-Request-Id"] in logged
    assert "KeyError" in logged
    assert "Siti" not in logged
    assert "3201010101900001" not in logged


def test_503_when_no_release_is_in_force(tmp_path, sqlite_url):
    from risk_service.store import open_store

    store = open_store(sqlite_url)
    service = open_service(tmp_path / "home", store)
    body = {
        "registration": {
            "scheme": "p_to_p",
            "destination_country": "HK",
            "occupation": "5322",
            "registered_on": "2025-07-01",
        }
    }

    problem(post(service, "/api/v1/scores", json=body), 503, "no-release")
    ready = service.client.get("/readyz")
    assert (ready.status_code, ready.json["checks"]) == (503, {"store": "ok", "release": "unavailable"})
    store.close()


def test_errors_of_the_console_are_pages_in_the_persons_language(service):
    got = service.client.get("/nothing", headers={"Accept": "text/html"})

    assert got.status_code == 404
    assert "Tidak ditemukan" in got.text
    assert got.headers["X-Request-Id"] in got.text


def test_every_answer_carries_the_security_headers(service):
    for path in ("/api/v1/cases", "/", "/sign-in", "/docs", "/nothing", "/healthz"):
        headers = service.client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_a_request_number_is_taken_over_only_if_it_is_one(service):
    number = "0b9e4d5a-0000-4000-8000-000000000000"

    assert service.client.get("/healthz", headers={"X-Request-Id": number}).headers["X-Request-Id"] == number
    assert (
        service.client.get("/healthz", headers={"X-Request-Id": "3201010101900001"}).headers["X-Request-Id"]
        != "3201010101900001"
    )


def test_the_queue_is_not_rescored_as_of_a_time_to_come(service):
    today = date_of(service.now_us)

    def asked(day):
        return post(service, "/api/v1/runs", role="analyst", json={"as_of": day.isoformat()})

    found = problem(asked(today + dt.timedelta(days=1)), 422, "invalid")
    assert found["errors"] == [{"detail": "is to come", "pointer": "#/as_of"}]
    assert today.isoformat() in found["detail"]
    assert service.started == []
    assert asked(today).status_code == 202
