"""Finding a person, on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from risk_service.schemas.common import usable
from risk_service.services.search import FOUND_BY, LONGEST


class SearchRequest(Schema):
    """What is searched for; in a body, so that it stands in no address and no log."""

    text = fields.String(
        required=True,
        validate=[validate.Length(1, LONGEST), usable],
        metadata={
            "description": "Number of a case or a candidate, NIK, passport, or a name, "
            "with the year of birth if it is known (Siti Aminah 1995); at least two signs."
        },
    )


class FoundCase(Schema):
    """A case of somebody who was found."""

    case_id = fields.String(required=True)
    destination = fields.String(required=True, allow_none=True)
    agency_id = fields.String(required=True, allow_none=True)
    planned_departure_on = fields.Date(required=True, allow_none=True)
    office = fields.String(required=True, allow_none=True)
    in_queue = fields.Boolean(required=True, metadata={"description": "Still to depart, as far as is known."})


class FoundPerson(Schema):
    """Somebody who was found, masked."""

    candidate_id = fields.String(required=True)
    found_by = fields.String(required=True, validate=validate.OneOf(FOUND_BY))
    likeness = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Of the name to the one searched for, at most 100; null: found by a number."},
    )
    full_name = fields.String(required=True, allow_none=True, metadata={"description": "Masked."})
    birth_year = fields.Integer(required=True, allow_none=True)
    office = fields.String(required=True, allow_none=True)
    erased = fields.Boolean(required=True)
    cases = fields.List(fields.Nested(FoundCase), required=True)


class Found(Schema):
    """Who was found, the likeliest first."""

    items = fields.List(fields.Nested(FoundPerson), required=True)
    more = fields.Boolean(required=True, metadata={"description": "There are more; say more of the name."})
    too_common = fields.Boolean(
        required=True,
        metadata={
            "description": "As many people are called so that some were not looked at: whoever is not named here may "
            "be there all the same. Add a word of the name, or the year of birth."
        },
    )
