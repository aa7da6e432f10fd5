"""Codes of bands, lanes and the contract in words."""

from __future__ import annotations

from typing import Final

from models.texts import OFFICE_TITLES, STEP_TITLES, Text
from risk_service.action_texts import ACTIONS
from risk_service.codes import BANDS, LANES, PLACEMENTS, SCHEMES, VISA_CLASSES
from risk_service.field_texts import FIELDS

__all__ = ["BANDS", "CODES", "LANES"]

CODES: Final[dict[str, dict[str, Text]]] = {
    "action": ACTIONS,
    "scheme": SCHEMES,
    "placement": PLACEMENTS,
    "visa_class": VISA_CLASSES,
    "return_ticket": {
        "none": Text("tidak ada", "none"),
        "reserved": Text("dipesan", "reserved"),
        "ticketed": Text("dibeli", "ticketed"),
        "unknown": Text("tidak diketahui", "unknown"),
    },
    "payer": {
        "self": Text("sendiri", "self"),
        "family": Text("keluarga", "family"),
        "employer": Text("pemberi kerja", "employer"),
        "agency": Text("P3MI", "agency"),
        "third_party": Text("pihak ketiga", "third party"),
        "unknown": Text("tidak diketahui", "unknown"),
    },
    "event": {
        "licence_granted": Text("Izin diberikan", "Licence granted"),
        "licence_extended": Text("Izin diperpanjang", "Licence extended"),
        "suspended": Text("Dihentikan sementara", "Suspended"),
        "reinstated": Text("Penghentian dicabut", "Reinstated"),
        "revoked": Text("Izin dicabut", "Licence revoked"),
        "warned": Text("Peringatan tertulis", "Written warning"),
        "deposit_cashed": Text("Deposito dicairkan", "Deposit cashed"),
        "deposit_restored": Text("Deposito dipulihkan", "Deposit restored"),
        "complaint_upheld": Text("Pengaduan terbukti", "Complaint upheld"),
        "claim_opened": Text("Tuntutan dibuka", "Claim opened"),
        "claim_settled": Text("Tuntutan selesai", "Claim settled"),
        "placements_transferred": Text("Penempatan dialihkan", "Placements transferred"),
    },
    "feed": {
        "offices": Text("Kantor", "Offices"),
        "candidates": Text("Calon", "Candidates"),
        "registrations": Text("Pendaftaran", "Registrations"),
        "registration_steps": Text("Langkah", "Steps"),
        "agencies": Text("P3MI/perusahaan", "Agencies"),
        "agency_events": Text("Pengawasan P3MI", "Agency events"),
        "permits": Text("SIP2MI", "Permits"),
        "branches": Text("Cabang", "Branches"),
        "travel": Text("Perjalanan", "Travel"),
        "outcomes": Text("Hasil pemeriksaan", "Outcomes"),
        "incidents": Text("Kejadian", "Incidents"),
        "rules": Text("Aturan", "Rules"),
    },
    "field": FIELDS,
    "step_title": dict(STEP_TITLES),
    "office_kind": dict(OFFICE_TITLES),
    "agency_kind": {
        "p3mi": Text("P3MI", "placement agency (P3MI)"),
        "manning": Text("keagenan awak kapal", "manning agency"),
        "company": Text("perusahaan", "company"),
    },
    "status": {
        "open": Text("terbuka", "open"),
        "departed": Text("sudah berangkat", "departed"),
        "withdrawn": Text("ditarik", "withdrawn"),
    },
    "enrolled_as": {
        "registered": Text("terdaftar", "registered"),
        "referred": Text("dirujuk", "referred"),
    },
    "work_evidence": {
        "none": Text("tidak ada", "none"),
        "job_offer": Text("tawaran kerja", "job offer"),
        "employer_contact": Text("kontak pemberi kerja", "contact with an employer"),
        "agency_contact": Text("kontak P3MI", "contact with an agency"),
        "own_statement": Text("pernyataan sendiri", "own statement"),
    },
    "regime": {
        "sip3mi": Text("SIP3MI", "SIP3MI"),
        "siuppak": Text("SIUPPAK", "SIUPPAK"),
    },
    "scope": {
        "all": Text("seluruhnya", "all"),
        "part": Text("sebagian", "part"),
    },
}
