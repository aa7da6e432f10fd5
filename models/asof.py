"""What was knowable at *t*: of every key the latest row recorded by then, children only while their parents exist.

The contract's rules, in order: only rows with ``recorded_at <= t`` exist; of one key the latest counts (equal times:
the higher ``ingest_seq``, then the later row); a retraction withdraws its key until a later row asserts it again; a
child is invisible while its hard parent is. A replay reads in addition only rows delivered by then (``seq``).

Keys are numbered once and compared as numbers. A reader that knows the numbers already gives them in columns of their
own (:data:`CANDIDATE_NO`, :data:`REGISTRATION_NO`, :data:`STEP_NO`); otherwise they are found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.schema import FEEDS, STEPS, Feed

Feeds = dict[str, pl.DataFrame]
"""Canonical frames by feed name, see :mod:`models.schema`."""

Rows = NDArray[np.intp]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]

CANDIDATE_NO: Final = "candidate_no"
"""Number (Int32) of a row's candidate, the same in all feeds; -1 where no row of the feed of candidates has it."""
REGISTRATION_NO: Final = "registration_no"
"""Number (Int32) of a row's registration, the same in the feeds of registrations and steps; -1 likewise."""
STEP_NO: Final = "step_no"
"""Index (Int32) of a row's step in :data:`models.schema.STEPS`."""

NEVER: Final = np.iinfo(np.int32).min
"""Day number of what did not happen."""
_EARLIEST: Final = np.iinfo(np.int64).min
_NO_NUMBERS: Final = pl.DataFrame(schema={"value": pl.String, "number": pl.Int32})


def known(frame: pl.DataFrame, t_us: int, seq: int | None = None) -> pl.DataFrame:
    """Every row recorded by ``t_us`` (and delivered by ``seq``), all versions, retractions included."""
    return frame.filter(_knowable(frame, t_us, seq))


def _knowable(frame: pl.DataFrame, t_us: int, seq: int | None) -> Flags:
    """Which rows were recorded by a time, and delivered by a delivery."""
    fits: Flags = frame["recorded_at"].to_physical().to_numpy() <= t_us
    return fits if seq is None else fits & (frame["ingest_seq"].to_numpy() <= seq)


def day_numbers(column: pl.Series) -> Codes:
    """Days since 1970-01-01 of a date column, :data:`NEVER` where it is empty."""
    return column.to_physical().fill_null(NEVER).to_numpy()


def numbered(column: pl.Series) -> tuple[Codes, pl.DataFrame]:
    """Number the different values of a column of text.

    Returns
    -------
    codes
        Number of each row's value (n,), -1 where it is empty.
    numbers
        ``value`` and ``number``, each value once.
    """
    words = column.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    # Not by Arrow's own way to NumPy, which loads pandas.
    codes = pl.Series(words.indices, dtype=pl.Int32).fill_null(-1).to_numpy()
    values = pl.Series("value", words.dictionary)
    return codes, pl.DataFrame({"value": values, "number": pl.int_range(len(values), dtype=pl.Int32, eager=True)})


def _looked_up(column: pl.Series, numbers: pl.DataFrame) -> Codes:
    """Number of each value, -1 where it has none."""
    joined = pl.DataFrame({"value": column}).join(numbers, on="value", how="left", maintain_order="left")
    return joined["number"].fill_null(-1).to_numpy()


def _own_numbers(frame: pl.DataFrame, name: str, column: str) -> tuple[Codes, pl.DataFrame]:
    """Numbers of a feed's own keys, as given or found here (:func:`numbered`)."""
    if name in frame.columns:
        return frame[name].to_numpy(), _NO_NUMBERS
    return numbered(frame[column])


def _numbers(frame: pl.DataFrame, rows: Rows, name: str, column: str, numbers: pl.DataFrame) -> Codes:
    """Numbers of what some rows refer to, as given or looked up."""
    if name in frame.columns:
        return frame[name].to_numpy()[rows]
    return _looked_up(frame[column] if _all_in_order(rows, len(frame)) else frame[column].gather(rows), numbers)


def _all_in_order(rows: Rows, height: int) -> bool:
    """Whether these are all rows of a frame, as they stand in it."""
    return len(rows) == height and bool((np.diff(rows) == 1).all())


def _size(codes: Codes) -> int:
    """How many numbers there may be."""
    return int(codes.max(initial=-1)) + 1


