"""One frame through fit, validation, checks and fairness audit, with pandas frames to look at.

Nothing here knows our feeds: any table will do that has a date, a label and columns that say who belongs together.

>>> study = Study.of(frame, date="seen_on", label="malignant", group="clinic", attributes=["sex"])  # doctest: +SKIP
>>> study.validate()  # figures at capacity of every engine, in time  # doctest: +SKIP
>>> study.check()  # what makes a model look better than it is  # doctest: +SKIP
>>> study.audit()  # on whom errors fall  # doctest: +SKIP
>>> study.tables()  # the model itself  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.checks import Material, run_checks
from training.engines.additive import EngineSettings
from training.examples import Examples, ExamplesError, examples, level_names
from training.fairness import Policy, audit
from training.reading import tables
from training.rivals import ADDITIVE, Calibrated, EngineModel, engines
from training.validation import Bootstrap, Origins, Ranking, Scored, Split, backtest, judged, report, rolling_origins

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ("model", "window", "figure", "value", "low", "high", "cases", "positives")


@dataclass(frozen=True, eq=False)
class Study:
    """A set of examples and how to look at it; make one with `Study.of`.

    Parameters
    ----------
    data : Examples
        Rows without a label are rows in use: they are scored, never learned from.
    group : str, optional
        Group column whose rows are alike (agency, clinic, shop): intervals draw it again, validation can hold it out,
        and one whose rate is far from the others' is looked for. Folds hold out the case.
    attributes : sequence of str
        Group columns that the audit compares.
    level_names : mapping of str to sequence of str
        By feature of text, its levels.
    engine : EngineSettings
    origins : Origins
        Where validation in time is tried.
    bootstrap : Bootstrap
    capacity : float
        Share of a queue that can be looked at.
    seed : int
    """

    data: Examples
    group: str | None = None
    attributes: Sequence[str] = ()
    level_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    engine: EngineSettings = field(default_factory=EngineSettings)
    origins: Origins = field(default_factory=Origins)
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    capacity: float = 0.1
    seed: int = 0

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame | pl.DataFrame,
        *,
        date: str,
        label: str,
        group: str | None = None,
        attributes: Sequence[str] = (),
        features: Sequence[str] | None = None,
        columns: Mapping[str, str] | None = None,
        directions: Mapping[str, int] | None = None,
        engine: EngineSettings | None = None,
        origins: Origins | None = None,
        bootstrap: Bootstrap | None = None,
        capacity: float = 0.1,
        seed: int = 0,
    ) -> Study:
        """Read a frame.

        Parameters
        ----------
        frame : pandas or polars DataFrame
        date, label : str
            Columns of the day as of which a row was known, and of what became of it (0, 1, truth values, or missing).
        group : str, optional
        attributes : sequence of str
            Columns the audit compares; they are no features.
        features : sequence of str, optional
            All other columns if not given.
        columns : mapping of str to str, optional
            Further columns by what they are: ``case``, ``event_date``, ``known_date``, ``lead``, ``weight``,
            ``yardstick``, ``helped`` (see `training.examples.Examples`).
        directions : mapping of str to {-1, 1}, optional
            Features whose effect must not fall (+1) or rise (-1).
        engine, origins, bootstrap, capacity, seed
            See the class.

        Raises
        ------
        ExamplesError
            A column is missing or holds something else than stated; the message names it.
        """
        groups = list(dict.fromkeys([*([group] if group else []), *attributes]))
        named = dict(columns or {})
        unknown = sorted(set(named) - set(COLUMNS))
        if unknown:
            raise ExamplesError(
                f"A frame has no column that serves as {', '.join(unknown)}.",
                what_to_do=f"Name columns as: {', '.join(COLUMNS)}.",
            )
        data = examples(
            frame, date=date, label=label, groups=groups, features=features, directions=directions, **named
        )  # fmt: skip
        return cls(
            data, group, tuple(attributes), level_names(frame, data), engine or EngineSettings(), origins or Origins(),
            bootstrap or Bootstrap(), capacity, seed,
        )  # fmt: skip

    @cached_property
    def known(self) -> Examples:
        """The rows whose label is known."""
        return self.data.rows(self.data.labelled)

    @cached_property
    def model(self) -> Calibrated:
        """The engine of releases, fitted on all known rows and calibrated on scores that are held out."""
        return EngineModel(engines(self.engine)[ADDITIVE], seed=self.seed)(self.known)

    def validate(self, engine_names: Sequence[str] | None = None, *, hold_out: bool = False) -> pd.DataFrame:
        """Figures of every engine on what came after the days it had learned until, with intervals.

        Parameters
        ----------
        engine_names : sequence of str, optional
            Some of ``additive``, ``ebm``, ``scorecard``, ``unconstrained``; all if not given.
        hold_out : bool
            Judge each group by a model that saw neither its future nor the group.

        Returns
        -------
        pandas.DataFrame
            ``model, window, figure, value, low, high, cases, positives``; ``window`` is of days ahead.
        """
        every = engines(self.engine)
        chosen = {name: EngineModel(every[name], seed=self.seed) for name in engine_names or every}
        found = backtest(self.data, self._splits(hold_out=hold_out), chosen, agency=self.group)
        lines = report(found, capacity=self.capacity, settings=self.bootstrap)
        told = pl.col("value").is_not_nan() & ~pl.col("figure").str.ends_with("_by_office")  # nobody named an office
        return lines.filter(told).select(SHOWN).to_pandas()

    def check(self) -> pd.DataFrame:
        """A line for each check that shouts or says that it cannot run, and for those that are quiet.

        Returns
        -------
        pandas.DataFrame
            ``code, state, title, found, what_to_do``, those that shout first.
        """
        use = self.data.rows(~self.data.labelled)
        material = Material(
            data=self.known,
            split=next(iter(rolling_origins(self.known, self.origins)), None),
            use=use if len(use) else None,
            cohorts=(self.group,) if self.group else (),
        )
        order = {"shouts": 0, "quiet": 1, "not run": 2}
        lines = [
            {"code": v.code, "state": v.state, "title": v.title.en, "found": " ".join(text.en for text in v.found),
             "what_to_do": v.what_to_do.en if v.state == "shouts" else ""}
            for v in sorted(run_checks(material), key=lambda v: order[v.state])
        ]  # fmt: skip
        return pl.DataFrame(lines).to_pandas()

    def audit(self, *, crossed: bool = False, policy: Policy | None = None) -> pd.DataFrame:
        """Every group of every attribute beside everybody else, on held-out scores of the known rows.

        Returns
        -------
        pandas.DataFrame
            Columns of `training.fairness.AUDIT`.

        Raises
        ------
        ExamplesError
            No attributes were named.
        """
        if not self.attributes:
            raise ExamplesError("There is nothing to compare.", what_to_do="Name columns as attributes.")
        told = judged(self.known, self.model.held_out, agency=self.group)
        seen = Ranking.of(told.score).chosen(self.capacity, mass=told.mass)
        groups = {name: self.known.groups[name] for name in self.attributes}
        return audit(told, seen, groups, self.bootstrap, policy=policy, crossed=crossed).to_pandas()

    def tables(self) -> pd.DataFrame:
        """The model: what each bin of each feature adds to the log-odds.

        Returns
        -------
        pandas.DataFrame
            ``term, bin, contribution``; a term of two features has its bins as ``one & other``.
        """
        terms = self.model.fitted.terms
        if terms is None:
            raise ValueError("the engine of releases always has tables")
        return tables(terms, self.level_names)

    def scores(self) -> pd.DataFrame:
        """What the model says of the rows without a label.

        Returns
        -------
        pandas.DataFrame
            ``case, log_odds, probability``, and for each term what it adds; base and terms sum to the log-odds exactly.
        """
        use = self.data.rows(~self.data.labelled)
        told: Scored = self.model(use)
        terms = self.model.fitted.terms
        parts = terms.group_contributions(use.X) if terms else np.empty((len(use), 0))
        names = [group.code for group in terms.groups] if terms else []
        own = {"case": use.case.tolist(), "log_odds": told.score, "probability": told.probability}
        return pl.DataFrame(own | {name: parts[:, j] for j, name in enumerate(names)}).to_pandas()

    def _splits(self, *, hold_out: bool) -> list[Split]:
        if hold_out and not self.group:
            raise ExamplesError("There is no group to hold out.", what_to_do="Name a column as group.")
        return list(rolling_origins(self.data, self.origins, hold_out=self.group if hold_out else None))


COLUMNS = ("case", "event_date", "known_date", "lead", "weight", "yardstick", "helped")
"""What further columns of a frame can be."""
