"""One's own account."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    "account": Text("Akun saya", "My account"),
    "account_sessions": Text("Di mana Anda sedang masuk", "Where you are signed in"),
    "account_sessions_lead": Text(
        "Akhiri yang tidak Anda kenali, lalu ganti kata sandi.",
        "End what you do not recognise, then change the password.",
    ),
    "account_by_key": Text(
        "Anda masuk dengan kunci. Kunci diganti oleh admin, bukan di sini.",
        "You are signed in with a key. Keys are replaced by the admin, not here.",
    ),
    "opened": Text("Masuk sejak", "Signed in since"),
    "seen": Text("Terakhir dipakai", "Last used"),
    "ends": Text("Berakhir", "Ends"),
    "address": Text("Alamat", "Address"),
    "this_one": Text("yang ini", "this one"),
    "end_session": Text("Akhiri", "End"),
    "end_others": Text("Akhiri semua yang lain", "End all others"),
    "change_password": Text("Ganti kata sandi", "Change the password"),
    "password_lead": Text(
        "Sedikitnya 12 huruf atau tanda. Beberapa kata yang tidak disangka orang lebih baik daripada satu kata rumit. "
        "Sesi lain akan berakhir.",
        "At least 12 letters or signs. A few words that nobody expects are better than one complicated word. Other "
        "sessions will end.",
    ),
    "password_once_lead": Text(
        "Kata sandi yang Anda pakai hanya berlaku sekali. Pilih kata sandi Anda sendiri untuk melanjutkan.",
        "The password you used is good once. Choose your own to go on.",
    ),
    "present_password": Text("Kata sandi sekarang", "Present password"),
    "chosen_password": Text("Kata sandi baru", "New password"),
    "again_password": Text("Kata sandi baru, sekali lagi", "New password once more"),
    "password_twice": Text("Kedua kata sandi baru tidak sama.", "The two new passwords differ."),
}
