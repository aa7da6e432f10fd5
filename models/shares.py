"""A share and where it may lie: Wilson's interval, and for drawn checks the weighted share with its effective number.

Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference; the effective number of
weighted observations is Kish's, ``(sum w)^2 / sum w^2``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

CONFIDENCE: Final = 0.95
_Z: Final = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """A share between 0 and 1 and its interval at :data:`CONFIDENCE`."""

    value: float
    low: float
    high: float


def share(found: float, of: float) -> Share | None:
    """The share of ``found`` in ``of``, with Wilson's interval; None of nothing.

    Parameters
    ----------
    found, of
        Numbers, ``0 <= found <= of``; of weighted observations, effective numbers.
    """
    if of <= 0:
        return None
    value = found / of
    middle = (value + _Z * _Z / (2 * of)) / (1 + _Z * _Z / of)
    half = _Z / (1 + _Z * _Z / of) * math.sqrt(value * (1 - value) / of + _Z * _Z / (4 * of * of))
    return Share(value, max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half)))


def drawn_share(*, weight: float, weight_found: float, weight_squared: float) -> Share | None:
    """The share among all from which checks were drawn, each weighted by one over its chance to be drawn.

    Parameters
    ----------
    weight, weight_found, weight_squared
        Sums over the checks: of weights, of the weights of those found, of squared weights.
    """
    if weight <= 0 or weight_squared <= 0:
        return None
    effective = weight * weight / weight_squared
    return share(effective * weight_found / weight, effective)
