"""First pass: integer facts about others, by agency, recruiter, payer, group, route and permit.

Counts are integers, so parts of the population can be counted apart and added in any order. In the second pass every
case takes its own share out again, so that nobody is judged by their own record.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.dated import Dated
from models.itineraries import day
from models.ledger import closed_window

if TYPE_CHECKING:
    from models.cases import CaseBlock
    from models.rules import Rules

BY_KEY: Final[Mapping[str, tuple[str, ...]]] = {
    "agency_id": ("registered", "planned", "failed", "departed", "skipped", "examined", "confirmed"),
    "recruiter_ref": ("recruiter_open", "recruiter_cases"),
    "permit_id": ("cited",),
    "route": ("examined", "confirmed"),
    "payer_ref": ("payer_travellers",),
    "group_ref": ("group_travellers",),
}
"""The counts kept, by the column of the case frame that names whom they are about."""

CASE_COUNTS: Final = tuple(
    dict.fromkeys(name for key in ("agency_id", "recruiter_ref", "permit_id", "route") for name in BY_KEY[key])
)
HELPED: Final = pl.col("help_given").is_not_null() & (pl.col("help_given") != "none")


@dataclass(frozen=True)
class Aggregates:
    """Counts by key, one frame per column of :data:`BY_KEY`: ``key`` (String) and the Int64 counts."""

    tables: Mapping[str, pl.DataFrame]

    def total(self, table: str, count: str) -> int:
        """The sum of a count over all keys."""
        return self.totals[table][count]

    @cached_property
    def totals(self) -> Mapping[str, Mapping[str, int]]:
        """The sum of every count over all keys."""
        return {key: {name: int(table[name].sum()) for name in BY_KEY[key]} for key, table in self.tables.items()}

    def of(self, table: str, key: str) -> Mapping[str, int]:
        """The counts of one key; empty where nobody has it."""
        frame = self._sorted[table]
        keys = frame["key"]
        at = bisect_left(keys, key)
        return frame.row(at, named=True) if at < len(keys) and keys[at] == key else {}

    @cached_property
    def _sorted(self) -> Mapping[str, pl.DataFrame]:
        return {key: frame.sort("key") for key, frame in self.tables.items()}


@dataclass(frozen=True)
class Shares:
    """What each case, and each person as payer's guest or group member, contributes to the counts.

    ``cases`` has a row per case of the block, in its order: ``route`` and the counts of :data:`CASE_COUNTS`.
    ``payers`` and ``groups`` are distinct pairs of reference and candidate.
    """

    cases: pl.DataFrame
    payers: pl.DataFrame
    groups: pl.DataFrame


def finding_weights(outcomes: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Outcomes with an integer ``weight``: the inverse inclusion probability of a drawn check, else one."""
    cap = int(rules.constant("outcome_weight_cap"))
    drawn = (pl.col("examined_because") == "random_check") & (pl.col("inclusion_probability") > 0)
    inverse = (1.0 / pl.col("inclusion_probability")).clip(1, cap).round(0)
    weight = pl.when(drawn).then(inverse).otherwise(1.0).cast(pl.Int64)
    return outcomes.with_columns(weight=weight)


def shares(block: CaseBlock, rules: Rules) -> Shares:
    """What the cases of ``block`` contribute to the counts about others."""
    return shares_of(Dated.of(block), today=block.today, rules=rules)


