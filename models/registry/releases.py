"""Release folders: published whole or not at all, verified before anything in them is read.

::

    <registry>/<name>/
      manifest.json    facts and the SHA-256 of every file
      manifest.sig     Ed25519 signature of the bytes of manifest.json
      terms.npz        the tables
      calibration.json step tables (a trained release only)
      bands.json       thresholds
      reference.json   counts of the queue it was made for (a trained release only): what drift is told against
      card.md          for people
      card.html        the same with a picture of every table (a trained release only)
      analyst/         the fitted estimator; may be left out when deploying, never opened by the service
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.bands import Bands, association_groups
from models.calibration import Calibration
from models.drift.tally import Tally
from models.errors import ReleaseError
from models.features.catalogue import CATALOGUE, INDEX
from models.registry.keys import TrustedKeys, sign, verify
from models.registry.manifest import NAME, TRAINED, Manifest, canonical_json, describe_features
from models.registry.termfile import read_terms, write_terms
from models.terms import Terms

ANALYST = "analyst"
_DOMAIN = b"risk-service release manifest\n"
_LIMIT = 256 * 2**20


@dataclass(frozen=True, eq=False)
class Release:
    """A verified release, ready to score.

    Attributes
    ----------
    manifest : Manifest
    terms : Terms
    calibration : Calibration or None
        None for a rules-only release, which gives no probability.
    bands : Bands
    association : ndarray of bool, shape (number of reason groups,)
        Groups that rest on an association with others.
    reference : Tally or None
        The queue it was made for, counted; None where it was made for nobody in particular.
    """

    manifest: Manifest
    terms: Terms
    calibration: Calibration | None
    bands: Bands
    association: npt.NDArray[np.bool_]
    reference: Tally | None = None

    @property
    def name(self) -> str:
        """The release's name."""
        return self.manifest.name

    @cached_property
    def association_row(self) -> list[bool]:
        """``association`` as plain booleans."""
        found: list[bool] = self.association.tolist()
        return found

    @property
    def simulated(self) -> bool | None:
        """Whether it was made on simulated data; None goes with both kinds."""
        return self.manifest.simulated


def make_release(
    manifest: Manifest, terms: Terms, calibration: Calibration | None, bands: Bands, reference: Tally | None = None
) -> Release:
    """Put the parts together.

    Raises
    ------
    ReleaseError
        When they do not fit: thresholds on a probability without a calibration, or a trained release without one.
    """
    if calibration is None and (bands.scale == "probability" or manifest.kind == TRAINED):
        raise ReleaseError(f"Release {manifest.name} has no calibration.")
    association = association_groups(terms, (f.name for f in CATALOGUE if f.association))
    return Release(manifest, terms, calibration, bands, association, reference)


def check_compatible(release: Release, *, simulated: bool) -> None:
    """Refuse to mix simulated and real data.

    Raises
    ------
    ReleaseError
        When the release was made on the other kind of data than it is asked to score.
    """
    if release.simulated is None or release.simulated == simulated:
        return
    made, used = ("simulated", "real") if release.simulated else ("real", "simulated")
    raise ReleaseError(
        f"Release {release.name} was made on {made} data and refuses {used} data.",
        what_to_do=f"Use the rules-only release, or train on {used} data.",
    )


def publish_release(
    registry: Path,
    release: Release,
    key: Ed25519PrivateKey,
    *,
    card: str,
    page: str | None = None,
    analyst: Mapping[str, bytes] | None = None,
) -> str:
    """Write a release folder, whole or not at all.

    Parameters
    ----------
    registry : Path
        Made when it does not exist.
    release : Release
        The hashes and features in its manifest are filled in here.
    key : Ed25519PrivateKey
        Signs the manifest.
    card : str
        Markdown.
    page : str, optional
        The card as HTML.
    analyst : mapping of file name to content, optional
        Files for analysts.

    Returns
    -------
    str
        The release's name.

    Raises
    ------
    ReleaseError
        When another release of that name exists, or the folder cannot be written. The very same release published again
        is no error.
    """
    name = release.name
    _check_name(name)
    make_release(release.manifest, release.terms, release.calibration, release.bands)
    files = {
        "terms.npz": write_terms(release.terms),
        "bands.json": canonical_json(release.bands.to_json()),
        "card.md": card.encode(),
    }
    if page is not None:
        files["card.html"] = page.encode()
    if release.calibration is not None:
        files["calibration.json"] = canonical_json(release.calibration.to_json())
    if release.reference is not None:
        files["reference.json"] = canonical_json(release.reference.to_json())
    extras = dict(analyst or {})
    manifest = replace(
        release.manifest,
        features=describe_features(release.terms),
        files={file: _sha256(content) for file, content in files.items()},
        analyst_files={file: _sha256(content) for file, content in extras.items()},
    ).to_bytes()
    files["manifest.json"] = manifest
    files["manifest.sig"] = sign(key, _DOMAIN + manifest)
    target = registry / name
    if target.exists():
        return _same_or_refuse(target, files)
    try:
        registry.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".publish-", dir=registry) as folder:
            staged = Path(folder) / name
            staged.mkdir()
            for file, content in files.items():
                _write(staged / file, content)
            if extras:
                (staged / ANALYST).mkdir()
                for file, content in extras.items():
                    _write(staged / ANALYST / file, content)
            staged.rename(target)
    except OSError as error:
        if target.exists():  # somebody else was quicker
            return _same_or_refuse(target, files)
        raise ReleaseError(f"Release {name} cannot be written to {registry}: {error.strerror}.") from error
    return name


