"""Rows that are recorded in the service itself, appended to the feeds beside those that offices deliver.

A confirmed finding and an accepted correction become rows of their feeds, with a delivery number of their own, so that
features, labels, rescorings and replays see them exactly as delivered ones. They are written in the transaction of the
decision they follow from: both are kept, or neither.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import polars as pl
from sqlalchemy.engine import Connection

from models.errors import ContractError, StoreError
from models.schema import FEEDS
from models.texts import Text
from risk_service.errors import BusyError
from risk_service.store import MasterKey, Store
from risk_service.store import deliveries as kept
from risk_service.store.deliveries import FeedCounts
from risk_service.store.intake import Intake
from risk_service.store.persons import check_key

_TRIES: Final = 50
_PAUSE_S: Final = 0.1


@contextmanager
def appending(store: Store) -> Iterator[Connection]:
    """A connection that writes and may :func:`append`, while no delivery is being taken in.

    Raises
    ------
    BusyError
        A delivery is being taken in, and goes on being so for some seconds.
    """
    with _turn(store), store.writing() as connection:
        yield connection


def append(
    connection: Connection,
    master: MasterKey,
    feed: str,
    row: Mapping[str, Any],
    *,
    now_us: int,
    label: str,
    corrects: int | None = None,
) -> int:
    """Append one row to a feed.

    Parameters
    ----------
    connection
        Of :func:`appending`.
    row
        Canonical values by column; columns that are left out are empty.
    now_us
        Present time, UTC microseconds.
    label
        What the row comes from, as deliveries are labelled.
    corrects
        The ``ingest_seq`` of the row that this one corrects, whose source it keeps.

    Returns
    -------
    int
        Its ``ingest_seq``.

    Raises
    ------
    ContractError
        Nothing has been delivered yet, or the row's parent is unknown.
    """
    if kept.is_simulated(connection) is None:
        raise ContractError("Nothing has been delivered yet.")
    check_key(connection, master)
    seq = kept.last_seq(connection) + 1
    schema = {name: dtype for name, dtype in FEEDS[feed].frame_schema.items() if name != "ingest_seq"}
    values = {name: row.get(name) for name in schema} | {"row": 1, "retracted": bool(row.get("retracted", False))}
    kept.add_own(connection, seq, at_us=now_us, label=label, corrects=corrects)
    taking = Intake(connection, seq, master, {})
    taken = taking.feed(feed)
    taken.add(pl.DataFrame([values], schema=schema, orient="row"))
    taken.finish()
    unresolved = taking.settle()
    if taken.pending:
        raise ContractError("The row belongs to a person or a registration that is not on record.")
    counts = FeedCounts(rows=1, taken=taken.taken, already=taken.already, unresolved=unresolved.get(feed, 0))
    kept.add_counts(connection, seq, {feed: counts}, None)
    return seq


@contextmanager
def _turn(store: Store) -> Iterator[None]:
    """Wait for a turn for some seconds, not for as long as a nation's delivery takes."""
    for tried in range(_TRIES):
        turn = store.alone("ingest")
        try:
            turn.__enter__()
        except StoreError:
            if tried + 1 == _TRIES:
                break
            time.sleep(_PAUSE_S)
            continue
        try:
            yield
        finally:
            turn.__exit__(None, None, None)
        return
    text = Text(
        "Kiriman data sedang diproses. Coba lagi satu menit lagi.",
        "A delivery is being taken in at the moment. Try again in a minute.",
    )
    raise BusyError("A delivery is being taken in at the moment.", what_to_do="Try again in a minute.", text=text)
