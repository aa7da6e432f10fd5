"""What concerns a person as a whole, on the wire: everything held about them, and erasing them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from risk_service.schemas.common import Moment, PurposeQuery, Text
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


class PaperQuery(PurposeQuery):
    """In which language."""

    language = fields.String(load_default="id", validate=validate.OneOf(["id", "en"]))


class HeldIdentity(Schema):
    """What identifies the person by the latest record."""

    nik = fields.String(required=True, allow_none=True)
    full_name = fields.String(required=True, allow_none=True)
    passport_no = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)


class HeldValue(Schema):
    """One thing that is recorded."""

    field = fields.String(required=True)
    title = fields.Nested(Text, required=True)
    text = fields.Nested(Text, required=True)


class HeldRecord(Schema):
    """One version of one row, who delivered it and when."""

    feed = fields.String(required=True)
    title = fields.Nested(Text, required=True)
    recorded_at = Moment(required=True)
    received_at = Moment(required=True)
    source = fields.Nested(Text, required=True)
    retracted = fields.Boolean(required=True)
    values = fields.List(fields.Nested(HeldValue), required=True)


class HeldScore(Schema):
    """One stored score, in words."""

    score_id = fields.String(required=True)
    case_id = fields.String(required=True)
    as_of = Moment(required=True)
    release = fields.String(required=True)
    band = fields.String(required=True)
    probability = fields.Float(required=True, allow_none=True)
    text = fields.Nested(Text, required=True)
    reasons = fields.List(fields.Nested(Text), required=True)
    notices = fields.List(fields.Nested(Text), required=True)


class TrialResult(Schema):
    """A result of a release on trial, which no officer was shown."""

    case_id = fields.String(required=True)
    as_of = Moment(required=True)
    release = fields.String(required=True)
    band = fields.String(required=True)


class HeldCasework(Schema):
    """What an officer recorded, decided or wrote; not who."""

    kind = fields.String(required=True)
    title = fields.Nested(Text, required=True)
    at = Moment(required=True)
    values = fields.List(fields.Nested(HeldValue), required=True)


class Look(Schema):
    """Somebody opened or did something, by role and office."""

    at = Moment(required=True)
    action = fields.String(required=True)
    text = fields.Nested(Text, required=True)
    role = fields.Nested(Text, required=True)
    office = fields.String(required=True, allow_none=True, metadata={"description": "null: every office."})
    purpose = fields.Nested(Text, required=True, allow_none=True)


class SubjectFile(Schema):
    """Everything held about a person, in Indonesian and English."""

    candidate_id = fields.String(required=True)
    made_at = Moment(required=True)
    simulated = fields.Boolean(required=True)
    lead = fields.Nested(Text, required=True)
    identity = fields.Nested(HeldIdentity, required=True)
    records = fields.List(fields.Nested(HeldRecord), required=True)
    scores = fields.List(fields.Nested(HeldScore), required=True)
    on_trial = fields.List(fields.Nested(TrialResult), required=True)
    casework = fields.List(fields.Nested(HeldCasework), required=True)
    looked = fields.List(fields.Nested(Look), required=True)
    kept = fields.Nested(Text, required=True)
    rights = fields.List(fields.Nested(Text), required=True)
