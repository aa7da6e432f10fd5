"""Steps waiting at desks."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    "desks": Text("Loket", "Desks"),
    "desks_lead": Text(
        "Langkah resmi yang menunggu di tiap kantor, untuk rapat koordinasi. Tanpa angka penilaian apa pun.",
        "Lawful steps that wait at each office, for the coordination meeting. Without any assessment.",
    ),
    "desk_kind": Text("Jenis kantor", "Kind of office"),
    "desk_region": Text("Kode wilayah", "Region code"),
    "desk_region_hint": Text("mis. 74 atau 74.71", "e.g. 74 or 74.71"),
    "desk_name": Text("Kantor", "Office"),
    "desk_phone": Text("Telepon kantor", "Office phone"),
    "desk_waiting": Text("Menunggu", "Waiting"),
    "desk_turn": Text("Bisa sekarang", "Can be done now"),
    "desk_unknown": Text("Perlu konfirmasi", "To be confirmed"),
    "no_desks": Text("Tidak ada langkah yang menunggu", "No steps are waiting"),
    "no_desks_hint": Text(
        "Belum ada perhitungan, atau tidak ada kantor dengan saringan ini.",
        "Nothing has been computed yet, or no office fits these filters.",
    ),
    "desk_title": Text("Langkah yang menunggu: {office}", "Waiting steps: {office}"),
    "desk_lead": Text(
        "Urut tanggal berangkat. Yang bisa dikerjakan sekarang tidak menunggu langkah lain.",
        "By departure date. What can be done now waits for no other step.",
    ),
    "desk_week": Text("Pekan {first} sampai {last}", "Week of {first} to {last}"),
    "desk_data": Text("data per {when}", "data as of {when}"),
    "desk_turn_col": Text("Giliran", "Turn"),
    "desk_remarks": Text("Hasil / keterangan", "Outcome / remarks"),
    "desk_case_office": Text("Kantor berkas", "Office of the case"),
    "desk_empty": Text("Tidak ada yang menunggu di loket ini", "Nothing is waiting at this desk"),
    "desk_rows": Text("{n} langkah di halaman ini", "{n} steps on this page"),
    "desk_more": Text(
        "Versi cetak berhenti pada {n} langkah; sisanya ada di berkas Excel.",
        "The print version ends after {n} steps; the rest is in the Excel file.",
    ),
    "print_view": Text("Versi cetak", "Print version"),
    "as_xlsx": Text("Unduh Excel", "Download Excel"),
    "as_csv": Text("Unduh CSV", "Download CSV"),
    "paper": Text("Kertas", "Paper"),
    "paper_sheet": Text("Lembar berkas (PDF)", "Case sheet (PDF)"),
    "paper_letter": Text("Surat untuk CPMI (PDF)", "Letter for the person (PDF)"),
    "paper_lead": Text(
        "Satu halaman tanpa penilaian, dan surat tentang yang belum ada dan ke mana. Memuat nama; dicatat.",
        "One page without any assessment, and a letter on what is missing and where to go. Names the person; recorded.",
    ),
    "with_nik": Text("dengan NIK", "with NIK"),
    "take_along": Text("Bawa daftar ini:", "Take this list along:"),
    "back_to_desks": Text("Kembali ke daftar loket", "Back to the desks"),
    "case_no": Text("No. berkas", "Case no."),
}
