"""Indonesian names as they are spelt: old and new letters for the same sound, shortened first names, titles, typos.

*Soekarno* and *Sukarno*, *Djoko* and *Joko*, *Tjahjo* and *Cahyo*, *Jusuf* and *Yusuf* are one name each, before and
after the spelling reform of 1972; *Muh.*, *Moch.* and *Mohamad* stand for *Muhammad*, *St.* for *Siti*. `spellings`
gives the forms under which the store looks for a name; `likeness` compares two names once both can be read.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

_PARTS: Final = re.compile(r"[^\w]+|[\d_]+")
_MUHAMMAD: Final = """
    mohammad muhamad mohamad mochammad mochamad muchamad muchammad mohamed mohammed muhammed mohd moch moh muh much mhd
"""
_FULL: Final = {
    **dict.fromkeys(_MUHAMMAD.split(), "muhammad"),
    **dict.fromkeys(("sitti", "st", "sitie"), "siti"),
    **dict.fromkeys(("abd", "abdoel", "abdoul"), "abdul"),
}
"""First names that are often shortened or spelt in many ways, and what they stand for."""
_COMMON: Final = frozenset({"muhammad", "siti", "abdul"})
"""First names so common that they tell little; they weigh a quarter."""
_TITLES: Final = frozenset(["bin", "binti", "bt", "h", "hj", "haji", "hajjah", "ir", "drs", "dra", "dr", "alm", "almh"])
_NEW: Final = (("oe", "u"), ("tj", "c"), ("dj", "j"), ("sj", "sy"), ("nj", "ny"), ("ch", "kh"))
_OLD: Final = (("u", "oe"), ("c", "tj"), ("j", "dj"), ("y", "j"))
_SOUND: Final = (
    *(
        ("oe", "u"),
        ("tj", "c"),
        ("dj", "y"),
        ("j", "y"),
        ("ch", "h"),
        ("kh", "h"),
        ("sy", "s"),
        ("sj", "s"),
        ("ae", "ai"),
    ),
    *(("dh", "d"), ("th", "t"), ("ph", "f"), ("v", "f"), ("q", "k"), ("x", "ks"), ("ie", "i")),
)
_OLD_Y: Final = re.compile("(?<![dstn])j")
_TWICE: Final = re.compile(r"(.)\1+")
_TIGHT: Final = 0.15


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in small letters without accents; titles are left out unless there is nothing else."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    words = tuple(word for word in _PARTS.split(plain) if word)
    return tuple(word for word in words if word not in _TITLES) or words


def spellings(name: str) -> tuple[str, ...]:
    """Forms under which a name may be on record, the one that was given first, each once.

    Common first names are left out, however they are spelt, where the name has other words.
    """
    given = words_of(name)
    telling = tuple(word for word in given if _FULL.get(word, word) not in _COMMON)
    words = telling or given
    new = tuple(_respelt(word, _NEW) for word in words)
    forms = (
        words,
        new,
        tuple(_respelt(_OLD_Y.sub("y", word), _NEW) for word in words),
        tuple(word.replace("u", "oe") for word in new),
        tuple(word.replace("y", "j") for word in new),
        tuple(_respelt(word, _OLD) for word in new),
        tuple(_FULL.get(word, word) for word in given),
    )
    return tuple(dict.fromkeys(" ".join(form) for form in forms if form))


def likeness(wanted: str, name: str) -> float:
    """How like a name is to the one that is looked for, from 0 to 100, 100 for the same sounds in any order.

    Each word that is looked for is held against the nearest word of the name, so that a single name finds a longer one;
    a word may be split or joined, and a single letter stands for any word that begins with it.
    """
    asked, there = tuple(map(_sound, words_of(wanted))), tuple(map(_sound, words_of(name)))
    if not asked or not there:
        return 0.0
    weights = [len(word) / (4 if word in _COMMON_SOUNDS else 1) for word in asked]
    nearest = [max(_like(word, other) for other in there) for word in asked]
    covered = sum(weight * like for weight, like in zip(weights, nearest, strict=True)) / sum(weights)
    whole = fuzz.token_sort_ratio(" ".join(asked), " ".join(there))
    joined = fuzz.ratio("".join(asked), "".join(there))
    return max((1 - _TIGHT) * covered + _TIGHT * whole, joined)


def near_numbers(number: str) -> list[str]:
    """Numbers that one wrong digit, or two neighbours swapped, turns into `number`."""
    found = []
    for at, sign in enumerate(number):
        if sign.isdecimal():
            found += [number[:at] + digit + number[at + 1 :] for digit in "0123456789" if digit != sign]
        if at and sign != number[at - 1]:
            found.append(number[: at - 1] + sign + number[at - 1] + number[at + 1 :])
    return found


def _like(word: str, other: str) -> float:
    if len(word) == 1:
        return 100.0 if other.startswith(word) else 0.0
    return fuzz.ratio(word, other)


@lru_cache(maxsize=16_384)
def _sound(word: str) -> str:
    """One spelling for all words that sound alike."""
    return _TWICE.sub(r"\1", _respelt(_FULL.get(word, word), _SOUND))


def _respelt(word: str, letters: tuple[tuple[str, str], ...]) -> str:
    """A word with its letters replaced from left to right, each once."""
    into = dict(letters)
    pattern = "|".join(sorted(into, key=len, reverse=True))
    return re.sub(pattern, lambda found: into[found[0]], word)


_COMMON_SOUNDS: Final = frozenset(map(_sound, _COMMON))
