"""Rows to learn from or to judge: any frame with a date, a label and group columns.

Validation, checks, the fairness audit, drift and the engines work on this form alone. Frozen cases of our feeds are one
source of it; a table of another trade, read into pandas or polars, is another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from models.errors import RiskError
from models.terms import Floats
from training.engines.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

Days = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]

#: A feature of text with more different values than this is an identifier, not a category.
MOST_LEVELS = 200


#: Columns that are named to somebody who asked for one that is not there.
MOST_NAMED = 30


class ExamplesError(RiskError):
    """A frame cannot be read as examples."""


@dataclass(frozen=True, eq=False)
class Examples:
    """One row per example; arrays of length n. Days count from 1970-01-01.

    Attributes
    ----------
    X : ndarray of float64, shape (n, k)
        Features; NaN is missing, a category is the index of its level.
    specs : tuple of Spec
        What each column is.
    label : ndarray of float64
        1 or 0; NaN where it is not known.
    day : ndarray of int64
        The day as of which the features were known.
    event_day, known_day : ndarray of int64
        The day of what is predicted, and the day on which the label became known. Where a frame does not say, the first
        equals ``day`` and the second the first.
    lead : ndarray of float64
        Days from ``day`` to the event as planned then; NaN where there is none.
    case : ndarray of str
        Rows of one case are one case seen at several leads.
    groups : mapping of str to ndarray of str
        Agency, office, person and the like; the empty text is none.
    weight : ndarray of float64
        In units of cases.
    yardstick : ndarray of float64
        Weight of a case drawn at random for a check (the inverse of its inclusion probability), 0 if it was not drawn.
    helped : ndarray of bool
        Whether somebody intervened before the event.
    """

    X: Floats
    specs: tuple[Spec, ...]
    label: Floats
    day: Days
    event_day: Days
    known_day: Days
    lead: Floats
    case: Names
    groups: Mapping[str, Names] = field(default_factory=dict)
    weight: Floats = field(default_factory=lambda: np.empty(0))
    yardstick: Floats = field(default_factory=lambda: np.empty(0))
    helped: Flags = field(default_factory=lambda: np.empty(0, dtype=np.bool_))

    def __post_init__(self) -> None:
        n = len(self.label)
        if not self.weight.size:
            object.__setattr__(self, "weight", np.ones(n))
        if not self.yardstick.size:
            object.__setattr__(self, "yardstick", np.zeros(n))
        if not self.helped.size:
            object.__setattr__(self, "helped", np.zeros(n, dtype=np.bool_))
        for name, values in self._arrays().items():
            if len(values) != n:
                raise ValueError(f"examples: {n} labels, but {len(values)} values of {name}")
        if self.X.ndim != 2 or self.X.shape[1] != len(self.specs):
            raise ValueError(f"examples: features of shape {self.X.shape} for {len(self.specs)} specs")

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("specs", "groups")}
        return own | {f"group {name}": values for name, values in self.groups.items()}

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.label)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, column by column."""
        return tuple(spec.name for spec in self.specs)

    @property
    def labelled(self) -> Flags:
        """Rows whose label is known."""
        return np.asarray(~np.isnan(self.label))

    def rows(self, keep: npt.NDArray[Any]) -> Examples:
        """Some of the rows, by a mask or by positions."""
        own = {f.name: getattr(self, f.name)[keep] for f in fields(self) if f.name not in ("X", "specs", "groups")}
        groups = {name: values[keep] for name, values in self.groups.items()}
        return Examples(X=np.ascontiguousarray(self.X[keep]), specs=self.specs, groups=groups, **own)

    def columns(self, names: Sequence[str]) -> Examples:
        """The same rows with some of the features, in the order given."""
        at = [self.names.index(name) for name in names]
        specs = tuple(replace(self.specs[old], column=new) for new, old in enumerate(at))
        return replace(self, X=np.ascontiguousarray(self.X[:, at]), specs=specs)

    def group(self, name: str) -> Names:
        """A group column with rows of no group made groups of their own, by case.

        Raises
        ------
        ExamplesError
            When there is no such column.
        """
        if name not in self.groups:
            known = ", ".join(sorted(self.groups)) or "none"
            raise ExamplesError(f"There is no group column {name!r}.", what_to_do=f"Known: {known}.")
        values = self.groups[name]
        return np.where(values == "", np.char.add("case ", self.case), values)


