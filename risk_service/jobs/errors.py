"""What can go wrong in a job over files that a person can put right."""

from __future__ import annotations

from models.errors import RiskError


class OutputError(RiskError):
    """The output cannot be written."""


class WorkError(RiskError):
    """The work cannot be carried out: workers die, or somebody else is at it."""
