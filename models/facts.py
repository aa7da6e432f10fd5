"""The facts of each case: what the feature functions read.

Of many cases they are columns, of one plain values (:mod:`models.arithmetic`); days are Jakarta day numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

import numpy as np
import polars as pl

from models.aggregates import BY_KEY, CASE_COUNTS, Aggregates, Shares, others
from models.arithmetic import Flags, Many, Numbers, One
from models.asof import Rows
from models.identity import NIK_MISSING, NIK_VALID
from models.itineraries import day, of_the_same
from models.ledger import NONE, Ledger
from models.schema import SCHEMES
from models.steps import STEP_INDEX, OneSteps, StepTable
from models.times import months_ago

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.cases import CaseBlock
    from models.rules import Rules

WITH_AGENCY: Final = ("p_to_p", "seafarer", "ukps")
"""Schemes in which an agency, manning agent or company places the worker."""


@dataclass(frozen=True)
class Columns:
    """Named columns of a block of ``n`` cases: ``value`` and ``flag`` hold arrays of length ``n`` by name."""

    how: ClassVar = Many

    n: int
    value: Mapping[str, Numbers]
    flag: Mapping[str, Flags]


@dataclass(frozen=True)
class Facts(Columns):
    """All facts of a block of cases, with the day they hold on and the states of their steps."""

    today: int
    steps: StepTable

    def one(self, i: int) -> OneFacts:
        """Those of one of the cases."""
        return OneFacts(
            value={name: float(values[i]) for name, values in self.value.items()},
            flag={name: bool(flags[i]) for name, flags in self.flag.items()},
            today=self.today,
            steps=self.steps.one(i),
        )


@dataclass(frozen=True)
class OneFacts:
    """All facts of one case, by the names they have in a block."""

    how: ClassVar = One

    value: Mapping[str, float]
    flag: Mapping[str, bool]
    today: int
    steps: OneSteps


AnyColumns = TypeVar("AnyColumns", bound=Columns)
SomeFacts = TypeVar("SomeFacts", Facts, OneFacts)
"""Of many cases or of one."""
SomeColumns = TypeVar("SomeColumns", Columns, OneFacts)
"""The same, where a part of the facts suffices."""


def _number(frame: pl.DataFrame, column: str | pl.Expr) -> Numbers:
    series = frame.select(pl.col(column) if isinstance(column, str) else column).to_series()
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64, copy=False)


def _flag(frame: pl.DataFrame, condition: pl.Expr) -> Flags:
    return frame.select(condition.fill_null(value=False)).to_series().to_numpy()


def gather(
    block: CaseBlock, own: Shares, aggregates: Aggregates | None, *, rules: Rules, rows: Rows, cases: pl.DataFrame,
    steps: StepTable,
) -> Facts:  # fmt: skip
    """Facts of the cases at ``rows`` of ``block``.

    Parameters
    ----------
    block, own
        Cases and their own shares in the counts, row by row.
    aggregates
        Counts over everybody; None leaves out what needs them (:func:`with_counts`).
    rows
        Row numbers of the cases wanted.
    cases, steps
        Their details and step states.
    """
    value: dict[str, Numbers] = {}
    flag: dict[str, Flags] = {}
    _registration(value, flag, cases, rules)
    _permit(value, flag, block, cases)
    flag["permit_asked"] = steps.required[:, STEP_INDEX["recruitment_permit"]]
    _agency(value, flag, block, cases)
    _travel(value, flag, block, cases, rules)
    _identity(value, flag, block, cases, rules)
    facts = Facts(n=len(cases), value=value, flag=flag, today=block.today, steps=steps)
    return facts if aggregates is None else with_counts(facts, company(cases, own, rows), aggregates)


def _registration(value: dict[str, Numbers], flag: dict[str, Flags], frame: pl.DataFrame, rules: Rules) -> None:
    for name in ("planned", "registered_day"):
        value[name] = _number(frame, name)
    flag["registered"] = _flag(frame, pl.col("registration_id").is_not_null())
    flag["closed"] = rules.closed_mask(frame)
    flag["no_channel"] = rules.no_channel_mask(frame)
    days = frame["planned"].fill_null(0).to_numpy().astype(np.int64)
    value["season"] = np.where(np.isnan(value["planned"]), np.nan, rules.season_codes(days).astype(np.float64))
    for scheme in SCHEMES:
        flag[f"scheme_{scheme}"] = _flag(frame, pl.col("scheme") == scheme)
    flag["work_evidence"] = _flag(frame, pl.col("work_evidence") != "none")


def _permit(value: dict[str, Numbers], flag: dict[str, Flags], block: CaseBlock, frame: pl.DataFrame) -> None:
    permits = block.visible["permits"].select(
        "permit_id",
        permit_agency="agency_id",
        permit_country="destination_country",
        permit_post="occupation",
        permit_quota="quota",
        permit_from=day("valid_from"),
        permit_to=day("valid_to"),
        permit_withdrawn=day("withdrawn_on"),
        permit_known=pl.lit(value=True),
    )
    joined = frame.join(permits, on="permit_id", how="left", maintain_order="left")
    today = block.today
    flag["permit_cited"] = _flag(joined, pl.col("permit_id").is_not_null())
    flag["permit_known"] = _flag(joined, pl.col("permit_known"))
    flag["permit_country"] = _flag(joined, pl.col("permit_country") == pl.col("destination_country"))
    flag["permit_post"] = _flag(joined, pl.col("permit_post") == pl.col("occupation"))
    flag["permit_agency"] = _flag(joined, pl.col("permit_agency") == pl.col("agency_id"))
    flag["permit_in_force"] = _flag(
        joined,
        (pl.col("permit_from") <= today)
        & (pl.col("permit_to") >= today)
        & (pl.col("permit_withdrawn").is_null() | (pl.col("permit_withdrawn") > today)),
    )
    value["permit_quota"] = _number(joined, "permit_quota")


def _agency(value: dict[str, Numbers], flag: dict[str, Flags], block: CaseBlock, frame: pl.DataFrame) -> None:
    book = block.ledgers
    flag["agency_cited"] = _flag(frame, pl.col("agency_id").is_not_null())
    names = frame["agency_id"].unique().drop_nulls().to_list()
    empty = Ledger()
    rows = [(name, book.get(name, empty)) for name in names]
    table = pl.DataFrame(
        {
            "agency_id": [name for name, _ in rows],
            "licence_state": [ledger.state_on(block.today) for _, ledger in rows],
            "licence_to": [ledger.valid_to for _, ledger in rows],
            "licence_extends": [ledger.extends_itself for _, ledger in rows],
            "sanctions": [ledger.sanctions for _, ledger in rows],
            "deposit_shortfall": [ledger.deposit_shortfall for _, ledger in rows],
            "open_claims": [ledger.open_claims for _, ledger in rows],
            "complaints": [ledger.complaints for _, ledger in rows],
        },
        schema={
            "agency_id": pl.String,
            "licence_state": pl.Int64,
            "licence_to": pl.Int64,
            "licence_extends": pl.Boolean,
            "sanctions": pl.Int64,
            "deposit_shortfall": pl.Boolean,
            "open_claims": pl.Float64,
            "complaints": pl.Int64,
        },
    )
    branches = block.visible["branches"].select(
        "agency_id",
        branch_region="region",
        branch_open=(day("registered_on") <= block.today)
        & (pl.col("closed_on").is_null() | (day("closed_on") > block.today)),
    )
    joined = frame.select("agency_id", "branch_region").join(table, on="agency_id", how="left", maintain_order="left")
    joined = joined.join(branches, on=["agency_id", "branch_region"], how="left", maintain_order="left")
    for name in ("licence_to", "sanctions", "open_claims", "complaints"):
        value[name] = _number(joined, name)
    value["licence_state"] = _number(joined, pl.col("licence_state").fill_null(NONE))
    value["complaints_of_all"] = np.full(len(frame), float(sum(ledger.complaints for ledger in book.values())))
    for name in ("licence_extends", "deposit_shortfall", "branch_open"):
        flag[name] = _flag(joined, pl.col(name))
    flag["branch_region_known"] = _flag(joined, pl.col("branch_region").is_not_null())


def company(cases: pl.DataFrame, own: Shares, rows: Rows) -> pl.DataFrame:
    """Whom some cases share an agency, permit, recruiter, payer, group or route with, and their own shares.

    Returns
    -------
    polars.DataFrame
        The columns of :data:`models.aggregates.BY_KEY` as keys, :data:`models.aggregates.CASE_COUNTS`, and
        ``payer_travellers`` and ``group_travellers``: 1 where the person is counted under the reference.
    """
    mine = own.cases[rows].select("agency_id", "route", *CASE_COUNTS)
    inside = [
        cases.select(key, "candidate_id")
        .join(pairs.with_columns(pl.lit(1, dtype=pl.Int64).alias(name)), on=[key, "candidate_id"], how="left",
              maintain_order="left")
        .select(pl.col(name).fill_null(0))
        for key, pairs, name in (
            ("payer_ref", own.payers, "payer_travellers"), ("group_ref", own.groups, "group_travellers")
        )
    ]  # fmt: skip
    keys = cases.select("permit_id", "recruiter_ref", "payer_ref", "group_ref")
    return pl.concat([mine, keys, *inside], how="horizontal")


def with_counts(facts: AnyColumns, company: pl.DataFrame, aggregates: Aggregates) -> AnyColumns:
    """Facts with the counts over everybody but the case itself.

    Parameters
    ----------
    facts
        Of some cases.
    company
        Of the same cases (:func:`company`).
    aggregates
        Counts over everybody.
    """
    value: dict[str, Numbers] = {}
    for table, names, prefix in (
        ("agency_id", ("registered", "planned", "failed", "departed", "skipped", "examined", "confirmed"), "agency"),
        ("route", ("examined", "confirmed"), "route"),
    ):
        keyed = company[table].is_not_null().to_numpy()
        counted = others(company, aggregates, table, names)
        for name in names:
            value[f"{prefix}_{name}"] = counted[name].astype(np.float64)
            share = np.where(keyed, company[name].to_numpy(), 0)
            value[f"{prefix}_{name}_of_all"] = (aggregates.total(table, name) - share).astype(np.float64)
    value["permit_citations"] = others(company, aggregates, "permit_id", ("cited",))["cited"].astype(np.float64)
    nobody = company["recruiter_ref"].is_null().to_numpy()
    for name, counts in others(company, aggregates, "recruiter_ref", BY_KEY["recruiter_ref"]).items():
        value[name] = np.where(nobody, np.nan, counts.astype(np.float64))
    for table in ("payer_ref", "group_ref"):
        for name, counts in others(company, aggregates, table, BY_KEY[table]).items():
            value[name] = counts.astype(np.float64)
    return replace(facts, value={**facts.value, **value})


def _travel(
    value: dict[str, Numbers], flag: dict[str, Flags], block: CaseBlock, frame: pl.DataFrame, rules: Rules
) -> None:
    flag["itinerary"] = _flag(frame, pl.col("travel_id").is_not_null())
    for name in ("departure_day", "booked_day", "planned_stay_days", "visa_days", "group_size"):
        value[name] = _number(frame, name)
    for name in ("visit", "umrah"):
        flag[f"visa_{name}"] = _flag(frame, pl.col("visa_class") == name)
    flag["no_return"] = _flag(frame, pl.col("return_ticket") == "none")
    for name in ("agency", "third_party"):
        flag[f"payer_{name}"] = _flag(frame, pl.col("payer") == name)
    flag["licensed_tour"] = _flag(frame, pl.col("licensed_tour"))
    flag["elsewhere"] = _flag(
        frame,
        pl.col("registration_id").is_not_null() & (pl.col("itinerary_destination") != pl.col("destination_country")),
    )
    pairs = frame.select("departure_point", "border_transfer_from").unique()
    hops = [
        point is not None
        and region is not None
        and rules.is_border(point)
        and not rules.is_usual_gateway(region, point)
        for point, region in pairs.iter_rows()
    ]
    hop = frame.select("departure_point", "border_transfer_from").join(
        pairs.with_columns(hop=pl.Series(hops, dtype=pl.Boolean)),
        on=["departure_point", "border_transfer_from"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    flag["border_hop"] = _flag(hop, pl.col("hop"))
    since = months_ago(block.today, int(rules.constant("passport_replaced_months")))
    flag["passport_replaced"] = _flag(
        frame,
        pl.col("passport_replaced")
        & (pl.col("passport_issued_day").is_null() | (pl.col("passport_issued_day") > since)),
    )


def _identity(
    value: dict[str, Numbers], flag: dict[str, Flags], block: CaseBlock, frame: pl.DataFrame, rules: Rules
) -> None:
    flag["nik_given"] = _flag(frame, pl.col("nik_state") != NIK_MISSING)
    flag["nik_valid"] = _flag(frame, pl.col("nik_state") == NIK_VALID)
    flag["birth_known"] = _flag(frame, pl.col("birth_date").is_not_null())
    flag["birth_corrected"] = _flag(frame, pl.col("birth_corrected"))
    born = (
        (pl.col("birth_date").dt.year() % 100) * 10_000
        + pl.col("birth_date").dt.month().cast(pl.Int32) * 100
        + pl.col("birth_date").dt.day().cast(pl.Int32)
    )
    flag["nik_agrees"] = _flag(frame, pl.col("nik_birth") == born)
    since = months_ago(block.today, int(rules.constant("lookback_months")))
    confirmed = (
        block.outcomes.filter(pl.col("finding") == "non_procedural", pl.col("case_id").is_not_null())
        .with_columns(checked_day=day("checked_on"))
        .group_by("candidate_id", other="case_id")
        .agg(recent=((pl.col("checked_day") > since) & (pl.col("checked_day") <= block.today)).any())
    )
    pairs = frame.select("case_id", "candidate_id").join(confirmed, on="candidate_id", how="inner")
    prior = pairs.filter(pl.col("other") != pl.col("case_id"), pl.col("recent")).group_by("case_id").len("prior")
    earlier = block.frame.select("registration_id", "status", "candidate_id", "case_id")
    clean = (
        of_the_same(earlier.filter(pl.col("registration_id").is_not_null(), pl.col("status") == "departed"), frame)
        .join(confirmed.select(case_id="other"), on="case_id", how="anti")
        .select("candidate_id", other="case_id")
    )
    completed = (
        frame.select("case_id", "candidate_id")
        .join(clean, on="candidate_id", how="inner")
        .filter(pl.col("other") != pl.col("case_id"))
        .group_by("case_id")
        .len("completed")
    )
    joined = frame.select("case_id").join(prior, on="case_id", how="left", maintain_order="left")
    joined = joined.join(completed, on="case_id", how="left", maintain_order="left")
    value["prior_confirmed"] = _number(joined, pl.col("prior").fill_null(0))
    value["prior_procedural"] = _number(joined, pl.col("completed").fill_null(0))
