from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.bands import Bands
from models.calibration import WINDOWS, Calibration, StepTable
from models.features.catalogue import CATALOGUE_VERSION, INDEX
from models.registry import Manifest, Release, generate_keys, load_private_key, load_trusted_keys, make_release
from models.registry.keys import TrustedKeys
from models.terms import Axis, Term, Terms


def trained_release(name: str = "2025-09-01-aaaa", *, simulated: bool = True, base: float = -2.0) -> Release:
    axis = Axis("steps_overdue", INDEX["steps_overdue"], np.array([0.0, 1.0]))
    terms = Terms(base=base, axes=[axis], terms=[Term(("steps_overdue",), np.array([0.0, 1.0, 2.0, 0.0]))])
    table = StepTable(np.array([-1.5]), np.array([0.1, 0.4]), np.array([0.05, 0.3]), np.array([0.2, 0.6]))
    manifest = Manifest(
        name=name,
        kind="trained",
        simulated=simulated,
        catalogue_version=CATALOGUE_VERSION,
        features=[],
        rules_version="r1",
        data_from="2024-01-01",
        data_until="2025-09-01",
        seed=7,
        lock_sha256="0" * 64,
        figures={"pr_auc": 0.3},
        gates={"reproduction": "holds"},
    )
    return make_release(manifest, terms, Calibration((table,) * len(WINDOWS)), Bands("probability", 0.4, 0.1))


@dataclass
class Office:
    """A registry with the keys of who publishes there."""

    registry: Path
    key: Ed25519PrivateKey
    trusted: TrustedKeys


@pytest.fixture
def office(tmp_path: Path) -> Office:
    generate_keys(tmp_path / "keys" / "signing.pem", tmp_path / "trusted")
    return Office(
        tmp_path / "registry",
        load_private_key(tmp_path / "keys" / "signing.pem"),
        load_trusted_keys(tmp_path / "trusted"),
    )
