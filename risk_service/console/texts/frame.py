"""What every page says, and what a problem says."""

from __future__ import annotations

from typing import Final

from models.texts import Text
from risk_service.codes import YES_NO

TEXTS: Final[dict[str, Text]] = {
    "app": Text("Keberangkatan Prosedural", "Procedural Departure"),
    "skip": Text("Langsung ke isi", "Skip to content"),
    "simulated": Text(
        "DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun",
        "DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun. "
        "Simulated data: these figures describe no person and no office.",
    ),
    "nav": Text("Navigasi utama", "Main navigation"),
    "cases": Text("Daftar berkas", "Cases"),
    "api": Text("Antarmuka data", "Interface"),
    "sign_out": Text("Keluar", "Sign out"),
    "language": Text("Bahasa", "Language"),
    "purpose": Text("Tujuan membuka data", "Purpose of reading"),
    "yes": YES_NO[True],
    "no": YES_NO[False],
    "change": Text("Ubah", "Change"),
    "all_offices": Text("semua kantor", "all offices"),
    "footer": Text(
        "Angka di sini mengurutkan perhatian petugas. Angka tidak memutuskan apa pun tentang seseorang.",
        "Figures here order the attention of officers. They decide nothing about anybody.",
    ),
    # Problems
    "problem_400": Text("Formulir tidak dapat dibaca", "The form cannot be read"),
    "problem_400_hint": Text(
        "Formulir ini mungkin sudah kedaluwarsa. Buka lagi halamannya, lalu kirim sekali lagi.",
        "The form may have expired. Open the page again and send it once more.",
    ),
    "problem_403": Text("Peran Anda tidak membuka halaman ini", "Your role does not open this page"),
    "problem_404": Text("Tidak ditemukan", "Not found"),
    "problem_404_hint": Text(
        "Halaman atau berkas ini tidak ada, atau di luar lingkup kantor Anda.",
        "This page or case does not exist, or is outside your office's scope.",
    ),
    "problem_409": Text("Keadaannya sudah berubah", "The state has changed"),
    "problem_409_hint": Text(
        "Orang lain mungkin sudah mengubahnya. Buka lagi halamannya dan lihat keadaannya sekarang.",
        "Somebody else may have changed it. Open the page again and look at its present state.",
    ),
    "problem_410": Text("Sudah dihapus", "Erased"),
    "problem_410_hint": Text(
        "Data ini sudah dihapus menurut aturan penyimpanan.", "These data have been erased under the retention rules."
    ),
    "problem_429": Text("Terlalu banyak permintaan", "Too many requests"),
    "problem_429_hint": Text("Tunggu sebentar, lalu coba lagi.", "Wait a moment, then try again."),
    "problem_503": Text("Sedang tidak tersedia", "Not available at the moment"),
    "problem_503_hint": Text(
        "Data atau rilis model belum dapat dibaca. Coba lagi nanti atau hubungi admin.",
        "The data or the release cannot be read at the moment. Try again later or tell the admin.",
    ),
    "problem_422": Text("Permintaan tidak sesuai", "The request does not fit"),
    "problem_422_hint": Text(
        "Periksa isian atau saringan, lalu coba lagi.", "Check the form or filters and try again."
    ),
    "problem_500": Text("Terjadi kesalahan", "Something went wrong"),
    "problem_500_hint": Text(
        "Kesalahan sudah dicatat. Sebutkan nomor permintaan di bawah kepada admin.",
        "The error was recorded. Tell the admin the request number below.",
    ),
    "request_number": Text("Nomor permintaan", "Request number"),
}
