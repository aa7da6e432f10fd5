"""One question to the interface, in one process and without a network: processor time of a what-if and of a refusal.

Both pass the same authentication and limits; the refusal ends at the first look at the body. The store is that of
``python -m benchmarks store`` with 60,000 cases on SQLite.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks._figures import Figure
from benchmarks._serving import analyst_key
from benchmarks.store import filled
from risk_service import logs
from risk_service.app import create_app
from risk_service.settings import Settings
from risk_service.store import MasterKey, open_store

TIMES = 50
CASES = 60_000
CASE: dict[str, Any] = {
    "as_of": "2025-09-10",
    "candidate": {"birth_date": "1995-02-03"},
    "registration": {
        "scheme": "p_to_p",
        "destination_country": "HK",
        "occupation": "5322",
        "registered_on": "2025-07-01",
        "planned_departure_on": "2025-09-25",
    },
    "steps": [{"step": "passport", "completed_on": "2025-08-01"}],
}


def measure() -> Iterator[Figure]:
    """Yield milliseconds a request."""
    logs.configure(style="json", level="error")
    with filled(CASES) as env:
        settings = Settings(home=Path(env["RISK_HOME"]), rate_limit="1000000 per minute")
        store = open_store(settings.database_url)
        client = create_app(settings, store=store).test_client()
        headers = {"Authorization": f"Bearer {analyst_key(store, MasterKey.open(settings.keys))}"}
        for what, body, status in (("what-if", CASE, 200), ("refused", [], 422)):
            for number in range(TIMES + 3):
                if number == 3:
                    start = time.process_time()
                got = client.post("/api/v1/scores", headers=headers, json=body)
                if got.status_code != status:
                    raise RuntimeError(got.text)
            yield Figure(f"{what}: processor time", (time.process_time() - start) / TIMES * 1000, "ms")
        store.close()
