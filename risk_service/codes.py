"""Codes in words that pages, lists and paper share."""

from __future__ import annotations

from typing import Final

from models.texts import Text

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
    "by_date": Text("Menurut tanggal", "By date"),
}
WORK_LANES: Final[dict[str, Text]] = {
    "contact_first": Text("Hubungi dulu", "Contact first"),
    "check_file": Text("Periksa berkas", "Check the file"),
    "help_register": Text("Bantu daftar", "Help to register"),
    "no_date": Text("Tanpa tanggal", "No date"),
}
"""Of a worklist."""
CHANGES: Final[dict[str, Text]] = {
    "new": Text("baru", "new"),
    "date": Text("tanggal berubah", "date changed"),
    "band": Text("tindakan berubah", "action changed"),
    "way_back": Text("jalan kembali berubah", "way back changed"),
}
"""What a rescoring can change in a case."""
SCHEMES: Final[dict[str, Text]] = {
    "g_to_g": Text("G to G", "Government to government"),
    "g_to_p": Text("G to P", "Government to private"),
    "p_to_p": Text("P to P", "Agency placement (P to P)"),
    "ukps": Text("UKPS", "Own company's needs (UKPS)"),
    "independent": Text("Mandiri", "Independent"),
    "seafarer": Text("Pelaut", "Seafarer"),
}
PLACEMENTS: Final[dict[str, Text]] = {
    "new": Text("baru", "new"),
    "re_entry": Text("kembali bekerja", "re-entry"),
    "extension": Text("perpanjangan", "extension"),
}
VISA_CLASSES: Final[dict[str, Text]] = {
    "work": Text("kerja", "work"),
    "visit": Text("kunjungan", "visit"),
    "umrah": Text("umrah", "umrah"),
    "transit": Text("transit", "transit"),
    "none": Text("tanpa visa", "none"),
    "unknown": Text("tidak diketahui", "unknown"),
}
FINDINGS: Final[dict[str, Text]] = {
    "non_procedural": Text("Nonprosedural", "Non-procedural"),
    "procedural": Text("Prosedural", "Procedural"),
    "undetermined": Text("Belum dapat ditentukan", "Undetermined"),
}
"""What an examination found."""
FINDING_STATES: Final[dict[str, Text]] = {
    "provisional": Text("sementara", "provisional"),
    "confirmed": Text("berlaku", "counts"),
    "lapsed": Text("gugur", "lapsed"),
    "retracted": Text("ditarik", "retracted"),
}
STATES_FOUND: Final[dict[str, Text]] = {
    "complete": Text("lengkap", "complete"),
    "incomplete": Text("belum lengkap", "incomplete"),
    "cannot_tell": Text("tidak dapat dipastikan", "cannot be told"),
}
"""Of the file, when it was looked at."""
HELP_GIVEN: Final[dict[str, Text]] = {
    "none": Text("belum ada", "none"),
    "steps_completed": Text("langkah dilengkapi", "steps completed"),
    "postponed": Text("keberangkatan ditunda", "departure postponed"),
    "route_changed": Text("jalur diganti", "route changed"),
    "withdrew": Text("membatalkan berangkat", "withdrew"),
    "protection_referral": Text("dirujuk ke pelindungan", "referred for protection"),
}
EXAMINED_BECAUSE: Final[dict[str, Text]] = {
    "worklist": Text("daftar kerja", "worklist"),
    "random_check": Text("undian", "drawn by lot"),
    "complaint": Text("pengaduan", "complaint"),
    "border_referral": Text("rujukan perbatasan", "border referral"),
    "repatriation": Text("pemulangan", "repatriation"),
    "agency_inspection": Text("pemeriksaan P3MI", "agency inspection"),
}
CORRECTION_STATES: Final[dict[str, Text]] = {
    "open": Text("menunggu keputusan", "waiting for a decision"),
    "accepted": Text("diterima", "accepted"),
    "refused": Text("ditolak", "refused"),
}
RAISED_FOR: Final[dict[str, Text]] = {
    "candidate": Text("calon sendiri", "the candidate"),
    "officer": Text("petugas", "an officer"),
}
"""Who contests a datum."""
OVERRIDE_STATES: Final[dict[str, Text]] = {
    "provisional": Text("menunggu petugas kedua", "waiting for a second officer"),
    "in_force": Text("berlaku", "in force"),
    "lapsed": Text("gugur", "lapsed"),
    "expired": Text("habis masa berlakunya", "expired"),
    "ended": Text("diakhiri", "ended"),
}
PERMIT_STATES: Final[dict[str, Text]] = {
    "in_force": Text("berlaku", "in force"),
    "not_yet": Text("belum mulai", "not yet begun"),
    "ended": Text("sudah berakhir", "ended"),
    "withdrawn": Text("ditarik", "withdrawn"),
}
LINK_KINDS: Final[dict[str, Text]] = {
    "recruiter": Text("perekrut", "recruiter"),
    "payer": Text("pembayar", "payer"),
}
RELEASE_KINDS: Final[dict[str, Text]] = {
    "trained": Text("terlatih", "trained"),
    "rules_only": Text("hanya aturan", "rules alone"),
}
YES_NO: Final = {True: Text("ya", "yes"), False: Text("tidak", "no")}
