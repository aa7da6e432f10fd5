from __future__ import annotations

import pytest

from tests.browsing import Browser


@pytest.fixture
def browser(service):
    return Browser(service)
