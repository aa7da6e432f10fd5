"""Regions of Indonesia by Kemendagri code, and countries by ISO code: name, rough position, clock.

Names and codes of regions are those of idn-area-data (Open Database License, see ``docs/licences.md``). Positions are
rough: of a regency's seat where the table has it, else of the province's; of a country its main airport. They are good
for a drawing of the world on a hand's breadth and for nothing else.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from models.times import from_us

CLOCKS: Final = {7: "WIB", 8: "WITA", 9: "WIT"}
"""Indonesia's clocks by how many hours they are ahead of UTC."""
_WIB: Final = 7


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where something is, in degrees; `rough`: only the province around it is known."""

    lat: float
    lon: float
    rough: bool = False


@dataclass(frozen=True, kw_only=True)
class _Region:
    name: str
    position: Position | None
    hours_east: int


def region_name(code: str | None) -> str | None:
    """Return what a region is called; None for one that is not known.

    Parameters
    ----------
    code
        Kemendagri code of any level; of a district or village, the regency's name is given.
    """
    found = _region(code)
    return None if found is None else found.name


def region_at(code: str | None) -> Position | None:
    """Return where a region is: its own position, else that of its province; None for one that is not known."""
    found = _region(code)
    if found is None or code is None:
        return None
    if found.position is not None:
        return found.position
    province = _regions()[code[:2]].position
    return None if province is None else Position(lat=province.lat, lon=province.lon, rough=True)


def country_at(code: str | None) -> Position | None:
    """Return where a country's main airport is; None for one that is not in the table."""
    return None if code is None else _countries().get(code)


def hours_east(code: str | None) -> int:
    """Return how many hours a region's clock is ahead of UTC: 7 (WIB), 8 (WITA) or 9 (WIT); 7 for none."""
    found = _region(code)
    return _WIB if found is None else found.hours_east


def local_time(us: int, hours: int) -> tuple[dt.datetime, str]:
    """Return UTC microseconds as one of `CLOCKS` shows them, and what that clock is called."""
    return from_us(us).astimezone(dt.timezone(dt.timedelta(hours=hours))), CLOCKS[hours]


def _region(code: str | None) -> _Region | None:
    if code is None:
        return None
    regions = _regions()
    return regions.get(code[:5]) or regions.get(code[:2])


@cache
def _regions() -> dict[str, _Region]:
    return {
        row["code"]: _Region(name=row["name"], position=_position(row), hours_east=int(row["hours_east"]))
        for row in _rows("regions.csv")
    }


@cache
def _countries() -> dict[str, Position]:
    return {row["code"]: Position(lat=float(row["lat"]), lon=float(row["lon"])) for row in _rows("countries.csv")}


def _position(row: dict[str, str]) -> Position | None:
    return Position(lat=float(row["lat"]), lon=float(row["lon"])) if row["lat"] else None


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__ or "").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
