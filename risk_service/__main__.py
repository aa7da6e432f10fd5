"""``python -m risk_service``: the command line."""

from __future__ import annotations

if __name__ == "__main__":
    # Here, so that workers, which look at this module when they start, do without the command line.
    from risk_service.cli import main

    main(prog_name="risk-service")
