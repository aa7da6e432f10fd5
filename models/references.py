"""What everybody's cases refer to as of *t*: read and worked out once, used for any number of blocks of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from models.asof import Seen, visible
from models.ledger import Ledger, ledgers
from models.schema import FEEDS
from models.times import day_number

if TYPE_CHECKING:
    from models.rules import Rules


@dataclass(frozen=True)
class References:
    """Offices, agencies, permits and branches visible as of a time, and every agency's ledger.

    Attributes
    ----------
    seen
        The visible rows of the feeds that are not about candidates.
    ledgers
        The ledger of every agency with events.
    """

    seen: Seen
    ledgers: Mapping[str, Ledger]


def read_references(
    feeds: Mapping[str, pl.DataFrame], t_us: int, *, rules: Rules, seq: int | None = None
) -> References:
    """The references as of ``t_us``; parameters as for :func:`models.cases.build_cases`."""
    seen = visible({name: frame for name, frame in feeds.items() if not FEEDS[name].partitioned}, t_us, seq)
    return References(seen, ledgers(seen["agency_events"], today=day_number(t_us), rules=rules))
