from __future__ import annotations

import pytest

from models.errors import ContractError, ReleaseError, RiskError, RuleError, StoreError


@pytest.mark.parametrize("kind", [ContractError, ReleaseError, RuleError, StoreError])
def test_every_error_reads_as_one_line_and_ends_with_2_unless_told(kind: type[RiskError]) -> None:
    error = kind("The feed\n  is empty.", what_to_do="Deliver it again.")

    assert isinstance(error, RiskError)
    assert str(error) == "The feed is empty. Deliver it again."
    assert error.exit_code == 2
    assert kind("Some rows were rejected.", exit_code=3).exit_code == 3
