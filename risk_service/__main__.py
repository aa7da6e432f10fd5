"""``python -m risk_service`` is ``risk-service``."""

from __future__ import annotations

from risk_service.cli import main

main()
