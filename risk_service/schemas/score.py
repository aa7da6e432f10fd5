"""A score on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from models.bands import BANDS
from risk_service.schemas.common import STAMP, Office, Record, Text
from risk_service.services.objections import SHOWN_LANES


class Interval(Schema):
    """How sure the probability is."""

    low = fields.Float(required=True, allow_none=True)
    high = fields.Float(required=True, allow_none=True)


class Reason(Schema):
    """One of the terms that add up to the log-odds."""

    code = fields.String(required=True, metadata={"description": "Feature of the catalogue, or a pair as a*b."})
    family = fields.String(required=True)
    text = fields.Nested(Text, required=True)
    value = fields.Raw(required=True, allow_none=True, metadata={"description": "Value of the feature; null: missing."})
    contribution = fields.Float(required=True, metadata={"description": "In log-odds."})
    record = fields.Nested(Record, required=True, allow_none=True)


class Notice(Schema):
    """A note of the rules, whatever the score says."""

    code = fields.String(required=True)
    text = fields.Nested(Text, required=True)
    record = fields.Nested(Record, required=True, allow_none=True)


class RecourseStep(Schema):
    """One step on the way back."""

    step = fields.String(required=True)
    issuer = fields.String(required=True, metadata={"description": "Kind of office that issues it."})
    office = fields.Nested(Office, required=True, allow_none=True)
    text = fields.Nested(Text, required=True)


class Recourse(Schema):
    """The way back to a procedural departure."""

    kind = fields.String(
        required=True,
        metadata={"description": "steps, postpone, change_agency, no_lawful_route, protection, ask_first or complete."},
    )
    text = fields.Nested(Text, required=True)
    steps = fields.List(fields.Nested(RecourseStep), required=True)


class Score(Schema):
    """A case's score: base + contributions of the reasons + other = log_odds, exactly."""

    case_id = fields.String(required=True, allow_none=True)
    candidate_id = fields.String(required=True, allow_none=True)
    as_of = fields.String(required=True, metadata=STAMP)
    lane = fields.String(required=True, validate=validate.OneOf(SHOWN_LANES))
    probability = fields.Float(required=True, allow_none=True)
    interval = fields.Nested(Interval, required=True)
    band = fields.String(required=True, validate=validate.OneOf(BANDS))
    log_odds = fields.Float(required=True, allow_none=True)
    base = fields.Float(required=True, allow_none=True)
    other = fields.Float(required=True, allow_none=True)
    reasons = fields.List(fields.Nested(Reason), required=True)
    notices = fields.List(fields.Nested(Notice), required=True)
    recourse = fields.Nested(Recourse, required=True)
    freshness = fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True, metadata=STAMP),
        required=True,
        metadata={"description": "How far each feed was complete; null: never delivered."},
    )
    release = fields.String(required=True)
    rules_version = fields.String(required=True)