def examples(
    frame: pd.DataFrame | pl.DataFrame,
    *,
    date: str,
    label: str,
    groups: Sequence[str] = (),
    features: Sequence[str] | None = None,
    case: str | None = None,
    event_date: str | None = None,
    known_date: str | None = None,
    lead: str | None = None,
    weight: str | None = None,
    yardstick: str | None = None,
    helped: str | None = None,
    directions: Mapping[str, int] | None = None,
) -> Examples:
    """Read a frame as examples.

    Parameters
    ----------
    frame : pandas or polars DataFrame
    date, label : str
        Columns of the day of the features and of the label (0 or 1, a truth value; missing = not known).
    groups : sequence of str
        Columns of group names.
    features : sequence of str, optional
        Columns to learn from; all that are not named otherwise if not given. Text and categories become levels in
        alphabetical order, truth values 0 and 1.
    case, event_date, known_date, lead, weight, yardstick, helped : str, optional
        Columns, see `Examples`.
    directions : mapping of str to {-1, 1}, optional
        Features whose effect must not fall (+1) or rise (-1).

    Raises
    ------
    ExamplesError
        When a column is missing or holds something else than stated, or a feature of text has too many levels.
    """
    table = frame if isinstance(frame, pl.DataFrame) else _from_pandas(frame)
    named = {
        "date": date, "label": label, "case": case, "event_date": event_date, "known_date": known_date,
        "lead": lead, "weight": weight, "yardstick": yardstick, "helped": helped,
    }  # fmt: skip
    used = [name for name in named.values() if name is not None]
    chosen = list(features) if features is not None else [c for c in table.columns if c not in {*used, *groups}]
    _all_there(table, {role: [name] for role, name in named.items() if name} | {"groups": groups, "features": chosen})
    columns, specs = [], []
    for position, name in enumerate(chosen):
        values, levels = _feature(table[name])
        columns.append(values)
        direction = (directions or {}).get(name, 0)
        specs.append(Spec(name=name, column=position, direction=direction, levels=levels))
    n = len(table)
    day = _days(table[date])
    event = day if event_date is None else _days(table[event_date])
    return Examples(
        X=np.ascontiguousarray(np.column_stack(columns)) if columns else np.empty((n, 0)),
        specs=tuple(specs),
        label=_label(table[label]),
        day=day,
        event_day=event,
        known_day=event if known_date is None else _days(table[known_date]),
        lead=np.full(n, np.nan) if lead is None else _numbers(table[lead]),
        case=_texts(table[case]) if case is not None else np.arange(n).astype(str),
        groups={name: _texts(table[name]) for name in groups},
        weight=np.ones(n) if weight is None else _numbers(table[weight]),
        yardstick=np.zeros(n) if yardstick is None else _numbers(table[yardstick]),
        helped=np.zeros(n, dtype=np.bool_) if helped is None else _numbers(table[helped]) > 0,
    )


def level_names(frame: pd.DataFrame | pl.DataFrame, data: Examples) -> dict[str, tuple[str, ...]]:
    """By feature of text, its levels in the order in which `examples` numbers them."""
    table = frame if isinstance(frame, pl.DataFrame) else _from_pandas(frame)
    return {spec.name: tuple(_levels(table[spec.name])) for spec in data.specs if spec.levels}


def _all_there(table: pl.DataFrame, asked: Mapping[str, Sequence[str]]) -> None:
    """Refuse when a column that was named is not there, and say as what it was named."""
    missing = [
        f"{name} (named as {role})" for role, names in asked.items() for name in names if name not in table.columns
    ]
    if missing:
        has = ", ".join(table.columns[:MOST_NAMED]) + (", …" if len(table.columns) > MOST_NAMED else "")
        raise ExamplesError(f"The frame has no column {', '.join(missing)}.", what_to_do=f"Its columns are: {has}.")


def _from_pandas(frame: pd.DataFrame) -> pl.DataFrame:
    table: pl.DataFrame = pl.from_pandas(frame.reset_index(drop=True))
    return table


def _days(column: pl.Series) -> Days:
    if not column.dtype.is_temporal():
        try:
            column = column.cast(pl.String).str.to_date("%Y-%m-%d")
        except pl.exceptions.PolarsError as error:
            raise ExamplesError(
                f"Column {column.name} does not hold dates.", what_to_do="Give dates, or text as 2025-12-31."
            ) from error
    if column.null_count():
        raise ExamplesError(
            f"Column {column.name} lacks {column.null_count()} dates.", what_to_do="Leave out rows without a date."
        )
    days = column.cast(pl.Date).to_physical().cast(pl.Int64)
    return days.to_numpy()


def _numbers(column: pl.Series) -> Floats:
    try:
        numbers = column.cast(pl.Float64)
    except pl.exceptions.PolarsError as error:
        raise ExamplesError(f"Column {column.name} does not hold numbers.") from error
    return numbers.fill_null(float("nan")).to_numpy().astype(np.float64)


def _label(column: pl.Series) -> Floats:
    values = _numbers(column)
    if not np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
        raise ExamplesError(f"Column {column.name} holds labels other than 0 and 1.", what_to_do="Code it as 0 and 1.")
    return values


def _texts(column: pl.Series) -> Names:
    return np.asarray(column.cast(pl.String).fill_null("").to_numpy(), dtype=np.str_)


def _feature(column: pl.Series) -> tuple[Floats, int]:
    """Values as numbers, and the number of levels (0 for numbers)."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return _numbers(column), 0
    if column.dtype.is_temporal():
        raise ExamplesError(
            f"The feature {column.name} is a date.", what_to_do="Give days to or from another date instead."
        )
    texts = column.cast(pl.String)
    levels = _levels(column)
    if len(levels) > MOST_LEVELS:
        raise ExamplesError(
            f"The feature {column.name} has {len(levels)} different texts.",
            what_to_do=f"Leave it out, or join levels until there are at most {MOST_LEVELS}.",
        )
    found = texts.replace_strict(levels, pl.Series(range(len(levels)), dtype=pl.Float64), return_dtype=pl.Float64)
    return found.fill_null(float("nan")).to_numpy(), len(levels)


def _levels(column: pl.Series) -> pl.Series:
    return column.cast(pl.String).drop_nulls().unique().sort()
