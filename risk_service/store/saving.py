"""Results of a rescoring beside those that the queue holds: only what changed is written.

Use
---
``compare(connection, frame, group=…) -> Compared``
    What is new, what has changed, and who has left; it writes nothing.
``save(connection, compared, run_id=…)``
    Write that: into the history, into the queue, and into its orders where a case has another place there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.bands import BANDS
from risk_service.store.bulk import FEW, insert_frame, named, read_frame, update_frame
from risk_service.store.digests import digests, same_form
from risk_service.store.feeds import Candidates, among
from risk_service.store.scores import NO_DAY, RESULT, last_number
from risk_service.store.tables import current_scores, score_endings, scores

_AT_ONCE: Final = 5_000
_KEY: Final = ("case_id", "candidate_id")
_FILTERS: Final = ("lane", "office", "destination", "agency_id")
_PLACED: Final = ("band_order", "band", "planned_day", "planned_key")
"""What the orders by departure sort by, with :data:`_FILTERS`."""
_STANDING: Final = (*_FILTERS, "planned_day", "band", "log_odds")
"""Where a result stands in the orders."""
_DIGESTS: Final = ("digest", "steps_digest")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Results of a group of candidates beside those that the queue holds.

    Parameters
    ----------
    cases
        How many results there are.
    changes
        Those that differ from the one before, or have none.
    before
        Where the cases that changed, and perhaps others, stood in the orders.
    as_before
        Keys and digests of results that are as they were, but not told so by their digest, or have other steps.
    gone
        Keys of the cases that have left the queue.
    moves
        A row per changed or new case: ``case_id, office``, and of the score before and now ``band_before, band,
        log_odds_before, log_odds``; where the band has changed also ``reasons_before, reasons, other_before, other``.
        Null before for a new case.
    steps
        Keys of the cases whose waiting steps are not as they were, or cannot be told to be.
    """

    cases: int
    changes: pl.DataFrame
    before: pl.DataFrame
    as_before: pl.DataFrame
    gone: pl.DataFrame
    moves: pl.DataFrame
    steps: pl.DataFrame


def compare(connection: Connection, frame: pl.DataFrame, *, group: Candidates) -> Compared:
    """Hold the results of a group of candidates against those that the queue holds; nothing is written.

    Parameters
    ----------
    frame
        ``case_id``, ``candidate_id``, the columns of :data:`RESULT`, and ``steps_digest``
        (:func:`risk_service.store.office_lists.steps_digests`), of all active cases of the group.
    group
        The candidates; what the queue holds of them beside ``frame`` has left it.
    """
    frame = frame.with_columns(digest=digests(frame.select(RESULT)))
    told = (current_scores.c[name] for name in (*_KEY, *_DIGESTS))
    kept = read_frame(connection, sa.select(*told).where(group.has(current_scores.c.candidate_id)))
    gone = kept.join(frame, on=_KEY, how="anti").select(_KEY)
    steps = frame.join(kept, on=[*_KEY, "steps_digest"], how="anti").select(_KEY)
    differing = frame.join(kept, on=[*_KEY, "digest"], how="anti", maintain_order="left")
    again = differing.join(kept, on=_KEY, how="inner", suffix="_before", maintain_order="left")
    doubtful = again.filter(~same_form(pl.col("digest"), pl.col("digest_before")))
    same = _same(doubtful, _before(connection, group, doubtful, columns=RESULT, of=len(kept)))
    changes = differing.join(same, on=_KEY, how="anti", maintain_order="left")
    before = _before(connection, group, again.join(same, on=_KEY, how="anti"), columns=_STANDING, of=len(kept))
    as_before = pl.concat([same, steps]).unique().join(changes, on=_KEY, how="anti")
    return Compared(
        cases=frame.height,
        changes=changes,
        before=before,
        as_before=frame.join(as_before, on=_KEY, how="semi").select(*_KEY, *_DIGESTS),
        gone=gone,
        moves=_beside(connection, group, changes, before, of=len(kept)),
        steps=pl.concat([steps, gone]),
    )


