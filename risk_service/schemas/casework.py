"""What officers record about a case, on the wire: own views, findings, corrections, objections, overrides."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from models.bands import BANDS
from models.schema import FEEDS
from risk_service.schemas.common import Moment, PageQuery, PurposeQuery, usable
from risk_service.services.corrections import CONTESTABLE, RAISED_FOR
from risk_service.services.corrections import STATES as CORRECTION_STATES
from risk_service.services.findings import STATED_REASONS
from risk_service.services.findings import STATES as FINDING_STATES
from risk_service.services.overrides import BANDS_TO_SET
from risk_service.services.overrides import STATES as OVERRIDE_STATES
from risk_service.services.own_views import VIEWS

_OUTCOMES: Final = FEEDS["outcomes"]
FINDINGS: Final = _OUTCOMES.field("finding").codes
STATES_FOUND: Final = _OUTCOMES.field("state_found").codes
HELP: Final = _OUTCOMES.field("help_given").codes
EXAMINED: Final = _OUTCOMES.field("examined_because").codes
_ID: Final = (validate.Length(1, 128), usable)


def _in_words(text: str) -> None:
    """Refuse what is no text: blank, or with signs that no page takes; lines may be broken."""
    if not text.strip():
        raise ValidationError("Is blank.")
    usable(text.replace("\n", " ").replace("\r", " ").replace("\t", " "))


def _words(*, required: bool = True, most: int = 2000, **more: Any) -> fields.String:
    return fields.String(required=required, validate=[validate.Length(max=most), _in_words], **more)


class Officer(Schema):
    """Who did it."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class GivenReason(Schema):
    """Why, in one's own words; kept sealed."""

    reason = _words()


class OwnViewRequest(Schema):
    """What the officer thinks of the case before seeing its score."""

    view = fields.String(required=True, validate=validate.OneOf(list(VIEWS)))


class OwnView(Schema):
    """An officer's own view."""

    case_id = fields.String(required=True)
    view = fields.String(required=True)
    at = Moment(required=True)


class FindingRequest(Schema):
    """What was found, and what help was given. Whether the case was drawn by lot is known to the service."""

    finding = fields.String(required=True, validate=validate.OneOf(FINDINGS))
    state_found = fields.String(validate=validate.OneOf(STATES_FOUND))
    help_given = fields.String(validate=validate.OneOf(HELP))
    own_view = fields.String(validate=validate.OneOf(list(VIEWS)))
    examined_because = fields.String(load_default="worklist", validate=validate.OneOf(STATED_REASONS))
    departed_on = fields.Date()
    checked_on = fields.Date(metadata={"description": "Default: today."})
    note = _words(required=False, most=4000, metadata={"description": "Evidence, in words; kept sealed."})


class Finding(Schema):
    """A finding. A provisional one counts nowhere until a second officer confirms it."""

    finding_id = fields.String(required=True)
    case_id = fields.String(required=True)
    candidate_id = fields.String(required=True)
    office = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(FINDING_STATES))
    finding = fields.String(required=True)
    state_found = fields.String(required=True, allow_none=True)
    help_given = fields.String(required=True, allow_none=True)
    own_view = fields.String(required=True, allow_none=True)
    examined_because = fields.String(required=True, validate=validate.OneOf(EXAMINED))
    inclusion_probability = fields.Float(required=True, allow_none=True)
    departed_on = fields.Date(required=True, allow_none=True)
    checked_on = fields.Date(required=True)
    note = fields.String(required=True, allow_none=True)
    recorded_by = fields.Nested(Officer, required=True)
    recorded_at = Moment(required=True)
    lapses_at = Moment(required=True, allow_none=True)
    confirmed_by = fields.Nested(Officer, required=True, allow_none=True)
    confirmed_at = Moment(required=True, allow_none=True)
    retracted_by = fields.Nested(Officer, required=True, allow_none=True)
    retracted_at = Moment(required=True, allow_none=True)
    retraction = fields.String(required=True, allow_none=True)
    may_confirm = fields.Boolean(required=True, metadata={"description": "Whether the reader can be the second one."})
    version = fields.Integer(required=True)


class FindingsQuery(PageQuery, PurposeQuery):
    """Which findings."""

    state = fields.String(validate=validate.OneOf(FINDING_STATES))
    case_id = fields.String(data_key="case", validate=_ID)
    office = fields.String(validate=_ID)
    awaiting = fields.Boolean(
        metadata={"description": "Those of any office that wait for a second officer other than the reader."}
    )


class FindingPage(Schema):
    """A page of findings, the latest first."""

    items = fields.List(fields.Nested(Finding), required=True)
    next = fields.String(required=True, allow_none=True)


