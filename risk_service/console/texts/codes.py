"""Codes of bands, lanes and the contract in words."""

from __future__ import annotations

from typing import Final

from models.texts import OFFICE_TITLES, STEP_TITLES, Text
from risk_service.console.texts.fields import FIELDS

BANDS: Final[dict[str, Text]] = {
    "first": Text("Hubungi dulu", "Contact first"),
    "check": Text("Periksa berkas", "Check the file"),
    "none": Text("Tidak ada tindakan", "No action"),
    "insufficient": Text("Belum bisa dinilai", "Cannot be assessed yet"),
}
LANES: Final[dict[str, Text]] = {
    "scored": Text("Dinilai", "Scored"),
    "register": Text("Bantu daftar", "Help to register"),
    "no_date": Text("Tanpa tanggal", "No date"),
    "protection": Text("Pelindungan anak", "Child protection"),
}
CODES: Final[dict[str, dict[str, Text]]] = {
    "scheme": {
        "g_to_g": Text("G to G", "Government to government"),
        "g_to_p": Text("G to P", "Government to private"),
        "p_to_p": Text("P to P", "Agency placement (P to P)"),
        "ukps": Text("UKPS", "Own company's needs (UKPS)"),
        "independent": Text("Mandiri", "Independent"),
        "seafarer": Text("Pelaut", "Seafarer"),
    },
    "placement": {
        "new": Text("baru", "new"),
        "re_entry": Text("kembali bekerja", "re-entry"),
        "extension": Text("perpanjangan", "extension"),
    },
    "visa_class": {
        "work": Text("kerja", "work"),
        "visit": Text("kunjungan", "visit"),
        "umrah": Text("umrah", "umrah"),
        "transit": Text("transit", "transit"),
        "none": Text("tanpa visa", "none"),
        "unknown": Text("tidak diketahui", "unknown"),
    },
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
