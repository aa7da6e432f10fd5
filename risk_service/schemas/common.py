"""What several shapes share: texts in two languages, moments, opaque identifiers, pages."""

from __future__ import annotations

import re
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from models.errors import ContractError
from models.times import EARLIEST, LATEST, iso, parse_moment
from risk_service.policy import PURPOSES

STAMP: Final = {"format": "date-time", "description": "UTC."}
_UNUSABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def usable(text: str) -> None:
    """Refuse control characters and lone surrogates, which no database and no page takes.

    Raises
    ------
    ValidationError
        There is one.
    """
    if _UNUSABLE.search(text):
        raise ValidationError("Has control characters.")


class Text(Schema):
    """A text in both languages."""

    id = fields.String(required=True, metadata={"description": "Indonesian."})
    en = fields.String(required=True, metadata={"description": "English."})


class Moment(fields.Field[int]):
    """A time as UTC microseconds inside; a date (its end in Jakarta) or a timestamp with offset on the wire."""

    def __init__(self, **more: Any) -> None:
        metadata = {"type": "string", "format": "date-time", **more.pop("metadata", {})}
        super().__init__(metadata=metadata, **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **_more: Any) -> int:  # noqa: ARG002 - marshmallow's signature
        try:
            if isinstance(value, str):
                return parse_moment(value)
        except ContractError:
            pass
        raise ValidationError(f"Not a date or a timestamp with an offset, within {EARLIEST} to {LATEST}.")

    def _serialize(self, value: Any, attr: Any, obj: Any, **_more: Any) -> str | None:  # noqa: ARG002 - the same
        return None if value is None else iso(value)


class AsOfQuery(Schema):
    """Reads things as they were knowable then."""

    as_of = Moment(
        metadata={
            "description": "Read as it was knowable then. A date means the end of that day in Jakarta. "
            "Default: the present score.",
        }
    )
    purpose = fields.String(validate=validate.OneOf(list(PURPOSES)), metadata={"description": "Instead of X-Purpose."})


class PurposeQuery(Schema):
    """The purpose of a read of a person, where the header cannot be sent."""

    purpose = fields.String(validate=validate.OneOf(list(PURPOSES)), metadata={"description": "Instead of X-Purpose."})


class PageQuery(Schema):
    """Which part of a list."""

    limit = fields.Integer(
        load_default=50, validate=validate.Range(1, 200), metadata={"description": "Most items in the answer."}
    )
    cursor = fields.String(
        validate=[validate.Length(max=1000), usable],
        metadata={"description": "The member next of the page before; only with the same filters and order."},
    )


class Office(Schema):
    """An office and how to reach it."""

    name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)


class Record(Schema):
    """The record a statement rests on."""

    feed = fields.String(required=True)
    key = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"description": "Key fields by name."}
    )
    recorded_at = fields.String(required=True, metadata=STAMP)
