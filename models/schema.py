"""The input contract ``feeds/1`` as code: the one definition of every feed, field and code.

Validation, database tables, Parquet schemas, reject messages and the contract's page in ``docs/`` follow from
:data:`FEEDS`. Nothing else in the project spells a field list.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import polars as pl

CONTRACT: Final = "feeds/1"

Kind = Literal[
    "id", "text", "code", "date", "timestamp", "bool", "int", "float", "region", "country", "countries", "occupation"
]

STEPS: Final = (
    "information",
    "registration",
    "recruitment_permit",
    "selection",
    "marital_letter",
    "family_consent",
    "competency_certificate",
    "medical",
    "placement_agreement",
    "passport",
    "insurance",
    "work_visa",
    "orientation",
    "contract",
    "worker_id",
    "employer_call_letter",
    "employer_profile",
    "own_risk_statement",
    "leave_letter",
    "basic_safety_training",
    "sea_contract_endorsed",
)
OFFICE_KINDS: Final = (
    "bp3mi",
    "disnaker",
    "blk",
    "lpk",
    "clinic",
    "agency_branch",
    "insurer",
    "embassy",
    "immigration",
    "village",
)
SCHEMES: Final = ("g_to_g", "g_to_p", "p_to_p", "ukps", "independent", "seafarer")
PLACEMENTS: Final = ("new", "re_entry", "extension")

_PATTERNS: Final = {
    "region": r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$",
    "country": r"^[A-Z]{2}$",
    "countries": r"^[A-Z]{2}(;[A-Z]{2})*$",
    "occupation": r"^[0-9]{4}$",
}
_FORMATS: Final = {
    "date": "a date as YYYY-MM-DD",
    "timestamp": "an ISO 8601 timestamp with an offset",
    "bool": "true or false",
    "int": "a whole number from 0",
    "text": "text without control characters, up to 500 characters",
    "id": "an identifier without blanks around it or control characters, up to 128 characters",
    "float": "a number from 0",
    "region": "a Kemendagri region code as 74.71",
    "country": "an ISO 3166-1 alpha-2 country code",
    "countries": "ISO 3166-1 alpha-2 country codes separated by ;",
    "occupation": "an ISCO-08 code of four digits",
}
LARGEST_INT: Final = 10**15
"""Upper bound of every whole number: sums over a nation stay exact in 64 bits, one value exact in a float."""

_DTYPES: Final[dict[str, pl.DataType]] = {
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", "UTC"),
    "bool": pl.Boolean(),
    "int": pl.Int64(),
    "float": pl.Float64(),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column of a feed.

    Parameters
    ----------
    name, kind
        Contract name and kind of value.
    required
        Whether an empty value rejects the row (retractions need only key and ``recorded_at``).
    codes
        The closed list of a ``code`` field.
    ref, hard
        The feed this value refers to; a hard reference must resolve, a soft one is noted as unresolved.
    sensitive
        Identifies a person: encrypted at rest, masked, never in logs, URLs or error texts.
    maximum
        Upper bound of a number, inclusive.
    above_zero
        Whether a number must be greater than 0 rather than at least 0.
    """

    name: str
    kind: Kind
    required: bool = True
    codes: tuple[str, ...] = ()
    ref: str | None = None
    hard: bool = False
    sensitive: bool = False
    maximum: float | None = None
    above_zero: bool = False
    meaning: str = ""

    @property
    def dtype(self) -> pl.DataType:
        """Canonical column type in frames and Parquet files."""
        return _DTYPES.get(self.kind, pl.String())

    @property
    def pattern(self) -> str | None:
        """Regular expression a text value must match, where its kind has one."""
        return _PATTERNS.get(self.kind)

    @property
    def limit(self) -> float | None:
        """Upper bound of a number, None where there is none."""
        return LARGEST_INT if self.kind == "int" and self.maximum is None else self.maximum

    @property
    def expectation(self) -> str:
        """What a valid value looks like, for reject reasons and for the contract's page."""
        if self.codes:
            return "one of " + ", ".join(self.codes)
        text = _FORMATS.get(self.kind, "text")
        if self.above_zero:
            text = text.replace("from 0", "above 0")
        return f"{text} to {self.limit:g}" if self.limit is not None else text


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One feed of the contract.

    Parameters
    ----------
    key
        Names of the key fields; of one key the latest ``recorded_at`` counts.
    partitioned
        Marked H: may be delivered in hash buckets of ``candidate_id``.
    """

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    partitioned: bool = False
    meaning: str = ""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Contract columns in order, ``recorded_at`` and ``retracted`` last."""
        return tuple(f.name for f in self.fields)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Columns a file must have."""
        return tuple(f.name for f in self.fields if f.required)

    @property
    def parents(self) -> tuple[tuple[str, str], ...]:
        """Hard references as ``(column, parent feed)``."""
        return tuple((f.name, f.ref) for f in self.fields if f.hard and f.ref)

    @property
    def soft_references(self) -> tuple[tuple[str, str], ...]:
        """Soft references as ``(column, feed)``."""
        return tuple((f.name, f.ref) for f in self.fields if f.ref and not f.hard)

    def field(self, name: str) -> Field:
        """The field called ``name``."""
        return self.fields[self.columns.index(name)]

    @property
    def frame_schema(self) -> dict[str, pl.DataType]:
        """Canonical frame: the contract's columns, then ``ingest_seq`` and ``row``."""
        return {f.name: f.dtype for f in self.fields} | {"ingest_seq": pl.Int64(), "row": pl.Int64()}

    def empty(self) -> pl.DataFrame:
        """A canonical frame without rows."""
        return pl.DataFrame(schema=self.frame_schema)


