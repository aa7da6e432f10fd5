"""Clean material, into which each test plants its fault."""

from __future__ import annotations

import pytest

from tests.training.checks.planting import clean_material
from training.checks import Material


@pytest.fixture(scope="session")
def clean() -> Material:
    return clean_material()
