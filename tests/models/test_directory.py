"""Which office does a step where: the same answer however often and in whatever order it is asked for."""

from __future__ import annotations

import polars as pl
import pytest

from models import directory
from models.directory import Directory
from models.schema import FEEDS

ROWS = [
    ("O-1", "bp3mi", "Satu", "74", None),
    ("O-2", "disnaker", "Dua", "74.71", "+62"),
    ("O-3", "disnaker", "Tiga", "74", None),
    ("O-4", "insurer", "Empat", None, None),
]
ASKED = [
    (kinds, region, own)
    for kinds in (("bp3mi",), ("disnaker",), ["disnaker"], ("insurer", "bp3mi"), ("clinic",))
    for region in ("74.71", "74.02", "52", None)
    for own in ("O-1", "O-9", None)
]


def offices() -> pl.DataFrame:
    schema = {name: FEEDS["offices"].frame_schema[name] for name in ("office_id", "kind", "name", "region", "phone")}
    return pl.DataFrame(ROWS, schema=schema, orient="row")


def ids(found: Directory, order: list[int]) -> dict[int, str | None]:
    answers = {at: found.find(*ASKED[at]) for at in order}
    return {at: None if office is None else office.office_id for at, office in answers.items()}


@pytest.mark.parametrize("kept", [4096, 3, 1])
def test_an_answer_does_not_depend_on_what_was_asked_before(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "_KEPT", kept)
    every = list(range(len(ASKED)))
    alone = {at: ids(Directory(offices()), [at])[at] for at in every}
    assert len(set(alone.values())) > 4
    asked = Directory(offices())
    for order in (every, every[::-1], every[::2] + every[1::2]):
        assert ids(asked, order) == alone
    assert len(asked._found) <= kept
