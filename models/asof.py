"""What was knowable at *t*: of every key the latest row recorded by then, children only while their parents exist.

The contract's rules, in order: only rows with ``recorded_at <= t`` exist; of one key the latest counts (equal times:
the higher ``ingest_seq``, then the later row); a retraction withdraws its key until a later row asserts it again; a
child is invisible while its hard parent is. A replay reads in addition only rows delivered by then (``seq``).
"""

from __future__ import annotations

import polars as pl

from models.schema import FEEDS, STEPS, Feed

Feeds = dict[str, pl.DataFrame]
"""Canonical frames by feed name, see :mod:`models.schema`."""


def moment(t_us: int) -> pl.Expr:
    """The literal of an instant in UTC microseconds."""
    return pl.lit(t_us).cast(pl.Datetime("us", "UTC"))


def known(frame: pl.DataFrame, t_us: int, seq: int | None = None) -> pl.DataFrame:
    """Every row recorded by ``t_us`` (and delivered by ``seq``), all versions, retractions included."""
    rows = pl.col("recorded_at") <= moment(t_us)
    if seq is not None:
        rows &= pl.col("ingest_seq") <= seq
    return frame.filter(rows)


def _decide(frame: pl.DataFrame, key: list[str], repeated: pl.Expr) -> pl.DataFrame:
    """Of every key the row that counts; only keys with several rows are sorted, since nearly all have one."""
    several = frame.select(repeated).to_series()
    single = frame.filter(~several & ~pl.col("retracted"))
    contested = frame.filter(several).sort(*key, "recorded_at", "ingest_seq", "row")
    decided = contested.unique(subset=key, keep="last", maintain_order=True).filter(~pl.col("retracted"))
    return pl.concat([single, decided])


def latest(frame: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Of every key the row that counts, keys whose latest row is a retraction left out; in no particular order."""
    key = list(feed.key)
    return _decide(frame, key, pl.struct(key).is_duplicated() if len(key) > 1 else pl.col(key[0]).is_duplicated())


def _latest_steps(frame: pl.DataFrame, registrations: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """:func:`latest` and the parents' visibility for the feed of steps, by numbers instead of text.

    Steps are most of a delivery. Their registration is half of their key, so numbering the visible registrations
    settles one parent and makes the key a number at the same time; the candidate is looked up only where a step names
    another than its registration does.
    """
    numbered = registrations.select(
        "registration_id",
        registration_row=pl.int_range(pl.len(), dtype=pl.UInt32),
        owner=pl.col("candidate_id"),
    )
    placed = frame.join(numbered, on="registration_id", how="inner").with_columns(
        code=pl.col("step").cast(pl.Enum(STEPS)).to_physical().cast(pl.UInt32)
    )
    number = pl.col("registration_row").cast(pl.UInt64) * len(STEPS) + pl.col("code")
    decided = _decide(placed, ["registration_row", "code"], number.is_duplicated())
    own = pl.col("candidate_id") == pl.col("owner")
    stray = decided.filter(~own)
    if len(stray):
        decided = pl.concat([decided.filter(own), stray.join(candidates, on="candidate_id", how="semi")])
    return decided.drop("owner")


def visible(feeds: Feeds, t_us: int, seq: int | None = None) -> Feeds:
    """The state of every feed as of ``t_us``.

    Parameters
    ----------
    feeds
        Canonical frames with all versions of all rows; a feed left out counts as empty.
    t_us
        As-of time, UTC microseconds, inclusive.
    seq
        In a replay: the ``ingest_seq`` of the score replayed.

    Returns
    -------
    dict
        By feed. Steps have two columns more: ``registration_row`` (UInt32), the row number of their registration in
        the frame of registrations, and ``code`` (UInt32), the index into :data:`models.schema.STEPS`.
    """
    result: Feeds = {}
    for name, feed in FEEDS.items():  # parents come before children
        rows = known(feeds[name], t_us, seq) if name in feeds else feed.empty()
        if name == "registration_steps":
            result[name] = _latest_steps(rows, result["registrations"], result["candidates"].select("candidate_id"))
            continue
        frame = latest(rows, feed)
        for column, parent in feed.parents:
            key = FEEDS[parent].key[0]
            frame = frame.join(result[parent].select(pl.col(key).alias(column)), on=column, how="semi")
        result[name] = frame
    return result
