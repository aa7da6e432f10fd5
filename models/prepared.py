"""Active cases between the two passes: all that can be said of them before the others have been counted.

The first pass reads and understands a part of the population once; what the second needs of it is small, goes to disk
and comes back here. Features, notices and ways back are those of :func:`models.situation.situate` and
:func:`models.score.score`, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.aggregates import Aggregates, Shares
from models.arithmetic import Flags
from models.drift import Tally, tally
from models.facts import Columns, company, with_counts
from models.features.catalogue import Matrix, to_frame
from models.features.compute import add_counted
from models.features.counted import FLAGS, VALUES
from models.notices import notices
from models.recourse import kind_codes
from models.score import figures, notice_bits, score_frame
from models.situation import KEYS, look_at

if TYPE_CHECKING:
    from models.cases import CaseBlock
    from models.freshness import Freshness
    from models.registry import Release
    from models.rules import Rules
    from models.situation import Situation

FEATURES_SUFFIX: Final = ".npy"
_OWN: Final = "own."
_FACT: Final = "fact."


@dataclass(frozen=True)
class Prepared:
    """The active cases of a block, ordered by ``case_id``.

    Attributes
    ----------
    keys
        The columns of :data:`models.situation.KEYS`.
    x
        Features; those that need counts (:data:`models.features.counted.COUNTED`) are missing.
    company
        Whom they share an agency, recruiter, route … with (:func:`models.facts.company`).
    facts
        Their facts as far as the counted features need them.
    insufficient
        Which have too little to go on.
    notices, recourse
        As :func:`models.score.score_frame` takes them.
    offices
        At whose desk they are, by ``office_id``; empty where none is named.
    """

    keys: pl.DataFrame
    x: Matrix
    company: pl.DataFrame
    facts: Columns
    insufficient: Flags
    notices: NDArray[np.int32]
    recourse: NDArray[np.int8]
    offices: pl.Series

    def features(self, aggregates: Aggregates, rules: Rules) -> Matrix:
        """The whole feature matrix, shape (n, k).

        Parameters
        ----------
        aggregates
            Counts over everybody.
        rules
            As in the first pass.
        """
        x = self.x.copy()
        add_counted(x, with_counts(self.facts, self.company, aggregates), rules)
        return x

    def features_frame(self, aggregates: Aggregates, rules: Rules) -> pl.DataFrame:
        """As :meth:`models.situation.Situation.features_frame`."""
        return pl.concat([self.keys, to_frame(self.features(aggregates, rules))], how="horizontal")

    def scores_frame(self, aggregates: Aggregates, release: Release, *, t_us: int, rules: Rules) -> pl.DataFrame:
        """As :meth:`models.score.Scores.frame`."""
        return self.scores_counted(aggregates, release, t_us=t_us, rules=rules)[0]

    def scores_counted(
        self, aggregates: Aggregates, release: Release, *, t_us: int, rules: Rules
    ) -> tuple[pl.DataFrame, Tally]:
        """As :meth:`models.score.Scores.frame`, and who was scored, counted where the release has a reference.

        Parameters
        ----------
        aggregates
            Counts over everybody.
        release
            Verified.
        t_us, rules
            As in the first pass.
        """
        scored = (self.keys["lane"] == "scored").to_numpy() & ~self.insufficient
        x = self.features(aggregates, rules)
        found = figures(x, scored, release)
        frame = score_frame(
            self.keys,
            found,
            release,
            notices=self.notices,
            recourse=self.recourse,
            t_us=t_us,
            rules_version=rules.version,
        )
        if release.reference is None:
            return frame, Tally()
        return frame, tally(
            release.terms,
            np.ascontiguousarray(x[scored]),
            probability=found.probability[scored],
            band=found.band[scored],
            office=self.offices.to_numpy().astype(str)[scored],
        )

    def take(self, which: Flags) -> Prepared:
        """Some of the cases, those that ``which`` is true of."""
        return prepared_from(self.columns().filter(pl.Series(which)), np.ascontiguousarray(self.x[which]))

    def columns(self) -> pl.DataFrame:
        """All but the features as one frame; :func:`prepared_from` takes it back."""
        return pl.concat(
            [
                self.keys,
                self.company.rename(lambda name: _OWN + name),
                pl.DataFrame({_FACT + name: self.facts.flag[name] for name in FLAGS}),
                pl.DataFrame({_FACT + name: self.facts.value[name] for name in VALUES}),
                pl.DataFrame({"insufficient": self.insufficient, "notices": self.notices, "recourse": self.recourse}),
                self.offices.to_frame("office"),
            ],
            how="horizontal",
        )

    def write(self, path: Path) -> None:
        """Write to ``path``, and the features to the same with the ending :data:`FEATURES_SUFFIX`."""
        self.columns().write_ipc(path, compression="uncompressed")
        with path.with_suffix(FEATURES_SUFFIX).open("wb") as file:
            np.save(file, self.x, allow_pickle=False)


def read_prepared(path: Path) -> Prepared:
    """Read what :meth:`Prepared.write` wrote."""
    return prepared_from(pl.read_ipc(path), np.load(path.with_suffix(FEATURES_SUFFIX), allow_pickle=False))


def prepared_from(frame: pl.DataFrame, x: Matrix) -> Prepared:
    """Cases from what :meth:`Prepared.columns` gave, and their features."""

    def columns(prefix: str) -> pl.DataFrame:
        chosen = [name for name in frame.columns if name.startswith(prefix)]
        return frame.select(chosen).rename(lambda name: name.removeprefix(prefix))

    facts = columns(_FACT)
    return Prepared(
        keys=frame.select(*KEYS),
        x=x,
        company=columns(_OWN),
        facts=Columns(
            n=len(frame),
            value={name: facts[name].to_numpy() for name in VALUES},
            flag={name: facts[name].to_numpy() for name in FLAGS},
        ),
        insufficient=frame["insufficient"].to_numpy(),
        notices=frame["notices"].to_numpy(),
        recourse=frame["recourse"].to_numpy(),
        offices=frame["office"],
    )


def prepare(block: CaseBlock, own: Shares, *, rules: Rules, freshness: Freshness) -> Prepared:
    """What can be said of the active cases of a block before the others are counted.

    Parameters
    ----------
    block, own
        Cases, and their own shares in the counts.
    rules, freshness
        As of the same time.
    """
    return prepared_of(uncounted(block, own, rules=rules, freshness=freshness))


def uncounted(block: CaseBlock, own: Shares, *, rules: Rules, freshness: Freshness) -> Situation:
    """The situation of the active cases of a block before the others are counted; parameters as :func:`prepare`."""
    rows = block.rows(block.active)
    return look_at(block, rows, own=own, aggregates=None, rules=rules, freshness=freshness)


def prepared_of(situation: Situation) -> Prepared:
    """What is kept of a situation that nobody has been counted for."""
    return Prepared(
        keys=situation.cases.select(*KEYS),
        x=situation.x,
        company=company(situation.cases, situation.own, situation.rows),
        facts=situation.facts,
        insufficient=situation.insufficient,
        notices=notice_bits(notices(situation)),
        recourse=kind_codes(situation),
        offices=situation.cases["office"].fill_null(""),
    )