@dataclass(frozen=True)
class StepRows:
    """The visible steps, one row each.

    Attributes
    ----------
    registration
        Row number of their registration among the visible registrations.
    code
        Index into :data:`models.schema.STEPS`.
    completed, valid_until
        Jakarta day numbers; ``valid_until`` is :data:`NEVER` where the step does not expire.
    """

    registration: Rows
    code: Codes
    completed: Codes
    valid_until: Codes

    def take(self, keep: Flags) -> StepRows:
        """Some of the rows."""
        return StepRows(self.registration[keep], self.code[keep], self.completed[keep], self.valid_until[keep])


class Seen(Mapping[str, pl.DataFrame]):
    """The visible rows of every feed as canonical frames; wide frames are only made when asked for.

    Parameters
    ----------
    frames, rows
        By feed, all rows and the numbers of those that are visible.
    steps
        The visible steps.
    """

    def __init__(self, frames: Feeds, rows: Mapping[str, Rows], steps: StepRows) -> None:
        self._frames = frames
        self._rows = rows
        self._made: Feeds = {}
        self.steps = steps

    def __getitem__(self, feed: str) -> pl.DataFrame:
        """The visible rows of a feed."""
        if feed not in self._made:
            self._made[feed] = self.columns(feed, *FEEDS[feed].frame_schema)
        return self._made[feed]

    def __iter__(self) -> Iterator[str]:
        """Names of the feeds."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Number of feeds."""
        return len(self._rows)

    def columns(self, feed: str, *names: str) -> pl.DataFrame:
        """Some columns of a feed's visible rows; those of an optional column that is not there are left out."""
        frame, rows = self._frames[feed], self._rows[feed]
        narrow = frame.select(name for name in names if name in frame.columns)
        return narrow if _all_in_order(rows, len(frame)) else narrow[rows]

    def of(self, feed: str) -> tuple[pl.DataFrame, Rows]:
        """All rows of a feed, and the numbers of those that are visible."""
        return self._frames[feed], self._rows[feed]


class _View:
    """Rows of a feed as they were known; ``t_us`` and ``seq`` as for :func:`visible`."""

    def __init__(self, t_us: int, seq: int | None) -> None:
        self.t_us = t_us
        self.seq = seq

    def known(self, frame: pl.DataFrame) -> Rows:
        """Numbers of the rows known, those of later deliveries, or further down in one, last."""
        seqs, rows = frame["ingest_seq"].to_numpy(), frame["row"].to_numpy()
        fits = _knowable(frame, self.t_us, self.seq)
        found = np.arange(len(frame)) if fits.all() else np.flatnonzero(fits)
        later = np.diff(seqs)
        if (later < 0).any() or ((later == 0) & (np.diff(rows) < 0)).any():
            found = found[np.lexsort((rows[found], seqs[found]))]
        return np.asarray(found, dtype=np.intp)

    def latest(self, frame: pl.DataFrame, key: Codes, rows: Rows | None = None) -> Rows:
        """Of every key the row that counts, keys whose latest row is a retraction left out; in order of delivery.

        Parameters
        ----------
        key
            Number of each row's key, not negative.
        rows
            Rows to choose from, as :meth:`known` gives them.
        """
        rows = self.known(frame) if rows is None else rows
        key = key[rows]
        several = np.flatnonzero((np.bincount(key) > 1)[key])
        if several.size:
            # Most keys have one row, so only the others are compared.
            key, recorded = key[several], frame["recorded_at"].to_physical().to_numpy()[rows[several]]
            newest = np.full(_size(key), _EARLIEST)
            np.maximum.at(newest, key, recorded)
            among = np.flatnonzero(recorded == newest[key])
            last = np.empty(len(newest), dtype=np.intp)  # read only where it has been written
            last[key[among]] = among  # of one key the last assignment counts
            kept = np.ones(len(rows), dtype=bool)
            kept[several] = False
            kept[several[among[last[key[among]] == among]]] = True
            rows = rows[kept]
        return rows[~frame["retracted"].to_numpy()[rows]] if frame["retracted"].any() else rows


def _key_codes(frame: pl.DataFrame, feed: Feed) -> Codes:
    """Number of each row's key."""
    key = list(feed.key)
    if len(key) == 1:
        return numbered(frame[key[0]])[0]
    distinct = frame.select(key).unique().with_row_index("number")
    numbers = frame.select(key).join(distinct, on=key, how="left", maintain_order="left")["number"]
    return numbers.cast(pl.Int32).to_numpy()


