from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_service.services.search import LIKE_ENOUGH
from risk_service.services.spelling import likeness, near_numbers, spellings, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Soekarno", "Sukarno"),
        ("Djoko Tjahjono", "Joko Cahyono"),
        ("Jusuf", "Yoesoef"),
        ("Muh. Arifin", "Mohammad Arifin"),
        ("Moch. Sjarif", "Muhamad Syarif"),
        ("St. Aminah", "Siti Aminah"),
        ("Achmad", "Akhmad"),
        ("Nur Hayati", "Nurhayati"),
        ("Hj. Siti Rohani", "Siti Rohani"),
    ],
)
def test_one_name_in_two_spellings_is_one_name(one, other):
    assert likeness(one, other) > 97
    assert likeness(other, one) > 75


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Amniah", "Siti Aminah"),
        ("Siti Rahyau", "Siti Rahayu"),
        ("Aminah", "Siti Aminah binti Ali"),
        ("Hidayt", "Hidayat"),
    ],
)
def test_a_typing_error_or_a_part_is_like_enough(typed, name):
    assert likeness(typed, name) >= LIKE_ENOUGH


@pytest.mark.parametrize(
    ("typed", "name"), [("Budi", "Rudi"), ("Ketut", "Kadek"), ("Budi Santoso", "Agus Santoso"), ("Ayu", "Ali")]
)
def test_another_name_is_not(typed, name):
    assert likeness(typed, name) < LIKE_ENOUGH


def test_old_and_new_letters_are_looked_for_both_ways():
    assert "sukarno" in spellings("Soekarno")
    assert "soekarno" in spellings("Sukarno")
    assert "yusuf" in spellings("Jusuf")
    assert "jusuf" in spellings("Yusuf")
    assert "djoedjoek" in spellings("Jujuk")


def test_common_first_names_and_titles_give_way_unless_there_is_nothing_else():
    assert spellings("Muh. Arifin")[0] == "arifin"
    assert spellings("Muhammad")[0] == "muhammad"
    assert words_of("H. Ali bin Umar") == ("ali", "umar")
    assert words_of("Haji") == ("haji",)
    assert spellings("123 .") == ()


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_a_share_whatever_is_typed(one, other):
    assert 0 <= likeness(one, other) <= 100
    assert all(spelling.strip() for spelling in spellings(one))


def test_numbers_nearby_have_one_digit_changed_or_two_swapped():
    near = near_numbers("A120")

    assert {"A121", "A920", "A210", "A102", "1A20"} <= set(near)
    assert "A120" not in near
    assert "B120" not in near
