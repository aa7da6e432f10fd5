"""Make the outline of land for the console's maps: ``python tools/make_land.py land-50m.json``.

The input is the file of that name in the npm package ``world-atlas``: Natural Earth's land at 1:50 million, in the
public domain, as TopoJSON. The output has one ring a line, longitudes and latitudes in hundredths of a degree.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "risk_service" / "geography" / "data" / "land.txt"
Point = tuple[float, float]
Ring = list[Point]

WEST, EAST, SOUTH, NORTH = -30.0, 180.0, -48.0, 72.0
NEAR = (93.0, 143.0, -12.5, 9.0)
"""Where small islands matter: the archipelago."""


def arcs_of(topology: dict[str, Any]) -> list[Ring]:
    """Decode the delta-coded arcs."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    return arcs


def rings_of(topology: dict[str, Any]) -> list[Ring]:
    """Join the arcs of every polygon's outer ring."""
    arcs = arcs_of(topology)
    rings = []
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]:
            ring: Ring = []
            for number in polygon[0]:
                part = arcs[number] if number >= 0 else arcs[~number][::-1]
                ring += part[1:] if ring else part
            rings.append(ring)
    return rings


def area(ring: Ring) -> float:
    """Return the area in square degrees."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def simplified(ring: Ring, tolerance: float) -> Ring:
    """Leave out points nearer than `tolerance` degrees to the line between those that stay (Douglas and Peucker)."""
    keep, stack = {0, len(ring) - 1}, [(0, len(ring) - 1)]
    while stack:
        first, last = stack.pop()
        (ax, ay), (bx, by) = ring[first], ring[last]
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        best, at = tolerance, None
        for i in range(first + 1, last):
            px, py = ring[i]
            off = (
                abs((bx - ax) * (ay - py) - (ax - px) * (by - ay)) / length
                if length
                else ((px - ax) ** 2 + (py - ay) ** 2) ** 0.5
            )
            if off > best:
                best, at = off, i
        if at is not None:
            keep.add(at)
            stack += [(first, at), (at, last)]
    return [ring[i] for i in sorted(keep)]


def main() -> None:
    """Write the outline."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    lines = []
    for ring in rings_of(topology):
        xs, ys = [x for x, _ in ring], [y for _, y in ring]
        if max(xs) < WEST or min(xs) > EAST or max(ys) < SOUTH or min(ys) > NORTH:
            continue
        near = min(xs) < NEAR[1] and max(xs) > NEAR[0] and min(ys) < NEAR[3] and max(ys) > NEAR[2]
        if area(ring) < (0.004 if near else 0.25):
            continue
        found = simplified(ring, 0.03 if near else 0.15)
        lines.append(" ".join(f"{round(x * 100)},{round(y * 100)}" for x, y in found))
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{OUT}: {len(lines)} rings, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
