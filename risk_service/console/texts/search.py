"""Finding a person."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    "search": Text("Cari", "Search"),
    "search_title": Text("Cari orang atau berkas", "Find a person or a case"),
    "search_for": Text("Nomor berkas, NIK, paspor atau nama", "Case number, NIK, passport or name"),
    "search_hint": Text(
        "Salah ketik dan ejaan lama dimaklumi (Soekarno, Djoko, Muh.). Tahun lahir boleh ditulis bersama namanya (Siti "
        "1995). Pencarian dicatat bersama tujuannya; yang diketik tidak disimpan.",
        "Typing errors and old spellings are forgiven (Soekarno, Djoko, Muh.). The year of birth may be written with a "
        "name (Siti 1995). A search is recorded with its purpose; what is typed is not kept.",
    ),
    "search_little": Text(
        "Ketik paling sedikit dua huruf atau angka, paling banyak 200.",
        "Type at least two letters or digits, at most 200.",
    ),
    "search_found": Text("Ditemukan {n} orang.", "People found: {n}."),
    "search_more": Text(
        "Masih ada yang lain. Ketik nama yang lebih lengkap.", "There are more. Type more of the name."
    ),
    "search_common": Text(
        "Nama ini dipakai begitu banyak orang sehingga tidak semuanya diperiksa; yang Anda cari mungkin tidak "
        "tercantum. Tambahkan kata lain dari namanya atau tahun lahirnya (Siti 1995), atau cari dengan NIK, paspor "
        "atau nomor berkas.",
        "So many people have this name that not all were looked at; whom you look for may not be listed. Add another "
        "word of the name or the year of birth (Siti 1995), or search by NIK, passport or case number.",
    ),
    "search_nobody": Text("Tidak ada yang cocok", "Nobody fits"),
    "search_nobody_hint": Text(
        "Coba sebagian namanya, atau NIK. Orang di luar lingkup kantor Anda tidak ditampilkan.",
        "Try part of the name, or the NIK. People outside your office's scope are not shown.",
    ),
    "search_cases": Text("Berkas", "Cases"),
    "search_no_cases": Text("belum ada berkas", "no cases yet"),
    "search_past": Text("sudah di luar antrean", "no longer in the queue"),
    "found_by": Text("Ditemukan lewat", "Found by"),
    "found_by_case": Text("nomor berkas", "case number"),
    "found_by_candidate": Text("nomor calon", "candidate number"),
    "found_by_nik": Text("NIK", "NIK"),
    "found_by_nik_near": Text("NIK yang beda satu angka", "NIK with one digit different"),
    "found_by_passport": Text("nomor paspor", "passport number"),
    "found_by_passport_near": Text("nomor paspor yang beda satu angka", "passport with one digit different"),
    "found_by_name": Text("nama ({n} % mirip)", "name ({n}% alike)"),
}
