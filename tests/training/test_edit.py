"""A release made of another by an analyst's edits: what is kept, what is judged again, what is signed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.directions import direction_violations
from models.errors import ReleaseError
from models.features.catalogue import CATALOGUE
from models.registry import generate_keys, load_private_key, load_release, load_trusted_keys, publish_release
from models.registry.keys import TrustedKeys
from models.terms import Terms
from tests.training.frames import QUICK
from tests.training.small import SETTINGS, Small, small
from training.card import card
from training.edit import Base, edit_release, edits_of, load_base
from training.edits import Edit, EditError, Edits, apply_edits
from training.fit import Trained, learn
from training.frozen import Frozen

#: The test on later departures is left out here: it is that of every training.
QUICKLY = replace(SETTINGS, backtest_days=1)
WHY = {"reason": "the offices doubt it", "by": "Analyst Sari", "at": "2026-01-05T10:00:00Z"}


@pytest.fixture(scope="module")
def world() -> Small:
    return small()


@pytest.fixture(scope="module")
def registry(world: Small, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ed25519PrivateKey, TrustedKeys]:
    folder = tmp_path_factory.mktemp("edit")
    generate_keys(folder / "keys" / "signing.key", folder / "keys" / "trusted")
    key, trusted = load_private_key(folder / "keys" / "signing.key"), load_trusted_keys(folder / "keys" / "trusted")
    made = world.trained
    publish_release(folder / "registry", made.release, key, card="# first", analyst=made.analyst_files())
    return folder / "registry", key, trusted


@pytest.fixture(scope="module")
def base(world: Small, registry: tuple[Path, Ed25519PrivateKey, TrustedKeys]) -> Base:
    return load_base(registry[0], world.trained.release.name, registry[2])


def _strongest(terms: Terms) -> str:
    """A reason of one feature that belongs to no pair, the strongest of them."""
    paired = {name for group in terms.groups if len(group.features) == 2 for name in group.features}
    free = [g for g in terms.groups if len(g.features) == 1 and g.features[0] not in paired]
    return max(free, key=lambda g: max(np.abs(terms.terms[i].values).max() for i in g.terms)).code


def _edited(base: Base, world: Small, *made: Edit) -> Trained:
    edits = edits_of(made, [base.release])
    return edit_release(
        base, edits, world.feeds, world.stamps, world.until_us, rules=world.rules, simulated=True, settings=QUICKLY
    )


@pytest.fixture(scope="module")
def flattened(base: Base, world: Small) -> Trained:
    return _edited(base, world, Edit(kind="flatten", term=_strongest(base.release.terms), **WHY))


def test_the_edited_reason_is_gone_and_every_other_says_what_it_said_to_the_last_bit(
    flattened: Trained, base: Base, world: Small
) -> None:
    code, x = _strongest(base.release.terms), world.trained.data.snapshots.X
    before, after = base.release.terms, flattened.release.terms
    ours, theirs = before.group_contributions(x), after.group_contributions(x)
    codes = [group.code for group in after.groups]
    assert codes == [group.code for group in before.groups if group.code != code]
    for j, group in enumerate(before.groups):
        if group.code != code:
            assert np.array_equal(ours[:, j], theirs[:, codes.index(group.code)])
    assert direction_violations(after, CATALOGUE) == []


def test_the_manifest_and_the_card_record_what_was_edited_why_by_whom_and_when(flattened: Trained, base: Base) -> None:
    manifest = flattened.release.manifest
    code = _strongest(base.release.terms)
    assert manifest.edits == [{"kind": "flatten", "term": code, **WHY}]
    assert manifest.figures["edited_from"] == base.release.name
    assert manifest.name != base.release.name
    text = card(flattened.release)
    assert f"| flatten | `{code}` | the offices doubt it | Analyst Sari | 2026-01-05 |" in text
    assert base.release.name in text
    assert "Suntingan" not in card(base.release)


def test_calibration_is_made_again_from_held_out_scores_with_the_edit(
    flattened: Trained, base: Base, world: Small
) -> None:
    before, after = world.trained.learned.held_out, flattened.learned.held_out
    assert np.array_equal(before.label, after.label)
    assert not np.array_equal(before.log_odds, after.log_odds)
    terms, x = base.release.terms, world.trained.data.snapshots.X
    j = [group.code for group in terms.groups].index(_strongest(terms))
    taken_out = terms.group_contributions(x)[:, j]
    assert np.corrcoef(before.log_odds - after.log_odds, taken_out)[0, 1] > 0.8
    assert base.release.calibration is not None
    assert flattened.release.calibration is not None
    assert flattened.release.calibration.to_json() != base.release.calibration.to_json()


def test_the_gates_are_judged_again_and_one_says_what_was_edited(flattened: Trained, base: Base) -> None:
    gates = flattened.release.manifest.gates
    assert set(gates) == {*base.release.manifest.gates, "edits"}
    assert gates["edits"]["holds"]
    assert f"flatten {_strongest(base.release.terms)}" in gates["edits"]["says"]
    assert gates["stable_reasons"]["says"] != base.release.manifest.gates["stable_reasons"]["says"]


def test_an_edited_release_can_be_published_loaded_and_edited_again(
    flattened: Trained, world: Small, registry: tuple[Path, Ed25519PrivateKey, TrustedKeys]
) -> None:
    folder, key, trusted = registry
    name = publish_release(folder, flattened.release, key, card="# edited", analyst=flattened.analyst_files())
    assert load_release(folder, name, trusted).manifest.edits == flattened.release.manifest.edits
    again = load_base(folder, name, trusted)
    assert again.learned_terms.base == world.trained.release.terms.base
    capped = Edit(kind="cap", term=_strongest(flattened.release.terms), limit=0.01, **WHY)
    both = again.edits.then(edits_of([capped], []))
    assert [edit.kind for edit in both.made] == ["flatten", "cap"]
    fit = again.fit(QUICKLY)
    assert len(apply_edits(fit.terms, both).groups) == len(fit.terms.groups) - 1


def test_edits_are_carried_into_the_next_training(flattened: Trained, base: Base, world: Small) -> None:
    kept = Edits.kept_in(flattened.release.manifest.edits, flattened.release.terms)
    frozen = edits_of([Edit(kind="freeze", term="steps_orderly", source=base.release.name, **WHY)], [base.release])
    assert frozen.made[0].source_until == "2025-09-01"
    data: Frozen = world.trained.data
    x = data.snapshots.X
    other = replace(SETTINGS, seed=11, engine=QUICK)
    fresh = learn(data, settings=other)
    pairs = [g.code for g in fresh.fit.terms.groups if "steps_orderly" in g.features and len(g.features) == 2]
    flat = edits_of([Edit(kind="flatten", term=code, **WHY) for code in pairs], [])
    edited = learn(data, settings=other, edits=kept.then(flat).then(frozen))
    code = _strongest(base.release.terms)
    assert code in [group.code for group in fresh.fit.terms.groups]
    assert code not in [group.code for group in edited.fit.terms.groups]

    def said(terms: Terms) -> np.ndarray:
        codes = [group.code for group in terms.groups]
        return terms.group_contributions(x)[:, codes.index("steps_orderly")]

    assert np.array_equal(said(edited.fit.terms), said(base.release.terms))
    assert not np.array_equal(said(fresh.fit.terms), said(base.release.terms))


def test_what_cannot_be_edited_is_refused_before_anything_is_computed(base: Base, world: Small) -> None:
    with pytest.raises(EditError, match="no reason 'sex' to flatten"):
        _edited(base, world, Edit(kind="flatten", term="sex", **WHY))
    with pytest.raises(ReleaseError, match="was made on simulated data and refuses real data"):
        edit_release(
            base, Edits(), world.feeds, world.stamps, world.until_us, rules=world.rules, simulated=False,
            settings=QUICKLY,
        )  # fmt: skip


def test_trees_that_were_changed_after_signing_are_never_unpickled(
    world: Small, registry: tuple[Path, Ed25519PrivateKey, TrustedKeys], tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "registry"
    shutil.copytree(registry[0], folder)
    name = world.trained.release.name
    path = folder / name / "analyst" / "estimator.joblib"
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    with pytest.raises(ReleaseError, match=r"analyst/estimator\.joblib was changed after signing"):
        load_base(folder, name, registry[2])
    path.unlink()
    with pytest.raises(ReleaseError, match=r"has no analyst/estimator\.joblib here"):
        load_base(folder, name, registry[2])
