"""How fresh a feed from a source was as of *t*, and when that is too old to conclude anything from silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from models.asof import Feeds, known
from models.schema import FEEDS
from models.times import day_number

if TYPE_CHECKING:
    from models.delivery import Manifest
    from models.rules import Rules


@dataclass(frozen=True)
class DeliveryStamp:
    """What a delivery says of itself: its sequence number, source, and how far each feed is complete.

    ``produced_at_us`` is None for a delivery without manifest; ``complete_through`` holds UTC microseconds.
    """

    seq: int
    source: str = ""
    produced_at_us: int | None = None
    complete_through: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Freshness:
    """Freshness of every feed by source as of *t*, in UTC microseconds.

    A feed that a source never delivered is looked up over all sources; a feed nobody delivered has no freshness.
    """

    by_source: Mapping[tuple[str, str], int]
    source_of: Mapping[int, str]

    def at(self, feed: str, source: str | None = None) -> int | None:
        """Freshness of a feed from a source (over all sources the latest), None if nobody delivered it."""
        if source is not None and (source, feed) in self.by_source:
            return self.by_source[source, feed]
        return max((us for (_, name), us in self.by_source.items() if name == feed), default=None)

    def of_feeds(self, source: str | None = None) -> dict[str, int | None]:
        """Freshness of every feed of the contract."""
        return {feed: self.at(feed, source) for feed in FEEDS}

    def stale(self, feed: str, source: str | None, *, t_us: int, rules: Rules) -> bool:
        """Whether a feed is stale or missing at ``t_us`` by the rule of its feed."""
        fresh = self.at(feed, source)
        return fresh is None or day_number(t_us) - day_number(fresh) > rules.stale_after_days(feed)


def freshness(stamps: Sequence[DeliveryStamp], feeds: Feeds, t_us: int, seq: int | None = None) -> Freshness:
    """Freshness as the contract defines it.

    min(t, ``complete_through``) of the latest manifest with ``produced_at <= t``; if there is none, of the earliest
    later one; without manifests, the latest ``recorded_at <= t``. A replay reads only deliveries up to ``seq``.
    """
    read = [stamp for stamp in stamps if seq is None or stamp.seq <= seq]
    source_of = {stamp.seq: stamp.source for stamp in read}
    result: dict[tuple[str, str], int] = {}
    for source in dict.fromkeys(source_of.values()):
        own = [stamp for stamp in read if stamp.source == source]
        numbers = [stamp.seq for stamp in own]
        for feed in FEEDS:
            said = [
                (stamp.produced_at_us, stamp.seq, stamp.complete_through[feed])
                for stamp in own
                if stamp.produced_at_us is not None and feed in stamp.complete_through
            ]
            before = [entry for entry in said if entry[0] <= t_us]
            if before:
                result[source, feed] = min(t_us, max(before)[2])
            elif said:
                result[source, feed] = min(t_us, min(said)[2])
            elif feed in feeds:
                rows = known(feeds[feed].filter(pl.col("ingest_seq").is_in(numbers)), t_us, seq)
                latest = rows["recorded_at"].dt.timestamp("us").max() if len(rows) else None
                if isinstance(latest, int):
                    result[source, feed] = latest
    return Freshness(result, source_of)


def stamp_of(manifest: Manifest | None, seq: int) -> DeliveryStamp:
    """The stamp of a delivery from its manifest; without one it has neither source nor times."""
    if manifest is None:
        return DeliveryStamp(seq)
    through = {
        feed: entry.complete_through_us
        for feed, entry in manifest.feeds.items()
        if entry.complete_through_us is not None
    }
    return DeliveryStamp(seq, manifest.source, manifest.produced_at_us, through)
