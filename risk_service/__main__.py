"""``python -m risk_service``: the command line."""

from __future__ import annotations

from risk_service.cli import main

if __name__ == "__main__":
    main(prog_name="risk-service")
