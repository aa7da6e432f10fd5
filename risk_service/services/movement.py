"""Who changed band between two scores, at which office, and which term moved it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

NAMED: Final = 20
OTHER: Final = "other"
NOT_SCORED: Final = "-"


@dataclass(frozen=True, order=True)
class Move:
    """From one band to another at an office, moved mostly by one term.

    Parameters
    ----------
    office
        Empty where a case has none.
    term
        Code of the term whose contribution changed most in the direction of the score; ``other`` for the rest that is
        not among the reasons; ``-`` where there was or is no score to compare.
    """

    office: str
    before: str
    after: str
    term: str


@dataclass(frozen=True)
class Movement:
    """Moves of a run.

    Parameters
    ----------
    counts
        Cases by move.
    named
        Ids of some of them, at most :data:`NAMED` each; the history has all.
    new
        Cases that are in the queue for the first time, by office.
    """

    counts: dict[Move, int] = field(default_factory=dict)
    named: dict[Move, list[str]] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: pl.DataFrame) -> Movement:
        """The moves in what a run found changed (`risk_service.store.saving.Compared`)."""
        result = cls()
        fresh = changes.filter(pl.col("band_before").is_null())
        for office, cases in fresh.group_by(pl.col("office").fill_null("")).len().sort("office").iter_rows():
            result.new[office] = cases
        moved = changes.filter(pl.col("band_before").is_not_null() & (pl.col("band") != pl.col("band_before")))
        for row in moved.sort("case_id").iter_rows(named=True):
            move = Move(row["office"] or "", row["band_before"], row["band"], _term(row))
            result._add(move, 1, [row["case_id"]])
        return result

    @classmethod
    def total(cls, parts: Iterable[Movement]) -> Movement:
        """The moves of several chunks together."""
        result = cls()
        for part in parts:
            for move, cases in part.counts.items():
                result._add(move, cases, part.named.get(move, []))
            for office, cases in part.new.items():
                result.new[office] = result.new.get(office, 0) + cases
        return result

    def to_json(self) -> str:
        """As text; :meth:`from_json` reads it."""
        moves = [
            {**vars(move), "cases": cases, "case_ids": self.named.get(move, [])}
            for move, cases in sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        ]
        return json.dumps({"moved": moves, "new": dict(sorted(self.new.items()))}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Movement:
        """From text."""
        content = json.loads(text)
        result = cls(new=content["new"])
        for entry in content["moved"]:
            move = Move(entry["office"], entry["before"], entry["after"], entry["term"])
            result._add(move, entry["cases"], entry["case_ids"])
        return result

    def _add(self, move: Move, cases: int, named: list[str]) -> None:
        self.counts[move] = self.counts.get(move, 0) + cases
        self.named[move] = (self.named.get(move, []) + named)[:NAMED]


def _term(row: dict[str, Any]) -> str:
    if row["log_odds"] is None or row["log_odds_before"] is None:
        return NOT_SCORED
    before = {reason["code"]: reason["contribution"] for reason in json.loads(row["reasons_before"])}
    after = {reason["code"]: reason["contribution"] for reason in json.loads(row["reasons"])}
    direction = 1.0 if row["log_odds"] >= row["log_odds_before"] else -1.0
    shifts: dict[str, float] = {
        code: direction * (after.get(code, 0.0) - before.get(code, 0.0)) for code in sorted({*before, *after})
    }
    shifts[OTHER] = direction * (row["other"] - row["other_before"])
    return max(shifts, key=lambda code: shifts[code])
