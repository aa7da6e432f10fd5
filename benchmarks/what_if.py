"""One question to the interface, in one process and without a network: processor time of a what-if and of a refusal.

Both pass the same authentication and limits; the refusal ends at the first look at the body. The store is that of
``python -m benchmarks store``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks._figures import Figure
from benchmarks._worlds import HOME
from risk_service import logs
from risk_service.app import create_app
from risk_service.policy import Principal
from risk_service.services import keys
from risk_service.services.keys import Secrets
from risk_service.settings import Settings
from risk_service.store import MasterKey, open_store

TIMES = 50
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
    settings = Settings(home=HOME / "store-sqlite", rate_limit="1000000 per minute")
    store = open_store(settings.database_url)
    by = Principal(key_id="command-line", name="benchmark", role="admin")
    secrets = Secrets.of(MasterKey.open(settings.keys))
    key = keys.create(
        store, secrets=secrets, by=by, name="benchmark", role="analyst", office=None, expires_at_us=None,
        now_us=time.time_ns() // 1000,
    )  # fmt: skip
    client = create_app(settings, store=store).test_client()
    headers = {"Authorization": f"Bearer {key}"}
    for what, body, status in (("what-if", CASE, 200), ("refused", [], 422)):
        for number in range(TIMES + 3):
            if number == 3:
                start = time.process_time()
            got = client.post("/api/v1/scores", headers=headers, json=body)
            if got.status_code != status:
                raise RuntimeError(got.text)
        yield Figure(f"{what}: processor time", (time.process_time() - start) / TIMES * 1000, "ms")
    store.close()
