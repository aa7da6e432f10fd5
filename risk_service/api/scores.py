"""What-if: scores of cases that need not exist."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from risk_service.api._blueprint import Blueprint, Parser
from risk_service.api._problems import invalid
from risk_service.auth import context, now_us, principal
from risk_service.errors import Fault, InvalidError
from risk_service.schemas.common import Moment
from risk_service.schemas.read import reader
from risk_service.schemas.score import Score
from risk_service.schemas.what_if import WhatIf
from risk_service.schemas.written import writer
from risk_service.services import scores

blueprint = Blueprint("scores", __name__, url_prefix="/api/v1", description="Scores of stated cases.")

EXAMPLE: Final = {
    "as_of": "2025-09-10",
    "registration": {
        "scheme": "p_to_p",
        "destination_country": "HK",
        "occupation": "5322",
        "registered_on": "2025-07-01",
        "planned_departure_on": "2025-09-25",
    },
    "steps": [{"step": "passport", "completed_on": "2025-08-01"}, {"step": "medical", "completed_on": "2025-08-12"}],
    "agency": {
        "events": [
            {"event": "licence_granted", "effective_on": "2022-01-01", "valid_to": "2027-01-01", "regime": "sip3mi"}
        ]
    },
}
_STATED: Final = WhatIf()
_READ: Final = reader(_STATED, Moment)
_WRITE: Final = writer(Score())
_REFERENCE: Final = "#/components/schemas/"


@blueprint.post("/scores")
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"$ref": f"{_REFERENCE}WhatIf"},
                        {"type": "array", "minItems": 1, "items": {"$ref": f"{_REFERENCE}WhatIf"}},
                    ]
                },
                "example": EXAMPLE,
            }
        },
    },
    responses={
        "200": {
            "description": "The score; for a list, the scores in the same order.",
            "content": {
                "application/json": {
                    "schema": {
                        "oneOf": [
                            {"$ref": f"{_REFERENCE}Score"},
                            {"type": "array", "items": {"$ref": f"{_REFERENCE}Score"}},
                        ]
                    }
                }
            },
        }
    },
)
def score_what_if() -> ResponseReturnValue:
    """Score a case that need not exist.

    ---
    State what is known of the case and nothing that says who it is. An agency is stated with its ledger, or named by
    an agency_id of the store. Nothing is kept and nothing is written to the audit trail. A list scores each case alone.
    """
    here = context()
    body = Parser().load_json(request, _STATED)
    several = isinstance(body, list)
    if several and not 1 <= len(body) <= here.settings.max_batch:
        raise InvalidError(
            f"A list has 1 to {here.settings.max_batch} cases.", faults=[Fault("too few or too many", pointer="#")]
        )
    stated = [_loaded(case, at if several else None) for at, case in enumerate(body if several else [body])]
    found = scores.what_if(here.store, principal=principal(), reader=here.reader, now_us=now_us(), stated=stated)
    answers = ",".join([_WRITE(score) for score in found])
    return Response(f"[{answers}]\n" if several else f"{answers}\n", mimetype="application/json")


def _loaded(case: Any, at: int | None) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _READ(case)
    except ValidationError as error:
        messages = error.messages if at is None else {at: error.messages}
        raise invalid({"json": messages}) from None
    return loaded
