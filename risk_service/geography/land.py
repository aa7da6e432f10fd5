"""The outline of land within a box, cut and thinned for a small drawing.

Natural Earth's land at 1:50 million (public domain), simplified by ``tools/make_land.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

Point = tuple[float, float]
Ring = tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A part of the world, in degrees."""

    west: float
    south: float
    east: float
    north: float

    @property
    def width(self) -> float:
        """Degrees of longitude."""
        return self.east - self.west

    @property
    def height(self) -> float:
        """Degrees of latitude."""
        return self.north - self.south


def land_within(box: Box, *, smallest: float) -> list[Ring]:
    """Return the rings of land in a box, longitudes and latitudes in degrees.

    Parameters
    ----------
    smallest
        Degrees below which details are left out.
    """
    found = []
    for ring, around in _rings():
        apart = around.west > box.east or around.east < box.west or around.south > box.north or around.north < box.south
        if apart or max(around.width, around.height) < smallest:
            continue
        cut = _thinned(_cut(ring, box), smallest)
        if len(cut) > 2:
            found.append(cut)
    return found


@cache
def _rings() -> tuple[tuple[Ring, Box], ...]:
    text = resources.files(__package__ or "").joinpath("data", "land.txt").read_text(encoding="ascii")
    rings = []
    for line in text.splitlines():
        pairs = (point.split(",") for point in line.split())
        ring = tuple((int(x) / 100, int(y) / 100) for x, y in pairs)
        xs, ys = [x for x, _ in ring], [y for _, y in ring]
        rings.append((ring, Box(west=min(xs), south=min(ys), east=max(xs), north=max(ys))))
    return tuple(rings)


def _cut(ring: Ring, box: Box) -> Ring:
    """Cut a ring along the four sides of a box, one after the other (Sutherland and Hodgman)."""
    for axis, edge, inside in (
        (0, box.west, lambda v: v >= box.west),
        (0, box.east, lambda v: v <= box.east),
        (1, box.south, lambda v: v >= box.south),
        (1, box.north, lambda v: v <= box.north),
    ):
        ring = _cut_along(ring, axis, edge, inside)
        if not ring:
            break
    return ring


def _cut_along(ring: Ring, axis: int, edge: float, inside: Callable[[float], bool]) -> Ring:
    found: list[Point] = []
    for start, end in zip(ring[-1:] + ring[:-1], ring, strict=True):
        if inside(start[axis]) != inside(end[axis]):
            part = (edge - start[axis]) / (end[axis] - start[axis])
            other = start[1 - axis] + part * (end[1 - axis] - start[1 - axis])
            found.append((edge, other) if axis == 0 else (other, edge))
        if inside(end[axis]):
            found.append(end)
    return tuple(found)


def _thinned(ring: Ring, smallest: float) -> Ring:
    found: list[Point] = []
    for x, y in ring:
        if not found or abs(x - found[-1][0]) + abs(y - found[-1][1]) >= smallest:
            found.append((x, y))
    return tuple(found)
