"""Notices (*catatan*): what the rules say apart from the score, shown whatever the score says.

A notice states a fact with its record and source; it adds nothing to the score.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import polars as pl

from models.arithmetic import Flags
from models.ledger import ACTIVE, NONE, PART, Ledger
from models.rules import Rules
from models.situation import Situation, stale_feeds
from models.steps import NEVER
from models.texts import Text
from models.times import EPOCH_DATE, JAKARTA_OFFSET_US, US_PER_DAY

if TYPE_CHECKING:
    from models.facts import SomeFacts

_Day = TypeVar("_Day", int, pl.Expr)


@dataclass(frozen=True)
class Notice:
    """One kind of notice.

    Parameters
    ----------
    code, text
        Code in results; sentence.
    feed
        The feed whose record of the case it speaks of; None where it speaks of a rule or of silence.
    applies
        Which cases it holds for.
    """

    code: str
    text: Text
    feed: str | None
    applies: Callable[[Signs], Any]


@dataclass(frozen=True)
class Signs:
    """What notices are read from, of a block of cases or of one: flags are arrays, or plain booleans.

    Attributes
    ----------
    facts, feature, rules
        Of the cases (:data:`models.facts.SomeFacts`); a feature by its name.
    minor, stale
        Which are a minor's; of which an essential feed is stale.
    agency_unknown, loose_itinerary
        Which name an agency that is not on record; whose person has an upcoming itinerary that belongs to no
        registration.
    unlicensed, withdrawn
        Which were signed while the licence was not in force; or after the permit had been withdrawn.
    """

    facts: Any
    feature: Callable[[str], Any]
    rules: Rules
    minor: Any
    stale: Any
    agency_unknown: Any
    loose_itinerary: Any
    unlicensed: Any
    withdrawn: Any


def _where(situation: Situation, condition: pl.Expr) -> Flags:
    return situation.cases.select(condition.fill_null(value=False)).to_series().to_numpy()


def days_signed(facts: SomeFacts) -> Any:
    """Jakarta day of signing: of the placement agreement, else of the employment contract, else :data:`NEVER`."""
    agreement = facts.steps.day("placement_agreement")
    return facts.how.choose(agreement != NEVER, agreement, facts.steps.day("contract"))


def end_of(day: _Day) -> _Day:
    """The last microsecond of a Jakarta day number, UTC: which agency a case had that day is read as of then."""
    return (day + 1) * US_PER_DAY - JAKARTA_OFFSET_US - 1


def in_force(ledger: Ledger | None, day: int) -> bool:
    """Whether a licence was in force on a day, in part at least."""
    return (NONE if ledger is None else ledger.state_on(day)) in (ACTIVE, PART)


def signing_days(situation: Situation) -> pl.Series:
    """As :func:`days_signed`, null if neither is done."""
    return pl.Series("signed", days_signed(situation.facts), dtype=pl.Int32).replace(NEVER, None)


def signing_agencies(situation: Situation) -> pl.DataFrame:
    """Agency recorded for each case when it was signed.

    Returns
    -------
    polars.DataFrame
        ``case_id``, ``signed`` (Int32 day) and ``agency_id`` of the version known at the end of that day, or of the
        first version where none was; only cases signed with an agency.
    """
    signed = situation.cases.select("case_id", "registration_id").with_columns(signing_days(situation))
    signed = signed.drop_nulls("signed").with_columns(pl.col("signed").cast(pl.Int64))
    versions = signed.join(situation.block.versions(signed), on="registration_id", how="inner")
    ranked = versions.with_columns(later=pl.col("recorded_at").dt.timestamp("us") > end_of(pl.col("signed"))).sort(
        "case_id", "recorded_at", "ingest_seq", "row"
    )
    known = ranked.filter(~pl.col("later")).unique("case_id", keep="last", maintain_order=True)
    first = ranked.join(known, on="case_id", how="anti").unique("case_id", keep="first", maintain_order=True)
    return pl.concat([known, first]).filter(pl.col("agency_id").is_not_null()).select("case_id", "signed", "agency_id")


def _licence_at_signing(situation: Situation) -> Flags:
    book = situation.block.ledgers
    signed = signing_agencies(situation)
    off = [not in_force(book.get(agency), day) for _, day, agency in signed.iter_rows()]
    cases = set(signed.filter(pl.Series(off, dtype=pl.Boolean))["case_id"].to_list())
    return np.fromiter((case in cases for case in situation.cases["case_id"].to_list()), bool, len(situation))


def _permit_withdrawn(situation: Situation) -> Flags:
    permits = situation.block.visible["permits"].select("permit_id", withdrawn=pl.col("withdrawn_on").cast(pl.Int32))
    joined = (
        situation.cases.select("permit_id")
        .with_columns(signing_days(situation))
        .join(permits, on="permit_id", how="left", maintain_order="left")
    )
    return joined.select((pl.col("withdrawn") <= pl.col("signed")).fill_null(value=False)).to_series().to_numpy()


def _agency_unknown(situation: Situation) -> Flags:
    known = situation.block.visible["agencies"]["agency_id"]
    return _where(situation, pl.col("agency_id").is_not_null() & ~pl.col("agency_id").is_in(known.implode()))


def _loose_itinerary(situation: Situation) -> Flags:
    """Upcoming itineraries of the person that belong to no registration."""
    block = situation.block
    loose = block.travel.filter(pl.col("owner_id").is_null(), pl.col("departure_day") >= block.today)[
        "candidate_id"
    ].implode()
    return _where(situation, pl.col("registration_id").is_not_null() & pl.col("candidate_id").is_in(loose))


def _stale(situation: Situation) -> Flags:
    return stale_feeds(
        situation.rules.essential_feeds(),
        situation.cases,
        t_us=situation.t_us,
        rules=situation.rules,
        freshness=situation.freshness,
    )


def _unconnected(signs: Signs) -> Any:
    steps, how = signs.facts.steps, signs.facts.how
    return steps.some(steps.unknown & steps.due) & how.no(signs.stale)


NOTICES: Final = (
    Notice(
        "minor",
        Text("Di bawah 18 tahun: perlindungan anak, tidak dinilai.", "Under 18: child protection, not scored."),
        "candidates",
        lambda s: s.minor,
    ),
    Notice(
        "age_unknown",
        Text("Usia tidak dapat dipastikan: tanggal lahir tidak tercatat.", "Age cannot be told: no birth date."),
        "candidates",
        lambda s: s.facts.how.no(s.facts.flag["birth_known"]),
    ),
    Notice(
        "documents_conflict",
        Text(
            "Tanggal lahir dan NIK tidak cocok; dapat karena sebab yang wajar.",
            "Birth date and NIK disagree; the cause may be innocent.",
        ),
        "candidates",
        lambda s: s.feature("nik_dob_gap") == 1,
    ),
    Notice(
        "licence_not_in_force_at_signing",
        Text(
            "Izin P3MI tidak berlaku ketika perjanjian ditandatangani.",
            "The agency's licence was not in force when the agreement was signed.",
        ),
        "registration_steps",
        lambda s: s.unlicensed,
    ),
    Notice(
        "permit_withdrawn_at_signing",
        Text(
            "SIP2MI sudah dicabut ketika perjanjian ditandatangani.",
            "The recruitment permit had been withdrawn when the agreement was signed.",
        ),
        "permits",
        lambda s: s.withdrawn,
    ),
    Notice(
        "permit_unknown",
        Text("SIP2MI yang disebut tidak dikenal.", "The permit cited is not known."),
        "registrations",
        lambda s: s.facts.flag["permit_cited"] & s.facts.how.no(s.facts.flag["permit_known"]),
    ),
    Notice(
        "agency_unknown",
        Text("P3MI yang disebut tidak dikenal.", "The agency named is not known."),
        "registrations",
        lambda s: s.agency_unknown,
    ),
    Notice(
        "destination_closed",
        Text(
            "Penempatan ke tujuan dan jabatan ini sedang ditutup (aturannya diperdebatkan).",
            "Placement to this destination and post is closed (the rule is disputed).",
        ),
        "registrations",
        lambda s: s.facts.flag["closed"],
    ),
    Notice(
        "no_channel",
        Text("Tidak ada jalur penempatan resmi ke negara ini.", "No lawful placement channel to this country."),
        "registrations",
        lambda s: s.facts.flag["no_channel"],
    ),
    Notice(
        "steps_on_one_day",
        Text("Banyak langkah tercatat pada hari yang sama.", "Many steps are dated on the same day."),
        "registration_steps",
        lambda s: s.facts.steps.on_one_day(int(s.rules.constant("same_day_steps"))),
    ),
    Notice(
        "loose_itinerary",
        Text(
            "Ada rencana perjalanan lain yang tidak cocok dengan pendaftaran mana pun; tanyakan.",
            "Another itinerary matches no registration; ask about it.",
        ),
        "travel",
        lambda s: s.loose_itinerary,
    ),
    Notice(
        "office_not_connected",
        Text(
            "Kantor penerbit belum terhubung: langkah yang tidak tercatat belum tentu tidak dilakukan.",
            "The issuing office was not connected: a step not recorded may still have been done.",
        ),
        "offices",
        _unconnected,
    ),
    Notice(
        "feed_stale",
        Text(
            "Data penting sudah lama tidak diperbarui: belum bisa dinilai.",
            "Essential data have not been updated for too long: cannot be assessed.",
        ),
        None,
        lambda s: s.stale,
    ),
)
"""Every notice, in the order shown."""

BY_CODE: Final[Mapping[str, Notice]] = {notice.code: notice for notice in NOTICES}


def signs_of(situation: Situation) -> Signs:
    """What notices of a situation are read from."""
    return Signs(
        facts=situation.facts,
        feature=situation.feature,
        rules=situation.rules,
        minor=_where(situation, pl.col("lane") == "protection"),
        stale=_stale(situation),
        agency_unknown=_agency_unknown(situation),
        loose_itinerary=_loose_itinerary(situation),
        unlicensed=_licence_at_signing(situation),
        withdrawn=_permit_withdrawn(situation),
    )


def notices(situation: Situation) -> dict[str, Flags]:
    """Which cases each notice holds for, by code; arrays of bool (n,)."""
    signs = signs_of(situation)
    return {notice.code: notice.applies(signs) for notice in NOTICES}


def notices_of(signs: Signs) -> list[str]:
    """The notices that hold for one case, by code."""
    return [notice.code for notice in NOTICES if notice.applies(signs)]


def as_date(day: int) -> dt.date:
    """The date of a day number."""
    return EPOCH_DATE + dt.timedelta(days=day)
