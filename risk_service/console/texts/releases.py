"""Releases of the model."""

from __future__ import annotations

from typing import Final

from models.texts import Text
from risk_service.codes import RELEASE_KINDS

TEXTS: Final[dict[str, Text]] = {
    "releases": Text("Rilis model", "Releases"),
    "releases_lead": Text(
        "Hitungan dibuat dengan rilis yang berlaku. Analis melatih, mencoba dan menetapkan rilis dengan perintah "
        "risk-service train, dry-run dan promote; rilis yang salah ditarik dengan rollback.",
        "Scores are made with the release in force. Analysts train, try and promote releases by risk-service train, "
        "dry-run and promote; a wrong one is taken back by rollback.",
    ),
    "release_name": Text("Nama", "Name"),
    "release_kind": Text("Jenis", "Kind"),
    **{f"release_kind_{name}": text for name, text in RELEASE_KINDS.items()},
    "release_data": Text("Data pelatihan", "Trained on"),
    "release_simulated": Text("simulasi", "simulated"),
    "release_promoted": Text("Ditetapkan", "Promoted"),
    "release_in_force": Text("berlaku", "in force"),
    "release_never": Text("belum pernah", "never"),
    "release_fault": Text("tidak dapat dipakai: {why}", "cannot be used: {why}"),
    "release_gates": Text("Batas yang harus dilalui", "Gates"),
    "release_gate_holds": Text("lulus", "holds"),
    "release_gate_breach": Text("tidak lulus", "breached"),
    "release_gate_not enough evidence": Text("bukti belum cukup", "not enough evidence"),
    "gate_calibrated": Text("Kalibrasi, {days} hari sebelum berangkat", "Calibration, {days} days before departure"),
    "gate_checks": Text("Pemeriksaan data dan model", "Checks of data and model"),
    "gate_directions": Text("Arah tiap pengaruh", "Direction of every effect"),
    "gate_fairness": Text("Perlakuan yang setara antarkelompok", "Equal treatment of groups"),
    "gate_findings": Text("Cukup temuan", "Enough findings"),
    "gate_not_worse_than_rules": Text("Tidak lebih buruk daripada aturan", "Not worse than the rules"),
    "gate_proxies": Text(
        "Alasan yang membocorkan jenis kelamin, usia atau asal", "Reasons that tell sex, age or origin"
    ),
    "gate_reproduction": Text("Tabel sama dengan model yang dilatih", "Tables are the model that was trained"),
    "gate_stable_reasons": Text("Alasan yang ajek", "Stable reasons"),
    "release_card": Text("Kartu rilis", "Card"),
    "no_releases": Text("Belum ada rilis", "There are no releases yet"),
}