def shares_of(dated: Dated, *, today: int, rules: Rules) -> Shares:
    """What cases contribute to the counts about others as of a day, row by row with :attr:`models.dated.Dated.cases`.

    Parameters
    ----------
    today
        Jakarta day number of the as-of time.
    rules
        In force then.
    """
    after, until = closed_window(today, rules)
    in_window = (pl.col("checked_day") > after) & (pl.col("checked_day") <= until)
    findings = (
        finding_weights(dated.outcomes, rules)
        .with_columns(checked_day=day("checked_on"))
        .filter(in_window, ~HELPED, pl.col("finding") != "undetermined", pl.col("case_id").is_not_null())
        .group_by("case_id", "candidate_id")
        .agg(
            examined=pl.col("weight").sum(),
            confirmed=pl.col("weight").filter(pl.col("finding") == "non_procedural").sum(),
            recruiter_cases=(pl.col("finding") == "non_procedural").any().cast(pl.Int64),
        )
    )
    recent = today - int(rules.constant("recruiter_window_days"))
    registered = pl.col("registered")
    long_past = registered & (pl.col("planned") > after) & (pl.col("planned") <= until)
    departed = long_past & (pl.col("status") == "departed") & pl.col("orientation_required")
    flags = {
        "registered": registered & (pl.col("registered_day") > after) & (pl.col("registered_day") <= until),
        "planned": long_past & (pl.col("status") != "withdrawn"),
        "failed": long_past & (pl.col("status") == "open"),
        "departed": departed,
        "skipped": departed & ~pl.col("oriented"),
        "recruiter_open": (pl.col("status") == "open")
        & (pl.col("registered_day") > recent)
        & (pl.col("registered_day") <= today),
        "cited": registered & (pl.col("status") != "withdrawn"),
    }
    cases = (
        dated.cases.with_columns(orientation_required=pl.Series(dated.required(rules)))
        .with_columns(**{name: flag.fill_null(value=False).cast(pl.Int64) for name, flag in flags.items()})
        .join(findings, on=["case_id", "candidate_id"], how="left", maintain_order="left")
        .with_columns(pl.col("examined", "confirmed", "recruiter_cases").fill_null(0))
        .select("case_id", "agency_id", "recruiter_ref", "permit_id", "route", *CASE_COUNTS)
    )
    payers = _payers(dated.travel, today=today, rules=rules)
    return Shares(cases=cases, payers=payers, groups=_pairs(dated.travel, "group_ref"))


def _pairs(travel: pl.DataFrame, reference: str) -> pl.DataFrame:
    return travel.filter(pl.col(reference).is_not_null()).select(reference, "candidate_id").unique()


def _payers(travel: pl.DataFrame, *, today: int, rules: Rules) -> pl.DataFrame:
    """Who travels, from the payer window on, at whose cost; what the declared agency pays is left out."""
    since = today - int(rules.constant("payer_window_days"))
    trips = travel.filter(
        pl.col("departure_day") > since,
        ~((pl.col("payer") == "agency") & pl.col("agency_id").is_not_null()),
    )
    return _pairs(trips, "payer_ref")


def count(parts: Iterable[Shares]) -> Aggregates:
    """Add the shares of any number of disjoint sets of candidates.

    The result does not depend on how the population was divided.
    """
    collected: dict[str, list[pl.DataFrame]] = {key: [] for key in BY_KEY}
    for part in parts:
        for key in ("agency_id", "recruiter_ref", "permit_id", "route"):
            collected[key].append(
                part.cases.filter(pl.col(key).is_not_null())
                .group_by(pl.col(key).alias("key"))
                .agg(pl.col(*BY_KEY[key]).sum())
            )
        for key, pairs in (("payer_ref", part.payers), ("group_ref", part.groups)):
            collected[key].append(
                pairs.group_by(pl.col(key).alias("key")).agg(pl.len().cast(pl.Int64).alias(BY_KEY[key][0]))
            )
    tables = {}
    for key, counts in BY_KEY.items():
        empty = pl.DataFrame(schema={"key": pl.String, **dict.fromkeys(counts, pl.Int64)})
        every = pl.concat([empty, *collected[key]])
        if len(collected[key]) > 1:
            every = every.group_by("key").agg(pl.col(*counts).sum())
        tables[key] = every.sort("key")
    return Aggregates(tables)


def others(
    company: pl.DataFrame, aggregates: Aggregates, table: str, names: Sequence[str]
) -> dict[str, NDArray[np.int64]]:
    """Counts of everybody but each case itself, zero for a key nobody else has.

    Parameters
    ----------
    company
        Per case the key, under the name of the table, and its own contribution to each count.
    aggregates, table, names
        Counts over everybody, which table, and which counts of it.

    Returns
    -------
    dict
        By name, shape (n,); 0 where the case has no key.
    """
    own_keys = company.select(key=table)
    counts = aggregates.tables[table].select("key", *names).join(own_keys.unique(), on="key", how="semi")
    found = own_keys.join(counts, on="key", how="left", maintain_order="left")
    keyed = own_keys["key"].is_not_null().to_numpy()
    return {
        name: np.where(keyed, np.maximum(found[name].fill_null(0).to_numpy() - company[name].to_numpy(), 0), 0)
        for name in names
    }
