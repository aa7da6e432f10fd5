"""Worklists on the wire."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

from marshmallow import Schema, ValidationError, fields, validate

from models.bands import BANDS
from models.schema import STEPS
from models.waiting import STATES as WAITING_STATES
from models.worklist import LANES
from risk_service.schemas.casework import Officer
from risk_service.schemas.common import Moment, PageQuery, PurposeQuery, Text, usable
from risk_service.services.casework_actions import MOST, REST_REASONS, WORK
from risk_service.services.changes import CHANGES
from risk_service.services.objections import SHOWN_LANES
from risk_service.services.own_views import VIEWS
from risk_service.services.worklist import STATES

_ID: Final = (validate.Length(1, 128), usable)
LARGEST_CAPACITY: Final = 500


class WorklistFilters(PurposeQuery):
    """Which cases of a list."""

    office = fields.String(validate=_ID, metadata={"description": "Default: the office that the key is bound to."})
    day = fields.Date(metadata={"description": "Default: today; only today's list is made, earlier ones are read."})
    lane = fields.String(validate=validate.OneOf(LANES))
    state = fields.String(load_default="open", validate=validate.OneOf(STATES))
    assigned = fields.String(validate=_ID, metadata={"description": "me, nobody, or the id of an officer."})
    destination = fields.String(validate=validate.Regexp(r"[A-Z]{2}\Z", error="Not an ISO 3166-1 alpha-2 code."))
    changed = fields.Boolean(metadata={"description": "Only cases that the last rescoring changed."})
    returned = fields.Boolean(metadata={"description": "Only cases that came back because nobody touched them."})


class WaitingStep(Schema):
    """A step that waits in a case, as of the last rescoring: its turn has come, or it is usually there by now."""

    step = fields.String(required=True, validate=validate.OneOf(STEPS))
    title = fields.Nested(Text, required=True)
    turn = fields.Boolean(required=True, metadata={"description": "Every earlier required step is done."})
    state = fields.String(
        required=True,
        validate=validate.OneOf(WAITING_STATES),
        metadata={"description": "overdue: usually there by now; pending: there is time; unknown: to be confirmed."},
    )
    issuer = fields.Nested(Text, required=True, metadata={"description": "The kind of office that does it."})
    office_id = fields.String(required=True, allow_none=True, metadata={"description": "Null: none is on record."})
    safety = fields.Nested(Text, required=True, allow_none=True, metadata={"description": "To be heeded before."})


class WorklistItem(Schema):
    """A case on a list."""

    case_id = fields.String(required=True)
    candidate_id = fields.String(required=True)
    lane = fields.String(required=True, validate=validate.OneOf(LANES))
    planned_departure_on = fields.Date(required=True, allow_none=True)
    destination = fields.String(required=True, allow_none=True)
    scheme = fields.String(required=True, allow_none=True)
    agency_id = fields.String(required=True, allow_none=True)
    help = fields.Nested(Text, required=True, allow_none=True, metadata={"description": "What can be done."})
    waiting = fields.List(
        fields.Nested(WaitingStep), required=True, metadata={"description": "What is missing, in lawful order."}
    )
    in_queue = fields.Boolean(required=True, metadata={"description": "False: it has left the queue since."})
    served_by_date = fields.Boolean(required=True, metadata={"description": "The person objects to being profiled."})
    override = fields.String(required=True, allow_none=True, validate=validate.OneOf(BANDS))
    assigned_to = fields.Nested(Officer, required=True, allow_none=True)
    locked_by = fields.Nested(Officer, required=True, allow_none=True)
    locked_until = Moment(required=True, allow_none=True)
    resting_until = Moment(required=True, allow_none=True)
    resting_because = fields.String(required=True, allow_none=True)
    returned = fields.Boolean(required=True, metadata={"description": "Listed before, and not touched for too long."})
    changes = fields.List(
        fields.String(validate=validate.OneOf(CHANGES)),
        required=True,
        metadata={"description": "By the last rescoring."},
    )
    finding_id = fields.String(required=True, allow_none=True)
    own_view = fields.String(required=True, allow_none=True, validate=validate.OneOf(list(VIEWS)))
    drawn = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "Whether it was drawn by lot; null until your own view of the case is recorded."},
    )
    inclusion_probability = fields.Float(required=True, allow_none=True)
    version = fields.Integer(required=True)


class Worklist(Schema):
    """An office's list of a day, in order of departure; a stated share of it is drawn by lot."""

    office = fields.String(required=True, allow_none=True)
    day = fields.Date(required=True)
    capacity = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of the office, for the next list that is made."}
    )
    capacity_version = fields.Integer(required=True, allow_none=True)
    lot_share = fields.Float(required=True, allow_none=True)
    made_at = Moment(required=True, allow_none=True)
    scored_as_of = Moment(required=True, allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    lanes = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    items = fields.List(fields.Nested(WorklistItem), required=True)
    offices = fields.List(
        fields.String(), required=True, metadata={"description": "To choose from, where no office is given."}
    )


class ChangesQuery(PageQuery, PurposeQuery):
    """Whose, and which part."""

    office = fields.String(validate=_ID)


class CaseChange(Schema):
    """What the last rescoring changed in a case."""

    case_id = fields.String(required=True)
    candidate_id = fields.String(required=True)
    planned_departure_on = fields.Date(required=True, allow_none=True)
    changes = fields.List(fields.String(validate=validate.OneOf(CHANGES)), required=True)
    lane = fields.String(required=True, validate=validate.OneOf(SHOWN_LANES))
    lane_before = fields.String(required=True, allow_none=True, validate=validate.OneOf(SHOWN_LANES))
    band = fields.String(required=True, validate=validate.OneOf(BANDS))
    band_before = fields.String(required=True, allow_none=True, validate=validate.OneOf(BANDS))


class ChangeList(Schema):
    """What the last rescoring changed in an office's cases."""

    office = fields.String(required=True, allow_none=True)
    as_of = Moment(required=True, allow_none=True)
    items = fields.List(fields.Nested(CaseChange), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Cursor of the next page; it ends with the next rescoring, whose changes are others."},
    )


class WorkRequest(Schema):
    """What to do to which cases."""

    action = fields.String(required=True, validate=validate.OneOf(WORK))
    cases = fields.List(fields.String(validate=_ID), required=True, validate=validate.Length(1, MOST))
    to = fields.String(validate=_ID, metadata={"description": "assign: the officer; default: oneself."})
    until = fields.Date(metadata={"description": "snooze: the last day of rest."})
    because = fields.String(validate=validate.OneOf(list(REST_REASONS)), metadata={"description": "snooze."})


class CaseWork(Schema):
    """Who works on a case, on a list or not, and whether it rests."""

    case_id = fields.String(required=True)
    assigned_to = fields.Nested(Officer, required=True, allow_none=True)
    locked_by = fields.Nested(Officer, required=True, allow_none=True)
    locked_until = Moment(required=True, allow_none=True)
    resting_until = Moment(required=True, allow_none=True)
    resting_because = fields.String(required=True, allow_none=True, validate=validate.OneOf(list(REST_REASONS)))


class Refused(Schema):
    """A case to which it was not done."""

    case_id = fields.String(required=True)
    why = fields.String(required=True)


class WorkDone(Schema):
    """What was done; it can be undone under its id."""

    action_id = fields.String(required=True)
    action = fields.String(required=True)
    done = fields.List(fields.String(), required=True)
    refused = fields.List(fields.Nested(Refused), required=True)


class CapacityRequest(Schema):
    """How many cases an office can look at in a day."""

    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, LARGEST_CAPACITY))


class Capacity(CapacityRequest):
    """What an office has stated."""

    office = fields.String(required=True)
    version = fields.Integer(required=True)


def _a_filter(query: str) -> None:
    """Refuse what is no query of a worklist.

    Raises
    ------
    ValidationError
        It is none.
    """
    usable(query)
    given = dict(parse_qsl(query))
    if not given or WorklistFilters(exclude=("purpose", "day")).validate(given):
        raise ValidationError("No query of a worklist.")


class SavedFilterRequest(Schema):
    """A filter, as the query of a worklist's address has it."""

    query = fields.String(
        required=True,
        validate=[validate.Length(1, 500), _a_filter],
        metadata={"example": "lane=contact_first&assigned=me"},
    )


class SavedFilter(Schema):
    """A filter under a name."""

    name = fields.String(required=True)
    query = fields.String(required=True)


class SavedFilters(Schema):
    """One's own filters, by name."""

    items = fields.List(fields.Nested(SavedFilter), required=True)


def usable_name(name: str) -> bool:
    """Whether a name can be a filter's."""
    return re.fullmatch(r"[^\x00-\x1f\x7f/]{1,60}", name) is not None and bool(name.strip())
