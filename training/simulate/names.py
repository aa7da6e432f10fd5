"""Invented personal names, numbers and documents that cannot be anybody's.

- NIK follows the published structure (province, regency, district, birth date with day + 40 for women, serial), with
  district numbers from 60 to 99, which no regency has: well formed, never issued.
- Phone numbers begin with +620; no Indonesian number has a 0 after the country code, so none can be reached.
- Passport numbers begin with Q, a letter that is not in use.
- Names combine common given names at random, among them single names, Bin and Binti, and spelling variants.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from training.simulate.draws import Bools, Ints, chance

MISTYPED: Final = 0.004
"""Share of NIK with a digit lost in typing."""

_WOMEN: Final = (
    "Siti", "Sri", "Dewi", "Nur", "Ayu", "Rina", "Wati", "Yuliana", "Fitri", "Aisyah", "Aisah", "Kartini", "Lestari",
    "Maria", "Ningsih", "Nurul", "Puji", "Ratna", "Sari", "Suryani", "Tuti", "Umi", "Wahyuni", "Yanti", "Rohani",
    "Sumiati", "Sumiyati", "Juminten", "Komariah", "Mariam", "Maryam", "Fatimah", "Fatima", "Halimah", "Marni", "Yuni",
)  # fmt: skip
_MEN: Final = (
    "Agus", "Budi", "Eko", "Joko", "Slamet", "Ahmad", "Achmad", "Muhammad", "Mohamad", "Muh", "Rudi", "Hendra", "Dedi",
    "Dedy", "Wahyu", "Yusuf", "Jusuf", "Ali", "Hasan", "Ibrahim", "Imam", "Iwan", "Kadir", "Rahman", "Rochman",
    "Suparman", "Sugeng", "Sutrisno", "Tono", "Udin", "Usman", "Wawan", "Yohanes", "Petrus", "Made", "Ketut",
)  # fmt: skip
_SECOND: Final = (
    "Hidayat", "Hidayati", "Santoso", "Saputra", "Saputri", "Wijaya", "Kusuma", "Pratama", "Rahayu", "Setiawan",
    "Susanti", "Susanto", "Utami", "Handayani", "Hartono", "Nugroho", "Purnomo", "Permata", "Astuti", "Maulana",
    "Ramadhan", "Romadhon", "Safitri", "Syafitri", "Mulyani", "Mulyadi", "Andriani", "Gunawan", "Hamid", "Arifin",
)  # fmt: skip
_SULTRA_WOMEN: Final = ("Wa", "Wa Ode")
_SULTRA_MEN: Final = ("La", "La Ode")


def _gather(table: Sequence[str], index: Ints) -> pl.Series:
    return pl.Series(table, dtype=pl.String).gather(pl.Series(index))


def personal_names(rng: np.random.Generator, *, woman: Bools, sultra: Bools) -> pl.Series:
    """Full names: 12 % single, 5 % with Bin or Binti and a father's name, in South-East Sulawesi some with La or Wa."""
    n = len(woman)
    first = np.where(woman, rng.integers(0, len(_WOMEN), n), len(_WOMEN) + rng.integers(0, len(_MEN), n))
    given = _gather((*_WOMEN, *_MEN), first)
    second = _gather(_SECOND, rng.integers(0, len(_SECOND), n))
    father = _gather(_MEN, rng.integers(0, len(_MEN), n))
    form = rng.choice(3, n, p=(0.12, 0.05, 0.83))
    title_index = np.where(woman, 0, len(_SULTRA_WOMEN)) + rng.integers(0, 2, n)
    title = _gather((*_SULTRA_WOMEN, *_SULTRA_MEN), title_index)
    frame = pl.DataFrame(
        {
            "given": given,
            "second": second,
            "father": father,
            "title": title,
            "form": form,
            "titled": sultra & chance(rng, 0.5, n),
            "woman": woman,
        }
    )
    tail = (
        pl.when(pl.col("form") == 0)
        .then(pl.lit(""))
        .when(pl.col("form") == 1)
        .then(pl.when("woman").then(pl.lit(" Binti ")).otherwise(pl.lit(" Bin ")) + pl.col("father"))
        .otherwise(pl.lit(" ") + pl.col("second"))
    )
    head = pl.when("titled").then(pl.col("title") + " ").otherwise(pl.lit(""))
    return frame.select((head + pl.col("given") + tail).alias("full_name")).to_series()


def _digits(values: Ints, width: int) -> pl.Series:
    return pl.Series(values).cast(pl.String).str.zfill(width)


def niks(rng: np.random.Generator, *, region: Sequence[str], first_region: Ints, born: Ints, woman: Bools) -> pl.Series:
    """NIK of each person from the regency of first registration, birth date (days since 1970), sex; a few mistyped."""
    n = len(born)
    date = born.astype("datetime64[D]")
    year = date.astype("datetime64[Y]").astype(np.int64) + 1970
    month = date.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (date - date.astype("datetime64[M]")).astype(np.int64) + 1
    number = (rng.integers(60, 100, n) * 10**6 + (day + 40 * woman) * 10**4 + month * 100 + year % 100) * 10**4
    number += rng.integers(1, 10_000, n)
    prefix = _gather([code.replace(".", "") for code in region], first_region)
    whole = prefix + _digits(number, 12)
    return whole.zip_with(pl.Series(chance(rng, 1 - MISTYPED, n)), whole.str.head(15))


def phones(rng: np.random.Generator, size: int) -> pl.Series:
    """Numbers that cannot be dialled."""
    return "+620" + _digits(rng.integers(0, 10**9, size), 9)


def passports(rng: np.random.Generator, size: int) -> pl.Series:
    """A letter and seven digits."""
    return "Q" + _digits(rng.integers(0, 10**7, size), 7)
