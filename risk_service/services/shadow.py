"""Shadow scoring: a release that is not in force scores the queue of the last rescoring; no officer sees it.

Use
---
``shadow(store, release=…, rules=…) -> Shadow``
    Score everybody of the last finished run with another release, keep what changed, and tell how the two compare.

The same cases, as of the same time, over the same deliveries and counts about others as in the run. Doing it again
changes nothing, so a job that was broken off is simply begun anew. Whoever objects has no score here either. Findings
of drawn checks that came later are compared with what both said before the day of the check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl
import sqlalchemy as sa

from models.asof import Feeds
from models.bands import CHECK, FIRST
from models.drift import drawn_findings
from models.errors import ReleaseError, StoreError
from models.registry import check_compatible
from models.score import score
from models.situation import situate
from models.times import EPOCH_DATE, JAKARTA_OFFSET_US, US_PER_DAY, date_of, iso
from risk_service.services.objections import withhold
from risk_service.services.rescoring import CHUNK_CANDIDATES, WORK
from risk_service.services.results import as_kept
from risk_service.store import Store
from risk_service.store import deliveries as kept
from risk_service.store import runs as runs_kept
from risk_service.store import shadow as shadow_kept
from risk_service.store.bulk import read_frame
from risk_service.store.casework import objecting
from risk_service.store.counts import load_counts
from risk_service.store.feeds import PERSONAL_FEEDS, REFERENCE_FEEDS, Candidates, candidate_ranges, load_feeds
from risk_service.store.runs import Run
from risk_service.store.tables import current_scores

if TYPE_CHECKING:
    from models.registry import Release
    from models.rules import RuleBook

LOOKED_AT: Final = (FIRST, CHECK)
AT_ONCE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """A release beside what was shown.

    Parameters
    ----------
    run
        Whose queue it was.
    release
        The one that was not shown.
    cases, written
        Cases of the queue, and rows written because something changed.
    bands
        ``office, shown, shadow, cases``: band shown and band in the shadow.
    found
        ``label, weight, shown, shadow`` of each drawn check with a finding since both said something: whether the
        departure was non-procedural, for how many cases it speaks, and whether the case was in a band that is looked
        at.
    """

    run: Run
    release: str
    cases: int
    written: int
    bands: pl.DataFrame
    found: pl.DataFrame

    def in_words(self, *, most: int = 8) -> str:
        """Lines for a terminal; they name no case."""
        changes = self.bands.filter(pl.col("shown") != pl.col("shadow"))
        run = self.run
        lines = [
            f"{self.release} in the shadow of {run.release}, run {run.run_id} as of {iso(run.as_of_us)}:",
            f"  {self.cases:,} cases, {int(changes['cases'].sum()):,} in another band; {self.written:,} results kept",
        ]
        kinds = changes.group_by("shown", "shadow").agg(pl.col("cases").sum()).sort("cases", "shown", descending=True)
        lines += [f"  {shown} shown, {band} in the shadow: {cases:,}" for shown, band, cases in kinds.iter_rows()]
        offices = (
            changes.group_by("office").agg(pl.col("cases").sum()).sort("cases", "office", descending=[True, False])
        )
        lines += [f"    {office or 'no office'}: {cases:,}" for office, cases in offices.head(most).iter_rows()]
        if len(offices) > most:
            lines.append(f"    and {len(offices) - most} more offices")
        lines.append(self._found_in_words())
        return "\n".join(lines)

    def _found_in_words(self) -> str:
        positive = self.found.filter(pl.col("label") > 0)
        if positive.is_empty():
            return f"  {len(self.found):,} drawn checks have a finding since, none of them non-procedural yet"
        parts = []
        for name in ("shown", "shadow"):
            seen = self.found.filter(pl.col(name))
            parts.append(f"{name} {int(positive[name].sum()):,} of them among {len(seen):,} looked at")
        return (
            f"  {len(self.found):,} drawn checks have a finding since, {len(positive):,} non-procedural: "
            f"{'; '.join(parts)}"
        )


def shadow(
    store: Store,
    *,
    release: Release,
    rules: RuleBook,
    progress: Callable[[str, int, int | None], None] | None = None,
    chunk: int = CHUNK_CANDIDATES,
) -> Shadow:
    """Score the queue of the last rescoring with a release that is not in force.

    Parameters
    ----------
    release
        Verified.
    rules
        All rule tables; those of the run are used.
    progress
        Called with what is done, chunks done, and how many there are.
    chunk
        Candidates to score in one piece; changes no result.

    Raises
    ------
    StoreError
        Nothing has been scored yet, a rescoring is under way, or the rules have changed since.
    ReleaseError
        The release was made on the other kind of data, or is the one shown.
    """
    with store.alone(WORK):
        with store.reading() as connection:
            run, broken = runs_kept.last_done(connection), runs_kept.unfinished(connection)
        if run is None:
            raise StoreError("Nothing has been scored yet.", what_to_do="Run: risk-service rescore")
        if broken is not None:
            raise StoreError(f"The run {broken.run_id} is not finished.", what_to_do="Run: risk-service rescore")
        check_compatible(release, simulated=run.simulated)
        if release.name == run.release:
            raise ReleaseError(f"Release {release.name} is the one that is shown.", what_to_do="Name another release.")
        return _Work(store, run, release, rules).carry_out(progress, chunk)


@dataclass(frozen=True)
class _Work:
    store: Store
    run: Run
    release: Release
    rules: RuleBook

    def carry_out(self, progress: Callable[[str, int, int | None], None] | None, chunk: int) -> Shadow:
        run = self.run
        at = self.rules.at(date_of(run.as_of_us), run.as_of_us)
        if at.version != run.rules_version:
            raise StoreError("The rules have changed since the last rescoring.", what_to_do="Run: risk-service rescore")
        with self.store.reading() as connection:
            references = load_feeds(connection, seq=run.ingest_seq, only=REFERENCE_FEEDS)
            fresh = kept.freshness_at(connection, run.as_of_us, run.ingest_seq)
            groups = candidate_ranges(connection, seq=run.ingest_seq, size=chunk)
            everybody = load_counts(connection, run.run_id)
        bands, findings, cases, written = [], [], 0, 0
        for done, group in enumerate(groups):
            feeds = self._feeds(group) | references
            situation = situate(
                feeds, run.as_of_us, rules=at, freshness=fresh, seq=run.ingest_seq, aggregates=everybody
            )
            with self.store.writing() as connection:
                results = withhold(as_kept(score(situation, self.release)), objecting(connection))
                both = results.join(self._shown(connection, results), on=shadow_kept.KEY, how="inner")
                written += shadow_kept.save(
                    connection,
                    both.select(*shadow_kept.KEY, *shadow_kept.RESULT),
                    release=self.release.name,
                    run_id=run.run_id,
                    as_of_us=run.as_of_us,
                    ingest_seq=run.ingest_seq,
                    group=group,
                )
                findings.append(self._found(connection, drawn_findings(situation.block.outcomes)))
            cases += both.height
            bands.append(both.select(pl.col("office").fill_null(""), shown="shown_band", shadow="band"))
            if progress is not None:
                progress("scoring in the shadow", done + 1, len(groups))
        counted = (
            pl.concat([_NO_BANDS, *bands]).group_by("office", "shown", "shadow").agg(cases=pl.len().cast(pl.Int64))
        )
        return Shadow(
            run=run, release=self.release.name, cases=cases, written=written,
            bands=counted.sort("office", "shown", "shadow"), found=pl.concat([_NO_FINDINGS, *findings]),
        )  # fmt: skip

    def _feeds(self, group: Candidates) -> Feeds:
        with self.store.reading() as connection:
            return load_feeds(connection, seq=self.run.ingest_seq, candidates=group, only=PERSONAL_FEEDS)

    def _shown(self, connection: sa.Connection, results: pl.DataFrame) -> pl.DataFrame:
        """What is shown of the same cases."""
        c = current_scores.c
        ids = results["candidate_id"]
        columns = (c.case_id, c.candidate_id, c.release, c.band, c.log_odds)
        query = sa.select(*columns).where(c.candidate_id >= (ids.min() or ""), c.candidate_id <= (ids.max() or ""))
        return read_frame(connection, query).rename(
            {"release": "shown_release", "band": "shown_band", "log_odds": "shown_log_odds"}
        )

    def _found(self, connection: sa.Connection, drawn: pl.DataFrame) -> pl.DataFrame:
        """Findings beside the last bands before the day of the check."""
        ids = drawn["case_id"].to_list()
        parts = [
            shadow_kept.before(connection, self.release.name, ids[i : i + AT_ONCE]) for i in range(0, len(ids), AT_ONCE)
        ]
        if not parts:
            return _NO_FINDINGS
        checked = (pl.col("checked_on") - EPOCH_DATE).dt.total_days() * US_PER_DAY - JAKARTA_OFFSET_US
        return (
            drawn.join(pl.concat(parts), on="case_id", how="inner")
            .filter(pl.col("as_of_us") < checked)
            .sort("as_of_us")
            .unique("case_id", keep="last", maintain_order=True)
            .sort("case_id")
            .select(
                "label",
                "weight",
                shown=pl.col("shown_band").is_in(LOOKED_AT),
                shadow=pl.col("band").is_in(LOOKED_AT),
            )
        )


_NO_BANDS: Final = pl.DataFrame(schema={"office": pl.String, "shown": pl.String, "shadow": pl.String})
_NO_FINDINGS: Final = pl.DataFrame(
    schema={"label": pl.Float64, "weight": pl.Float64, "shown": pl.Boolean, "shadow": pl.Boolean}
)
