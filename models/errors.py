"""The tree of errors that a person can do something about.

Each edge turns them into its own form in one place: the command line into one line and an exit code, the HTTP
interface into problem+json. An error that is not in this tree is a fault in the program and keeps its traceback.
"""

from __future__ import annotations

from typing import ClassVar


class RiskError(Exception):
    """Something the caller can put right.

    Parameters
    ----------
    message
        What is wrong, where and why, in one sentence.
    what_to_do
        The next step for the reader, in one sentence; None when the message says it already.
    exit_code
        What the command line ends with; None takes the class's `default_exit_code`.

    Attributes
    ----------
    message, what_to_do, exit_code
        As given.
    """

    default_exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, what_to_do: str | None = None, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.what_to_do = what_to_do
        self.exit_code = self.default_exit_code if exit_code is None else exit_code

    def __str__(self) -> str:
        """Return message and next step on one line."""
        return " ".join(" ".join(part.split()) for part in (self.message, self.what_to_do) if part)


class ContractError(RiskError):
    """A delivery, feed or value does not fit the feed contract."""


class ReleaseError(RiskError):
    """A release is missing, damaged, unsigned, of another catalogue or not fit for these data."""


class StoreError(RiskError):
    """The store cannot be reached, is of another version or refuses what was asked."""


class RuleError(RiskError):
    """A rule table is missing, contradicts itself or does not cover the day asked for."""