def save(connection: Connection, compared: Compared, *, run_id: str, as_of_us: int, ingest_seq: int) -> None:
    """Write what changed in the results of a group of candidates since it was compared with the queue as it is."""
    update_frame(connection, current_scores, compared.as_before, key=_KEY)
    first = last_number(connection) + 1
    rows = compared.changes.select(
        pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("score_id"),
        *_KEY,
        *RESULT,
        run_id=pl.lit(run_id),
        as_of_us=pl.lit(as_of_us, dtype=pl.Int64),
        ingest_seq=pl.lit(ingest_seq, dtype=pl.Int64),
    )
    insert_frame(connection, scores, rows)
    told = (compared.changes[name] for name in _DIGESTS)
    _replace(connection, rows.with_columns(*_ordering(), *told), compared.before, compared.gone)
    endings = compared.gone.with_columns(run_id=pl.lit(run_id), as_of_us=pl.lit(as_of_us, dtype=pl.Int64))
    insert_frame(connection, score_endings, endings)


def _ordering() -> tuple[pl.Expr, ...]:
    order = pl.col("band").replace_strict(list(BANDS), list(range(len(BANDS))), return_dtype=pl.Int64)
    return (
        order.alias("band_order"),
        (-pl.col("log_odds")).fill_null(0.0).alias("rank_key"),
        pl.col("planned_day").fill_null(NO_DAY).alias("planned_key"),
    )


def _replace(connection: Connection, rows: pl.DataFrame, before: pl.DataFrame, gone: pl.DataFrame) -> None:
    """Put rows of the queue in the place of those before, and take out who left it.

    A row that is changed is taken out of the indexes of the columns named and put in again; PostgreSQL does so with all
    indexes or with none. So rows that stay where they were in the orders by departure keep their places there, and the
    many whose log-odds have not changed, in all orders.
    """
    order, rank, _ = _ordering()
    places = [*_FILTERS, "planned_day", "band_order"]
    staying = before.select(*_KEY, *_FILTERS, "planned_day", order, rank)
    stays = rows.join(staying, on=[*_KEY, *places], how="semi", nulls_equal=True)
    moved = rows.join(stays, on=_KEY, how="anti")
    _remove(connection, pl.concat([gone, moved.join(before, on=_KEY, how="semi").select(_KEY)]))
    insert_frame(connection, current_scores, moved)
    stays = stays.drop(*_FILTERS, *_PLACED)
    still = stays.join(staying, on=[*_KEY, "rank_key"], how="semi")
    update_frame(connection, current_scores, still.drop("rank_key"), key=_KEY)
    update_frame(connection, current_scores, stays.join(still, on=_KEY, how="anti"), key=_KEY)


def _same(doubtful: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Keys of the results that are as they were before, column by column."""
    joined = doubtful.select(*_KEY, *RESULT).join(before, on=_KEY, how="inner", suffix="_before")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in RESULT)
    return joined.filter(~differs).select(_KEY)


def _beside(
    connection: Connection, group: Candidates, changes: pl.DataFrame, before: pl.DataFrame, *, of: int
) -> pl.DataFrame:
    """Changed results beside those before, as :class:`Compared` has them."""
    shown = ("office", "band", "log_odds", "reasons", "other")
    joined = changes.select(*_KEY, *shown).join(
        before.select(*_KEY, "band", "log_odds"), on=_KEY, how="left", suffix="_before", maintain_order="left"
    )
    moved = joined.filter(pl.col("band") != pl.col("band_before"))
    said = _before(connection, group, moved, columns=("reasons", "other"), of=of)
    return joined.join(said, on=_KEY, how="left", suffix="_before", maintain_order="left")


def _before(
    connection: Connection, group: Candidates, cases: pl.DataFrame, *, columns: Sequence[str], of: int
) -> pl.DataFrame:
    """What the queue holds of some cases of a group of candidates, or of all where they are many.

    Parameters
    ----------
    of
        How many the queue holds of the group.
    """
    query = sa.select(*(current_scores.c[name] for name in (*_KEY, *columns)))
    if cases.is_empty():
        return read_frame(connection, query.where(sa.false()))
    if len(cases) > FEW * of:
        return read_frame(connection, query.where(group.has(current_scores.c.candidate_id)))
    ids = cases["case_id"].to_list()
    parts = (
        among(connection, current_scores.c.case_id, ids[at : at + _AT_ONCE]) for at in range(0, len(ids), _AT_ONCE)
    )
    found = pl.concat([read_frame(connection, query.where(part)) for part in parts])
    return found.join(cases, on=_KEY, how="semi")


def _remove(connection: Connection, keys: pl.DataFrame) -> None:
    """Take cases out of the queue, those that left it and those that come in again with a new score."""
    if not keys.is_empty():
        with named(connection, current_scores, keys) as those:
            connection.execute(sa.delete(current_scores).where(those))
