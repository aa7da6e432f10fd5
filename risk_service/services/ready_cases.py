"""Active cases between the two passes of a rescoring: all that the second needs of them, worked out in the first.

The first pass reads and understands everybody once. What the second needs of the active cases is small: their features
but those that need counts about others, and what is kept beside a score. It lies in a file without a name, which is
gone with the process, however that ends; a rescoring that is taken up again works it out anew.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl

from models.prepared import Prepared, prepared_from, prepared_of, uncounted
from models.waiting import waiting_steps
from risk_service.services.results import about

if TYPE_CHECKING:
    from models.aggregates import Shares
    from models.cases import CaseBlock
    from models.freshness import Freshness
    from models.rules import Rules


@dataclass(frozen=True)
class Ready:
    """Active cases of a chunk, ready to be scored.

    Attributes
    ----------
    prepared
        The cases, ordered by ``case_id``.
    about
        What is kept beside their scores (:func:`risk_service.services.results.about`), row by row.
    steps
        Steps of them that wait somewhere (:func:`models.waiting.waiting_steps`).
    """

    prepared: Prepared
    about: pl.DataFrame
    steps: pl.DataFrame

    @classmethod
    def of(cls, block: CaseBlock, own: Shares, *, rules: Rules, freshness: Freshness) -> Self:
        """Of a block and its shares in the counts about others."""
        situation = uncounted(block, own, rules=rules, freshness=freshness)
        return cls(prepared_of(situation), about(situation), waiting_steps(situation))

    def __len__(self) -> int:
        """Number of cases."""
        return len(self.prepared.keys)

    def without(self, candidates: Collection[str]) -> Ready:
        """Those of others than some candidates."""
        staying = ~pl.col("candidate_id").is_in(list(candidates))
        which = self.prepared.keys.select(staying).to_series()
        if which.all():
            return self
        return Ready(self.prepared.take(which.to_numpy()), self.about.filter(which), self.steps.filter(staying))


class ReadyCases:
    """Keeps the active cases of chunks from one pass to the other."""

    def __init__(self) -> None:
        self._places: dict[int, list[tuple[int, int]]] = {}
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with this object

    def __enter__(self) -> Self:
        """Nothing to begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget what was kept."""
        self._file.close()

    def keep(self, number: int, ready: Ready) -> None:
        """Keep the cases of a chunk."""
        features = io.BytesIO()
        np.save(features, ready.prepared.x, allow_pickle=False)
        frames = (ready.prepared.columns(), ready.about, ready.steps)
        self._places[number] = [self._put(features.getvalue()), *(self._put(_packed(frame)) for frame in frames)]

    def again(self, number: int) -> Ready | None:
        """The cases of a chunk; None where they were not kept."""
        if number not in self._places:
            return None
        features, *frames = (self._read(*place) for place in self._places[number])
        columns, about_them, steps = (pl.read_ipc_stream(frame) for frame in frames)
        return Ready(prepared_from(columns, np.load(features, allow_pickle=False)), about_them, steps)

    def _put(self, content: bytes) -> tuple[int, int]:
        start = self._file.seek(0, io.SEEK_END)
        return start, self._file.write(content)

    def _read(self, start: int, length: int) -> io.BytesIO:
        self._file.seek(start)
        return io.BytesIO(self._file.read(length))


def _packed(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer, compression="lz4")
    return buffer.getvalue()
