"""Agencies."""

from __future__ import annotations

from typing import Final

from models.texts import Text
from risk_service.codes import LINK_KINDS, PERMIT_STATES
from risk_service.table_texts import AGENCY_NOTES, AGENCY_TABLES

TEXTS: Final[dict[str, Text]] = {
    "agencies": Text("P3MI", "Agencies"),
    "agencies_lead": Text(
        "P3MI, agen awak kapal dan perusahaan, menurut nama. Tanpa nilai dan tanpa peringkat.",
        "Placement and manning agencies and companies, by name. Without any assessment and in no other order.",
    ),
    **{f"agency_{name}": text for name, text in AGENCY_TABLES.items() if name != "events"},
    **{f"agency_{name}_note": text for name, text in AGENCY_NOTES.items()},
    **{f"permit_state_{name}": text for name, text in PERMIT_STATES.items()},
    **{f"shared_{name}": text for name, text in LINK_KINDS.items()},
    "agency_find": Text("Bagian nama atau kode", "Part of a name or a code"),
    "agency_most": Text("Paling banyak {n} ditampilkan.", "At most {n} are shown."),
    "agency_none": Text("Tidak ada P3MI/perusahaan dengan nama atau kode itu.", "No agency has that name or code."),
    "agency_page": Text("Halaman P3MI/perusahaan ini", "This agency's page"),
    "agency_lead": Text(
        "Catatan dan hitungan tentang P3MI/perusahaan ini, apa adanya. Halaman ini tidak menilai.",
        "What is on record and counted about this agency. This page assesses nobody.",
    ),
    "agency_kind_of": Text("Jenis", "Kind"),
    "agency_head": Text("Kantor pusat", "Head office"),
    "agency_deposit": Text("Deposito", "Deposit"),
    "agency_deposit_short": Text("dicairkan, belum dipulihkan", "cashed and not restored"),
    "agency_deposit_whole": Text("tidak ada pencairan yang terbuka", "nothing cashed that is not restored"),
    "agency_sanctions": Text("Tindakan pengawasan, 24 bulan", "Supervision measures, 24 months"),
    "agency_ledger": Text("Tanggal tindakan", "Dates of the record"),
    "permits_over": Text("Sudah berakhir atau ditarik ({n})", "Ended or withdrawn ({n})"),
    "permits_none_now": Text("Tidak ada SIP2MI yang berlaku.", "No recruitment permit is in force."),
    "agency_no_permits": Text("Tidak ada SIP2MI yang tercatat.", "No recruitment permit is on record."),
    "permit_quota": Text("Kuota", "Quota"),
    "permit_cited": Text("Pendaftaran yang menyebutnya", "Registrations that name it"),
    "permit_valid": Text("Berlaku", "Valid"),
    "permit_state_withdrawn": Text("ditarik {when}", "withdrawn {when}"),
    "agency_occupation": Text("Jabatan", "Occupation"),
    "agency_no_branches": Text("Tidak ada cabang yang tercatat.", "No branch is on record."),
    "branches_of": Text("Ada di {n} wilayah", "In {n} regions"),
    "branch_since": Text("Terdaftar", "Registered"),
    "branch_closed": Text("Ditutup", "Closed"),
    "agency_no_complaints": Text(
        "Tidak ada pengaduan atau klaim yang tercatat.", "No complaint or claim is on record."
    ),
    "agency_open_claims": Text("Klaim yang belum selesai: Rp {amount}", "Claims not settled: IDR {amount}"),
    "claim_amount": Text("Jumlah (Rp)", "Amount (IDR)"),
    "agency_event": Text("Catatan", "Entry"),
    "agency_on": Text("Tanggal", "Date"),
    "agency_cases_all": Text("Semua", "All"),
    "agency_see_cases": Text("Lihat berkas", "See the cases"),
    "agency_no_periods": Text("Belum ada angka per triwulan.", "No figures by quarter yet."),
    "period": Text("Triwulan", "Quarter"),
    "period_share": Text("Bagian dari yang diperiksa", "Share of those examined"),
    "agency_no_shared": Text("Tidak ada yang bersama.", "None is shared."),
    "shared_kind": Text("Siapa", "Who"),
    "shared_ref": Text("Kode", "Code"),
    "shared_own": Text("Berkas di sini", "Cases here"),
    "shared_other": Text("P3MI lain", "Other agency"),
    "shared_cases": Text("Berkas di sana", "Cases there"),
    "few": Text("di bawah 5", "under 5"),
}
