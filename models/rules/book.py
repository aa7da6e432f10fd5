"""The rule book: all rules ever recorded, and :class:`Rules`, those in force on a day as known at a time."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from models.errors import RuleError
from models.rules.plans import ANY, DensePlans, PlanBook, StepPlan
from models.rules.reader import Row, RuleFiles, read_tables
from models.times import EPOCH_DATE

SEASONS: Final = ("none", "nataru", "idulfitri")
Season = Literal["none", "nataru", "idulfitri"]
_FOREVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that applies: which one, since when, from where, and whether it is disputed."""

    kind: str
    valid_from: dt.date
    valid_to: dt.date | None
    source: str
    disputed: bool
    note: str


@dataclass(frozen=True, slots=True)
class Regime:
    """A licence regime: its term and whether licences extend by themselves."""

    name: str
    years: int
    extends_itself: bool
    accepted: bool
    basis: str
    source: str
    disputed: bool


@dataclass(frozen=True, slots=True)
class Point:
    """A departure point; ``region`` is None abroad."""

    code: str
    name: str
    kind: str
    border: bool
    region: str | None
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class _Window:
    code: Season
    first: int
    last: int


class Rules:
    """The rules in force on one day, as recorded by one time. Immutable; made by :meth:`RuleBook.at`."""

    __slots__ = ("_aliases", "_constants", "_destinations", "_essential", "_gateways", "_plans", "_points", "_regimes",
                 "_stale", "_windows", "version")  # fmt: skip

    def __init__(self, version: str, known: Mapping[str, tuple[Row, ...]], day: dt.date) -> None:
        now = {table: _in_force(rows, day) for table, rows in known.items()}
        put = object.__setattr__
        put(self, "version", version)
        put(self, "_plans", PlanBook(now["steps"]))
        put(self, "_destinations", {row.key: row for row in now["destinations"]})
        put(self, "_regimes", known["regimes"])
        put(self, "_points", {row.text("code"): _point(row) for row in now["points"]})
        put(self, "_aliases", {row.text("alias"): row.text("code") for row in now["point_aliases"]})
        gateways: dict[str, tuple[str, ...]] = {}
        for row in now["gateways"]:
            gateways[row.text("region")] = (*gateways.get(row.text("region"), ()), row.text("point"))
        put(self, "_gateways", gateways)
        put(self, "_stale", {row.text("feed"): row for row in now["staleness"]})
        put(self, "_essential", tuple(feed for feed, row in self._stale.items() if row.flag("essential")))
        put(self, "_windows", tuple(_window(row) for row in now["holidays"]))
        put(self, "_constants", {row.text("name"): row.number("value") for row in now["constants"]})

    _plans: PlanBook
    _destinations: Mapping[tuple[str, ...], Row]
    _regimes: tuple[Row, ...]
    _points: Mapping[str, Point]
    _aliases: Mapping[str, str]
    _gateways: Mapping[str, tuple[str, ...]]
    _stale: Mapping[str, Row]
    _essential: tuple[str, ...]
    _windows: tuple[_Window, ...]
    _constants: Mapping[str, float]
    version: str

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: rules do not change, later rules are another object."""
        raise AttributeError(f"rules are immutable; {name} cannot be set")

    def __setstate__(self, state: tuple[None, Mapping[str, object]]) -> None:
        """Be made again in another process (pickle gives the slots as the second part)."""
        for name, value in state[1].items():
            object.__setattr__(self, name, value)

    # Steps -----------------------------------------------------------------------------------------------------

    @property
    def plans(self) -> DensePlans:
        """All different step plans as arrays (plan, step)."""
        return self._plans.dense

    def step_plan(self, scheme: str, placement: str, country: str, *, agency_declared: bool) -> StepPlan:
        """The steps of one kind of case in lawful order; rows of a country overlay the general ones step by step."""
        return self.plans.plans[self.plan_number(scheme, placement, country, agency_declared=agency_declared)]

    def plan_number(self, scheme: str, placement: str, country: str, *, agency_declared: bool) -> int:
        """Number of that plan in :attr:`plans`."""
        return self._plans.number(scheme, placement, country, agency_declared=agency_declared)

    def plan_numbers(self, cases: pl.DataFrame) -> npt.NDArray[np.int64]:
        """Plan number per row of ``cases``; see :meth:`models.rules.plans.PlanBook.numbers`."""
        return self._plans.numbers(cases)

    # Destinations ----------------------------------------------------------------------------------------------

    def closed(self, country: str, occupation: str | None, scheme: str | None) -> RuleHit | None:
        """The stop (moratorium) in force for this post, if there is one."""
        return self._destination("closed", country, occupation, scheme)

    def no_channel(self, country: str, occupation: str | None, scheme: str | None) -> RuleHit | None:
        """The rule that says there is no placement channel to this country, if there is one."""
        return self._destination("no_channel", country, occupation, scheme)

    def closed_mask(self, cases: pl.DataFrame) -> npt.NDArray[np.bool_]:
        """Bulk :meth:`closed` over ``destination_country``, ``occupation``, ``scheme``; ``bool (n,)``."""
        return self._mask("closed", cases)

    def no_channel_mask(self, cases: pl.DataFrame) -> npt.NDArray[np.bool_]:
        """Bulk :meth:`no_channel` over ``destination_country``, ``occupation``, ``scheme``; ``bool (n,)``."""
        return self._mask("no_channel", cases)

    def _destination(self, kind: str, country: str, occupation: str | None, scheme: str | None) -> RuleHit | None:
        for post in dict.fromkeys((occupation or ANY, ANY)):
            for way in dict.fromkeys((scheme or ANY, ANY)):
                row = self._destinations.get((kind, country, post, way))
                if row is not None:
                    return RuleHit(kind, row.valid_from, row.valid_to, row.source, row.disputed, row.note)
        return None

    def _mask(self, kind: str, cases: pl.DataFrame) -> npt.NDArray[np.bool_]:
        keys = cases.select(pl.col("destination_country", "occupation", "scheme").cast(pl.String))
        kinds = keys.unique()
        hits = [c is not None and self._destination(kind, c, o, s) is not None for c, o, s in kinds.iter_rows()]
        joined = keys.join(
            kinds.with_columns(pl.Series("hit", hits, pl.Boolean)),
            on=keys.columns,
            how="left",
            maintain_order="left",
            nulls_equal=True,
        )
        return joined["hit"].to_numpy().astype(np.bool_)

    # Licences --------------------------------------------------------------------------------------------------

    def regime(self, name: str, day: dt.date) -> Regime | None:
        """The licence regime ``name`` in force on ``day`` (when a licence was granted); None where none is known."""
        for row in _in_force(self._regimes, day):
            if row.text("regime") == name:
                return Regime(
                    name=name,
                    years=row.whole("years"),
                    extends_itself=row.flag("extends_itself"),
                    accepted=row.flag("accepted"),
                    basis=row.text("basis"),
                    source=row.source,
                    disputed=row.disputed,
                )
        return None

    # Places ----------------------------------------------------------------------------------------------------

    def canonical_point(self, code: str) -> str:
        """The code a departure point is listed under; an unknown code stays as it is."""
        return self._aliases.get(code, code)

    def point(self, code: str) -> Point | None:
        """The departure point ``code`` or what it is an alias of; None when unknown."""
        return self._points.get(self.canonical_point(code))

    def is_border(self, code: str | None) -> bool:
        """Whether ``code`` is a border point (Batam's, Nunukan, land posts); an unknown point is none."""
        point = self.point(code) if code else None
        return point is not None and point.border

    def usual_gateways(self, region: str | None) -> tuple[str, ...]:
        """Usual international gateways of a region: those of its longest listed prefix, else of everywhere."""
        prefix = region or ""
        while prefix:
            if prefix in self._gateways:
                return self._gateways[prefix]
            prefix = prefix.rpartition(".")[0]
        return self._gateways.get(ANY, ())

    def is_usual_gateway(self, region: str | None, code: str) -> bool:
        """Whether ``code`` or what it is an alias of is a usual gateway of ``region``."""
        return self.canonical_point(code) in self.usual_gateways(region)

    # Calendar, freshness, numbers ------------------------------------------------------------------------------

    def season(self, day: dt.date) -> Season:
        """The holiday window ``day`` falls in; ``none`` outside all of them."""
        return SEASONS[self.season_code((day - EPOCH_DATE).days)]

    def season_code(self, day: int) -> int:
        """Index into :data:`SEASONS` of one day since 1970-01-01."""
        windows = (window.code for window in reversed(self._windows) if window.first <= day <= window.last)
        return SEASONS.index(next(windows, SEASONS[0]))

    def season_codes(self, days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Index into :data:`SEASONS` per day; ``days`` are days since 1970-01-01, ``int64 (n,)``."""
        codes = np.zeros(len(days), np.int64)
        for window in self._windows:
            codes[(days >= window.first) & (days <= window.last)] = SEASONS.index(window.code)
        return codes

    def stale_after_days(self, feed: str) -> int:
        """Days after which ``feed`` is stale."""
        return self._freshness_rule(feed).whole("max_age_days")

    def essential_feeds(self) -> tuple[str, ...]:
        """Feeds without which, when stale, a case is ``insufficient``."""
        return self._essential

    def _freshness_rule(self, feed: str) -> Row:
        if feed not in self._stale:
            raise RuleError(
                f"No rule says when the feed {feed} is stale.", what_to_do="Add it to staleness.csv, valid on that day."
            )
        return self._stale[feed]

    def constant(self, name: str) -> float:
        """A number of ``constants.csv``."""
        if name not in self._constants:
            raise RuleError(
                f"No rule gives a value for {name}.", what_to_do="Add it to constants.csv, valid on that day."
            )
        return self._constants[name]

    def whole(self, name: str) -> int:
        """A number of ``constants.csv`` that must be whole (days, months, counts)."""
        value = self.constant(name)
        if value != int(value):
            raise RuleError(f"{name} in constants.csv is {value}, not a whole number.", what_to_do="Round it.")
        return int(value)


class RuleBook:
    """All rules ever recorded. ``version`` names the human version and a hash of every row."""

    def __init__(self, files: RuleFiles) -> None:
        self._rows = files.rows
        self._version = files.version
        _check_places(files.rows)
        rows = [row for table in files.rows.values() for row in table]
        # Rules change only at these days and times, so every moment between two of them shares one object.
        self._days = sorted({row.valid_from for row in rows} | {_next(row.valid_to) for row in rows if row.valid_to})
        self._moments = sorted({row.recorded_at_us for row in rows})
        self._made: dict[tuple[int, int], Rules] = {}

    @property
    def version(self) -> str:
        """Human version and content hash, as ``2026.11-0a1b2c3d4e``."""
        return self._version

    def at(self, day: dt.date, known_at_us: int | None = None) -> Rules:
        """The rules in force on ``day``, as recorded by ``known_at_us``.

        Parameters
        ----------
        day
            Jakarta date the rules apply to.
        known_at_us
            UTC microseconds; rows recorded later do not exist. None: all rows.

        Notes
        -----
        Of rows with the same key and ``valid_from`` the latest recorded counts, so a correction or an end of validity
        is a later row; of the periods that contain ``day`` the one that began last counts.
        """
        known = _FOREVER if known_at_us is None else known_at_us
        slot = bisect.bisect_right(self._days, day), bisect.bisect_right(self._moments, known)
        rules = self._made.get(slot)
        if rules is None:
            tables = {table: _known(rows, known) for table, rows in self._rows.items()}
            rules = self._made.setdefault(slot, Rules(self._version, tables, day))
        return rules

    def rows(self, table: str) -> tuple[Row, ...]:
        """Every row of a table as read, for documentation and comparison."""
        return self._rows[table]


def load_rules(directory: Path | None = None) -> RuleBook:
    """Read the rule tables of the package, or of a deployment's ``directory`` where it has its own.

    Raises
    ------
    RuleError
        A file cannot be read or a cell does not fit; the message says file, line, column, value and what to do.
    """
    return RuleBook(read_tables(directory))


def _known(rows: Iterable[Row], known_at_us: int) -> tuple[Row, ...]:
    latest: dict[tuple[object, ...], Row] = {}
    for row in rows:
        if row.recorded_at_us > known_at_us:
            continue
        identity = (*row.key, row.valid_from)
        standing = latest.get(identity)
        if standing is None or row.recorded_at_us > standing.recorded_at_us:
            latest[identity] = row
    return tuple(row for row in latest.values() if not row.retracted)


def _in_force(rows: Iterable[Row], day: dt.date) -> tuple[Row, ...]:
    chosen: dict[tuple[str, ...], Row] = {}
    for row in rows:
        if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to):
            standing = chosen.get(row.key)
            if standing is None or row.valid_from > standing.valid_from:
                chosen[row.key] = row
    return tuple(chosen.values())


def _next(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


def _point(row: Row) -> Point:
    return Point(
        code=row.text("code"),
        name=row.text("name"),
        kind=row.text("kind"),
        border=row.flag("border"),
        region=cast("str | None", row.cells["region"]),
        lat=row.number("lat"),
        lon=row.number("lon"),
    )


def _window(row: Row) -> _Window:
    first, last = ((row.day(name) - EPOCH_DATE).days for name in ("starts_on", "ends_on"))
    return _Window(cast(Season, row.text("code")), first, last)


def _check_places(rows: Mapping[str, tuple[Row, ...]]) -> None:
    known = {row.text("code") for row in rows["points"]}
    for table, column in (("gateways", "point"), ("point_aliases", "code")):
        for row in rows[table]:
            if row.text(column) not in known:
                raise RuleError(
                    f"{table}.csv, line {row.line}, column {column}: {row.text(column)!r} is in no row of points.csv.",
                    what_to_do="Add the point to points.csv or correct the code.",
                )
