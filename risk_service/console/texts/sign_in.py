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
    "expired_form": Text(
        "Formulir ini sudah kedaluwarsa. Silakan coba lagi.", "This form has expired. Please try again."
    ),
}
