"""What somebody sets out to do: scheme, country, occupation; and the pull of irregular routes to each country.

Shares of schemes and countries after placements 2024 (domain notes §4); seafarers, the government-to-private
scheme and the split within small countries are guesses. In South-East Sulawesi most go independently, many to Japan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.schema import PLACEMENTS, SCHEMES
from training.simulate.draws import Bools, Ints, chance, pick, pick_by_group

_SCHEME_SHARES: Final = {
    "g_to_g": 0.038, "g_to_p": 0.002, "p_to_p": 0.846, "ukps": 0.0035, "independent": 0.0785, "seafarer": 0.032,
}  # fmt: skip
_SCHEME_SHARES_SULTRA: Final = {
    "g_to_g": 0.06, "g_to_p": 0.0, "p_to_p": 0.20, "ukps": 0.01, "independent": 0.61, "seafarer": 0.12,
}  # fmt: skip
_PLACEMENT_SHARES: Final = {"new": 0.74, "re_entry": 0.165, "extension": 0.095}

_COUNTRIES: Final[dict[str, dict[str, float]]] = {
    "g_to_g": {"KR": 82, "JP": 15, "DE": 3},
    "g_to_p": {"TW": 60, "SA": 40},
    "p_to_p": {
        "HK": 385, "TW": 325, "MY": 193, "SG": 41, "SA": 25, "JP": 12, "BN": 7, "AE": 4, "QA": 3, "PL": 3, "KW": 2,
    },
    "ukps": {"JP": 45, "KR": 15, "MY": 25, "AE": 15},
    "independent": {"JP": 37, "IT": 14, "TR": 13, "MY": 10, "NZ": 5, "AU": 5, "PL": 5, "DE": 4, "MV": 4, "AE": 3},
    "seafarer": {"TW": 35, "KR": 18, "SG": 17, "IT": 10, "ES": 8, "US": 7, "JP": 5},
}  # fmt: skip
_OCCUPATIONS: Final[dict[str, dict[str, float]]] = {
    "HK": {"9111": 70, "5322": 30},
    "TW": {"5322": 52, "9329": 32, "8160": 9, "6223": 7},
    "MY": {"9211": 40, "9329": 26, "9111": 14, "9313": 14, "9112": 6},
    "SG": {"9111": 88, "5322": 12},
    "SA": {"9112": 34, "8322": 28, "5131": 22, "9313": 14, "9111": 2},
    "AE": {"5131": 45, "9112": 35, "8322": 20},
    "QA": {"5131": 45, "9112": 35, "8322": 20},
    "KW": {"5131": 45, "9112": 35, "8322": 20},
    "JP": {"5322": 36, "8160": 34, "9313": 20, "9211": 10},
    "KR": {"9329": 62, "6223": 24, "9211": 14},
    "IT": {"5131": 55, "5142": 45},
    "TR": {"5142": 62, "5131": 38},
    "MV": {"5142": 60, "5131": 40},
    "DE": {"2221": 75, "5131": 25},
    "BN": {"9313": 50, "9111": 50},
}
_OCCUPATIONS_ELSEWHERE: Final = {"9329": 40, "9211": 35, "5131": 25}
_OCCUPATIONS_AT_SEA: Final = {"8350": 55, "6223": 45}
_WOMEN: Final = {
    "9111": 0.96, "5322": 0.87, "9329": 0.42, "8160": 0.5, "9211": 0.12, "9313": 0.01, "6223": 0.0, "8350": 0.01,
    "5131": 0.48, "5142": 0.86, "8322": 0.0, "9112": 0.55, "2221": 0.75,
}  # fmt: skip

COUNTRIES: Final = tuple(sorted({c for table in _COUNTRIES.values() for c in table} | {"KH", "MM", "LA", "TH", "IQ"}))
OCCUPATIONS: Final = tuple(sorted(_WOMEN))

_PULL: Final = {"MY": 0.35, "SA": 0.5, "AE": 0.4, "KW": 0.5, "QA": 0.3, "TR": 0.35, "PL": 0.3, "HK": -0.25, "TW": -0.2,
                "KR": -0.6, "JP": -0.2, "SG": 0.05, "DE": -0.4}  # fmt: skip
PULL: Final = np.array([_PULL.get(c, 0.0) for c in COUNTRIES])
"""Log-odds by which a country draws people to irregular routes, by index in :data:`COUNTRIES`."""
REFERRED: Final = {"MY": 42, "SA": 15, "KH": 10, "AE": 7, "SG": 6, "TR": 4, "MM": 3, "LA": 3, "HK": 3, "TW": 3, "JP": 2,
                   "IQ": 2}  # fmt: skip
"""Destinations of referred people without a registration (weights): mostly Malaysia, the Gulf, Cambodia."""


def country(code: str) -> int:
    """Index of a country in :data:`COUNTRIES`."""
    return COUNTRIES.index(code)


def scheme(code: str) -> int:
    """Index of a scheme in ``models.schema.SCHEMES``."""
    return SCHEMES.index(code)


def _row(weights: dict[str, float] | dict[str, int], names: tuple[str, ...]) -> list[float]:
    return [float(weights.get(name, 0.0)) for name in names]


_BY_SCHEME: Final = np.array([_row(_COUNTRIES[s], COUNTRIES) for s in SCHEMES])
_BY_COUNTRY: Final = np.array([_row(_OCCUPATIONS.get(c, _OCCUPATIONS_ELSEWHERE), OCCUPATIONS) for c in COUNTRIES])
_AT_SEA: Final = np.array(_row(_OCCUPATIONS_AT_SEA, OCCUPATIONS))
_WOMEN_BY_OCCUPATION: Final = np.array([_WOMEN[o] for o in OCCUPATIONS])


@dataclass(frozen=True)
class Intentions:
    """Indices by person: scheme, placement, country, occupation; and whether a woman goes."""

    scheme: Ints
    placement: Ints
    country: Ints
    occupation: Ints
    woman: Bools

    def of(self, rows: Ints) -> Intentions:
        """The intentions of some."""
        return Intentions(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def draw(rng: np.random.Generator, *, sultra: Bools, referred: Bools) -> Intentions:
    """Intentions of people, by whether they live in South-East Sulawesi and whether they were only referred."""
    n = len(sultra)
    shares = np.array([_row(_SCHEME_SHARES, SCHEMES), _row(_SCHEME_SHARES_SULTRA, SCHEMES)])
    schemes = pick_by_group(rng, sultra.astype(np.int64), shares)
    placements = pick(rng, _row(_PLACEMENT_SHARES, PLACEMENTS), n)
    countries = pick_by_group(rng, schemes, _BY_SCHEME)
    countries = np.where(referred, pick(rng, _row(REFERRED, COUNTRIES), n), countries)
    at_sea = (schemes == scheme("seafarer")) & ~referred
    group = np.where(at_sea, len(COUNTRIES), countries)
    occupations = pick_by_group(rng, group, np.vstack([_BY_COUNTRY, _AT_SEA]))
    share = np.where(referred, 0.42, _WOMEN_BY_OCCUPATION[occupations])
    return Intentions(schemes, placements, countries, occupations, chance(rng, share, n))
