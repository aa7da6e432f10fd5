"""The pages for investigators."""

from __future__ import annotations

from risk_service.console.pages import problem_page, register

__all__ = ["problem_page", "register"]