def visible(
    feeds: Mapping[str, pl.DataFrame], t_us: int, seq: int | None = None, *, references: Seen | None = None
) -> Seen:
    """The state of every feed as of ``t_us``.

    Parameters
    ----------
    feeds
        Canonical frames with all versions of all rows; a feed left out counts as empty.
    t_us
        As-of time, UTC microseconds, inclusive.
    seq
        In a replay: the ``ingest_seq`` of the score replayed.
    references
        What was visible at the same time in feeds that are not about candidates, where that is known already; those
        of ``feeds`` are then not looked at.
    """
    view = _View(t_us, seq)
    frames = {name: feeds[name] if name in feeds else feed.empty() for name, feed in FEEDS.items()}
    rows: dict[str, Rows] = {}
    for name, feed in FEEDS.items():
        if not feed.partitioned and references is not None:
            frames[name], rows[name] = references.of(name)
        elif not feed.partitioned:
            rows[name] = view.latest(frames[name], _key_codes(frames[name], feed))
    people = frames["candidates"]
    person, persons = _own_numbers(people, CANDIDATE_NO, "candidate_id")
    rows["candidates"] = view.latest(people, person)
    there = np.zeros(_size(person) + 1, dtype=bool)  # the last place, reached by -1, stands for nobody
    there[person[rows["candidates"]]] = True

    def with_parent(name: str, found: Rows) -> Rows:
        owner = _numbers(frames[name], found, CANDIDATE_NO, "candidate_id", persons)
        return found[there[owner]]

    registrations = frames["registrations"]
    file, files = _own_numbers(registrations, REGISTRATION_NO, "registration_id")
    rows["registrations"] = with_parent("registrations", view.latest(registrations, file))
    for name in ("travel", "outcomes"):
        rows[name] = with_parent(name, view.latest(frames[name], _key_codes(frames[name], FEEDS[name])))
    at = np.full(_size(file) + 1, -1, dtype=np.intp)
    at[file[rows["registrations"]]] = np.arange(len(rows["registrations"]))
    rows["registration_steps"], steps = _visible_steps(view, frames["registration_steps"], files=files, at=at)
    if CANDIDATE_NO in frames["registration_steps"].columns:
        kept = there[frames["registration_steps"][CANDIDATE_NO].to_numpy()[rows["registration_steps"]]]
    else:
        kept = _with_candidate(frames, rows, steps, there=there, persons=persons)
    if not kept.all():
        rows["registration_steps"], steps = rows["registration_steps"][kept], steps.take(kept)
    return Seen(frames, rows, steps)


def _visible_steps(view: _View, frame: pl.DataFrame, *, files: pl.DataFrame, at: Rows) -> tuple[Rows, StepRows]:
    """Steps that count, of visible registrations.

    Steps are most of a delivery. Their registration is half of their key, so numbering the registrations settles one
    parent and makes the key a number at the same time.
    """
    rows = view.known(frame)
    file = _numbers(frame, rows, REGISTRATION_NO, "registration_id", files)
    of_visible = at[file] >= 0
    if not of_visible.all():
        rows, file = rows[of_visible], file[of_visible]
    if STEP_NO in frame.columns:
        code = frame[STEP_NO].to_numpy()
    else:
        code = frame["step"].cast(pl.Enum(STEPS)).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    registration = np.full(len(frame), -1, dtype=np.intp)
    registration[rows] = at[file]
    found = view.latest(frame, registration * len(STEPS) + code, rows)
    return found, StepRows(
        registration=registration[found],
        code=code[found],
        completed=day_numbers(frame["completed_on"])[found],
        valid_until=day_numbers(frame["valid_until"])[found],
    )


def _with_candidate(
    frames: Feeds, rows: Mapping[str, Rows], steps: StepRows, *, there: Flags, persons: pl.DataFrame
) -> Flags:
    """Which steps' own candidate is visible; looked up only where a step names another than its registration does."""
    named = frames["registration_steps"]["candidate_id"].gather(rows["registration_steps"])
    owners = frames["registrations"]["candidate_id"].gather(rows["registrations"][steps.registration])
    kept = (named == owners).fill_null(value=False).to_numpy().copy()
    stray = np.flatnonzero(~kept)
    if stray.size:
        kept[stray] = there[_looked_up(named.gather(stray), persons)]
    return kept
