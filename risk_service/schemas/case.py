"""Cases and what is on record of them, on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from models.bands import BANDS
from risk_service.schemas.common import STAMP, Moment, Office, PageQuery, PurposeQuery, Text, usable
from risk_service.schemas.score import Score
from risk_service.services.objections import SHOWN_LANES

ORDERS = ("planned", "risk")
STEP_STATES = ("done", "overdue", "pending", "unknown", "extra")


class CasesQuery(PageQuery, PurposeQuery):
    """Which cases, in which order."""

    band = fields.String(validate=validate.OneOf(BANDS))
    lane = fields.String(validate=validate.OneOf(SHOWN_LANES))
    office = fields.String(validate=[validate.Length(1, 128), usable])
    destination = fields.String(validate=validate.Regexp(r"[A-Z]{2}\Z", error="Not an ISO 3166-1 alpha-2 code."))
    agency = fields.String(validate=[validate.Length(1, 128), usable])
    planned_from = fields.Date(metadata={"description": "Planned departure on or after this day."})
    planned_to = fields.Date(metadata={"description": "Planned departure on or before this day."})
    order = fields.String(
        load_default="planned",
        validate=validate.OneOf(ORDERS),
        metadata={"description": "planned: by planned departure; risk: by band, then score, then departure."},
    )


class CaseItem(Schema):
    """A case in a list."""

    case_id = fields.String(required=True)
    candidate_id = fields.String(required=True)
    lane = fields.String(required=True, validate=validate.OneOf(SHOWN_LANES))
    band = fields.String(required=True, validate=validate.OneOf(BANDS))
    probability = fields.Float(required=True, allow_none=True)
    planned_departure_on = fields.Date(required=True, allow_none=True)
    destination = fields.String(required=True, allow_none=True)
    scheme = fields.String(required=True, allow_none=True)
    agency_id = fields.String(required=True, allow_none=True)
    office = fields.String(required=True, allow_none=True)
    main_reason = fields.Nested(Text, required=True, allow_none=True)
    as_of = Moment(required=True)
    release = fields.String(required=True)


class CasePage(Schema):
    """A page of cases."""

    items = fields.List(fields.Nested(CaseItem), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Cursor of the next page."})


class CaseFacts(Schema):
    """The registration, or for a referred person without one the itinerary."""

    case_id = fields.String(required=True)
    candidate_id = fields.String(required=True)
    registration_id = fields.String(required=True, allow_none=True)
    lane = fields.String(required=True, validate=validate.OneOf(SHOWN_LANES))
    status = fields.String(required=True)
    active = fields.Boolean(required=True)
    scheme = fields.String(required=True, allow_none=True)
    placement = fields.String(required=True, allow_none=True)
    destination = fields.String(required=True, allow_none=True)
    occupation = fields.String(required=True, allow_none=True, metadata={"description": "ISCO-08, 4 digits."})
    occupation_name = fields.Nested(Text, required=True, allow_none=True)
    office = fields.String(required=True, allow_none=True)
    office_contact = fields.Nested(Office, required=True, allow_none=True)
    region = fields.String(required=True, allow_none=True)
    permit_id = fields.String(required=True, allow_none=True)
    registered_on = fields.Date(required=True, allow_none=True)
    planned_departure_on = fields.Date(required=True, allow_none=True)
    days_to_departure = fields.Integer(required=True, allow_none=True)


class CaseStep(Schema):
    """One step of the lawful procedure."""

    step = fields.String(required=True)
    title = fields.Nested(Text, required=True)
    state = fields.String(required=True, validate=validate.OneOf(STEP_STATES))
    required = fields.Boolean(required=True)
    completed_on = fields.Date(required=True, allow_none=True)
    in_order = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "Dated no earlier than the required steps before it; null: not done or not required."},
    )
    usual_by = fields.Date(
        required=True, allow_none=True, metadata={"description": "Day by which it is usually there for this departure."}
    )
    usual_days = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How many days it usually takes; null: not required."}
    )
    issuer = fields.Nested(Text, required=True, allow_none=True)


class Coordinates(Schema):
    """A place, in degrees."""

    lat = fields.Float(required=True)
    lon = fields.Float(required=True)


class Itinerary(Schema):
    """The journey that belongs to the case."""

    travel_id = fields.String(required=True)
    departs_on = fields.Date(required=True)
    departure_point = fields.String(required=True)
    departure_name = fields.String(required=True, allow_none=True)
    departure_position = fields.Nested(Coordinates, required=True, allow_none=True)
    transit = fields.List(fields.String(), required=True)
    destination = fields.String(required=True)
    visa_class = fields.String(required=True)
    return_ticket = fields.String(required=True)
    payer = fields.String(required=True)
    booked_on = fields.Date(required=True, allow_none=True)
    group_size = fields.Integer(required=True, allow_none=True)


_LICENCE_STATE = {"description": "0 active … 5 none on record."}


class LicencePeriod(Schema):
    """A time in which a licence's state did not change."""

    state = fields.Integer(required=True, metadata=_LICENCE_STATE)
    text = fields.Nested(Text, required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True, allow_none=True, metadata={"description": "Null: from then on."})


