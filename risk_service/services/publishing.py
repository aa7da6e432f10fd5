"""The tables for heads of offices, with every count left out that has to stay hidden.

Made once at the end of a rescoring and kept; whoever asks is shown rows of it. All tables of one kind are looked at
together, for all offices at once: nothing hidden follows from a total, from another office's table, or from the same
total in another table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from models.shares import drawn_share, share
from models.suppression import Counts, Flags, hidden, hidden_together, with_totals
from models.tallies import FINDINGS, WEIGHTS

ALL: Final = "*"
"""In place of an office, a regency, an agency or a month: all of them."""
TABLES: Final = ("region", "agency", "month")
INCIDENTS: Final = {"incident": "region", "incident_on": "month"}
KINDS: Final = ("prevented_departure", "repatriation", "complaint")
SCHEMA: Final = {
    "about": pl.String,
    "a": pl.String,
    "b": pl.String,
    **dict.fromkeys(("completed", "helped", "examined", "found", "drawn", "drawn_found"), pl.Int64),
    **dict.fromkeys(("share", "low", "high"), pl.Float64),
    **dict.fromkeys(KINDS, pl.Int64),
}
"""Columns of the published tables: a count is null where it stays hidden."""

_NOBODY: Final = dict.fromkeys(("completed", "helped", "examined", "found", "drawn", "drawn_found", *KINDS), 0)
_DRAWN: Final = 0
_FOUND: Final = 0
_SUM: Final = -1


def publish(tally: pl.DataFrame) -> pl.DataFrame:
    """Return the tables by regency, agency and month (``a`` an office) and by quarter (``a`` an agency).

    Returns
    -------
    polars.DataFrame
        Columns of :data:`SCHEMA`; rows only of what there is something of.
    """
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    _tables(tally, TABLES, rows)
    _quarters(tally, rows)
    _incidents(tally, rows)
    found = [{"about": about, "a": a, "b": b, **_NOBODY, **values} for (about, a, b), values in sorted(rows.items())]
    return pl.DataFrame(found, schema=SCHEMA)


def _tables(tally: pl.DataFrame, names: Sequence[str], rows: dict[tuple[str, str, str], dict[str, Any]]) -> None:
    offices = _names(tally.filter(pl.col("about").is_in(names)), "a")
    if not offices:
        return
    places = [_names(tally.filter(pl.col("about") == name), "b") for name in names]
    for measure in ("completed", "helped"):
        counts = [
            with_totals(_counts(tally, name, offices, there, (measure,))[..., 0], (0, 1))
            for name, there in zip(names, places, strict=True)
        ]
        masks = hidden_together(counts, (0, 1), empty=[full == 0 for full in counts], shared=1)
        for name, there, full, mask in zip(names, places, counts, masks, strict=True):
            for (i, j), n in np.ndenumerate(full):
                if n:
                    rows.setdefault(_key(name, offices, i, there, j), {})[measure] = None if mask[i, j] else int(n)
    findings = [_findings(tally, name, offices, there) for name, there in zip(names, places, strict=True)]
    empties = [_nobody(full) for full in findings]
    masks = hidden_together(findings, (0, 1, 2, 3), empty=empties, shared=1)
    for name, there, full, mask in zip(names, places, findings, masks, strict=True):
        weights = with_totals(_counts(tally, name, offices, there, WEIGHTS), (0, 1))
        _write(rows, name, [_axis(offices), _axis(there)], full=full, mask=mask, weights=weights)


def _quarters(tally: pl.DataFrame, rows: dict[tuple[str, str, str], dict[str, Any]]) -> None:
    """Tables by agency and quarter: totals over an agency's quarters, none over agencies."""
    part = tally.filter(pl.col("about") == "quarter")
    agencies, quarters = _names(part, "a"), _names(part, "b")
    if not agencies:
        return
    axes = (1, 2, 3)
    shape = (len(agencies), len(quarters), 2, 2)
    full = with_totals(_counts(tally, "quarter", agencies, quarters, FINDINGS).reshape(shape), axes)
    mask = hidden(full, axes, empty=_nobody(full))
    weights = with_totals(_counts(tally, "quarter", agencies, quarters, WEIGHTS), (1,))
    _write(rows, "quarter", [list(agencies), _axis(quarters)], full=full, mask=mask, weights=weights)
    for measure in ("completed", "helped"):
        counts = with_totals(_counts(tally, "quarter", agencies, quarters, (measure,))[..., 0], (1,))
        secret = hidden(counts, (1,), empty=counts == 0)
        for (i, j), n in np.ndenumerate(counts):
            if n:
                key = ("quarter", agencies[i], _axis(quarters)[j])
                rows.setdefault(key, {})[measure] = None if secret[i, j] else int(n)


