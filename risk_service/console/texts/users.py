"""Accounts and sessions of everybody."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    "users": Text("Akun", "Accounts"),
    "users_lead": Text(
        "Siapa yang boleh masuk, dengan peran dan kantor apa. Setiap perubahan dicatat.",
        "Who may sign in, with which role and office. Every change is recorded.",
    ),
    "user_secret": Text(
        "Kata sandi sekali pakai untuk {login}: hanya ditampilkan sekarang, berlaku tiga hari.",
        "Password for {login}, good once: shown now and never again, for three days.",
    ),
    "user_made": Text(
        "Akun {login} dibuat. Masuk lewat akun kantor.", "Account {login} made. Signs in at the provider."
    ),
    "user_name": Text("Nama", "Name"),
    "user_role": Text("Peran", "Role"),
    "user_office": Text("Kantor", "Office"),
    "user_office_hint": Text(
        "Kosong: semua kantor; loket wajib menyebut kantornya.", "Empty: every office; a desk has to name its own."
    ),
    "user_state": Text("Keadaan", "State"),
    "user_active": Text("aktif", "active"),
    "user_disabled": Text("nonaktif", "disabled"),
    "user_once": Text("belum memilih kata sandi", "has not chosen a password yet"),
    "user_provider": Text("lewat akun kantor", "through the provider"),
    "user_password": Text("dengan kata sandi", "with a password"),
    "user_signs_in": Text("Cara masuk", "Signs in"),
    "user_add": Text("Tambah akun", "Add an account"),
    "user_change": Text("Ubah {login}", "Change {login}"),
    "user_save": Text("Simpan", "Save"),
    "user_reset": Text("Kata sandi sekali pakai", "Password good once"),
    "user_disable": Text("Nonaktifkan", "Disable"),
    "user_enable": Text("Aktifkan lagi", "Enable again"),
    "user_end_all": Text("Akhiri semua sesinya", "End all their sessions"),
    "sessions_all": Text("Sesi yang terbuka", "Open sessions"),
    "sessions_none": Text("Tidak ada sesi yang terbuka.", "No session is open."),
    "session_of": Text("Sesi milik", "Session of"),
}
