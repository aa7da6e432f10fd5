"""What concerns a person as a whole, on the wire: erasing them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from risk_service.schemas.common import Moment
from risk_service.services.retention import REASONS


class ErasureRequest(Schema):
    """Why a person is erased."""

    reason = fields.String(required=True, validate=validate.OneOf(list(REASONS)))


class Erasure(Schema):
    """What was erased."""

    candidate_id = fields.String(required=True)
    reason = fields.String(required=True, validate=validate.OneOf(list(REASONS)))
    erased_at = Moment(required=True)
    scores = fields.Integer(required=True, metadata={"description": "Stored scores that were erased."})
