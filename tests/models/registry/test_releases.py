from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.errors import ReleaseError
from models.registry import check_compatible, list_releases, load_release, publish_release, read_card
from models.registry import manifest as manifest_module
from models.registry.keys import sign
from models.registry.manifest import canonical_json
from models.registry.releases import _DOMAIN
from tests.models.registry.conftest import Office, trained_release


def _publish(office: Office, **more: object) -> Path:
    name = publish_release(
        office.registry, trained_release(**more), office.key, card="# card", analyst={"e.joblib": b"x"}
    )
    return office.registry / name


def _resign(folder: Path, office: Office, **changes: object) -> None:
    document = json.loads((folder / "manifest.json").read_bytes()) | changes
    content = canonical_json(document)
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sig").write_bytes(sign(office.key, _DOMAIN + content))


def test_a_published_release_reads_back_as_it_was(office: Office) -> None:
    made = trained_release()
    _publish(office)
    read = load_release(office.registry, made.name, office.trusted)
    X = np.zeros((3, 60))
    X[:, made.terms.axes[0].column] = [0.0, 1.0, 5.0]
    assert read.terms.log_odds(X).tobytes() == made.terms.log_odds(X).tobytes()
    assert read.bands == made.bands
    assert read.calibration is not None
    assert made.calibration is not None
    assert read.calibration.to_json() == made.calibration.to_json()
    assert read.manifest.figures == {"pr_auc": 0.3}
    assert (read.manifest.seed, read.manifest.simulated) == (7, True)
    assert read_card(office.registry, made.name, office.trusted) == "# card"
    assert list_releases(office.registry) == [made.name]


def test_equal_releases_are_equal_byte_by_byte(office: Office, tmp_path: Path) -> None:
    first = _publish(office)
    second = tmp_path / "elsewhere"
    publish_release(second, trained_release(), office.key, card="# card", analyst={"e.joblib": b"x"})
    for path in sorted(first.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (second / first.name / path.relative_to(first)).read_bytes()


def test_publishing_the_same_again_is_no_error_and_another_under_its_name_is_refused(office: Office) -> None:
    folder = _publish(office)
    before = (folder / "terms.npz").read_bytes()
    assert _publish(office) == folder
    with pytest.raises(ReleaseError, match="never overwritten"):
        _publish(office, base=-3.0)
    assert (folder / "terms.npz").read_bytes() == before
    assert [p.name for p in office.registry.iterdir()] == [folder.name]


@pytest.mark.parametrize("file", ["terms.npz", "calibration.json", "bands.json", "card.md"])
def test_one_flipped_bit_in_any_file_is_refused(office: Office, file: str) -> None:
    folder = _publish(office)
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(ReleaseError, match=f"{file} was changed after signing"):
        load_release(office.registry, folder.name, office.trusted)


def test_a_changed_manifest_is_refused_before_it_is_parsed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _publish(office)
    content = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(content.replace(b'"simulated":true', b'"simulated":null'))

    def parse(*_: object) -> None:
        raise AssertionError("parsed before it was verified")

    monkeypatch.setattr(manifest_module.json, "loads", parse)
    with pytest.raises(ReleaseError, match="signature does not fit"):
        load_release(office.registry, folder.name, office.trusted)


def test_a_key_that_is_not_trusted_is_refused_by_name(office: Office) -> None:
    name = publish_release(office.registry, trained_release(), Ed25519PrivateKey.generate(), card="")
    with pytest.raises(ReleaseError, match="not trusted here"):
        load_release(office.registry, name, office.trusted)


def test_an_unsigned_release_is_refused(office: Office) -> None:
    folder = _publish(office)
    (folder / "manifest.sig").unlink()
    with pytest.raises(ReleaseError, match=r"lacks manifest\.sig"):
        load_release(office.registry, folder.name, office.trusted)


def test_a_signature_of_another_form_is_refused(office: Office) -> None:
    folder = _publish(office)
    (folder / "manifest.sig").write_bytes(b"none " + (folder / "manifest.sig").read_bytes())
    with pytest.raises(ReleaseError, match="not in the expected form"):
        load_release(office.registry, folder.name, office.trusted)


@pytest.mark.parametrize("where", ["extra.txt", "analyst/extra.joblib"])
def test_a_file_that_does_not_belong_there_is_refused(office: Office, where: str) -> None:
    folder = _publish(office)
    (folder / where).write_text("x")
    with pytest.raises(ReleaseError, match="do not belong"):
        load_release(office.registry, folder.name, office.trusted)


def test_a_missing_file_is_refused(office: Office) -> None:
    folder = _publish(office)
    (folder / "bands.json").unlink()
    with pytest.raises(ReleaseError, match=r"lacks bands\.json"):
        load_release(office.registry, folder.name, office.trusted)


def test_a_link_in_place_of_a_file_is_refused(office: Office, tmp_path: Path) -> None:
    folder = _publish(office)
    (folder / "terms.npz").rename(tmp_path / "terms.npz")
    (folder / "terms.npz").symlink_to(tmp_path / "terms.npz")
    with pytest.raises(ReleaseError, match="link"):
        load_release(office.registry, folder.name, office.trusted)


def test_the_files_of_analysts_may_be_left_out(office: Office) -> None:
    folder = _publish(office)
    (folder / "analyst" / "e.joblib").unlink()
    assert load_release(office.registry, folder.name, office.trusted).name == folder.name
    (folder / "analyst").rmdir()
    assert load_release(office.registry, folder.name, office.trusted).name == folder.name


def test_a_newer_catalogue_is_refused(office: Office) -> None:
    folder = _publish(office)
    _resign(folder, office, catalogue_version=99)
    with pytest.raises(ReleaseError, match="needs feature catalogue 99"):
        load_release(office.registry, folder.name, office.trusted)


def test_a_newer_form_is_refused(office: Office) -> None:
    folder = _publish(office)
    _resign(folder, office, schema="release/2")
    with pytest.raises(ReleaseError, match="release/2"):
        load_release(office.registry, folder.name, office.trusted)


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ({"name": "shoe_size", "kind": "int", "direction": 1, "levels": 0}, "does not have"),
        ({"name": "steps_overdue", "kind": "int", "direction": -1, "levels": 0}, "another definition"),
    ],
)
def test_a_feature_that_means_something_else_here_is_refused(
    office: Office, feature: dict[str, object], message: str
) -> None:
    folder = _publish(office)
    _resign(folder, office, features=[feature])
    with pytest.raises(ReleaseError, match=message):
        load_release(office.registry, folder.name, office.trusted)


