"""What ties candidates of different parts of a delivery together, so that nobody is judged without it.

A part holds all rows that name its candidates. Three things can still reach into another part: a key that rows of
different candidates give (the latest of them counts), a step of one candidate for the registration of another, and a
retraction that names its key alone. The first two are found by marks, 64-bit hashes of keys; two keys with the same
mark only bring together candidates who could have stayed apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.asof import REGISTRATION_NO
from models.delivery.hashing import marks_of
from models.delivery.parts import PERSONAL, Part
from models.delivery.reader import OpenDelivery
from models.schema import FEEDS

Marks = NDArray[np.uint64]

_KEYS: Final = {"registrations": np.uint64(0), "travel": np.uint64(1), "outcomes": np.uint64(2)}
"""Feeds whose key is one id of their own, and what tells their marks apart. Steps are tied by their registration."""


def held(part: Part) -> Marks:
    """Marks of the keys a part holds, each once, sorted."""
    return _once(np.concatenate([_marks(name, _keys(part.feeds[name], FEEDS[name].key[0])) for name in _KEYS]))


def wanted(part: Part) -> Marks:
    """Marks of the registrations that steps of a part belong to and the part does not hold, each once, sorted."""
    return _once(_marks("registrations", part.unheld["registration_id"]))


def shared(parts: Iterable[tuple[Marks, Marks]]) -> Marks:
    """Marks that tie parts together: held by several, or wanted by one and held by another.

    Parameters
    ----------
    parts
        Of each part, what it holds and what it wants.
    """
    holds, wants = zip(*parts, strict=True)
    everything = np.concatenate(holds)
    everything.sort()  # in place: of everybody's there is one copy
    several = everything[1:][everything[1:] == everything[:-1]]
    sought = np.unique(np.concatenate(wants))
    if not len(sought):
        return np.unique(several)
    return np.unique(np.concatenate([several, sought[np.isin(sought, everything)]]))


def linked(part: Part, ties: Marks) -> pl.Series:
    """Ids of the candidates of a part who are tied to another part, and of those tied to them; sorted.

    Parameters
    ----------
    part
        The part.
    ties
        From :func:`shared`.
    """
    pairs = [_pairs(name, part.feeds[name].select("candidate_id", id=FEEDS[name].key[0])) for name in _KEYS]
    steps = part.feeds["registration_steps"].select("candidate_id", id="registration_id")
    pairs += [
        _pairs("registrations", rows) for rows in (steps, part.unheld.select("candidate_id", id="registration_id"))
    ]
    whole = pl.concat(pairs).unique()
    marks = pl.Series(ties, dtype=pl.UInt64)
    ids = whole.filter(pl.col("mark").is_in(marks.implode()))["candidate_id"].unique()
    while True:
        marks = whole.filter(pl.col("candidate_id").is_in(ids.implode()))["mark"].unique()
        reached = whole.filter(pl.col("mark").is_in(marks.implode()))["candidate_id"].unique()
        if len(reached) == len(ids):
            return reached.sort()
        ids = reached


def read_orphans(opened: OpenDelivery) -> dict[str, pl.DataFrame]:
    """By feed, the good rows that name no candidate, as a retraction may, of a delivery that lies in buckets.

    Raises
    ------
    ContractError
        A file is damaged.
    """
    orphans: dict[str, pl.DataFrame] = {}
    for name in PERSONAL:
        buckets = opened.buckets_naming_nobody(name) if opened.in_buckets and name in opened.feeds else []
        if buckets:
            frames = [batch.frame.filter(pl.col("candidate_id").is_null()) for batch in opened.whole(name, buckets)]
            rows = pl.concat(frames)
            if len(rows):
                orphans[name] = rows
    return orphans


def _keys(frame: pl.DataFrame, key: str) -> pl.Series:
    """The keys of a feed; of those that are numbered already each once."""
    if key != "registration_id" or REGISTRATION_NO not in frame.columns:
        return frame[key]
    numbers = frame[REGISTRATION_NO].to_numpy()
    somewhere = np.empty(int(numbers.max(initial=-1)) + 1, dtype=np.int64)
    somewhere[numbers] = np.arange(len(numbers))
    return frame[key].gather(somewhere)


def _once(marks: Marks) -> Marks:
    """Each mark once, sorted; NumPy's own way takes several times as long over marks that hardly repeat."""
    ordered = np.sort(marks)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def _marks(name: str, ids: pl.Series) -> Marks:
    return np.asarray(marks_of(ids) ^ _KEYS[name], dtype=np.uint64)


def _pairs(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Candidates and marks of their keys; a retraction that names nobody ties nobody."""
    named = rows.filter(pl.col("candidate_id").is_not_null())
    return named.select("candidate_id", mark=pl.Series(_marks(name, named["id"]), dtype=pl.UInt64))