def _incidents(tally: pl.DataFrame, rows: dict[tuple[str, str, str], dict[str, Any]]) -> None:
    offices = _names(tally.filter(pl.col("about").is_in(list(INCIDENTS))), "a")
    if not offices:
        return
    places = [_names(tally.filter(pl.col("about") == about), "b") for about in INCIDENTS]
    axes = (0, 1, 2)
    counts = [
        with_totals(_counts(tally, about, offices, there, KINDS), axes)
        for about, there in zip(INCIDENTS, places, strict=True)
    ]
    masks = hidden_together(counts, axes, empty=[full == 0 for full in counts], shared=1)
    for table, there, full, mask in zip(INCIDENTS.values(), places, counts, masks, strict=True):
        for (i, j, k), n in np.ndenumerate(full[..., :-1]):
            if n:
                rows.setdefault(_key(table, offices, i, there, j), {})[KINDS[k]] = None if mask[i, j, k] else int(n)


def _write(
    rows: dict[tuple[str, str, str], dict[str, Any]], table: str, names: Sequence[Sequence[str]], *,
    full: Counts, mask: Flags, weights: Counts,
) -> None:  # fmt: skip
    """Write findings of a table: how many were examined and found, drawn by lot or at all, and what lots estimate."""
    for i, j in np.argwhere(full[:, :, _SUM, _SUM] > 0):
        values = rows.setdefault((table, names[0][i], names[1][j]), {})

        def shown(reason: int, finding: int, i: int = i, j: int = j) -> int | None:
            return None if mask[i, j, reason, finding] else int(full[i, j, reason, finding])

        values |= {"examined": shown(_SUM, _SUM), "found": shown(_SUM, _FOUND)}
        if full[i, j, _DRAWN, _SUM]:
            values |= {"drawn": shown(_DRAWN, _SUM), "drawn_found": shown(_DRAWN, _FOUND)}
            if values["drawn"] is not None and values["drawn_found"] is not None:
                weight, found, squared = (float(n) for n in weights[i, j])
                told = drawn_share(weight=weight, weight_found=found, weight_squared=squared)
                values |= vars_of(told, "share")
        if table == "quarter" and values["examined"] is not None and values["found"] is not None:
            values |= vars_of(share(values["found"], values["examined"]), "share")


def vars_of(told: Any, name: str) -> dict[str, float | None]:
    """Return a share and its interval as columns."""
    if told is None:
        return {}
    return {name: told.value, "low": told.low, "high": told.high}


def _findings(tally: pl.DataFrame, about: str, offices: Sequence[str], places: Sequence[str]) -> Counts:
    counts = _counts(tally, about, offices, places, FINDINGS)
    return with_totals(counts.reshape((len(offices), len(places), 2, 2)), (0, 1, 2, 3))


def _nobody(full: Counts) -> Flags:
    """Which findings there can be none of, because nobody was examined."""
    return np.broadcast_to(full[..., _SUM:] == 0, full.shape)


def _names(part: pl.DataFrame, column: str) -> list[str]:
    return part[column].unique().sort().to_list()


def _axis(names: Sequence[str]) -> list[str]:
    return [*names, ALL]


def _key(table: str, offices: Sequence[str], i: int, places: Sequence[str], j: int) -> tuple[str, str, str]:
    return table, _axis(offices)[i], _axis(places)[j]


def _counts(
    tally: pl.DataFrame, about: str, offices: Sequence[str], places: Sequence[str], measures: Sequence[str]
) -> Counts:
    result = np.zeros((len(offices), len(places), len(measures)), dtype=np.int64)
    where = [{name: number for number, name in enumerate(names)} for names in (offices, places, measures)]
    rows = tally.filter(pl.col("about") == about, pl.col("measure").is_in(list(measures)))
    for a, b, measure, n in rows.select("a", "b", "measure", "n").iter_rows():
        result[where[0][a], where[1][b], where[2][measure]] = n
    return result
