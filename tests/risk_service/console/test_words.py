from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import risk_service.console
from models.texts import Text
from risk_service.console.texts import BANDS, CODES, LANES, TEXTS, merged
from risk_service.console.words import Words, in_words, sum_lines

ID, EN = Words("id"), Words("en")
CONSOLE = Path(risk_service.console.__file__).parent
GUARDED = re.compile(r"\b(guilty|suspects?|block(ed|s|ing)?|bersalah|tersangka|cekal|blokir)\b", re.IGNORECASE)


def every_text():
    for texts in (TEXTS, BANDS, LANES, *CODES.values()):
        yield from texts.values()


def test_every_text_is_there_in_both_languages():
    for text in every_text():
        assert text.id.strip()
        assert text.en.strip()
        assert set(re.findall(r"{(\w+)}", text.id)) == set(re.findall(r"{(\w+)}", text.en))


def test_no_text_and_no_template_accuses():
    for text in every_text():
        assert not GUARDED.search(text.id)
        assert not GUARDED.search(text.en)
    for template in CONSOLE.rglob("*.html"):
        words = re.sub(r"{%.*?%}", "", template.read_text())  # Jinja's own "block"
        assert not GUARDED.search(words), template.name


def test_templates_take_every_word_from_the_texts():
    for template in CONSOLE.rglob("*.html"):
        used = set(re.findall(r"\bt\([\"']([a-z_0-9]+)[\"'][,)]", template.read_text()))
        assert used <= set(TEXTS), template.name


def test_a_text_belongs_to_one_section():
    twice = {"frame": {"a": Text("a", "a")}, "case": {"b": Text("b", "b"), "a": Text("a", "a")}}

    with pytest.raises(ValueError, match="'a' is in the sections 'frame' and 'case'"):
        merged(twice)


def test_dates_times_and_numbers_read_as_each_language_writes_them():
    assert (ID.day(dt.date(2025, 8, 17)), EN.day(dt.date(2025, 8, 17))) == ("17 Agu 2025", "17 Aug 2025")
    assert ID.stamp("2025-09-10T16:59:59Z") == "10 Sep 2025 23.59 WIB"
    assert (ID.signed(-1.25), EN.signed(1.25), ID.signed(0.001)) == ("−1,25", "+1.25", "0")
    assert (ID.share(0.31), ID.share(0.0123)) == ("31 %", "1,2 %")
    assert (ID.country("HK"), ID.country("XX"), ID.country(None)) == ("Hong Kong DAK Tiongkok", "XX", "–")


@pytest.mark.parametrize(("days", "text"), [(0, "hari ini"), (1, "besok"), (5, "5 hari lagi"), (-2, "2 hari lalu")])
def test_days_read_as_a_distance(days, text):
    assert ID.days(days) == text


def test_a_probability_reads_as_so_many_of_ten():
    found = in_words(ID, 0.31, 0.22, 0.47)

    assert found is not None
    assert found.text == "Dari 10 berkas serupa, sekitar 3 berangkat nonprosedural (antara 2 dan 5)."
    assert [dot.kind for dot in found.dots] == ["on"] * 3 + ["may"] * 2 + ["off"] * 5


def test_a_small_probability_reads_as_so_many_of_a_hundred():
    found = in_words(EN, 0.02, 0.01, 0.04)

    assert found is not None
    assert found.text.startswith("Of 100 similar cases, about 2")
    assert len(found.dots) == 100


def test_no_probability_has_no_words():
    assert in_words(ID, None, None, None) is None


probabilities = st.tuples(*[st.floats(0, 1)] * 3).map(sorted)


@given(probabilities)
def test_the_words_never_leave_the_interval_out_of_order(values):
    low, probability, high = values
    found = in_words(EN, probability, low, high)

    assert found is not None
    of, n, least, most = (int(number) for number in re.findall(r"\d+", found.text))
    assert 0 <= least <= n <= most <= of


@given(st.lists(st.integers(-(2**42), 2**42).map(lambda n: n * 2.0**-40), min_size=2, max_size=7))
def test_the_lines_of_the_sum_add_up_exactly_and_as_shown(parts):
    base, other, *reasons = parts
    score = {
        "base": base,
        "other": other,
        "log_odds": sum(parts),
        "reasons": [{"text": {"id": "a", "en": "b"}, "contribution": value, "record": None} for value in reasons],
    }

    lines = sum_lines(ID, score)

    assert sum(line.value for line in lines) == score["log_odds"]
    assert round(sum(line.shown for line in lines), 2) == round(score["log_odds"], 2)
    assert all(-50 <= line.x <= 0 and 0 <= line.width <= 50 for line in lines)


def test_a_case_without_a_score_has_no_sum():
    assert sum_lines(ID, {"log_odds": None}) == []
