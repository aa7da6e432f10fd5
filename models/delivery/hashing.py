"""The hash buckets of many candidates at once: ``crc32(candidate_id) mod N``, as the contract says."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

_ZLIB: Final = 0xEDB88320
"""Polynomial of the CRC-32 of zlib, bits reflected; the contract's."""
_ALL: Final = np.uint32(0xFFFFFFFF)
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
"""2**64 over the golden ratio: an odd factor whose bits look random."""
_WORD: Final = 8


@cache
def _table() -> NDArray[np.uint32]:
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, (values >> 1) ^ np.uint32(_ZLIB), values >> 1)
    return values


def crc32_of(texts: pl.Series) -> NDArray[np.uint32]:
    """CRC-32 of the UTF-8 bytes of each text (n,), as ``zlib.crc32``; that of nothing where it is null."""
    table = _table()
    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets_in, signs_in = array.buffers()
    result = np.full(len(array), _ALL, dtype=np.uint32)
    if signs_in is not None and len(array):
        offsets = np.frombuffer(offsets_in, np.int64)[array.offset : array.offset + len(array) + 1]
        signs = np.frombuffer(signs_in, np.uint8)
        lengths = np.diff(offsets)
        longest = int(lengths.max())
        if lengths.min() == longest:  # as ids mostly are: one sign of all after the other
            columns = np.ascontiguousarray(signs[offsets[0] : offsets[-1]].reshape(len(lengths), longest).T)
            for column in columns:
                result = (result >> 8) ^ table[(result ^ column) & 0xFF]
            return np.asarray(result ^ _ALL, dtype=np.uint32)
        for at in range(longest):
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


def marks_of(texts: pl.Series) -> NDArray[np.uint64]:
    """A 64-bit hash of the UTF-8 bytes of each text (n,), the same everywhere; that of nothing where it is null."""
    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets_in, signs_in = array.buffers()
    result = np.zeros(len(array), dtype=np.uint64)
    if signs_in is None or not len(array):
        return result
    offsets = np.frombuffer(offsets_in, np.int64)[array.offset : array.offset + len(array) + 1]
    signs = np.frombuffer(signs_in, np.uint8)
    lengths = np.diff(offsets)
    for length in np.flatnonzero(np.bincount(lengths)).tolist():
        rows = np.flatnonzero(lengths == length)
        padded = np.zeros((len(rows), -(-length // _WORD) * _WORD), dtype=np.uint8)
        if len(rows) == len(lengths):
            padded[:, :length] = signs[offsets[0] : offsets[-1]].reshape(len(rows), length)
        else:
            padded[:, :length] = signs[offsets[rows][:, None] + np.arange(length)]
        mixed = np.full(len(rows), length, dtype=np.uint64)
        for at in range(0, length, _WORD):
            mixed = (mixed ^ padded[:, at : at + _WORD].view("<u8")[:, 0]) * _ODD
            mixed ^= mixed >> np.uint64(32)
        result[rows] = mixed * _ODD
    return result
