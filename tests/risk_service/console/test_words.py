from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import risk_service.console
from models.schema import FEEDS
from models.texts import Text
from risk_service.console.texts import BANDS, CODES, LANES, TEXTS, merged
from risk_service.console.words import Words, in_words, sum_lines
from risk_service.geography import hours_east

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
    assert (ID.until("2025-01-14"), ID.until("2025-09-10T16:59:59.999999Z")) == ("14 Jan 2025", "10 Sep 2025")
    assert (ID.signed(-1.25), EN.signed(1.25), ID.signed(0.001)) == ("−1,25", "+1.25", "0")
    assert (ID.share(0.31), ID.share(0.0123)) == ("31 %", "1,2 %")
    assert (ID.country("HK"), ID.country("XX"), ID.country(None)) == ("Hong Kong DAK Tiongkok", "XX", "–")


@pytest.mark.parametrize(
    ("days", "text"), [(0, "hari ini"), (1, "besok"), (5, "5 hari lagi"), (-1, "kemarin"), (-2, "2 hari lalu")]
)
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

    found = sum_lines(ID, score)

    assert found is not None
    assert sum(line.value for line in found.lines) == score["log_odds"] == found.total.value
    assert round(sum(line.shown for line in found.lines), 2) == found.total.shown


@given(st.lists(st.integers(-(2**42), 2**42).map(lambda n: n * 2.0**-40), min_size=2, max_size=7))
def test_every_line_of_the_waterfall_begins_where_the_one_before_ended(parts):
    base, other, *reasons = parts
    text = {"id": "a", "en": "b"}
    score = {"base": base, "other": other, "log_odds": sum(parts)} | {
        "reasons": [{"text": text, "contribution": value, "record": None} for value in reasons]
    }

    found = sum_lines(EN, score)

    assert found is not None
    starts, ends = [line.start for line in found.lines], [line.end for line in found.lines]
    assert starts == [found.zero, *ends[:-1]]
    assert found.total.end == ends[-1]
    assert all(line.x >= 0 and line.x + line.width <= 100 for line in (*found.lines, found.total))


def test_a_case_without_a_score_has_no_sum():
    assert sum_lines(ID, {"log_odds": None}) is None


@pytest.mark.parametrize(("hours", "read"), [(7, "23.59 WIB"), (8, "00.59 WITA"), (9, "01.59 WIT")])
def test_times_are_shown_on_the_clock_of_the_region(hours, read):
    assert Words("id", hours).stamp("2025-09-10T16:59:59Z").endswith(read)


def test_every_field_that_a_record_can_show_has_a_name_and_its_codes_have_words():
    for feed in FEEDS.values():
        for field in feed.fields:
            if field.sensitive:
                continue
            assert field.name in CODES["field"], field.name
            for code in field.codes if feed.name not in ("outcomes", "incidents") else ():
                assert ID.value(code, field.name) != code or code.isupper() or code in SAME, (field.name, code)


SAME = {"transit", "umrah"}
"""Codes that are Indonesian words."""


@pytest.mark.parametrize(
    ("value", "name", "read"),
    [
        (True, "licensed_tour", "ya"),
        (1500000, "amount_idr", "1.500.000"),
        ("2025-08-17", "registered_on", "17 Agu 2025"),
        ("2025-08-17T01:00:00Z", "departure_at", "17 Agu 2025 08.00 WIB"),
        ("MY;SG", "transit_countries", "Malaysia, Singapura"),
        ("74.71", "branch_region", "Kota Kendari"),
        ("passport", "step", "Paspor"),
        ("P-7", "permit_id", "P-7"),
    ],
)
def test_the_values_of_a_record_read_as_words(value, name, read):
    assert ID.value(value, name) == read


@pytest.mark.parametrize("region", ["91.71", "94.01", "81.71", "82"])
def test_the_clock_of_an_office_in_the_east_is_wit(region):
    assert Words("id", hours_east(region)).moment(1_756_141_140_000_000).endswith(" WIT")


def test_whatever_scrolls_sideways_is_reached_by_keyboard_and_has_a_name():
    scrolling = [
        tag
        for path in sorted((CONSOLE / "templates").rglob("*.html"))
        for tag in re.findall(r'<[^<>]*class="scroll[^<>]*>', path.read_text(encoding="utf-8"))
    ]

    assert scrolling
    for tag in scrolling:
        assert 'tabindex="0"' in tag, tag
        assert 'role="group"' in tag or 'role="region"' in tag, tag
        assert "aria-label" in tag, tag


def test_every_text_is_used():
    parts = [path for path in CONSOLE.rglob("*") if path.suffix in (".html", ".py") and path.parent.name != "texts"]
    source = "\n".join(path.read_text(encoding="utf-8") for path in parts)
    begun = re.findall(r"""\bt\(\s*["']([a-z_]+_)["']\s*~|f["']([a-z_]+_){""", source)
    made_of = tuple(one or other for one, other in begun)
    unused = [name for name in TEXTS if not re.search(rf"""["']{name}["']""", source) and not name.startswith(made_of)]
    assert not unused
