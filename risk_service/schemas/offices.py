"""What offices are shown of everybody, on the wire: desks and what waits at them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from models.schema import STEPS
from models.waiting import STATES
from risk_service.schemas.common import Moment, PageQuery, PurposeQuery, Text, usable

KINDS = ("bp3mi", "disnaker", "blk", "lpk", "clinic", "agency_branch")
LANGUAGES = ("id", "en")


class DesksQuery(PageQuery, PurposeQuery):
    """Which desks."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    region = fields.String(
        validate=[validate.Length(1, 20), usable],
        metadata={"description": "A regency (74.71), or a province and all in it (74)."},
    )


class StepsQuery(PageQuery, PurposeQuery):
    """Which part of a desk's list."""


class LanguageQuery(Schema):
    """The language of a file."""

    language = fields.String(load_default="id", validate=validate.OneOf(LANGUAGES))


class FileQuery(LanguageQuery, PurposeQuery):
    """The language of a file about people."""


class DeskOffice(Schema):
    """An office at whose desk steps wait."""

    office_id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    kind_text = fields.Nested(Text, required=True)
    name = fields.String(required=True)
    region = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)


class DeskItem(DeskOffice):
    """A desk in the list of desks."""

    waiting = fields.Integer(required=True, metadata={"description": "Steps that wait here."})
    turn = fields.Integer(required=True, metadata={"description": "Of these, those that can be done now."})
    to_confirm = fields.Integer(required=True, metadata={"description": "Of these, those to be confirmed."})


class DeskPage(Schema):
    """A page of desks."""

    items = fields.List(fields.Nested(DeskItem), required=True)
    next = fields.String(required=True, allow_none=True)


class DeskStep(Schema):
    """A step that waits at a desk."""

    case_id = fields.String(required=True)
    step = fields.String(required=True, validate=validate.OneOf(STEPS))
    title = fields.Nested(Text, required=True)
    turn = fields.Boolean(required=True, metadata={"description": "Every earlier required step is done."})
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={"description": "overdue: usually there by now; pending: there is time; unknown: to be confirmed."},
    )
    planned_departure_on = fields.Date(required=True, allow_none=True)
    case_office = fields.String(required=True, allow_none=True)


class DeskSteps(Schema):
    """A page of what waits at a desk."""

    office = fields.Nested(DeskOffice, required=True)
    as_of = Moment(required=True, allow_none=True, metadata={"description": "Of the last rescoring."})
    items = fields.List(fields.Nested(DeskStep), required=True)
    next = fields.String(required=True, allow_none=True)
