"""Regions, departure points and their shares.

Provinces by placements 2024: East, Central and West Java, West Nusa Tenggara, Lampung, East Nusa Tenggara as published
(domain notes §4); the remainder of the national figure is divided among other provinces by guess. **South-East
Sulawesi is raised** from its published 0.02 % to 0.4 %, otherwise a demonstration would show nobody there; it stays
small. Regencies are real codes (Kemendagri), their shares within a province are guesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from training.simulate.draws import Floats, Ints


@dataclass(frozen=True, kw_only=True)
class Province:
    """A province: share of candidates, friction of its offices, regencies and usual points of departure."""

    code: str
    name: str
    share: float
    friction: float
    border: float
    regencies: dict[str, float]
    points: dict[str, float]


def _province(code: str, name: str, share: float, regencies: str, points: str, **more: float) -> Province:
    """Regencies as ``"01:3 02:1"`` (code and weight), points as ``"CGK:3 SUB:1"``."""
    return Province(
        code=code,
        name=name,
        share=share,
        friction=more.get("friction", 0.0),
        border=more.get("border", 0.05),
        regencies={f"{code}.{k}": float(w) for k, w in (part.split(":") for part in regencies.split())},
        points={k: float(w) for k, w in (part.split(":") for part in points.split())},
    )


PROVINCES: Final = (
    _province("35", "Jawa Timur", 0.2656, "07:5 05:4 04:4 02:4 10:3 19:2 06:2 09:2 03:2 21:1 27:1", "SUB:8 CGK:2"),
    _province("33", "Jawa Tengah", 0.2230, "01:5 24:4 29:4 18:3 02:3 28:2 15:2 14:2", "CGK:6 SUB:2 YIA:2"),
    _province("32", "Jawa Barat", 0.2060, "12:7 09:5 13:3 15:3 03:3 02:2 10:2", "CGK:9 KJT:1"),
    _province("52", "Nusa Tenggara Barat", 0.1039, "03:5 02:5 01:2 04:1 06:1 08:1", "LOP:4 CGK:3 DPS:3", friction=0.3),
    _province("18", "Lampung", 0.0842, "07:4 02:3 01:2 03:1 06:1 10:1", "CGK:9 TKG:1"),
    _province("51", "Bali", 0.0300, "08:3 02:2 04:1 71:1", "DPS:1", friction=-0.2),
    _province("36", "Banten", 0.0140, "04:3 03:2 02:1", "CGK:1"),
    _province("34", "DI Yogyakarta", 0.0130, "02:2 01:2 03:1", "YIA:6 CGK:4", friction=-0.2),
    _province("12", "Sumatera Utara", 0.0200, "07:3 71:2 05:2 09:1", "KNO:8 CGK:2", border=0.2),
    _province("31", "DKI Jakarta", 0.0060, "75:2 72:1", "CGK:1", friction=-0.2),
    _province("21", "Kepulauan Riau", 0.0060, "71:5 72:1 02:1", "BTH:4 IDBTC:4 IDTNJ:1", border=0.5),
    _province("73", "Sulawesi Selatan", 0.0070, "71:2 08:2 02:1 15:1 72:1", "UPG:7 CGK:3", border=0.3, friction=0.2),
    _province("61", "Kalimantan Barat", 0.0050, "01:3 71:1 03:1", "PNK:6 IDETK:2 CGK:2", border=0.6, friction=0.2),
    _province("65", "Kalimantan Utara", 0.0030, "03:3 71:1", "IDNNK:6 TRK:2 CGK:2", border=0.7, friction=0.3),
    _province("53", "Nusa Tenggara Timur", 0.0047, "02:3 04:2 21:2 06:2 11:1 01:1", "CGK:4 DPS:4 KOE:2",
              border=0.5, friction=0.6),
    _province("74", "Sulawesi Tenggara", 0.0040, "71:3 03:3 07:2 04:2 14:2 72:2 05:1 02:1 01:1 15:1",
              "UPG:6 CGK:4 KDI:1", border=0.4, friction=0.3),
    _province("16", "Sumatera Selatan", 0.0034, "71:1 02:1", "CGK:7 PLM:3"),
    _province("14", "Riau", 0.0034, "71:1 03:1 72:2", "PKU:6 IDDUM:3 CGK:1", border=0.5),
)  # fmt: skip

BORDER_POINTS: Final = ("IDBTC", "IDHBB", "IDSKP", "IDNNK", "IDETK", "IDTNJ", "IDDUM")
"""Ferry terminals and land posts towards Malaysia and Singapore."""
HUB_POINTS: Final = ("CGK", "SUB", "KNO", "BTH", "KJT")
SULTRA: Final = "74"
UNCONNECTED: Final = {"53": 0.55, "74.07": 0.7}
"""Province or regency whose labour and village offices reach the national system only after that part of the time."""


class Regions:
    """Column form of :data:`PROVINCES`: one row a regency."""

    def __init__(self) -> None:
        rows = [(p, code, weight) for p in PROVINCES for code, weight in p.regencies.items()]
        self.codes: tuple[str, ...] = tuple(code for _, code, _ in rows)
        self.province: Ints = np.array([PROVINCES.index(p) for p, _, _ in rows])
        self.share: Floats = np.array([p.share * w / sum(p.regencies.values()) for p, _, w in rows])
        self.friction: Floats = np.array([p.friction for p, _, _ in rows])
        self.border: Floats = np.array([p.border for p, _, _ in rows])
        self.sultra = np.array([p.code == SULTRA for p, _, _ in rows])
        self.points: tuple[str, ...] = tuple(sorted({k for p in PROVINCES for k in p.points} | set(BORDER_POINTS)))
        self.usual_points: Floats = np.array([[p.points.get(k, 0.0) for k in self.points] for p in PROVINCES])
        self.size = len(rows)

    def siblings(self, region: Ints, other: Ints) -> Ints:
        """A regency of the same province for each; ``other`` is any non-negative draw."""
        counts = np.bincount(self.province)
        first = np.searchsorted(self.province, np.arange(len(counts)))
        p = self.province[region]
        return first[p] + other % counts[p]


REGIONS: Final = Regions()
