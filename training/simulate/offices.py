"""Offices: one of each kind where it is needed, real in kind and place, invented otherwise.

Identifiers carry no seed (``BP3MI-74`` is the same office in every simulation).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from models.schema import OFFICE_KINDS
from training.simulate import intentions, names, places
from training.simulate.agencies import Agencies
from training.simulate.draws import NONE, Ints, between, office_hours
from training.simulate.frames import dates, moments
from training.simulate.settings import Settings

_LOCAL: Final = {
    "disnaker": "Dinas Tenaga Kerja", "blk": "Balai Latihan Kerja", "lpk": "Lembaga Pelatihan", "clinic": "Klinik",
    "immigration": "Kantor Imigrasi", "village": "Kantor Desa",
}  # fmt: skip
_LATE_KINDS: Final = ("disnaker", "village", "bp3mi")
"""Kinds of office that an unconnected region lacks in the national system."""


def connected_from(settings: Settings) -> tuple[Ints, Ints]:
    """Day from which a regency's and a province's offices are connected, 0 for always; shapes (regions,)."""
    regency = np.zeros(places.REGIONS.size, dtype=np.int64)
    province = np.zeros(places.REGIONS.size, dtype=np.int64)
    for i, code in enumerate(places.REGIONS.codes):
        for place, part in places.UNCONNECTED.items():
            if code == place or code.startswith(place + "."):
                regency[i] = settings.first + round(part * settings.length)
                province[i] = regency[i] if len(place) == 2 else province[i]
    return regency, province


def since(settings: Settings, *, kind: Ints, region: Ints) -> Ints:
    """Day from which each (kind, region) is connected, 0 for always."""
    regency, province = connected_from(settings)
    late = np.array([k in _LATE_KINDS for k in OFFICE_KINDS])[kind]
    own = np.where(kind == OFFICE_KINDS.index("bp3mi"), province[region], regency[region])
    return np.where(late, own, 0)


def placement_office(region: int) -> str:
    """Identifier of the BP3MI of a region's province."""
    return f"BP3MI-{places.REGIONS.codes[region][:2]}"


class Directory:
    """Identifiers by kind and place, as one list that index arrays point into."""

    def __init__(self, settings: Settings, agencies: Agencies) -> None:
        codes = places.REGIONS.codes
        local = [k for k in OFFICE_KINDS if k in _LOCAL]
        self.ids: list[str] = [placement_office(r) for r in range(len(codes))]
        self._local = {OFFICE_KINDS.index(k): len(codes) * (1 + i) for i, k in enumerate(local)}
        self.ids += [f"{k.upper()}-{code}" for k in local for code in codes]
        self._insurer = len(self.ids)
        self.ids.append("INSURER-01")
        self._embassy = len(self.ids)
        self.ids += [f"EMBASSY-{code}" for code in intentions.COUNTRIES]
        self._branch = len(self.ids)
        self.ids += [f"BRANCH-A{settings.seed}-{i:04d}" for i in range(agencies.size)]

    def index(self, *, kind: Ints, region: Ints, country: Ints, agency: Ints) -> Ints:
        """Index into ``ids`` for each office meant, negative for none."""
        out = np.full(len(kind), NONE, dtype=np.int64)
        out = np.where(kind == OFFICE_KINDS.index("bp3mi"), region, out)
        for k, begin in self._local.items():
            out = np.where(kind == k, begin + region, out)
        out = np.where(kind == OFFICE_KINDS.index("insurer"), self._insurer, out)
        out = np.where(kind == OFFICE_KINDS.index("embassy"), self._embassy + country, out)
        branch = (kind == OFFICE_KINDS.index("agency_branch")) & (agency != NONE)
        return np.where(branch, self._branch + agency, out)


def feed(rng: np.random.Generator, settings: Settings, agencies: Agencies) -> pl.DataFrame:
    """The feed ``offices``."""
    codes = places.REGIONS.codes
    regency, _ = connected_from(settings)
    rows: list[tuple[str, str, str, str | None, int]] = []
    for province in places.PROVINCES:
        part = places.UNCONNECTED.get(province.code)
        day = 0 if part is None else settings.first + round(part * settings.length)
        rows.append((f"BP3MI-{province.code}", "bp3mi", f"BP3MI {province.name} (simulasi)", province.code, day))
    for kind, title in _LOCAL.items():
        for i, code in enumerate(codes):
            day = int(regency[i]) if kind in _LATE_KINDS else 0
            rows.append((f"{kind.upper()}-{code}", kind, f"{title} {code} (simulasi)", code, day))
    rows.append(("INSURER-01", "insurer", "Penjamin Contoh (simulasi)", None, 0))
    rows += [(f"EMBASSY-{c}", "embassy", f"Perwakilan di {c} (simulasi)", None, 0) for c in intentions.COUNTRIES]
    own = [
        (f"BRANCH-A{settings.seed}-{i:04d}", "agency_branch", f"Cabang {name}", codes[int(agencies.head[i])], 0)
        for i, name in enumerate(agencies.names())
    ]
    rows += own
    since_day = np.array([r[4] for r in rows], dtype=np.int64)
    opened = np.full(len(rows), settings.first - 900) + between(rng, 0, 300, len(rows))
    return pl.DataFrame(
        {
            "office_id": [r[0] for r in rows],
            "kind": [r[1] for r in rows],
            "name": [r[2] for r in rows],
            "region": pl.Series([r[3] for r in rows], dtype=pl.String),
            "phone": names.phones(rng, len(rows)),
            "connected_from": dates(np.where(since_day == 0, NONE, since_day)),
            "recorded_at": moments(office_hours(rng, opened)),
        }
    )
