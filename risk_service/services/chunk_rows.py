"""Rows of the candidates of a chunk for both passes of a rescoring: no more of them than the passes can read.

Steps are two thirds of all rows, and most belong to cases that are over. Counts about others read one step of those
alone (:data:`models.aggregates.COUNTED_STEP`), so the others are left where they are. What the first pass read is kept
for the second in a file without a name, which is gone with the process, however that ends.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import polars as pl

from models.aggregates import COUNTED_STEP
from models.asof import Feeds, known
from models.times import date_of
from risk_service.store.feeds import PERSONAL_FEEDS, Candidates, load_feeds, load_steps

if TYPE_CHECKING:
    from models.rules import Rules
    from risk_service.store import Store

STEPS_FEED: Final = "registration_steps"
_FEW: Final = 0.6
"""Share of the candidates of a chunk up to which asking for their steps by name is quicker than reading all."""


class ChunkRows:
    """Reads chunks as of a time.

    Parameters
    ----------
    store
        An open store.
    t_us, seq
        As-of time, UTC microseconds, and the last delivery read.
    rules
        In force then.
    """

    def __init__(self, store: Store, *, t_us: int, seq: int, rules: Rules) -> None:
        self._store = store
        self._t_us = t_us
        self._seq = seq
        self._since = date_of(t_us) - dt.timedelta(days=int(rules.constant("active_grace_days")))
        self._kept: dict[int, dict[str, tuple[int, int]]] = {}
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with this object

    def __enter__(self) -> Self:
        """Nothing to begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget what was kept."""
        self._file.close()

    def read(self, number: int, candidates: Candidates) -> Feeds:
        """The feeds of a chunk; read anew, or as they were read before."""
        if number in self._kept:
            return {name: self._again(*place) for name, place in self._kept[number].items()}
        with self._store.reading() as connection:
            others = [name for name in PERSONAL_FEEDS if name != STEPS_FEED]
            feeds = load_feeds(connection, seq=self._seq, candidates=candidates, only=others)
            people = self._possibly_active(feeds["registrations"])
            if candidates.linked or len(people) > _FEW * feeds["candidates"]["candidate_id"].n_unique():
                feeds |= load_feeds(connection, seq=self._seq, candidates=candidates, only=[STEPS_FEED])
            else:
                feeds[STEPS_FEED] = load_steps(
                    connection, seq=self._seq, candidates=candidates, everybody=COUNTED_STEP, whole=people.to_list()
                )
        self._kept[number] = {name: self._keep(frame) for name, frame in feeds.items()}
        return feeds

    def _possibly_active(self, registrations: pl.DataFrame) -> pl.Series:
        """Candidates among whose registrations, as last recorded, may be an active one; everybody who has one is in."""
        last = (
            known(registrations, self._t_us, self._seq)
            .sort("recorded_at", "ingest_seq", "row")
            .unique("registration_id", keep="last")
        )
        planned = pl.col("planned_departure_on")
        active = (pl.col("status") == "open") & (planned.is_null() | (planned >= self._since))
        return last.filter(active)["candidate_id"].drop_nulls().unique().sort()

    def _keep(self, frame: pl.DataFrame) -> tuple[int, int]:
        start = self._file.seek(0, io.SEEK_END)
        frame.write_ipc_stream(self._file, compression="lz4")
        return start, self._file.tell() - start

    def _again(self, start: int, length: int) -> pl.DataFrame:
        self._file.seek(start)
        return pl.read_ipc_stream(io.BytesIO(self._file.read(length)))
