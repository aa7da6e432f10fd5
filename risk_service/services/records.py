"""Opening the records that reasons and notices rest on: what they say, when they became known, which office answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from models.schema import FEEDS, Field
from models.times import EPOCH_DATE, iso
from risk_service.services.evidence import office_of

if TYPE_CHECKING:
    from models.single.case import OneCase

_ANSWERS: Final = ("issuer_ref", "office", "office_id")
"""Fields that name the office which answers for a record, the nearest first."""
_OF_THE_CASE: Final = frozenset({"candidates", "registrations", "travel"})
"""Feeds whose records the office of the case answers for where they name none."""
_OF_THE_PERSON: Final = frozenset({"sex", "birth_date", "candidate_id"})
"""Fields of candidates that belong to the person's own record and not to a reason."""


def opened(case: OneCase, score: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the records that a score's reasons and notices rest on, each once, in the order in which they are named.

    Parameters
    ----------
    case
        Whose.
    score
        As `models.explain.explain` gives it.

    Returns
    -------
    list of dict
        As `risk_service.schemas.case.OpenedRecord`.
    """
    found: list[dict[str, Any]] = []
    for record in _named(score):
        if not any(known["feed"] == record["feed"] and known["key"] == record["key"] for known in found):
            found += _opened(case, record)
    return found


def _named(score: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for statement in (*score["reasons"], *score["notices"]):
        if statement["record"] is not None:
            yield statement["record"]


def _opened(case: OneCase, record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    feed, key = record["feed"], record["key"]
    for row in case.records.find(feed, key)[:1]:
        named = next((row[name] for name in _ANSWERS if row.get(name)), None)
        if named is None and feed in _OF_THE_CASE:
            named = case.row["office"]
        yield {
            "feed": feed,
            "key": key,
            "recorded_at": iso(row["recorded_at"]),
            "office": office_of(case, named),
            "values": [
                {"name": field.name, "value": _plain(field, row[field.name])}
                for field in FEEDS[feed].fields
                if field.name in row and row[field.name] is not None and not _hidden(field.name, key)
            ],
        }


def _hidden(name: str, key: Mapping[str, str]) -> bool:
    sensitive = {field.name for field in FEEDS["candidates"].fields if field.sensitive}
    return name in key or name in sensitive | _OF_THE_PERSON | {"recorded_at", "retracted"}


def _plain(field: Field, value: Any) -> Any:
    if field.kind == "timestamp":
        return iso(value)
    return (EPOCH_DATE + dt.timedelta(days=value)).isoformat() if field.kind == "date" else value
