"""What was knowable at *t*: of every key the latest row recorded by then, children only while their parents exist.

The contract's rules, in order: only rows with ``recorded_at <= t`` exist; of one key the latest counts (equal times:
the higher ``ingest_seq``, then the later row); a retraction withdraws its key until a later row asserts it again; a
child is invisible while its hard parent is. A replay reads in addition only rows delivered by then (``seq``).
"""

from __future__ import annotations

import polars as pl

from models.schema import FEEDS, Feed

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


def latest(frame: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Of every key the row that counts, keys whose latest row is a retraction left out.

    Only keys with several rows are sorted: nearly all have one. The order of rows means nothing.
    """
    key = list(feed.key)
    repeated = pl.struct(key).is_duplicated() if len(key) > 1 else pl.col(key[0]).is_duplicated()
    several = frame.select(repeated).to_series()
    single = frame.filter(~several & ~pl.col("retracted"))
    contested = frame.filter(several).sort(*key, "recorded_at", "ingest_seq", "row")
    decided = contested.unique(subset=key, keep="last", maintain_order=True).filter(~pl.col("retracted"))
    return pl.concat([single, decided])


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
    """
    result: Feeds = {}
    for name, feed in FEEDS.items():  # parents come before children
        frame = latest(known(feeds[name], t_us, seq), feed) if name in feeds else feed.empty()
        for column, parent in feed.parents:
            key = FEEDS[parent].key[0]
            frame = frame.join(result[parent].select(pl.col(key).alias(column)), on=column, how="semi")
        result[name] = frame
    return result
