"""What formulas are written in means the same for the values of one case as for columns of many, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.arithmetic import Many, One

NUMBERS = st.floats(allow_subnormal=False).map(lambda number: number + 0.0)  # there is one zero
ROWS = st.lists(st.tuples(st.booleans(), NUMBERS, NUMBERS), min_size=1, max_size=20)


def columns(rows: list[tuple[bool, float, float]]) -> tuple[Any, Any, Any]:
    flags, first, second = zip(*rows, strict=True)
    return np.array(flags, dtype=bool), np.array(first, dtype=np.float64), np.array(second, dtype=np.float64)


@pytest.mark.parametrize("name", ["choose", "missing", "stated", "at_least", "at_most", "no", "any_of", "number"])
@given(rows=ROWS)
def test_one_value_is_what_it_is_in_a_column(name: str, rows: list[tuple[bool, float, float]]) -> None:
    flags, first, second = columns(rows)

    def asked(how: Any, flag: Any, one: Any, other: Any) -> Any:
        given: dict[str, tuple[Any, ...]] = {
            "choose": (flag, one, other),
            "missing": (one,),
            "stated": (one, 7.0),
            "no": (flag,),
            "any_of": ([flag, one > other, other > 1],),
            "number": (flag,),
        }
        return getattr(how, name)(*given.get(name, (one, other)))

    many = asked(Many, flags, first, second)
    for i, row in enumerate(rows):
        found = asked(One, *row)
        assert type(found) is (float if many.dtype == np.float64 else bool)
        assert np.array([found]).tobytes() == many[i : i + 1].tobytes() or (np.isnan(found) and np.isnan(many[i]))
