"""A client that a public generator makes from the document of the interface, on the way from the list to a finding."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

OFFICE = "O-BP3MI"
CONFIG = {
    "package_name_override": "generated_client",
    "post_hooks": [],
    "content_type_overrides": {
        "application/pdf": "application/octet-stream",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "application/octet-stream",
    },
}
"""The generator knows files as octet streams alone."""
GENERATOR = Path(sys.executable).with_name("openapi-python-client")


@pytest.fixture
def generated(service, tmp_path, monkeypatch):
    """The package that the generator writes."""
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(service.client.get("/openapi.json").json), encoding="utf-8")
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    command = [str(GENERATOR), "generate", "--path", str(document), "--meta", "none", "--config", str(config)]
    made = subprocess.run(
        [*command, "--output-path", str(tmp_path / "generated_client"), "--fail-on-warning"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("generated_client")
    for name in [name for name in sys.modules if name.split(".")[0] == "generated_client"]:
        del sys.modules[name]


def test_a_generated_client_goes_from_the_list_to_a_recorded_finding(service, address, generated):
    assert generated.__name__ == "generated_client"

    def of(module, name):
        return getattr(importlib.import_module(f"generated_client.{module}"), name)

    def call(where, **given):
        answer = importlib.import_module(f"generated_client.api.{where}").sync_detailed(client=client, **given)
        assert answer.status_code in (200, 201), (where, answer.content)
        return answer.parsed

    client = generated.AuthenticatedClient(
        base_url=address,
        token=service.make_key("investigator", office=OFFICE),
        headers={"X-Purpose": "case_work"},
        raise_on_unexpected_status=True,
    )
    worklist = call("worklist.get_worklist")
    assert worklist.office == OFFICE
    first = worklist.items[0]

    before = call("cases.get_case", case_id=first.case_id)
    assert before.case.case_id == first.case_id
    assert before.steps
    own = of("models", "OwnViewRequest")(view=of("models", "OwnViewRequestView").UNSURE)
    assert (
        call("findings.record_own_view", case_id=first.case_id, body=own, idempotency_key="own-view-1").view == "unsure"
    )
    after = call("cases.get_case", case_id=first.case_id)
    assert after.score.reasons is not None

    finding = of("models", "FindingRequest")(
        finding=of("models", "FindingRequestFinding").PROCEDURAL,
        help_given=of("models", "FindingRequestHelpGiven").NONE,
        note="file complete at the second call",
    )
    made = call("findings.record_finding", case_id=first.case_id, body=finding, idempotency_key="finding-1")
    again = call("findings.record_finding", case_id=first.case_id, body=finding, idempotency_key="finding-1")
    assert again.finding_id == made.finding_id
    read = call("findings.get_finding", finding_id=made.finding_id)
    assert (read.finding, read.case_id) == ("procedural", first.case_id)
    done = call("worklist.get_worklist", state=of("models", "GetWorklistState").DONE)
    assert first.case_id in {item.case_id for item in done.items}

    get_case = importlib.import_module("generated_client.api.cases.get_case")
    problem = get_case.sync(client=client, case_id="R-NOBODY")
    assert (problem.status, type(problem).__name__) == (404, "Problem")
