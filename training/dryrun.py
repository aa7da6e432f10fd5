"""What a challenger would change if it were put in force today.

Both releases score the same queue. Told is who would change band, in which offices and groups, and which reasons did
it: the reason whose contribution differs most between the two, case by case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from models.bands import BANDS, CHECK, FIRST
from models.registry import Release
from models.score import Scores, score
from models.situation import Situation
from models.terms import Floats
from training.groups import GROUPS, case_groups

ATTRIBUTES: Final = ("office", "agency_id", *GROUPS)
#: Reasons named for an office or a group.
NAMED: Final = 3
#: Groups of one attribute that are printed; all are in the JSON.
TOLD: Final = 5

MOVES = {
    "case_id": pl.String(), "office": pl.String(), "before": pl.String(), "after": pl.String(),
    "probability_before": pl.Float64(), "probability_after": pl.Float64(), "reason": pl.String(),
    "difference": pl.Float64(),
}  # fmt: skip
"""Columns of `DryRun.moves`: ``reason`` is the one whose contribution differs most, ``difference`` how much, in
log-odds."""


@dataclass(frozen=True, eq=False)
class DryRun:
    """A challenger beside the release in force.

    Attributes
    ----------
    champion, challenger : str
    cases : int
        With a score from both.
    bands : polars.DataFrame
        ``before, after, cases``: every change of band, and none.
    by_group : polars.DataFrame
        ``attribute, group, cases, up, down, first_before, first_after, looked_at_before, looked_at_after, reasons``:
        how many go to a more or a less urgent band, how many are in band first, and in any band that is looked at, and
        which reasons did most of it (``{"reason", "up", "down"}``, three at most).
    by_reason : polars.DataFrame
        ``reason, up, down``: of how many changes it is the main one.
    moves : polars.DataFrame
        Columns of `MOVES`, the most urgent new cases first.
    rank_agreement : float
        Spearman's correlation of the two orders; 1 is the same queue.
    shared_first : float
        Share of the champion's first tenth that is in the challenger's first tenth.
    """

    champion: str
    challenger: str
    cases: int
    bands: pl.DataFrame
    by_group: pl.DataFrame
    by_reason: pl.DataFrame
    moves: pl.DataFrame
    rank_agreement: float
    shared_first: float

    def to_json(self) -> dict[str, Any]:
        """The summary, without single cases."""
        return {
            "champion": self.champion,
            "challenger": self.challenger,
            "cases": self.cases,
            "bands": self.bands.to_dicts(),
            "by_office": self.by_group.filter(attribute="office").drop("attribute").to_dicts(),
            "by_agency": self.by_group.filter(attribute="agency_id").drop("attribute").to_dicts(),
            "by_group": self.by_group.filter(pl.col("attribute").is_in(GROUPS)).to_dicts(),
            "by_reason": self.by_reason.to_dicts(),
            "rank_agreement": round(self.rank_agreement, 4),
            "shared_first": round(self.shared_first, 4),
        }

    def in_words(self, *, most: int = 8) -> str:
        """Lines for a terminal."""
        changes = self.bands.filter(pl.col("before") != pl.col("after"))
        agree = f"the orders agree to {self.rank_agreement:.2f}, of the first tenth {self.shared_first:.0%} stay in it"
        lines = [
            f"{self.challenger} beside {self.champion}, {self.cases:,} cases with a score from both:",
            f"  {int(changes['cases'].sum()):,} would change band; {agree}",
        ]
        if not len(changes):
            return "\n".join(lines)
        lines += [f"  {r['before']} to {r['after']}: {r['cases']:,}" for r in changes.iter_rows(named=True)]
        lines += ["reasons that did it (to a more urgent band, to a less urgent one):"]
        lines += [f"  {name}: {up:,}, {down:,}" for name, up, down in self.by_reason.head(most).iter_rows()]
        offices = self.by_group.filter(attribute="office").filter(pl.col("up") + pl.col("down") > 0)
        lines += ["offices (looked at before, after; more urgent, less urgent; mostly by):"]
        lines += _told(offices, most)
        lines += ["groups (the same; never inputs of a score):"]
        for attribute in GROUPS:
            lines += _told(self.by_group.filter(attribute=attribute).filter(pl.col("up") + pl.col("down") > 0), TOLD,
                           of=f"{attribute} ")  # fmt: skip
        return "\n".join(lines)


def _told(rows: pl.DataFrame, most: int, *, of: str = "") -> list[str]:
    """Lines for offices or groups that change."""
    lines = []
    for row in rows.head(most).iter_rows(named=True):
        named = f"{of}{row['group'] or '(none)'}"
        reasons = ", ".join(r["reason"] for r in row["reasons"])
        moved = f"{row['up']:,}, {row['down']:,}"
        lines.append(f"  {named}: {row['looked_at_before']:,}, {row['looked_at_after']:,}; {moved}; {reasons}")
    if len(rows) > most:
        lines.append(f"  and {len(rows) - most} more {of.strip() or 'offices'}")
    return lines


def dry_run(situation: Situation, champion: Release, challenger: Release) -> DryRun:
    """Score a queue with both and compare.

    Parameters
    ----------
    situation : Situation
    champion, challenger : Release
        Verified, of the situation's catalogue.
    """
    ours, theirs = score(situation, champion), score(situation, challenger)
    both = ours.scored & theirs.scored
    cases = situation.cases.filter(both)
    rank = {name: i for i, name in enumerate(BANDS)}
    before, after = ours.band[both], theirs.band[both]
    step = np.array([rank[b] for b in before]) - np.array([rank[a] for a in after])
    reason, gap = _main_difference(situation, champion, challenger, both)
    facts = cases.select("case_id", "office", "agency_id").join(
        case_groups(situation.block), on="case_id", how="left", maintain_order="left"
    )
    table = facts.with_columns(
        before=pl.Series(before.tolist(), dtype=pl.String),
        after=pl.Series(after.tolist(), dtype=pl.String),
        up=pl.Series(step > 0),
        down=pl.Series(step < 0),
        probability_before=_known(ours.probability[both]),
        probability_after=_known(theirs.probability[both]),
        log_odds_after=pl.Series(theirs.log_odds[both]),
        reason=pl.Series(reason, dtype=pl.String),
        difference=pl.Series(gap),
    )
    moved = table.filter(pl.col("up") | pl.col("down"))
    return DryRun(
        champion.name,
        challenger.name,
        len(table),
        table.group_by("before", "after").agg(cases=pl.len()).sort("before", "after"),
        _by_group(table),
        moved.group_by("reason").agg(up=pl.col("up").sum(), down=pl.col("down").sum()).sort(
            pl.col("up") + pl.col("down"), "reason", descending=[True, False]
        ),
        moved.sort("up", "log_odds_after", "case_id", descending=[True, True, False]).select(*MOVES),
        *_agreement(ours, theirs, both),
    )  # fmt: skip


def band_preview(situation: Situation, release: Release) -> pl.DataFrame:
    """How many cases of a queue each office would find in the bands that are looked at.

    Parameters
    ----------
    situation : Situation
    release : Release

    Returns
    -------
    polars.DataFrame
        ``office, cases, first, check``, the most to look at first; cases without an office under "".
    """
    scores = score(situation, release)
    table = situation.cases.select(office=pl.col("office").fill_null("")).with_columns(
        band=pl.Series(scores.band.tolist(), dtype=pl.String)
    )
    return (
        table.filter(scores.scored)
        .group_by("office")
        .agg(cases=pl.len(), first=(pl.col("band") == FIRST).sum(), check=(pl.col("band") == CHECK).sum())
        .sort(pl.col("first") + pl.col("check"), "office", descending=[True, False])
    )


def _known(values: Floats) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64, nan_to_null=True)


def _main_difference(
    situation: Situation, champion: Release, challenger: Release, both: np.ndarray
) -> tuple[list[str], Floats]:
    """Of each case the reason whose contribution differs most, and the difference in log-odds."""
    x = np.ascontiguousarray(situation.x[both])
    parts: dict[str, Floats] = {}
    for sign, release in ((-1.0, champion), (1.0, challenger)):
        found = release.terms.group_contributions(x)
        for j, group in enumerate(release.terms.groups):
            parts[group.code] = parts.get(group.code, 0.0) + sign * found[:, j]
    if not parts:
        return [""] * len(x), np.zeros(len(x))
    codes = list(parts)
    gaps = np.column_stack([parts[code] for code in codes])
    most = np.abs(gaps).argmax(axis=1) if len(x) else np.empty(0, dtype=np.intp)
    return [codes[j] for j in most], gaps[np.arange(len(x)), most]


def _by_group(table: pl.DataFrame) -> pl.DataFrame:
    looked = {name: pl.col(name).is_in([*BANDS[:2]]) for name in ("before", "after")}
    parts = []
    for attribute in ATTRIBUTES:
        named = table.with_columns(group=pl.col(attribute).fill_null(""))
        counted = named.group_by("group").agg(
            cases=pl.len(),
            up=pl.col("up").sum(),
            down=pl.col("down").sum(),
            first_before=(pl.col("before") == FIRST).sum(),
            first_after=(pl.col("after") == FIRST).sum(),
            looked_at_before=looked["before"].sum(),
            looked_at_after=looked["after"].sum(),
        )
        parts.append(
            counted.join(_reasons(named), on="group", how="left")
            .with_columns(pl.col("reasons").fill_null([]), attribute=pl.lit(attribute))
            .sort(pl.col("up") + pl.col("down"), "group", descending=[True, False])
        )
    return pl.concat(parts).select("attribute", pl.exclude("attribute"))


def _reasons(table: pl.DataFrame) -> pl.DataFrame:
    """Of each group the reasons that moved most people: ``group, reasons``."""
    return (
        table.filter(pl.col("up") | pl.col("down"))
        .group_by("group", "reason")
        .agg(up=pl.col("up").sum(), down=pl.col("down").sum())
        .sort("group", pl.col("up") + pl.col("down"), "reason", descending=[False, True, False])
        .group_by("group", maintain_order=True)
        .agg(reasons=pl.struct("reason", "up", "down").head(NAMED))
    )


def _agreement(ours: Scores, theirs: Scores, both: np.ndarray) -> tuple[float, float]:
    a, b = ours.log_odds[both], theirs.log_odds[both]
    if a.size < 2:
        return 1.0, 1.0
    first, second = _mean_rank(a), _mean_rank(b)
    agree = float(np.corrcoef(first, second)[0, 1]) if first.std() * second.std() > 0 else 1.0
    tenth = max(1, round(0.1 * a.size))
    urgent = [set(np.argsort(-values, kind="stable")[:tenth].tolist()) for values in (a, b)]
    return agree, len(urgent[0] & urgent[1]) / tenth


def _mean_rank(values: Floats) -> Floats:
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - counts / 2)[position], dtype=np.float64)
