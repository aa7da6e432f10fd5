"""The hash buckets of many candidates at once: ``crc32(candidate_id) mod N``, as the contract says."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

_POLYNOMIAL: Final = 0xEDB88320  # CRC-32 as in zlib, bits reflected
_ALL: Final = np.uint32(0xFFFFFFFF)


def _table() -> NDArray[np.uint32]:
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, (values >> 1) ^ np.uint32(_POLYNOMIAL), values >> 1)
    return values


_TABLE: Final = _table()


def crc32_of(texts: pl.Series) -> NDArray[np.uint32]:
    """``zlib.crc32`` of the UTF-8 bytes of each text (n,); that of nothing where it is null."""
    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets_in, signs_in = array.buffers()
    result = np.full(len(array), _ALL, dtype=np.uint32)
    if signs_in is not None and len(array):
        offsets = np.frombuffer(offsets_in, np.int64)[array.offset : array.offset + len(array) + 1]
        signs = np.frombuffer(signs_in, np.uint8)
        lengths = np.diff(offsets)
        for at in range(int(lengths.max())):
            if lengths.min() > at:
                index = _TABLE[(result ^ signs[offsets[:-1] + at]) & 0xFF]
                result = (result >> 8) ^ index
            else:
                rows = np.flatnonzero(lengths > at)
                index = _TABLE[(result[rows] ^ signs[offsets[rows] + at]) & 0xFF]
                result[rows] = (result[rows] >> 8) ^ index
    return np.asarray(result ^ _ALL, dtype=np.uint32)


def buckets_of(candidate_ids: pl.Series, buckets: int) -> NDArray[np.int64]:
    """Bucket of each candidate (n,), the same as :func:`models.schema.bucket_of`."""
    return crc32_of(candidate_ids).astype(np.int64) % buckets