class Licence(Schema):
    """An agency's licence as of then."""

    state = fields.Integer(required=True, metadata=_LICENCE_STATE)
    text = fields.Nested(Text, required=True)
    valid_to = fields.Date(required=True, allow_none=True)
    extends_itself = fields.Boolean(required=True)
    periods = fields.List(fields.Nested(LicencePeriod), required=True, metadata={"description": "Oldest first."})


class AgencyEvent(Schema):
    """An entry of an agency's ledger."""

    event_id = fields.String(required=True)
    event = fields.String(required=True)
    effective_on = fields.Date(required=True)
    valid_to = fields.Date(required=True, allow_none=True)
    scope = fields.String(required=True, allow_none=True)
    recorded_at = Moment(required=True)


class Agency(Schema):
    """An agency and its ledger."""

    agency_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, allow_none=True)
    head_region = fields.String(required=True, allow_none=True)
    licence = fields.Nested(Licence, required=True)
    sanctions_24m = fields.Integer(required=True)
    deposit_shortfall = fields.Boolean(required=True)
    events = fields.List(fields.Nested(AgencyEvent), required=True)


class RecordValue(Schema):
    """A field of a record."""

    name = fields.String(required=True)
    value = fields.Raw(required=True, metadata={"description": "As the contract writes it."})


class OpenedRecord(Schema):
    """A record that a reason or a notice rests on."""

    feed = fields.String(required=True)
    key = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    recorded_at = fields.String(required=True, metadata=STAMP)
    office = fields.Nested(Office, required=True, allow_none=True, metadata={"description": "Who answers for it."})
    values = fields.List(
        fields.Nested(RecordValue), required=True, metadata={"description": "Without what identifies."}
    )


class Case(Schema):
    """A case with its evidence and its present score."""

    case = fields.Nested(CaseFacts, required=True)
    steps = fields.List(fields.Nested(CaseStep), required=True)
    itinerary = fields.Nested(Itinerary, required=True, allow_none=True)
    contradictions = fields.List(
        fields.Nested(Text), required=True, metadata={"description": "Records that disagree: what to ask about."}
    )
    agency = fields.Nested(Agency, required=True, allow_none=True)
    records = fields.List(fields.Nested(OpenedRecord), required=True)
    score = fields.Nested(Score, required=True)


class ScoreItem(Schema):
    """A score in a case's history."""

    score_id = fields.String(required=True)
    as_of = Moment(required=True)
    lane = fields.String(required=True)
    band = fields.String(required=True)
    probability = fields.Float(required=True, allow_none=True)
    log_odds = fields.Float(required=True, allow_none=True)
    release = fields.String(required=True)
    rules_version = fields.String(required=True)


class ScorePage(Schema):
    """A page of a case's scores, the latest first."""

    items = fields.List(fields.Nested(ScoreItem), required=True)
    next = fields.String(required=True, allow_none=True)


class Candidate(Schema):
    """A person, identifiers masked."""

    candidate_id = fields.String(required=True)
    nik = fields.String(required=True, allow_none=True, metadata={"description": "Masked."})
    full_name = fields.String(required=True, allow_none=True, metadata={"description": "Masked."})
    passport_no = fields.String(required=True, allow_none=True, metadata={"description": "Masked."})
    phone = fields.String(required=True, allow_none=True, metadata={"description": "Masked."})
    birth_year = fields.Integer(required=True, allow_none=True)
    safe_to_contact = fields.Boolean(required=True, allow_none=True)
    enrolled_as = fields.String(required=True)
    office = fields.String(required=True, allow_none=True)
    cases = fields.List(fields.String(), required=True, metadata={"description": "Case ids."})
    recorded_at = fields.String(required=True, metadata=STAMP)


class Identity(Schema):
    """What identifies a person, in full."""

    candidate_id = fields.String(required=True)
    safe_to_contact = fields.Boolean(
        required=True, allow_none=True, metadata={"description": "Look at this before using the number."}
    )
    nik = fields.String(required=True, allow_none=True)
    full_name = fields.String(required=True, allow_none=True)
    passport_no = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
