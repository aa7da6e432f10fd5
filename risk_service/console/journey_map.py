"""An itinerary as a drawing: home region, departure point, transit, destination, on the outline of land.

Stops are numbered on the drawing and named in the list beside it, so that nothing is said by the drawing alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from risk_service.geography import Box, Position, land_within

WIDTH: Final = 640
HEIGHT: Final = 360
_MARGIN: Final = 0.18
_LEAST_DEGREES: Final = 9.0
_APART: Final = 26.0


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A place of an itinerary; without a position it is named and not drawn."""

    kind: str
    name: str
    position: Position | None


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A stop on the drawing: where it is, and where its number stands so that numbers do not hide each other."""

    number: int
    kind: str
    x: int
    y: int
    at_x: int
    at_y: int


@dataclass(frozen=True, kw_only=True)
class JourneyMap:
    """What the page draws."""

    land: str
    route: str
    marks: tuple[Mark, ...]


def journey_map(stops: Sequence[Stop]) -> JourneyMap | None:
    """Return the drawing of an itinerary; None where fewer than two of its stops have a position."""
    placed = [(number, stop.kind, stop.position) for number, stop in enumerate(stops, 1) if stop.position is not None]
    if len(placed) < 2:
        return None
    box = _box([position for _, _, position in placed])
    points = [_point(box, position.lon, position.lat) for _, _, position in placed]
    marks: list[Mark] = []
    for (number, kind, _), (x, y) in zip(placed, points, strict=True):
        at_x, at_y = _free(x, y, marks)
        marks.append(Mark(number=number, kind=kind, x=round(x), y=round(y), at_x=round(at_x), at_y=round(at_y)))
    rings = land_within(box, smallest=box.width / WIDTH * 2.5)
    land = "".join("M" + "L".join(_said(_point(box, *point)) for point in ring) + "Z" for ring in rings)
    return JourneyMap(land=land, route="M" + "L".join(_said(point) for point in points), marks=tuple(marks))


def _box(positions: Sequence[Position]) -> Box:
    """Return the part of the world around some places, in the proportions of the drawing."""
    lats, lons = [p.lat for p in positions], [p.lon for p in positions]
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    squeeze = math.cos(math.radians(lat))
    high = max(max(lats) - min(lats), _LEAST_DEGREES) * (1 + 2 * _MARGIN)
    wide = max(max(lons) - min(lons), _LEAST_DEGREES) * (1 + 2 * _MARGIN) * squeeze
    high = max(high, wide * HEIGHT / WIDTH)
    wide = high * WIDTH / HEIGHT / squeeze
    return Box(west=lon - wide / 2, south=lat - high / 2, east=lon + wide / 2, north=lat + high / 2)


def _point(box: Box, lon: float, lat: float) -> tuple[float, float]:
    return (lon - box.west) / box.width * WIDTH, (box.north - lat) / box.height * HEIGHT


def _said(point: tuple[float, float]) -> str:
    return f"{round(point[0])} {round(point[1])}"


def _free(x: float, y: float, marks: Sequence[Mark]) -> tuple[float, float]:
    """Return the nearest place for a number that hides no other: where the stop is, else around it."""
    for ring in range(3):
        for turn in range(1 if ring == 0 else 6 * ring):
            angle = 2 * math.pi * turn / (6 * ring or 1)
            at_x, at_y = x + ring * _APART * math.cos(angle), y + ring * _APART * math.sin(angle)
            seen = _APART / 2 <= at_x <= WIDTH - _APART / 2 and _APART / 2 <= at_y <= HEIGHT - _APART / 2
            if seen and all(math.hypot(at_x - mark.at_x, at_y - mark.at_y) >= _APART - 1 for mark in marks):
                return at_x, at_y
    return x, y