def test_a_release_under_another_name_is_refused(office: Office) -> None:
    folder = _publish(office)
    folder.rename(folder.with_name("other"))
    with pytest.raises(ReleaseError, match="holds the release"):
        load_release(office.registry, "other", office.trusted)


@pytest.mark.parametrize("name", ["../keys", "", ".hidden", "A", "a/b", "a" * 65])
def test_names_that_are_paths_are_refused(office: Office, name: str) -> None:
    with pytest.raises(ReleaseError, match="no name of a release"):
        load_release(office.registry, name, office.trusted)


def test_an_unknown_release_names_the_known_ones(office: Office) -> None:
    folder = _publish(office)
    with pytest.raises(ReleaseError, match=folder.name):
        load_release(office.registry, "2020-01-01-x", office.trusted)
    with pytest.raises(ReleaseError, match="registry is empty"):
        load_release(office.registry / "nowhere", "x", office.trusted)


def test_simulated_and_real_never_meet() -> None:
    check_compatible(trained_release(simulated=True), simulated=True)
    check_compatible(trained_release(simulated=False), simulated=False)
    with pytest.raises(ReleaseError, match="made on simulated data and refuses real data"):
        check_compatible(trained_release(simulated=True), simulated=False)
    with pytest.raises(ReleaseError, match="made on real data and refuses simulated data"):
        check_compatible(trained_release(simulated=False), simulated=True)


def test_a_trained_release_without_a_calibration_cannot_be_published(office: Office) -> None:
    release = dataclasses.replace(trained_release(), calibration=None)
    with pytest.raises(ReleaseError, match="no calibration"):
        publish_release(office.registry, release, office.key, card="")
    assert not office.registry.exists()


def test_a_registry_that_cannot_be_written_gives_one_message(office: Office) -> None:
    office.registry.write_text("a file where the folder should be")
    with pytest.raises(ReleaseError, match="cannot be written"):
        _publish(office)


def test_reading_a_release_needs_neither_pandas_nor_scikit_learn() -> None:
    code = (
        "import sys, models.registry, models.reasons, models.releases.rules_only;"
        "sys.exit(any(name in sys.modules for name in ('pandas', 'sklearn', 'joblib', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
