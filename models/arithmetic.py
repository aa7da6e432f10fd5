"""The operations in which formulas about cases are written: for columns of many cases, and for the plain values of one.

A formula is written once, over numbers and flags, with these and with ``&``, ``|``, ``+``, ``<`` …, which mean the same
for both. A missing number is NaN, and what is computed from one is missing too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

NAN: Final = float("nan")


class Many:
    """Columns of many cases: numbers are float64 (n,), flags bool (n,)."""

    @staticmethod
    def choose(holds: Flags, then: NDArray[Any] | float, otherwise: NDArray[Any] | float) -> NDArray[Any]:
        """One number where something holds, another where it does not."""
        return np.where(holds, then, otherwise)

    @staticmethod
    def missing(number: Numbers) -> Flags:
        """Whether a number is missing."""
        return np.isnan(number)

    @staticmethod
    def stated(number: Numbers, otherwise: float = 0.0) -> Numbers:
        """A number, and another one where it is missing."""
        return np.where(np.isnan(number), otherwise, number)

    @staticmethod
    def at_least(number: Numbers, least: Numbers | float) -> Numbers:
        """The greater of two numbers."""
        return np.maximum(number, least)

    @staticmethod
    def at_most(number: Numbers, most: Numbers | float) -> Numbers:
        """The smaller of two numbers."""
        return np.minimum(number, most)

    @staticmethod
    def no(flag: Flags) -> Flags:
        """Whether something does not hold."""
        return ~flag

    @staticmethod
    def any_of(flags: Iterable[Flags]) -> Flags:
        """Whether one of several holds."""
        return np.asarray(np.logical_or.reduce(list(flags)))

    @staticmethod
    def number(flag: NDArray[Any]) -> Numbers:
        """One where something holds, else zero; of a whole number the same."""
        return flag.astype(np.float64, copy=False)


class One:
    """The values of one case: numbers are Python's floats, flags its booleans."""

    @staticmethod
    def choose(holds: bool, then: float, otherwise: float) -> float:  # noqa: FBT001 - as for columns
        """One number if something holds, another if it does not."""
        return then if holds else otherwise

    @staticmethod
    def missing(number: float) -> bool:
        """Whether a number is missing."""
        return number != number  # noqa: PLR0124 - only NaN is not what it is

    @staticmethod
    def stated(number: float, otherwise: float = 0.0) -> float:
        """A number, and another one if it is missing."""
        return number if number == number else otherwise  # noqa: PLR0124 - only NaN is not what it is

    @staticmethod
    def at_least(number: float, least: float) -> float:
        """The greater of two numbers."""
        return number if number >= least or number != number else least  # noqa: PLR0124 - the same

    @staticmethod
    def at_most(number: float, most: float) -> float:
        """The smaller of two numbers."""
        return number if number <= most or number != number else most  # noqa: PLR0124 - the same

    @staticmethod
    def no(flag: bool) -> bool:  # noqa: FBT001 - as for columns
        """Whether something does not hold."""
        return not flag

    any_of = staticmethod(any)
    number = staticmethod(float)