def load_release(registry: Path, name: str, trusted: TrustedKeys) -> Release:
    """Verify a release and read it. Nothing is parsed before the signature and all hashes were checked.

    Parameters
    ----------
    registry : Path
    name : str
    trusted : mapping of key id to public key
        From `models.registry.keys.load_trusted_keys`.

    Raises
    ------
    ReleaseError
        With a message of its own for: no such release, unsigned, unknown key, wrong signature, changed file, missing
        file, file that does not belong there, later form, newer catalogue, contents that contradict themselves.
    """
    _check_name(name)
    folder = registry / name
    if not folder.is_dir():
        raise ReleaseError(f"There is no release {name} in {registry}.", what_to_do=_known(registry))
    content = _read(folder / "manifest.json", name)
    verify(_DOMAIN + content, _read(folder / "manifest.sig", name), trusted, what=f"Release {name}")
    manifest = Manifest.from_bytes(content)
    if manifest.name != name:
        raise ReleaseError(f"The folder {name} holds the release {manifest.name}.")
    files = _verified_files(folder, manifest)
    manifest.check_catalogue()
    try:
        terms = read_terms(files["terms.npz"], INDEX)
        bands = Bands.from_json(json.loads(files["bands.json"]))
        calibration = (
            Calibration.from_json(json.loads(files["calibration.json"])) if "calibration.json" in files else None
        )
        reference = Tally.from_json(json.loads(files["reference.json"])) if "reference.json" in files else None
    except (ValueError, KeyError) as error:
        raise ReleaseError(f"Release {name} cannot be read: {error}.") from error
    return make_release(manifest, terms, calibration, bands, reference)


def list_releases(registry: Path) -> list[str]:
    """Names of the release folders, sorted; verified or not."""
    if not registry.is_dir():
        return []
    return sorted(p.name for p in registry.iterdir() if NAME.fullmatch(p.name) and (p / "manifest.json").is_file())


def read_file(registry: Path, name: str, trusted: TrustedKeys, file: str) -> bytes:
    """A file of a verified release, itself verified.

    Raises
    ------
    ReleaseError
        The release does not verify or has no such file.
    """
    release = load_release(registry, name, trusted)
    if file not in release.manifest.files:
        raise ReleaseError(f"Release {name} has no {file}.")
    content = _read(registry / name / file, name)
    if _sha256(content) != release.manifest.files[file]:
        raise ReleaseError(f"Release {name}: {file} was changed after signing.")
    return content


def read_analyst_file(registry: Path, name: str, trusted: TrustedKeys, file: str) -> bytes:
    """A file for analysts of a verified release, itself verified; the service never asks for one.

    Raises
    ------
    ReleaseError
        The release has no such file, it was left out here, or it was changed after signing.
    """
    release = load_release(registry, name, trusted)
    stated = release.manifest.analyst_files.get(file)
    path = registry / name / ANALYST / file
    if stated is None or not path.is_file():
        raise ReleaseError(
            f"Release {name} has no {ANALYST}/{file} here.",
            what_to_do="Use a trained release, in the registry it was trained in.",
        )
    content = _read(path, name)
    if _sha256(content) != stated:
        raise ReleaseError(f"Release {name}: {ANALYST}/{file} was changed after signing.")
    return content


def _verified_files(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    name = manifest.name
    expected = {"manifest.json", "manifest.sig", *manifest.files}
    present = {p.name for p in folder.iterdir()} - {ANALYST}
    if extra := sorted(present - expected):
        raise ReleaseError(f"Release {name} holds files that do not belong to it: {', '.join(extra)}.")
    if missing := sorted(expected - present):
        raise ReleaseError(f"Release {name} lacks {', '.join(missing)}.", what_to_do="Fetch the release again.")
    if (folder / ANALYST).exists():
        found = {p.name for p in (folder / ANALYST).iterdir()}
        if extra := sorted(found - set(manifest.analyst_files)):
            raise ReleaseError(f"Release {name} holds files that do not belong to it: {', '.join(extra)}.")
    files: dict[str, Any] = {}
    for file, stated in manifest.files.items():
        content = _read(folder / file, name)
        if _sha256(content) != stated:
            raise ReleaseError(
                f"Release {name}: {file} was changed after signing.", what_to_do="Fetch the release again."
            )
        files[file] = content
    return files


def _same_or_refuse(target: Path, files: Mapping[str, bytes]) -> str:
    """The name of a release that is there already, if tables, calibration, bands and card are the same."""
    wanted = {file: content for file, content in files.items() if not file.startswith("manifest.")}
    if all((target / file).is_file() and (target / file).read_bytes() == wanted[file] for file in wanted):
        return target.name
    raise ReleaseError(f"Another release named {target.name} exists already; a release is never overwritten.")


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise ReleaseError(
            f"{name!r} is no name of a release.",
            what_to_do="Use lower-case letters, digits, dots, dashes and underscores.",
        )


def _known(registry: Path) -> str:
    names = list_releases(registry)
    return f"Known: {', '.join(names)}." if names else "The registry is empty; publish a release first."


def _read(path: Path, name: str) -> bytes:
    try:
        if path.is_symlink() or path.stat().st_size > _LIMIT:
            raise ReleaseError(f"Release {name}: {path.name} is a link or too large to be part of a release.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ReleaseError(f"Release {name} lacks {path.name}.", what_to_do="Fetch the release again.") from error
    except OSError as error:
        raise ReleaseError(f"Release {name}: {path.name} cannot be read: {error.strerror}.") from error


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
