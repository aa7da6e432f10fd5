"""How things read in the console: language, dates, numbers, codes, a probability in words, a sum in lines."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from models.schema import FEEDS
from models.texts import Text
from models.times import date_of, from_us, parse_moment
from risk_service.console.texts import CODES, TEXTS
from risk_service.geography import CLOCKS, region_name
from risk_service.occupations import occupation

LOCALES: Final = {"id": Locale("id"), "en": Locale("en", "GB")}
LANGUAGES: Final = {"id": "Indonesia", "en": "English"}
_KINDS: Final = {field.name: field.kind for feed in FEEDS.values() for field in feed.fields}
_KINDS_OF_CODES: Final = {"step": ("step_title",), "issuer": ("office_kind",), "kind": ("office_kind", "agency_kind")}
FILTERS: Final = (
    "say", "code", "country", "region", "occupation", "value",
    "day", "month", "moment", "stamp", "until", "days", "away", "signed", "share",
)  # fmt: skip
"""Methods of `Words` that templates use as filters."""
_RARE: Final = 0.05
_PER_ROW: Final = 10


@dataclass(frozen=True)
class Words:
    """One language of the console, and one of Indonesia's three clocks.

    Parameters
    ----------
    language
        One of `LANGUAGES`.
    hours_east
        How many hours the clock is ahead of UTC, one of `CLOCKS`.
    """

    language: str
    hours_east: int = 7

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
        """Return a time as the clock shows it."""
        return self._on_the_clock(from_us(us))

    def stamp(self, text: str) -> str:
        """Return an ISO timestamp as `moment` does."""
        return self._on_the_clock(dt.datetime.fromisoformat(text))

    def until(self, text: str) -> str:
        """Return the Jakarta day of an ISO date or timestamp."""
        return self.day(dt.date.fromisoformat(text) if len(text) == len("2025-09-01") else date_of(parse_moment(text)))

    def region(self, code: str | None) -> str:
        """Return a region's name; of one that is not known, its code."""
        return "–" if code is None else region_name(code) or code

    def occupation(self, code: str | None) -> str:
        """Return an occupation's name and code."""
        return "–" if code is None else self.say(occupation(code))

    def value(self, value: Any, name: str) -> str:
        """Return the value of a field of the contract as it reads; `name` is the field's."""
        if isinstance(value, bool):
            return self.t("yes" if value else "no")
        if isinstance(value, int | float):
            return str(format_decimal(value, locale=self.locale))
        for kind in (name, *_KINDS_OF_CODES.get(name, ())):
            if value in CODES.get(kind, {}):
                return self.code(value, kind)
        read = {"date": lambda: self.day(dt.date.fromisoformat(value)), "timestamp": lambda: self.stamp(value)} | {
            "country": lambda: self.country(value),
            "countries": lambda: ", ".join(self.country(code) for code in value.split(";")),
            "region": lambda: self.region(value),
            "occupation": lambda: self.occupation(value),
        }
        return read.get(_KINDS.get(name, ""), lambda: str(value))()

    def month(self, date: dt.date) -> str:
        """Return a month, short, with its year where it is January."""
        return str(format_date(date, "MMM y" if date.month == 1 else "MMM", locale=self.locale))

    def _on_the_clock(self, moment: dt.datetime) -> str:
        there = moment.astimezone(dt.timezone(dt.timedelta(hours=self.hours_east)))
        return str(format_datetime(there, f"d MMM y HH.mm '{CLOCKS[self.hours_east]}'", locale=self.locale))

    def days(self, number: int | None) -> str:
        """Return how far away a day is."""
        if number is None:
            return self.t("no_date")
        if number < 0:
            return self.t("day_past") if number == -1 else self.t("days_past", n=-number)
        return self.t("today") if number == 0 else self.t("day_left") if number == 1 else self.t("days_left", n=number)

    def away(self, date: dt.date, today: dt.date) -> str:
        """Return how far a date is from today."""
        return self.days((date - today).days)

    def signed(self, value: float) -> str:
        """Return a number of log-odds with its sign."""
        return str(format_decimal(value, "+0.00;−0.00", locale=self.locale)) if round(value, 2) else "0"

    def share(self, value: float) -> str:
        """Return a share in per cent."""
        return _share(value, self.language)


def country_code(typed: str) -> str:
    """Return the code of a country that was typed by name, in either language; what is no name, in capitals."""
    wanted = typed.strip().casefold()
    return next((code for locale in LOCALES.values() for code, name in _names(locale) if name == wanted), typed.upper())


def _names(locale: Locale) -> list[tuple[str, str]]:
    return [(code, name.casefold()) for code, name in locale.territories.items() if len(code) == 2 and code.isalpha()]


@lru_cache(maxsize=4096)
def _share(value: float, language: str) -> str:
    return str(format_percent(value, "0.0 %" if value < _RARE else "0 %", locale=LOCALES[language]))


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
    """One line of the sum: a step of the waterfall, from where the line before ended.

    `value` is exact; `shown` is rounded so that the lines add up to the total as a reader sees it, too. `x` and `width`
    are in per cent of the drawing, `start` and `end` the places of the running total before and after.
    """

    text: str
    value: float
    shown: float
    record: Mapping[str, Any] | None
    x: float
    width: float
    start: float
    end: float


@dataclass(frozen=True)
class Sum:
    """The waterfall: its lines, the total, and where nought is."""

    lines: tuple[Line, ...]
    total: Line
    zero: float


def sum_lines(words: Words, score: Mapping[str, Any]) -> Sum | None:
    """Return base, reasons and the rest as lines; they add up to ``log_odds`` exactly. None without a score."""
    if score["log_odds"] is None:
        return None
    parts = [(words.t("base"), score["base"], None)]
    parts += [(words.say(reason["text"]), reason["contribution"], reason["record"]) for reason in score["reasons"]]
    parts.append((words.t("other"), score["other"], None))
    running = [0.0]
    for _, value, _ in parts:
        running.append(running[-1] + value)
    low, high = min(running), max(running)
    shown = [round(value, 2) for _, value, _ in parts]
    shown[-1] = round(round(score["log_odds"], 2) - sum(shown[:-1]), 2)

    def place(value: float) -> float:
        return round(2 + 96 * (value - low) / ((high - low) or 1.0), 2)

    def line(part: tuple[str, float, Any], seen: float, start: float, end: float) -> Line:
        text, value, record = part
        left, right = place(min(start, end)), place(max(start, end))
        return Line(text, value, seen, record, left, round(right - left, 2), place(start), place(end))

    lines = tuple(
        line(part, seen, start, end)
        for part, seen, start, end in zip(parts, shown, running[:-1], running[1:], strict=True)
    )
    total = line((words.t("total"), score["log_odds"], None), round(score["log_odds"], 2), 0.0, running[-1])
    return Sum(lines, total, place(0.0))
