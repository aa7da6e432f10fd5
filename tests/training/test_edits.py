"""Tables edited by hand: what each edit does, what it leaves alone, and when it is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.directions import direction_violations
from models.terms import Axis, Term, Terms, to_grid
from tests.models.builders import random_block, random_terms, seeds
from tests.training.frames import QUICK, SPECS, frame
from training.edits import Edit, EditError, Edits, apply_edits, check_directions, untouched
from training.engines.additive import Fit, fit_additive
from training.engines.spec import Spec

#: Pairs enter easily, so that edits meet some.
EASILY = replace(QUICK, pairs=replace(QUICK.pairs, enough=0.6, by_chance=20.0))
CODES = ("f0", "f1", "f2", "f3", "f4")


def _edits(kind: str, term: str, *, limit: float | None = None, kept: Terms | None = None) -> Edits:
    made = Edit(kind=kind, term=term, limit=limit, reason="too harsh", by="Analyst", at="2026-01-05")  # type: ignore[arg-type]
    return Edits([made], {} if kept is None else {term: kept})


def _parts(terms: Terms, X: np.ndarray) -> dict[str, np.ndarray]:
    found = terms.group_contributions(X)
    return {group.code: found[:, j] for j, group in enumerate(terms.groups)}


@given(seeds, st.sampled_from(CODES))
@settings(max_examples=40)
def test_a_flattened_reason_says_nothing_and_all_others_what_they_said(seed: int, code: str) -> None:
    rng = np.random.default_rng(seed)
    terms = random_terms(rng)
    X = random_block(rng, terms, 80)
    edits = _edits("flatten", code)
    after = apply_edits(terms, edits, strict=False)
    assert code not in _parts(after, X)
    assert untouched(terms, after, edits, X)


@given(seeds, st.sampled_from(CODES), st.floats(0.05, 4))
@settings(max_examples=60)
def test_a_capped_reason_is_what_it_was_within_the_limit_and_the_limit_beyond(
    seed: int, code: str, limit: float
) -> None:
    rng = np.random.default_rng(seed)
    terms = random_terms(rng)
    X = random_block(rng, terms, 120)
    edits = _edits("cap", code, limit=limit)
    after = apply_edits(terms, edits, strict=False)
    bound = float(to_grid(limit))
    before = _parts(terms, X).get(code, np.zeros(len(X)))
    assert np.array_equal(_parts(after, X).get(code, np.zeros(len(X))), np.clip(before, -bound, bound))
    assert untouched(terms, after, edits, X)


@given(seeds, seeds, st.sampled_from(CODES))
@settings(max_examples=60)
def test_a_frozen_reason_says_what_it_said_in_the_other_release_whatever_the_bins(
    seed: int, other: int, code: str
) -> None:
    rng = np.random.default_rng(seed)
    terms, kept = random_terms(rng), random_terms(np.random.default_rng(other))
    X = np.vstack([random_block(rng, terms, 60), random_block(rng, kept, 60)])
    edits = _edits("freeze", code, kept=kept)
    after = apply_edits(terms, edits)
    nothing = np.zeros(len(X))
    assert np.array_equal(_parts(after, X).get(code, nothing), _parts(kept, X).get(code, nothing))
    assert untouched(terms, after, edits, X)


def test_edits_are_made_one_after_the_other() -> None:
    terms = random_terms(np.random.default_rng(4))
    X = random_block(np.random.default_rng(5), terms, 100)
    both = _edits("flatten", "f1").then(_edits("cap", "f0", limit=0.5))
    after = apply_edits(terms, both)
    assert "f1" not in _parts(after, X)
    assert np.abs(_parts(after, X)["f0"]).max() <= 0.5
    assert [edit["kind"] for edit in both.to_json()] == ["flatten", "cap"]
    assert Edits.kept_in(both.to_json(), after).to_json() == both.to_json()


def test_an_edit_that_finds_nothing_to_change_is_refused_by_name() -> None:
    terms = random_terms(np.random.default_rng(4))
    with pytest.raises(EditError, match=r"no reason 'nothing' to flatten.*There are: f0, f1"):
        apply_edits(terms, _edits("flatten", "nothing"))
    with pytest.raises(EditError, match=r"f1 never contributes more than .*; a cap of 500 is no change"):
        apply_edits(terms, _edits("cap", "f1", limit=500.0))
    assert apply_edits(terms, _edits("flatten", "nothing"), strict=False) is terms


def test_an_edit_needs_a_reason_somebody_and_a_limit() -> None:
    with pytest.raises(EditError, match="has no reason or nobody"):
        Edit(kind="flatten", term="f1", reason=" ", by="Analyst", at="2026-01-05")
    for limit in (None, 0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(EditError, match="more than 0 log-odds"):
            _edits("cap", "f1", limit=limit)


def test_a_feature_that_is_another_one_there_is_refused() -> None:
    terms = random_terms(np.random.default_rng(4))
    axes = [Axis("f4", 4, np.empty(0), 2), Axis("f0", 0, np.array([0.0]))]
    kept = Terms(base=0.0, axes=axes, terms=[Term(("f4", "f0"), np.ones((3, 3)))])
    with pytest.raises(EditError, match="f4 is another feature"):
        apply_edits(terms, _edits("freeze", "f4*f0", kept=kept).then(Edits()))


def test_an_edit_that_breaks_a_direction_is_refused_and_says_what_belongs_together() -> None:
    """The pair alone need not rise: its main makes up for it, and without the main the total falls."""
    axes = [Axis("a", 0, np.array([0.0])), Axis("b", 1, np.array([0.0]))]
    main = Term(("a",), np.array([-1.0, 1.0, -1.0]))
    pair = Term(("a", "b"), np.array([[0.5, -0.5, 0.0], [-0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]))
    terms = Terms(base=0.0, axes=axes, terms=[main, pair])
    specs = [Spec(name="a", column=0, direction=1, can_miss=False), Spec(name="b", column=1)]
    assert direction_violations(terms, specs) == []
    edits = _edits("flatten", "a")
    with pytest.raises(
        EditError, match=r"After flatten a 1 directions are broken.*a speaks through a\*b too: flatten that"
    ):
        check_directions(apply_edits(terms, edits), specs, edits)
    together = edits.then(_edits("flatten", "a*b"))
    check_directions(apply_edits(terms, together), specs, together)


def _fit(seed: int) -> Fit:
    data = frame(500, seed)
    return fit_additive(data.X, data.y, weight=data.weight, groups=data.groups, specs=SPECS, seed=1, settings=EASILY)


def _without_pairs(fit: Fit, name: str) -> Edits:
    edits = Edits()
    for group in fit.terms.groups:
        if name in group.features and len(group.features) == 2:
            edits = edits.then(_edits("flatten", group.code))
    return edits


def test_the_law_holds_after_a_cap_of_a_step_with_the_days_to_departure() -> None:
    fit = _fit(9)
    assert "steps*days" in [term.name for term in fit.terms.terms]
    alone = _without_pairs(fit, "steps")
    largest = float(np.abs(_parts(fit.terms, frame(500, 9).X)["steps"]).max())
    for share in (0.9, 0.5, 0.1):
        edits = alone.then(_edits("cap", "steps", limit=share * largest))
        check_directions(apply_edits(fit.terms, edits), SPECS, edits)


def test_a_reason_frozen_from_an_earlier_fit_keeps_the_law_and_its_table() -> None:
    before, later = _fit(3), _fit(8)
    X = frame(300, 9).X
    edits = _without_pairs(later, "licence").then(_edits("freeze", "licence", kept=before.terms))
    after = apply_edits(later.terms, edits)
    check_directions(after, SPECS, edits)
    assert np.array_equal(_parts(after, X)["licence"], _parts(before.terms, X)["licence"])
    assert np.array_equal(_parts(after, X)["steps"], _parts(later.terms, X)["steps"])
