"""A column of text by numbers: each different value once, and per row the number of its value.

Parquet keeps text that repeats this way. Reading it as such lets a value be checked once instead of in every row, and
gives keys as numbers without looking at the text again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class Words:
    """A column of ``n`` rows.

    Parameters
    ----------
    codes
        Position in ``values`` per row (n,), null where there is no value.
    values
        The values; some may stand in no row, one may stand twice.
    """

    codes: pl.Series
    values: pl.Series

    @classmethod
    def of(cls, column: pa.DictionaryArray) -> Words:
        """The words of a dictionary-coded Arrow column."""
        indices = column.indices
        # Positions are never negative, so the same bits say the same.
        codes = indices.view(pa.uint32()) if indices.type == pa.int32() else indices.cast(pa.uint32())
        return cls(pl.Series(codes), pl.Series(column.dictionary))

    @classmethod
    def of_column(cls, column: pl.Series) -> Words:
        """The words of a plain column of text."""
        return cls.of(column.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode())

    @classmethod
    def joined(cls, parts: Sequence[Words]) -> Words:
        """The words of several columns, one below the other."""
        if len(parts) == 1:
            return parts[0]
        starts = np.cumsum([0, *(len(part.values) for part in parts[:-1])], dtype=np.uint32)
        codes = [
            part.codes + start if start else part.codes for part, start in zip(parts, starts.tolist(), strict=True)
        ]
        return cls(pl.concat(codes, rechunk=True), pl.concat([part.values for part in parts], rechunk=True))

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.codes)

    def spread(self, values: pl.Series) -> pl.Series:
        """What is said of each value, row by row; null where there is no value."""
        if values.is_empty():
            return pl.Series(values.name, [None], dtype=values.dtype).new_from_index(0, len(self))
        return values.gather(self.codes)

    def column(self, name: str) -> pl.Series:
        """The rows' values as a plain column."""
        return self.spread(self.values).alias(name)

    def filter(self, keep: pl.Series) -> Words:
        """Some of the rows."""
        return Words(self.codes.filter(keep), self.values)

    def spread_numbers(self, numbers: NDArray[Any], missing: int) -> NDArray[np.int32]:
        """A number of each value, row by row; ``missing`` where there is no value."""
        table = np.append(numbers, missing).astype(np.int32, copy=False)
        codes = self.codes
        if codes.null_count():
            codes = codes.fill_null(len(table) - 1)
        return np.asarray(table[codes.to_numpy()], dtype=np.int32)

    def numbers(self) -> tuple[NDArray[np.int32], pl.DataFrame] | None:
        """Number of each row's value, and ``value`` and ``number`` of each; as :func:`models.asof.numbered` has them.

        None where some row has no value, a value stands in no row (a row that was rejected, say), or one stands twice:
        then the positions are no numbers.
        """
        if self.codes.null_count() or self.values.null_count():
            return None
        codes, size = self.codes.to_numpy().astype(np.int32, copy=False), len(self.values)
        if not np.bincount(codes, minlength=size).all() or self.values.n_unique() != size:
            return None
        table = {"value": self.values, "number": pl.int_range(size, dtype=pl.Int32, eager=True)}
        return codes, pl.DataFrame(table)

    def looked_up(self, numbers: pl.DataFrame) -> NDArray[np.int32]:
        """The number a table (``value``, ``number``) gives to each row's value; -1 where it gives none."""
        joined = pl.DataFrame({"value": self.values}).join(numbers, on="value", how="left", maintain_order="left")
        return self.spread_numbers(joined["number"].fill_null(-1).to_numpy(), -1)
