"""The rule tables: columns, types and keys, from which the reader and the documentation follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from models.schema import FEEDS, OFFICE_KINDS, PLACEMENTS, SCHEMES, STEPS

Kind = Literal["text", "flag", "whole", "number", "date", "moment", "codes", "region", "country", "occupation"]

_WORDS: Final[dict[Kind, str]] = {
    "text": "text",
    "flag": "yes or no",
    "whole": "a whole number from 0",
    "number": "a number",
    "date": "a date as 2026-01-31",
    "moment": "a date (its end in Jakarta) or a timestamp with an offset",
    "codes": "codes separated by semicolons",
    "region": "a Kemendagri region code as 74 or 74.71",
    "country": "an ISO 3166-1 alpha-2 country code",
    "occupation": "an ISCO-08 code of four digits",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a rule table."""

    name: str
    kind: Kind = "text"
    required: bool = True
    wildcard: bool = False
    values: tuple[str, ...] = ()
    default: object = None

    @property
    def expectation(self) -> str:
        """What a cell may hold, in words."""
        words = _WORDS[self.kind] if not self.values else ("one of " if self.kind != "codes" else "any of ")
        listed = ", ".join(self.values)
        return f"{words}{listed}" + (", or * for all" if self.wildcard else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One rule table; of one ``key`` at most one row is in force on a day."""

    name: str
    key: tuple[str, ...]
    own: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's own columns, then those every table has."""
        return self.own + COMMON


COMMON: Final = (
    Column(name="valid_from", kind="date"),
    Column(name="valid_to", kind="date", required=False),
    Column(name="recorded_at", kind="moment"),
    Column(name="source"),
    Column(name="disputed", kind="flag", required=False, default=False),
    Column(name="note", required=False, default=""),
    Column(name="retracted", kind="flag", required=False, default=False),
)
"""Columns of every table: validity on the calendar, when the rule became known, and where it is from."""

_SCHEME: Final = Column(name="scheme", values=SCHEMES)

_ALL: Final = (
    Table(
        name="steps",
        key=("scheme", "placement", "country", "step"),
        own=(
            _SCHEME,
            Column(name="placement", values=PLACEMENTS),
            Column(name="country", kind="country", wildcard=True),
            Column(name="step", values=STEPS),
            Column(name="position", kind="whole"),
            Column(name="required", values=("yes", "no", "if_agency")),
            Column(name="usual_lead_days", kind="whole"),
            Column(name="usual_duration_days", kind="whole"),
            Column(name="issuer", kind="codes", values=OFFICE_KINDS),
        ),
    ),
    Table(
        name="destinations",
        key=("kind", "country", "occupation", "scheme"),
        own=(
            Column(name="kind", values=("closed", "no_channel")),
            Column(name="country", kind="country"),
            Column(name="occupation", kind="occupation", wildcard=True),
            Column(name="scheme", values=SCHEMES, wildcard=True),
        ),
    ),
    Table(
        name="regimes",
        key=("regime",),
        own=(
            Column(name="regime", values=FEEDS["agency_events"].field("regime").codes),
            Column(name="years", kind="whole"),
            Column(name="extends_itself", kind="flag"),
            Column(name="accepted", kind="flag"),
            Column(name="basis"),
        ),
    ),
    Table(
        name="points",
        key=("code",),
        own=(
            Column(name="code"),
            Column(name="name"),
            Column(name="kind", values=("airport", "ferry", "land", "sea")),
            Column(name="border", kind="flag"),
            Column(name="region", kind="region", required=False),
            Column(name="lat", kind="number"),
            Column(name="lon", kind="number"),
        ),
    ),
    Table(name="point_aliases", key=("alias",), own=(Column(name="alias"), Column(name="code"))),
    Table(
        name="gateways",
        key=("region", "point"),
        own=(Column(name="region", kind="region", wildcard=True), Column(name="point")),
    ),
    Table(
        name="staleness",
        key=("feed",),
        own=(
            Column(name="feed", values=tuple(FEEDS)),
            Column(name="max_age_days", kind="whole"),
            Column(name="essential", kind="flag"),
        ),
    ),
    Table(
        name="holidays",
        key=("code", "starts_on"),
        own=(
            Column(name="code", values=("nataru", "idulfitri")),
            Column(name="starts_on", kind="date"),
            Column(name="ends_on", kind="date"),
        ),
    ),
    Table(
        name="constants",
        key=("name",),
        own=(
            Column(name="name"),
            Column(name="value", kind="number"),
            Column(name="unit"),
            Column(name="meaning"),
        ),
    ),
)

TABLES: Final[dict[str, Table]] = {table.name: table for table in _ALL}
"""Every rule table by name."""