def _key(name: str, **more: object) -> Field:
    return Field(name=name, kind="id", **more)  # type: ignore[arg-type]


def _code(name: str, *codes: str, required: bool = True) -> Field:
    return Field(name=name, kind="code", codes=codes, required=required)


def _opt(name: str, kind: Kind, **more: object) -> Field:
    return Field(name=name, kind=kind, required=False, **more)  # type: ignore[arg-type]


def _req(name: str, kind: Kind, **more: object) -> Field:
    return Field(name=name, kind=kind, **more)  # type: ignore[arg-type]


_CANDIDATE: Final = Field(name="candidate_id", kind="id", ref="candidates", hard=True)
_TAIL: Final = (
    Field(name="recorded_at", kind="timestamp", meaning="when the fact became known at the source"),
    Field(name="retracted", kind="bool", required=False, meaning="withdraws the key from its recorded_at on"),
)

_ALL: Final = (
    Feed(
        name="offices",
        key=("office_id",),
        meaning="offices that issue steps or receive people, and when their records reach the national system",
        fields=(
            _key("office_id"),
            _code("kind", *OFFICE_KINDS),
            _req("name", "text"),
            _opt("region", "region"),
            _opt("phone", "text"),
            _opt("connected_from", "date"),
            _opt("connected_to", "date"),
            *_TAIL,
        ),
    ),
    Feed(
        name="candidates",
        key=("candidate_id",),
        partitioned=True,
        meaning="registered candidates (CPMI), and referred ones with documented work evidence",
        fields=(
            _key("candidate_id"),
            _opt("nik", "text", sensitive=True),
            _opt("full_name", "text", sensitive=True),
            _code("sex", "F", "M", required=False),
            _opt("birth_date", "date"),
            _opt("passport_no", "text", sensitive=True),
            _opt("phone", "text", sensitive=True),
            _opt("safe_to_contact", "bool"),
            _opt("home_region", "region"),
            _code("enrolled_as", "registered", "referred"),
            _code("work_evidence", "none", "job_offer", "employer_contact", "agency_contact", "own_statement"),
            _req("office", "id", ref="offices"),
            *_TAIL,
        ),
    ),
    Feed(
        name="registrations",
        key=("registration_id",),
        partitioned=True,
        meaning="one intended departure each",
        fields=(
            _key("registration_id"),
            _CANDIDATE,
            _code("placement", *PLACEMENTS),
            _code("scheme", *SCHEMES),
            _req("destination_country", "country"),
            _req("occupation", "occupation"),
            _opt("agency_id", "id", ref="agencies"),
            _opt("branch_region", "region"),
            _opt("permit_id", "id", ref="permits"),
            _opt("recruiter_ref", "text", meaning="opaque"),
            _req("office", "id", ref="offices"),
            _req("registered_on", "date"),
            _opt("planned_departure_on", "date"),
            _code("status", "open", "departed", "withdrawn"),
            *_TAIL,
        ),
    ),
    Feed(
        name="registration_steps",
        key=("registration_id", "step"),
        partitioned=True,
        meaning="steps of the lawful procedure; a step past its valid_until is missing",
        fields=(
            _key("registration_id", ref="registrations", hard=True),
            _code("step", *STEPS),
            _CANDIDATE,
            _req("completed_on", "date"),
            _code("issuer", *OFFICE_KINDS),
            _opt("issuer_ref", "id", ref="offices"),
            _opt("valid_until", "date"),
            *_TAIL,
        ),
    ),
    Feed(
        name="agencies",
        key=("agency_id",),
        meaning="placement agencies, manning agents and companies that place their own workers",
        fields=(
            _key("agency_id"),
            _req("name", "text"),
            _code("kind", "p3mi", "manning", "company"),
            _opt("head_region", "region"),
            *_TAIL,
        ),
    ),
    Feed(
        name="agency_events",
        key=("event_id",),
        meaning="one ledger of licence, sanction, deposit and claims",
        fields=(
            _key("event_id"),
            _req("agency_id", "id", ref="agencies"),
            _code(
                "event",
                "licence_granted",
                "licence_extended",
                "suspended",
                "reinstated",
                "revoked",
                "warned",
                "deposit_cashed",
                "deposit_restored",
                "complaint_upheld",
                "claim_opened",
                "claim_settled",
                "placements_transferred",
            ),
            _req("effective_on", "date"),
            _opt("valid_to", "date", meaning="grants and extensions"),
            _code("regime", "sip3mi", "siuppak", required=False),
            _code("scope", "all", "part", required=False),
            _opt("to_agency_id", "id", ref="agencies"),
            _opt("amount_idr", "int", meaning="whole rupiah"),
            *_TAIL,
        ),
    ),
    Feed(
        name="permits",
        key=("permit_id",),
        meaning="SIP2MI, recruitment permits",
        fields=(
            _key("permit_id"),
            _req("agency_id", "id", ref="agencies"),
            _req("destination_country", "country"),
            _opt("occupation", "occupation"),
            _req("quota", "int"),
            _req("valid_from", "date"),
            _req("valid_to", "date"),
            _opt("withdrawn_on", "date"),
            *_TAIL,
        ),
    ),
    Feed(
        name="branches",
        key=("agency_id", "region"),
        meaning="registered branch offices of agencies",
        fields=(
            _key("agency_id", ref="agencies"),
            _req("region", "region"),
            _req("registered_on", "date"),
            _opt("closed_on", "date"),
            *_TAIL,
        ),
    ),
    Feed(
        name="travel",
        key=("travel_id",),
        partitioned=True,
        meaning="itineraries",
        fields=(
            _key("travel_id"),
            _CANDIDATE,
            _opt("registration_id", "id", ref="registrations"),
            _req("departure_at", "timestamp"),
            _req("departure_point", "text", meaning="IATA, UN/LOCODE or border-post code"),
            _req("destination_country", "country"),
            _opt("transit_countries", "countries", meaning="in the order of travel"),
            _code("visa_class", "work", "visit", "umrah", "transit", "none", "unknown"),
            _opt("planned_stay_days", "int"),
            _opt("visa_days", "int"),
            _code("return_ticket", "none", "reserved", "ticketed", "unknown"),
            _opt("booked_at", "timestamp"),
            _code("payer", "self", "family", "employer", "agency", "third_party", "unknown"),
            _opt("payer_ref", "text", meaning="opaque"),
            _opt("group_ref", "text"),
            _opt("group_size", "int"),
            _opt("licensed_tour", "bool"),
            _opt("border_transfer_from", "region", meaning="region of a domestic leg within 72 hours"),
            _opt("passport_issued_on", "date"),
            _opt("passport_office_region", "region"),
            _opt("passport_replaced", "bool"),
            *_TAIL,
        ),
    ),
    Feed(
        name="outcomes",
        key=("outcome_id",),
        partitioned=True,
        meaning="what an examination found; labels, never inputs of the same case",
        fields=(
            _key("outcome_id"),
            _CANDIDATE,
            _opt("registration_id", "id", ref="registrations"),
            _opt("departed_on", "date"),
            _req("checked_on", "date"),
            _code("finding", "non_procedural", "procedural", "undetermined"),
            _code("state_found", "complete", "incomplete", "cannot_tell", required=False),
            _code(
                "help_given",
                "none",
                "steps_completed",
                "postponed",
                "route_changed",
                "withdrew",
                "protection_referral",
                required=False,
            ),
            _code(
                "examined_because",
                "random_check",
                "worklist",
                "complaint",
                "border_referral",
                "repatriation",
                "agency_inspection",
            ),
            _opt("inclusion_probability", "float", maximum=1.0, above_zero=True, meaning="of its draw"),
            *_TAIL,
        ),
    ),
    Feed(
        name="incidents",
        key=("incident_id",),
        meaning="aggregates, for people no feed reaches",
        fields=(
            _key("incident_id"),
            _req("region", "region"),
            _req("occurred_on", "date"),
            _code("kind", "prevented_departure", "repatriation", "complaint"),
            _req("persons", "int"),
            *_TAIL,
        ),
    ),
)

FEEDS: Final[dict[str, Feed]] = {feed.name: feed for feed in _ALL}
"""Every feed by name, parents before children."""


def bucket_of(candidate_id: str, buckets: int) -> int:
    """The hash bucket of a candidate in a partitioned delivery: ``crc32(candidate_id) mod buckets``."""
    return zlib.crc32(candidate_id.encode()) % buckets
