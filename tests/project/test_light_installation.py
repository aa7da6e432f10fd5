"""What a server needs is the light installation: the lock for it is enough to import the whole service."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
HEAVY = ("altair", "dask", "distributed", "duckdb", "interpret", "joblib", "pandas", "scipy", "sklearn", "venn_abers")
IMPORT_ALL = f"""
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY!r}:
            raise ModuleNotFoundError("not in the light installation: " + name)

sys.meta_path.insert(0, Refuse())
import risk_service
for module in pkgutil.walk_packages(risk_service.__path__, "risk_service."):
    if ".migrations" not in module.name and ".__main__" not in module.name:
        importlib.import_module(module.name)
"""


def locked(name: str) -> dict[str, set[str]]:
    """Return distribution → versions in a lock file."""
    versions: dict[str, set[str]] = {}
    for found in re.finditer(r"(?m)^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / name).read_text(encoding="utf-8")):
        versions.setdefault(canonicalize_name(found[1]), set()).add(found[2])
    return versions


def test_the_whole_service_imports_without_what_only_training_needs(tmp_path: Path) -> None:
    home = os.environ | {"RISK_HOME": str(tmp_path)}  # the application opens its store when it is imported
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=False, cwd=ROOT, env=home
    )

    assert done.returncode == 0, done.stderr


def test_the_light_lock_is_part_of_the_whole_one_and_has_nothing_heavy() -> None:
    whole, light = locked("requirements.lock"), locked("requirements-serve.lock")

    assert light
    assert all(versions <= whole[name] for name, versions in light.items())
    assert not set(light) & {"pandas", "scikit-learn", "scipy", "joblib", "torch", "pytest"}
    assert not {name for name in whole if name.startswith(("torch", "nvidia"))}


def test_the_lock_holds_every_requirement_of_the_metadata() -> None:
    whole = locked("requirements.lock")
    for text in distribution("risk-service").requires or ():
        requirement = Requirement(text)
        versions = whole[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), text


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-serve.lock"])
def test_a_lock_names_hashes_and_no_place(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) > len(locked(name))
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links| @ |^/", text, re.MULTILINE)


def test_nothing_that_a_locked_package_needs_is_left_out() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
