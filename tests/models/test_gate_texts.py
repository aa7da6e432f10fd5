"""What gates say: the same figures in both languages, as each writes them; and nothing where it is not known."""

from __future__ import annotations

from string import Formatter

import pytest

from models.gate_texts import SENTENCES, Told, gate_text
from models.texts import Text

RATIO = {"value": 1.034, "low": 0.5, "high": 2.0, "least": 0.8, "most": 1.25}


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_has_the_same_figures_in_both_languages(code: str) -> None:
    assert places(SENTENCES[code].id) == places(SENTENCES[code].en)


def test_numbers_are_written_as_each_language_writes_them() -> None:
    text = gate_text([Told("ratio", RATIO).to_json(), Told("same_reasons", {"same": 0.81, "least": 0.5}).to_json()])

    assert text is not None
    assert "1,03 (0,50 sampai 2,00), harus di antara 0,8 dan 1,25; " in text.id
    assert "1.03 (0.50 to 2.00), to be within 0.8 and 1.25; " in text.en
    assert ("81 %" in text.id, "81%" in text.en) == (True, True)


def test_names_take_the_place_of_codes_each_in_its_language() -> None:
    told = [Told("tells", {"term": "passport", "attribute": "sex"}).to_json()]
    text = gate_text(told, named=lambda figures: {**figures, "attribute": Text("jenis kelamin", "sex of a person")})

    assert text == Text("passport membocorkan jenis kelamin", "passport tells sex of a person")


@pytest.mark.parametrize(
    "told",
    [
        [],
        [{"code": "of_tomorrow", "figures": {}}],
        [{"code": "drawn", "figures": {"drawn": 3}}],
        [{"code": "ratio", "figures": {**RATIO, "high": "inf"}}],
        [{"code": "drawn"}],
        ["drawn"],
        [Told("directions").to_json(), {"code": "of_tomorrow", "figures": {}}],
    ],
)
def test_what_this_version_cannot_say_whole_it_does_not_say(told: list[dict[str, object]]) -> None:
    assert gate_text(told) is None
