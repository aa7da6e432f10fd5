"""What-if requests, made from the feed contract itself: no field list is spelled here."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from models.schema import FEEDS, Field
from models.times import EARLIEST, LATEST
from risk_service.schemas.common import Moment, usable

_TEXT: Final = (validate.Length(min=1, max=200), usable)
# Names a row has in the store; in a what-if the service gives them.
_GIVEN: Final = frozenset({"candidate_id", "recorded_at", "retracted"})
_MOST: Final = 500


def _may_be_stated(day: dt.date) -> None:
    if not EARLIEST <= day <= LATEST:
        raise ValidationError(f"Not within {EARLIEST} to {LATEST}.")


def field_of(field: Field, *, required: bool) -> fields.Field[Any]:
    """Return the field of a request for a field of the contract."""
    more: dict[str, Any] = {"required": required, "allow_none": not required}
    if field.meaning:
        more["metadata"] = {"description": field.meaning}
    match field.kind:
        case "date":
            return fields.Date(validate=_may_be_stated, **more)
        case "timestamp":
            return Moment(**more)
        case "bool":
            return fields.Boolean(truthy={True}, falsy={False}, **more)
        case "int":
            top = int(field.maximum) if field.maximum is not None else 2**53
            return fields.Integer(strict=True, validate=validate.Range(0, top), **more)
        case "float":
            return fields.Float(validate=validate.Range(0, field.maximum), **more)
    checks: list[Any] = list(_TEXT)
    if field.codes:
        checks = [validate.OneOf(field.codes)]
    elif field.pattern:
        checks.append(validate.Regexp(field.pattern, error=f"Not {field.expectation}."))
    return fields.String(validate=checks, **more)


def schema_of(
    feed: str, *, name: str, omit: frozenset[str] = frozenset(), optional: frozenset[str] = frozenset()
) -> type[Schema]:
    """Return the request schema of one row of a feed.

    Parameters
    ----------
    feed
        Feed of the contract.
    name
        Name in the OpenAPI document.
    omit, optional
        Fields left out; fields that the contract requires and a what-if need not state.
    """
    declared = {
        field.name: field_of(field, required=field.required and field.name not in optional)
        for field in FEEDS[feed].fields
        if field.name not in _GIVEN | omit
    }
    return Schema.from_dict(declared, name=name)


_Candidate: Final = schema_of(
    "candidates",
    name="WhatIfCandidate",
    omit=frozenset({"full_name", "passport_no", "phone", "sex"}),
    optional=frozenset({"enrolled_as", "work_evidence", "office"}),
)
_Registration: Final = schema_of(
    "registrations", name="WhatIfRegistration", optional=frozenset({"registration_id", "office", "status", "placement"})
)
_Step: Final = schema_of(
    "registration_steps", name="WhatIfStep", omit=frozenset({"registration_id"}), optional=frozenset({"issuer"})
)
_Event: Final = schema_of(
    "agency_events", name="WhatIfAgencyEvent", omit=frozenset({"event_id", "agency_id", "to_agency_id"})
)
_Permit: Final = schema_of("permits", name="WhatIfPermit", optional=frozenset({"agency_id"}))
_Branch: Final = schema_of("branches", name="WhatIfBranch", omit=frozenset({"agency_id"}))
_Travel: Final = schema_of(
    "travel",
    name="WhatIfTravel",
    omit=frozenset({"registration_id"}),
    optional=frozenset({"travel_id", "visa_class", "return_ticket", "payer"}),
)


class WhatIfAgency(Schema):
    """An agency that the store need not know."""

    kind = fields.String(validate=validate.OneOf(FEEDS["agencies"].field("kind").codes), load_default="p3mi")
    events = fields.List(fields.Nested(_Event), load_default=list, validate=validate.Length(max=_MOST))
    branches = fields.List(fields.Nested(_Branch), load_default=list, validate=validate.Length(max=_MOST))


class WhatIf(Schema):
    """One case to score: what is known of it, and nothing that says who it is."""

    as_of = Moment(metadata={"description": "Score as of then. Default: now."})
    candidate = fields.Nested(_Candidate, load_default=dict)
    registration = fields.Nested(_Registration, load_default=None, allow_none=True)
    steps = fields.List(fields.Nested(_Step), load_default=list, validate=validate.Length(max=_MOST))
    agency = fields.Nested(
        WhatIfAgency,
        load_default=None,
        allow_none=True,
        metadata={"description": "Ledger of the agency; without it, registration.agency_id is looked up in the store."},
    )
    permits = fields.List(fields.Nested(_Permit), load_default=list, validate=validate.Length(max=_MOST))
    travel = fields.List(fields.Nested(_Travel), load_default=list, validate=validate.Length(max=_MOST))

    @validates_schema
    def whole(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse what makes no case.

        Raises
        ------
        ValidationError
            Neither a registration nor an itinerary; steps without a registration; a step twice.
        """
        if not data["registration"] and not data["travel"]:
            raise ValidationError("A case needs a registration or an itinerary.", "registration")
        if data["steps"] and not data["registration"]:
            raise ValidationError("Steps need a registration.", "steps")
        named = [step.get("step") for step in data["steps"]]
        if len(set(named)) != len(named):
            raise ValidationError("A step is stated twice.", "steps")
