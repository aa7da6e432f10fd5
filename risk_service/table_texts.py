"""What tables of figures are called and what has to be known to read them, on pages and in files alike."""

from __future__ import annotations

from typing import Final

from models.texts import Text

FIGURES: Final[dict[str, Text]] = {
    "completed": Text("Penempatan selesai", "Placements completed"),
    "helped": Text("Dibantu sebelum berangkat", "Helped before departure"),
    "examined": Text("Diperiksa", "Examined"),
    "found": Text("Nonprosedural ditemukan", "Found non-procedural"),
    "drawn": Text("Diperiksa secara acak", "Drawn by lot"),
    "drawn_found": Text("Di antaranya nonprosedural", "Of these non-procedural"),
    "share": Text("Perkiraan dari pemeriksaan acak", "Estimate from checks by lot"),
}
"""Of the region view."""
INCIDENT_KINDS: Final[dict[str, Text]] = {
    "prevented_departure": Text("Keberangkatan tertunda", "Prevented departures"),
    "repatriation": Text("Pemulangan", "Repatriations"),
    "complaint": Text("Pengaduan", "Complaints"),
}
HIDDEN: Final = "•"
"""In place of a count that stays hidden."""
HIDDEN_NOTE: Final = Text(
    "Tanda • berarti tidak ditampilkan: di bawah lima orang, atau bisa dihitung balik dari angka lain. "
    "Urutan menurut kode, bukan menurut angka.",
    "A • is not shown: fewer than five people, or it would follow from other figures. "
    "In the order of codes, not of figures.",
)
REGION_TABLES: Final[dict[str, Text]] = {
    "total": Text("Ringkasan", "Summary"),
    "by_region": Text("Per kabupaten/kota", "By regency"),
    "by_agency": Text("Per P3MI/perusahaan", "By agency"),
    "by_month": Text("Per bulan", "By month"),
    "stalls": Text("Di mana prosedur tertahan", "Where procedures stall"),
    "sources": Text("Kiriman data per kantor", "Deliveries by office"),
}
AGENCY_TABLES: Final[dict[str, Text]] = {
    "events": Text("Catatan pengawasan", "Supervision record"),
    "permits": Text("SIP2MI dan kuota", "Recruitment permits and quotas"),
    "branches": Text("Kantor cabang", "Branches"),
    "complaints": Text("Pengaduan dan klaim", "Complaints and claims"),
    "cases": Text("Berkas dalam proses", "Cases in process"),
    "periods": Text("Temuan per triwulan", "Findings by quarter"),
    "shared": Text("Perekrut dan pembayar bersama", "Recruiters and payers shared"),
}
AGENCY_NOTES: Final[dict[str, Text]] = {
    "cases": Text(
        "Berkas dalam lingkup kantor Anda, menurut tindakan. Di bawah lima tidak ditampilkan (•), nol termasuk.",
        "Cases within your office's scope, by action. Fewer than five are not shown (•), none included.",
    ),
    "periods": Text(
        "Ditemukan di antara yang diperiksa, dengan selang 95 % menurut Wilson. Siapa yang diperiksa menentukan apa "
        "yang ditemukan; angka ini tidak untuk membandingkan.",
        "Found among those examined, with Wilson's interval at 95 %. What is found depends on who is examined; these "
        "figures are not for comparing.",
    ),
    "shared": Text(
        "Kode perekrut atau pembayar yang juga tercatat pada P3MI lain. Berbagi perekrut itu biasa dan bukan temuan.",
        "Codes of recruiters or payers on record with other agencies, too. Sharing one is usual and no finding.",
    ),
}
SHARE_NOTE: Final = Text(
    "Perkiraan berbobot dari pemeriksaan yang ditarik acak, selang 95 % menurut Wilson. Temuan lain bergantung "
    "pada siapa yang diperiksa, jadi bukan ukuran keadaan.",
    "A weighted estimate from checks drawn by lot, with Wilson's interval at 95 %. Other findings depend on who "
    "was examined, so they measure no state of affairs.",
)
STALLS_NOTE: Final = Text(
    "Langkah yang ditunggu sedikitnya lima berkas, menurut urutan resmi.",
    "Steps that at least five cases wait for, in lawful order.",
)
