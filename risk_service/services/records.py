"""Opening the records that reasons and notices rest on: what they say, when they became known, which office answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from models.schema import FEEDS
from models.times import iso, to_us
from risk_service.services.evidence import office_of

if TYPE_CHECKING:
    from models.situation import Situation

_ANSWERS: Final = ("issuer_ref", "office", "office_id")
"""Fields that name the office which answers for a record, the nearest first."""
_OF_THE_CASE: Final = frozenset({"candidates", "registrations", "travel"})
"""Feeds whose records the office of the case answers for where they name none."""
_OF_THE_PERSON: Final = frozenset({"sex", "birth_date", "candidate_id"})
"""Fields of candidates that belong to the person's own record and not to a reason."""


def opened(situation: Situation, score: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the records that a score's reasons and notices rest on, each once, in the order in which they are named.

    Parameters
    ----------
    situation
        Of this one case.
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
            found += _opened(situation, record)
    return found


def _named(score: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for statement in (*score["reasons"], *score["notices"]):
        if statement["record"] is not None:
            yield statement["record"]


def _opened(situation: Situation, record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    feed, key = record["feed"], record["key"]
    rows = situation.block.visible[feed].filter(pl.all_horizontal(pl.col(name) == key[name] for name in key))
    for row in rows.head(1).iter_rows(named=True):
        named = next((row[name] for name in _ANSWERS if row.get(name)), None)
        if named is None and feed in _OF_THE_CASE:
            named = situation.cases["office"][0]
        yield {
            "feed": feed,
            "key": key,
            "recorded_at": iso(to_us(row["recorded_at"])),
            "office": office_of(situation, named),
            "values": [
                {"name": field.name, "value": _plain(row[field.name])}
                for field in FEEDS[feed].fields
                if field.name in row and row[field.name] is not None and not _hidden(field.name, key)
            ],
        }


def _hidden(name: str, key: Mapping[str, str]) -> bool:
    sensitive = {field.name for field in FEEDS["candidates"].fields if field.sensitive}
    return name in key or name in sensitive | _OF_THE_PERSON | {"recorded_at", "retracted"}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return iso(to_us(value))
    return value.isoformat() if isinstance(value, dt.date) else value