class CorrectionRequest(Schema):
    """A datum that is contested: a row of a feed, and what it should say."""

    feed = fields.String(required=True, validate=validate.OneOf(CONTESTABLE))
    key = fields.Dict(
        keys=fields.String(validate=_ID),
        values=fields.String(validate=_ID),
        required=True,
        validate=validate.Length(1, 4),
        metadata={"description": "Key fields of the row by name."},
    )
    values = fields.Dict(
        keys=fields.String(validate=_ID),
        values=fields.String(allow_none=True, validate=[validate.Length(max=500), usable]),
        load_default=dict,
        validate=validate.Length(max=30),
        metadata={"description": "New values by field, written as in a delivery; null or empty: nothing."},
    )
    withdraw = fields.Boolean(load_default=False, metadata={"description": "The row should not be there at all."})
    raised_for = fields.String(load_default="candidate", validate=validate.OneOf(RAISED_FOR))
    reason = _words()

    @validates_schema
    def whole(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse what changes nothing, or both changes and withdraws.

        Raises
        ------
        ValidationError
            It does.
        """
        if bool(data.get("values")) == bool(data.get("withdraw")):
            raise ValidationError("Either new values or a withdrawal.", "values")


class Decision(Schema):
    """A supervisor's decision."""

    accept = fields.Boolean(required=True)
    reason = _words()


class Correction(Schema):
    """A contested datum and what became of it."""

    correction_id = fields.String(required=True)
    case_id = fields.String(required=True)
    candidate_id = fields.String(required=True)
    office = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(CORRECTION_STATES))
    raised_for = fields.String(required=True)
    feed = fields.String(required=True)
    key = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    values = fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True),
        required=True,
        allow_none=True,
        metadata={"description": "What identifies a person is masked; null once the person has been erased."},
    )
    on_record = fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True),
        required=True,
        allow_none=True,
        metadata={
            "description": "While it waits: what the row says now, masked as above; empty: no such row. Else null."
        },
    )
    replaced = fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True),
        required=True,
        allow_none=True,
        metadata={
            "description": "Once it is decided: what the row said then, masked as above; empty: no such row. Null "
            "while it waits, of decisions made before this was kept, and once the person has been erased."
        },
    )
    withdraw = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    raised_by = fields.Nested(Officer, required=True)
    raised_at = Moment(required=True)
    decided_by = fields.Nested(Officer, required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)
    decision = fields.String(required=True, allow_none=True)
    ingest_seq = fields.Integer(required=True, allow_none=True, metadata={"description": "Of the corrected row."})
    version = fields.Integer(required=True)


class CorrectionsQuery(PageQuery, PurposeQuery):
    """Which corrections."""

    state = fields.String(validate=validate.OneOf(CORRECTION_STATES))
    case_id = fields.String(data_key="case", validate=_ID)
    office = fields.String(validate=_ID)


class CorrectionPage(Schema):
    """A page of corrections, the latest first."""

    items = fields.List(fields.Nested(Correction), required=True)
    next = fields.String(required=True, allow_none=True)


class Objection(Schema):
    """A person's objection to being profiled."""

    objection_id = fields.String(required=True)
    candidate_id = fields.String(required=True)
    office = fields.String(required=True, allow_none=True)
    in_force = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    raised_by = fields.Nested(Officer, required=True)
    raised_at = Moment(required=True)
    lifted_by = fields.Nested(Officer, required=True, allow_none=True)
    lifted_at = Moment(required=True, allow_none=True)
    lifting = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class ObjectionList(Schema):
    """A person's objections, the latest first."""

    items = fields.List(fields.Nested(Objection), required=True)


class OverrideRequest(Schema):
    """A band beside the score's, until a day."""

    band = fields.String(required=True, validate=validate.OneOf(BANDS_TO_SET))
    reason = _words()
    expires_on = fields.Date(required=True, metadata={"description": "Last day it is shown; at most 90 days away."})


class Override(Schema):
    """A band that an officer set; the score stays as it is."""

    override_id = fields.String(required=True)
    case_id = fields.String(required=True)
    candidate_id = fields.String(required=True)
    office = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(OVERRIDE_STATES))
    band = fields.String(required=True, validate=validate.OneOf(BANDS))
    model_band = fields.String(required=True, validate=validate.OneOf(BANDS))
    reason = fields.String(required=True, allow_none=True)
    made_by = fields.Nested(Officer, required=True)
    made_at = Moment(required=True)
    expires_at = Moment(required=True)
    lapses_at = Moment(required=True, allow_none=True)
    confirmed_by = fields.Nested(Officer, required=True, allow_none=True)
    confirmed_at = Moment(required=True, allow_none=True)
    ended_by = fields.Nested(Officer, required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    ending = fields.String(required=True, allow_none=True)
    may_confirm = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class OverrideList(Schema):
    """Overrides of a case, or those of any office that wait for a second officer, the latest first."""

    items = fields.List(fields.Nested(Override), required=True)


class OverridesQuery(PurposeQuery):
    """Which overrides."""

    case_id = fields.String(data_key="case", validate=_ID)
    office = fields.String(validate=_ID)
    awaiting = fields.Boolean(
        metadata={"description": "Those of any office that wait for a second officer other than the reader."}
    )
