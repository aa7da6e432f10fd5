"""A digest tells whether rows differ, and only among those that the same program made."""

from __future__ import annotations

import polars as pl

from risk_service.store import digests as made
from risk_service.store.digests import digests, digests_together, same_form

ROWS = pl.DataFrame({"name": ["a", "b", None, "a"], "share": [0.5, 0.5, None, 0.5], "days": [1, 1, 1, 1]})


def alike(one, other):
    both = pl.DataFrame({"one": one, "other": other})
    return both.select(same_form(pl.col("one"), pl.col("other"))).to_series().to_list()


def test_rows_that_are_the_same_have_the_same_digest_and_others_do_not():
    found = digests(ROWS).to_list()
    assert found[0] == found[3]
    assert len(set(found)) == 3
    assert len({*found, *digests(ROWS.with_columns(share=pl.col("share") + 1e-15))}) == 5


def test_digests_of_rows_together_do_not_depend_on_their_order():
    rows = ROWS.with_columns(days=pl.Series([1, 2, 3, 4]))
    once, again = (dict(digests_together(frame, ["name"], name="all").iter_rows()) for frame in (rows, rows.reverse()))
    assert once == again
    assert len(set(once.values())) == 3
    assert dict(digests_together(rows[:3], ["name"], name="all").iter_rows())["a"] != once["a"]


def test_a_digest_says_what_it_was_made_by(monkeypatch):
    of_this = digests(ROWS)
    assert alike(of_this, of_this.reverse()) == [True] * 4
    assert alike(of_this, pl.Series([None, 5, 0, -1], dtype=pl.Int64)) == [False] * 4
    assert alike(of_this, digests(ROWS.rename({"name": "word"}))) == [False] * 4
    assert alike(of_this, digests(ROWS.with_columns(days=pl.col("days").cast(pl.Int16)))) == [False] * 4

    real = pl.DataFrame.hash_rows
    monkeypatch.setattr(pl.DataFrame, "hash_rows", lambda frame: real(frame, seed=1))
    made._form.cache_clear()
    assert alike(of_this, digests(ROWS)) == [False] * 4, "another way of hashing"
    made._form.cache_clear()
