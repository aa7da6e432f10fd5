"""Requests made up from the OpenAPI document: whatever is sent, the answer is one that the document foresees."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from risk_service.policy import ACTIONS, ROUTES
from risk_service.settings import Settings
from risk_service.store import open_store
from tests.service import open_service

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "8"))
"""Of each kind to each operation; the same ones in every run."""
SEED = int(os.environ.get("FUZZ_SEED", "1"))
KNOWN = {"case_id": "R-T3", "candidate_id": "C-T3", "agency_id": "AG-ACT", "office_id": "O-DISNAKER-7471"}
"""Half of the requests name somebody who is there."""
ALWAYS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
NOTHING_TO_GET_WRONG = {"GET /healthz", "GET /readyz"}


PARAMETER = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
"""A parameter of a route's rule, whatever converter reads it."""


@pytest.fixture
def service(filled, tmp_path):
    """A service that does not turn the walk away for asking too often: every request must reach what it is for."""
    shutil.copytree(filled, tmp_path / "home")
    store = open_store(Settings(home=tmp_path / "home").database_url)
    yield open_service(tmp_path / "home", store, rate_limit="1000000 per second")
    store.close()


@pytest.fixture
def operations(service):
    schema = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
    found = [result.ok() for result in schema.get_all_operations()]
    return {f"{operation.method.upper()} {operation.path}": operation for operation in found}


def a_role(rule):
    """A role that the route lets through."""
    access = next(value for entry, value in ROUTES.items() if PARAMETER.sub(r"{\1}", entry) == rule)
    return max(ACTIONS[access]) if access in ACTIONS else "viewer"


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfitting"])
def test_every_answer_to_a_made_up_request_is_one_that_the_document_foresees(service, operations, mode):
    fitting = mode is GenerationMode.POSITIVE
    walked = {rule: found for rule, found in operations.items() if fitting or rule not in NOTHING_TO_GET_WRONG}
    statuses = {}
    for rule, operation in walked.items():
        headers = {"Authorization": f"Bearer {service.key[a_role(rule)]}", "X-Purpose": "case_work"}
        made_up = operation.as_strategy(generation_mode=mode)
        statuses[rule] = send(made_up, headers=headers, known=st.booleans() if fitting else st.just(value=False))
    told = Counter(status for found in statuses.values() for status in found.elements())
    print(f"{told.total()} {mode.value} requests to {len(walked)} operations: {dict(sorted(told.items()))}")
    assert all(statuses.values())
    assert 429 not in told
    if fitting:
        assert all(200 in statuses[f"GET /api/v1/{what}"] for what in ("cases/{case_id}", "candidates/{candidate_id}"))


def send(made_up, *, headers, known):
    """Send requests and hold the answers to the document; returns how many got which status."""
    statuses = Counter()

    @seed(SEED)
    @settings(
        max_examples=REQUESTS, phases=[Phase.generate], database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=made_up, known=known)
    def one(case, known):
        if known:
            given = case.path_parameters or {}
            case.path_parameters = {name: KNOWN.get(name, value) for name, value in given.items()}
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=ALWAYS)
        statuses[answer.status_code] += 1

    one()
    return statuses
