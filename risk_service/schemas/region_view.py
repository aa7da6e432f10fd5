"""The region view on the wire: null is what stays hidden, because it would be of fewer than five."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from risk_service.schemas.common import Moment, Text, usable
from risk_service.services.region_view import DEFAULT_CAPACITY, MOST_CAPACITY

_HIDDEN = {"description": "null: hidden."}


class RegionQuery(Schema):
    """Which office."""

    office = fields.String(
        validate=[validate.Length(1, 128), usable],
        metadata={"description": "Default: the key's own office, or all of them."},
    )


class ExpectedQuery(RegionQuery):
    """At which capacity."""

    capacity = fields.Integer(
        load_default=DEFAULT_CAPACITY,
        validate=validate.Range(1, MOST_CAPACITY),
        metadata={"description": "How many cases are examined."},
    )


class Figures(Schema):
    """Counts of a place, an agency, a month or all; shares with their interval at 95 %."""

    completed = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    helped = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    examined = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    found = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    drawn = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    drawn_found = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    share = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Estimated from checks drawn by lot, each weighted by one over its chance."},
    )
    low = fields.Float(required=True, allow_none=True)
    high = fields.Float(required=True, allow_none=True)
    prevented_departure = fields.Integer(required=True, allow_none=True, metadata={"description": "Persons."})
    repatriation = fields.Integer(required=True, allow_none=True, metadata={"description": "Persons."})
    complaint = fields.Integer(required=True, allow_none=True, metadata={"description": "Persons."})


class Place(Figures):
    """Counts of one regency, agency or month."""

    key = fields.String(required=True, metadata={"description": "Code; empty where none is on record."})
    name = fields.String(required=True, allow_none=True)


class Stall(Schema):
    """A step at a desk at which at least five cases wait."""

    step = fields.String(required=True)
    title = fields.Nested(Text, required=True)
    issuer = fields.String(required=True)
    issuer_text = fields.Nested(Text, required=True)
    office_id = fields.String(required=True, allow_none=True)
    office_name = fields.String(required=True, allow_none=True)
    waiting = fields.Integer(required=True)
    overdue = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    to_confirm = fields.Integer(required=True, allow_none=True, metadata=_HIDDEN)
    mean_days = fields.Float(
        required=True, metadata={"description": "Days since something last happened in these cases, on average."}
    )


class DeliverySource(Schema):
    """An office that delivers; counts of the last 30 days."""

    source = fields.String(required=True, allow_none=True)
    last_delivery = Moment(required=True)
    deliveries = fields.Integer(required=True)
    rows = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    pending = fields.Integer(required=True, metadata={"description": "Rows that still wait for a parent."})
    complete_through = Moment(required=True, allow_none=True)
    stale = fields.List(fields.String(), required=True)


class RegionView(Schema):
    """What the head of an office steers by."""

    as_of = Moment(required=True, allow_none=True, metadata={"description": "Of the last rescoring."})
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    office = fields.String(required=True, allow_none=True)
    office_name = fields.String(required=True, allow_none=True)
    offices = fields.List(fields.String(), required=True, metadata={"description": "Which can be asked for."})
    total = fields.Nested(Figures, required=True)
    by_region = fields.List(fields.Nested(Place), required=True)
    by_agency = fields.List(fields.Nested(Place), required=True)
    by_month = fields.List(fields.Nested(Place), required=True)
    stalls = fields.List(fields.Nested(Stall), required=True)
    sources = fields.List(fields.Nested(DeliverySource), required=True)


class Expected(Schema):
    """What so many checks would find; null without probabilities or for fewer than five cases."""

    capacity = fields.Integer(required=True)
    cases = fields.Integer(required=True, allow_none=True, metadata={"description": "Cases that have a probability."})
    expected = fields.Integer(required=True, allow_none=True)
    low = fields.Integer(required=True, allow_none=True, metadata={"description": "Sum of the lower bounds."})
    high = fields.Integer(required=True, allow_none=True, metadata={"description": "Sum of the upper bounds."})
    by_lot = fields.Float(
        required=True, allow_none=True, metadata={"description": "The same number of cases drawn by lot."}
    )
