"""The hash buckets of many candidates at once: ``crc32(candidate_id) mod N``, as the contract says."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

ZLIB: Final = 0xEDB88320
"""Polynomial of the CRC-32 of zlib, bits reflected; the contract's."""
CASTAGNOLI: Final = 0x82F63B78
"""Another one, for a second hash that is independent of the first."""
_ALL: Final = np.uint32(0xFFFFFFFF)


@cache
def _table(polynomial: int) -> NDArray[np.uint32]:
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, (values >> 1) ^ np.uint32(polynomial), values >> 1)
    return values


def crc32_of(texts: pl.Series, polynomial: int = ZLIB) -> NDArray[np.uint32]:
    """CRC-32 of the UTF-8 bytes of each text (n,), as ``zlib.crc32``; that of nothing where it is null."""
    table = _table(polynomial)
    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets_in, signs_in = array.buffers()
    result = np.full(len(array), _ALL, dtype=np.uint32)
    if signs_in is not None and len(array):
        offsets = np.frombuffer(offsets_in, np.int64)[array.offset : array.offset + len(array) + 1]
        signs = np.frombuffer(signs_in, np.uint8)
        lengths = np.diff(offsets)
        for at in range(int(lengths.max())):
            if lengths.min() > at:
                index = table[(result ^ signs[offsets[:-1] + at]) & 0xFF]
                result = (result >> 8) ^ index
            else:
                rows = np.flatnonzero(lengths > at)
                index = table[(result[rows] ^ signs[offsets[rows] + at]) & 0xFF]
                result[rows] = (result[rows] >> 8) ^ index
    return np.asarray(result ^ _ALL, dtype=np.uint32)


def buckets_of(candidate_ids: pl.Series, buckets: int) -> NDArray[np.int64]:
    """Bucket of each candidate (n,), the same as :func:`models.schema.bucket_of`."""
    return crc32_of(candidate_ids).astype(np.int64) % buckets
