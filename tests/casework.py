"""Casework in a service for tests and pictures: what waits for somebody, and what was decided."""

from __future__ import annotations

from tests.pages import OFFICE

_FOUND = {"finding": "non_procedural", "state_found": "incomplete", "own_view": "non_procedural"}
_HELPED = {"finding": "procedural", "state_found": "complete", "help_given": "steps_completed", "own_view": "unsure"}
_DAY = {"feed": "registration_steps", "key": {"registration_id": "R-LATE", "step": "insurance"}}
_WHERE = {"feed": "registrations", "key": {"registration_id": "R-SEA"}, "values": {"destination_country": "MY"}}


def put_casework(service):
    """Findings, contested data and a band set beside a score: some wait for a second officer or a decision."""

    def put(path, role="investigator", **body):
        got = service.client.post(f"/api/v1{path}", headers=who[role], json=body)
        assert got.status_code in (200, 201), (path, got.text)
        return got.json

    who = {
        role: {"Authorization": f"Bearer {service.make_key(role, office=OFFICE)}", "X-Purpose": "case_work"}
        for role in ("investigator", "supervisor")
    }
    put("/cases/R-LATE/findings", note="Contoh: tiket ditunjukkan, kontrak tidak ada.", **_FOUND)
    put("/cases/R-SEA/findings", note="Contoh: berkas lengkap setelah dibantu.", **_HELPED)
    put("/cases/R-CORR/overrides", band="none", reason="Contoh: bukti dilihat di loket.", expires_on="2025-10-01")
    put("/cases/R-JPHK/overrides", band="first", reason="Contoh: berangkat lebih cepat.", expires_on="2025-09-20")
    day = {"issuer": "insurer", "completed_on": "2025-09-01"}
    put("/cases/R-LATE/corrections", values=day, reason="Contoh: kartu dibawa.", **_DAY)
    decided = put("/cases/R-SEA/corrections", reason="Contoh: salah ketik.", raised_for="officer", **_WHERE)
    path = f"/corrections/{decided['correction_id']}/decide"
    put(path, "supervisor", accept=False, reason="Contoh: perjanjian menyebut Singapura.")
    put("/worklist/actions", action="assign", cases=["R-MIDN", "R-BACK"])
    put("/worklist/actions", action="lock", cases=["R-MIDN"])
