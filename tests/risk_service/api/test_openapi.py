from __future__ import annotations

import re

import pytest
from openapi_spec_validator import validate

from models.schema import FEEDS
from risk_service.policy import ACTIONS, PURPOSES, ROUTES

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def spec(service):
    return service.client.get("/openapi.json").json


def operations(spec):
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def references(part):
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for below in part.values():
            yield from references(below)
    elif isinstance(part, list):
        for below in part:
            yield from references(below)


def test_the_document_is_valid_openapi_31(spec):
    validate(spec)
    assert spec["openapi"].startswith("3.1")


def test_every_reference_leads_somewhere(spec):
    for reference in set(references(spec)):
        found = spec
        for part in reference.removeprefix("#/").split("/"):
            assert part in found, reference
            found = found[part]


def test_every_operation_has_its_own_id_a_summary_and_a_problem(spec):
    names = [operation["operationId"] for _, operation in operations(spec)]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name) for name in names)
    for route, operation in operations(spec):
        assert operation["summary"].endswith((".", "?")), route
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}, route


def test_every_endpoint_of_the_interface_is_documented(spec):
    documented = {route for route, _ in operations(spec)}
    served = {re.sub(r"<\w+:(\w+)>", r"{\1}", route) for route in ROUTES if " /api/" in route}

    assert served <= documented


def test_the_document_names_the_roles_of_the_table_of_access(spec):
    for route, operation in operations(spec):
        access = next(a for r, a in ROUTES.items() if re.sub(r"<\w+:(\w+)>", r"{\1}", r) == route)
        if access in ACTIONS:
            assert set(operation["x-roles"]) == ACTIONS[access]
        else:
            assert operation["security"] == []


def test_reads_of_a_person_document_the_purpose(spec):
    for route, operation in operations(spec):
        purposes = [p for p in operation.get("parameters", []) if p["name"] == "X-Purpose"]
        assert bool(purposes) == bool(operation.get("x-personal")), route
        assert all(p["schema"]["enum"] == list(PURPOSES) for p in purposes)


def test_what_if_follows_the_feed_contract(spec):
    steps = spec["components"]["schemas"]["WhatIfStep"]["properties"]

    assert steps["step"]["enum"] == list(FEEDS["registration_steps"].field("step").codes)
    assert "candidate_id" not in steps
    assert not {"full_name", "phone", "passport_no"} & set(
        spec["components"]["schemas"]["WhatIfCandidate"]["properties"]
    )


def test_a_score_has_exactly_the_documented_members(spec, service):
    case = service.get("/api/v1/cases").json["items"][0]["case_id"]
    score = service.get(f"/api/v1/cases/{case}/score").json
    shapes = spec["components"]["schemas"]

    assert list(shapes["Score"]["properties"]) == [
        "case_id", "candidate_id", "as_of", "lane", "probability", "interval", "band", "log_odds", "base", "other",
        "reasons", "notices", "recourse", "freshness", "release", "rules_version",
    ]  # fmt: skip
    assert set(score) == set(shapes["Score"]["properties"])
    assert set(score["reasons"][0]) == {"code", "family", "text", "value", "contribution", "record"}
    assert set(score["reasons"][0]["record"]) == {"feed", "key", "recorded_at"}
    assert set(score["recourse"]) == {"kind", "text", "steps"}
    assert set(score["recourse"]["steps"][0]) == {"step", "issuer", "office", "text"}
    assert set(score["freshness"]) == set(FEEDS)


def test_the_page_shows_every_operation_without_script_or_other_servers(spec, service):
    page = service.client.get("/docs").text

    for _, operation in operations(spec):
        assert f'id="{operation["operationId"]}"' in page
    for name in spec["components"]["schemas"]:
        assert f'id="schema-{name}"' in page
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_the_document_is_cached_by_its_tag(service):
    first = service.client.get("/openapi.json")
    again = service.client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
