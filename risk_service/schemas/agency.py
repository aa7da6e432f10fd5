"""What is on record around an agency, on the wire: a count that is null stays hidden, being of fewer than five."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from risk_service.schemas.case import Agency
from risk_service.schemas.common import Moment, Text, usable

_HIDDEN = {"description": "null: hidden."}
PERMIT_STATES = ("in_force", "not_yet", "ended", "withdrawn")


class AgenciesQuery(Schema):
    """Which agencies."""

    q = fields.String(
        load_default="",
        validate=[validate.Length(max=100), usable],
        metadata={"description": "Part of a name or an id; empty: any."},
    )


class AgencyItem(Schema):
    """An agency in a list."""

    agency_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, allow_none=True)
    head_region = fields.String(required=True, allow_none=True)


class AgencyList(Schema):
    """Agencies by name."""

    items = fields.List(fields.Nested(AgencyItem), required=True, metadata={"description": "At most 50."})


class Permit(Schema):
    """A recruitment permit (SIP2MI)."""

    permit_id = fields.String(required=True)
    destination_country = fields.String(required=True)
    occupation = fields.String(required=True, allow_none=True, metadata={"description": "ISCO-08, 4 digits."})
    occupation_name = fields.Nested(Text, required=True, allow_none=True)
    quota = fields.Integer(required=True)
    cited = fields.Integer(
        required=True, metadata={"description": "Registrations that name it, as of the last rescoring."}
    )
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True)
    withdrawn_on = fields.Date(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(PERMIT_STATES))


class Branch(Schema):
    """A registered branch office."""

    region = fields.String(required=True)
    registered_on = fields.Date(required=True)
    closed_on = fields.Date(required=True, allow_none=True)


class Complaint(Schema):
    """A complaint upheld, or a claim opened or settled."""

    event_id = fields.String(required=True)
    event = fields.String(required=True)
    effective_on = fields.Date(required=True)
    amount_idr = fields.Integer(required=True, allow_none=True, metadata={"description": "Whole rupiah."})


class CasesInProcess(Schema):
    """Cases in process within one's scope; fewer than five are hidden, none included."""

    total = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    by_band = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True), required=True, metadata=_HIDDEN)


class Period(Schema):
    """Findings of a quarter beside the number examined; the share has Wilson's interval at 95 %."""

    period = fields.String(required=True, metadata={"description": "As 2025-Q3."})
    completed = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    helped = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    examined = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    found = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    drawn = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    drawn_found = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    share = fields.Float(required=True, allow_none=True, metadata={"description": "Found among those examined."})
    low = fields.Float(required=True, allow_none=True)
    high = fields.Float(required=True, allow_none=True)


class SharedLink(Schema):
    """A recruiter or payer that another agency has, too."""

    kind = fields.String(required=True, validate=validate.OneOf(("recruiter", "payer")))
    ref = fields.String(required=True, metadata={"description": "Opaque; a long number in it is cut to its end."})
    own_cases = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    agency_id = fields.String(required=True, metadata={"description": "The other agency."})
    name = fields.String(required=True, allow_none=True)
    cases = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)


class AgencyOverview(Schema):
    """What is on record around an agency."""

    agency = fields.Nested(Agency, required=True)
    as_of = Moment(required=True, allow_none=True, metadata={"description": "Of the last rescoring."})
    permits = fields.List(fields.Nested(Permit), required=True, metadata={"description": "The latest, at most 200."})
    branches = fields.List(fields.Nested(Branch), required=True)
    complaints = fields.List(fields.Nested(Complaint), required=True, metadata={"description": "The latest first."})
    open_claims_idr = fields.Integer(required=True)
    cases = fields.Nested(CasesInProcess, required=True)
    periods = fields.List(fields.Nested(Period), required=True)
    shared = fields.List(fields.Nested(SharedLink), required=True, metadata={"description": "At most 200."})
