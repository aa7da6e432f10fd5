"""Signing in."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    "sign_in": Text("Masuk", "Sign in"),
    "sign_in_lead": Text(
        "Berkas calon pekerja migran, alasan yang dapat diperiksa, dan jalan kembali ke keberangkatan prosedural.",
        "Files of migrant worker candidates, reasons that can be checked, and the way back to a procedural departure.",
    ),
    "key": Text("Kunci masuk", "Sign-in key"),
    "key_hint": Text(
        "Diberikan oleh admin kantor Anda. Dimulai dengan rk_.", "Given by your office's admin. Starts with rk_."
    ),
    "purpose_hint": Text(
        "Setiap pembukaan data seseorang dicatat bersama tujuannya.",
        "Every reading of a person's data is recorded with its purpose.",
    ),
    "key_refused": Text(
        "Kunci ini tidak dikenal, sudah berakhir, atau dicabut.", "This key is unknown, expired or revoked."
    ),
    "key_no_cases": Text(
        "Peran kunci ini ({role}) tidak membaca berkas. Gunakan kunci lain.",
        "The role of this key ({role}) does not read cases. Use another key.",
    ),
    "sign_in_key": Text("Masuk dengan kunci", "Sign in with a key"),
    "sign_in_provider": Text("Masuk lewat akun kantor", "Sign in with the office's account"),
    "login": Text("Nama akun", "Login"),
    "password": Text("Kata sandi", "Password"),
    "password_hint": Text(
        "Lupa? Admin kantor Anda dapat memberi kata sandi sekali pakai.",
        "Forgotten? Your office's admin can give you one that is good once.",
    ),
    "account_refused": Text(
        "Nama akun dan kata sandi ini tidak cocok, atau akunnya tidak aktif.",
        "This login and password do not fit, or the account is not active.",
    ),
    "provider_refused": Text(
        "Akun kantor ini belum terdaftar di sini atau tidak aktif. Hubungi admin.",
        "This office account is not known here or not active. Ask the admin.",
    ),
    "provider_failed": Text(
        "Layanan masuk kantor tidak menjawab dengan benar. Coba lagi.",
        "The office's sign-in service did not answer as it should. Try again.",
    ),
    "too_many_attempts": Text(
        "Terlalu banyak percobaan yang gagal. Tunggu seperempat jam, atau hubungi admin.",
        "Too many attempts failed. Wait a quarter of an hour, or ask the admin.",
    ),
}
