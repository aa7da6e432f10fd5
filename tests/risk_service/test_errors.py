from __future__ import annotations

import pytest

from models.errors import ContractError, ReleaseError, RiskError, RuleError, StoreError
from risk_service import errors
from risk_service.errors import Fault, InvalidError, ServiceError, problem_of, problem_of_status


def every_error(base=ServiceError):
    for kind in base.__subclasses__():
        yield kind
        yield from every_error(kind)


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.__name__)
def test_every_error_has_its_place_in_http(kind):
    problem = problem_of(kind("What is wrong.", what_to_do="What to do."))

    assert 400 <= problem.status < 600
    assert problem.detail == "What is wrong. What to do."
    assert problem.slug
    assert problem.title


def test_slugs_tell_problems_apart():
    slugs = [kind.slug for kind in every_error()]

    assert len(set(slugs)) == len(slugs)


def test_a_problem_document_has_the_members_of_rfc_9457():
    fault = Fault("Not a date.", pointer="#/registration/registered_on")
    problem = problem_of(InvalidError("One value does not fit.", faults=[fault]))

    assert problem.as_dict("0b9e4d5a-0000-4000-8000-000000000000") == {
        "type": "urn:risk-service:problem:invalid",
        "title": "The request does not fit",
        "status": 422,
        "detail": "One value does not fit.",
        "instance": "urn:uuid:0b9e4d5a-0000-4000-8000-000000000000",
        "errors": [{"detail": "Not a date.", "pointer": "#/registration/registered_on"}],
    }


@pytest.mark.parametrize("error", [StoreError("secret"), ReleaseError("secret")])
def test_what_is_the_operators_business_is_not_told_to_clients(error):
    problem = problem_of(error)

    assert problem.status == 503
    assert "secret" not in problem.detail


def test_a_time_before_the_rules_is_the_clients_business():
    problem = problem_of(RuleError("constants.csv: no row for minor_age_years on 1999-01-01"))

    assert (problem.status, problem.slug) == (422, "rules")


def test_a_delivery_that_does_not_fit_is_told_why():
    assert problem_of(ContractError("travel.csv has no header.")).detail == "travel.csv has no header."


@pytest.mark.parametrize("error", [KeyError("3201010101900001"), RiskError("3201010101900001"), ZeroDivisionError()])
def test_an_error_nobody_expected_says_nothing(error):
    problem = problem_of(error)

    assert problem.status == 500
    assert "3201010101900001" not in str(problem.as_dict("x"))


@pytest.mark.parametrize("status", [400, 404, 405, 406, 408, 413, 414, 415, 429, 431, 500])
def test_every_status_of_flask_has_a_problem(status):
    problem = problem_of_status(status)

    assert problem.as_dict("x")["status"] == status
    assert problem.slug == problem.slug.lower()


def test_types_of_problem_are_urns():
    assert errors.problem_of_status(404).as_dict("x")["type"] == "urn:risk-service:problem:not-found"
