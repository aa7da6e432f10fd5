"""How things read in the console: language, dates, numbers, codes, a probability in words, a sum in lines."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from models.texts import Text
from models.times import JAKARTA, from_us
from risk_service.console.texts import CODES, TEXTS

LOCALES: Final = {"id": Locale("id"), "en": Locale("en", "GB")}
LANGUAGES: Final = {"id": "Indonesia", "en": "English"}
_RARE: Final = 0.05
_PER_ROW: Final = 10


@dataclass(frozen=True)
class Words:
    """One language of the console."""

    language: str

    @property
    def locale(self) -> Locale:
        """Where dates and numbers take their form from."""
        return LOCALES[self.language]

    def t(self, name: str, **values: object) -> str:
        """Return a text of the console's own."""
        return self.say(TEXTS[name]).format(**values)

    def say(self, text: Text | Mapping[str, str]) -> str:
        """Return a text in this language."""
        return text[self.language] if isinstance(text, Mapping) else str(getattr(text, self.language))

    def code(self, value: str | None, kind: str) -> str:
        """Return a code of the contract in words; one that has none stays as it is."""
        if value is None:
            return "–"
        text = CODES[kind].get(value)
        return value if text is None else self.say(text)

    def country(self, code: str | None) -> str:
        """Return a country's name."""
        return "–" if code is None else str(self.locale.territories.get(code, code))

    def day(self, date: dt.date) -> str:
        """Return a date."""
        return str(format_date(date, "d MMM y", locale=self.locale))

    def moment(self, us: int) -> str:
        """Return a time as Jakarta's clock shows it."""
        return str(format_datetime(from_us(us).astimezone(JAKARTA), "d MMM y HH.mm 'WIB'", locale=self.locale))

    def stamp(self, text: str) -> str:
        """Return an ISO timestamp as `moment` does."""
        moment = dt.datetime.fromisoformat(text).astimezone(JAKARTA)
        return str(format_datetime(moment, "d MMM y HH.mm 'WIB'", locale=self.locale))

    def days(self, number: int | None) -> str:
        """Return how far away a day is."""
        if number is None:
            return self.t("no_date")
        if number < 0:
            return self.t("days_past", n=-number)
        return self.t("today") if number == 0 else self.t("day_left") if number == 1 else self.t("days_left", n=number)

    def away(self, date: dt.date, today: dt.date) -> str:
        """Return how far a date is from today."""
        return self.days((date - today).days)

    def signed(self, value: float) -> str:
        """Return a number of log-odds with its sign."""
        return str(format_decimal(value, "+0.00;−0.00", locale=self.locale)) if round(value, 2) else "0"

    def share(self, value: float) -> str:
        """Return a share in per cent."""
        return str(format_percent(value, "0.0 %" if value < _RARE else "0 %", locale=self.locale))

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return what templates use as filters."""
        names = ("say", "code", "country", "day", "moment", "stamp", "days", "away", "signed", "share")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Dot:
    """One of the similar cases, drawn."""

    x: int
    y: int
    kind: str


@dataclass(frozen=True)
class InWords:
    """A probability in words, and as dots."""

    text: str
    dots: tuple[Dot, ...]
    rows: int


def in_words(words: Words, probability: float | None, low: float | None, high: float | None) -> InWords | None:
    """Return a probability and its interval as so many of ten (or, where they are few, of a hundred) similar cases.

    Parameters
    ----------
    probability, low, high
        Between 0 and 1, ``low <= probability <= high``; None: there is none, and None is returned.
    """
    if probability is None or low is None or high is None:
        return None
    of = 100 if probability < _RARE else 10
    n = max(0, round(probability * of))
    least, most = min(n, math.floor(low * of + 1e-9)), max(n, math.ceil(high * of - 1e-9))
    text = words.t("words_rare" if of == 100 else "words", n=n, low=least, high=most)
    dots = tuple(
        Dot(
            x=at % _PER_ROW * 20 + 10,
            y=at // _PER_ROW * 20 + 10,
            kind="on" if at < n else "may" if at < most else "off",
        )
        for at in range(of)
    )
    return InWords(text, dots, of // _PER_ROW)


@dataclass(frozen=True)
class Line:
    """One line of the sum, and its bar from -50 to 50.

    `value` is exact; `shown` is rounded so that the lines add up to the total as a reader sees it, too.
    """

    text: str
    value: float
    shown: float
    record: Mapping[str, Any] | None
    x: float
    width: float


def sum_lines(words: Words, score: Mapping[str, Any]) -> list[Line]:
    """Return base, reasons and the rest as lines; they add up to ``log_odds`` exactly."""
    if score["log_odds"] is None:
        return []
    parts = [(words.t("base"), score["base"], None)]
    parts += [(words.say(reason["text"]), reason["contribution"], reason["record"]) for reason in score["reasons"]]
    parts.append((words.t("other"), score["other"], None))
    longest = max((abs(value) for _, value, _ in parts), default=0.0) or 1.0
    shown = [round(value, 2) for _, value, _ in parts]
    shown[-1] = round(round(score["log_odds"], 2) - sum(shown[:-1]), 2)
    return [
        Line(
            text,
            value,
            seen,
            record,
            x=round(min(0.0, value) / longest * 48, 2),
            width=round(abs(value) / longest * 48, 2),
        )
        for (text, value, record), seen in zip(parts, shown, strict=True)
    ]
