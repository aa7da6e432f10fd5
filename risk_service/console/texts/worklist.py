"""The worklist of an office and day."""

from __future__ import annotations

from typing import Final

from models.texts import Text
from risk_service.codes import CHANGES, WORK_LANES

TEXTS: Final[dict[str, Text]] = {
    "worklist": Text("Daftar kerja", "Worklist"),
    "worklist_lead": Text(
        "Diurutkan menurut tanggal berangkat, supaya urutan daftar tidak menilai siapa pun. "
        "Kemampuan kantor: {capacity} berkas sehari.",
        "Ordered by departure date, so that the order of the list judges nobody. The office can look at {capacity} "
        "cases a day.",
    ),
    "worklist_chosen": Text(
        "Dipilih menurut hasil hitungan, sisa hari, dan apa yang masih dapat dibantu; yang lama tidak disentuh naik "
        "kembali.",
        "Chosen by the score, the days left and what help can still change; what nobody touched for long comes back "
        "up.",
    ),
    "worklist_lot": Text(
        "Sebagian berkas ({share}) dipilih dengan undian dari semua berkas yang dinilai, apa pun hasil hitungannya. "
        "Berkas mana yang diundi terlihat setelah pandangan Anda dicatat.",
        "Some of the cases ({share}) are drawn by lot from all scored ones, whatever their score. Which ones is shown "
        "once your own view is recorded.",
    ),
    "worklist_choose": Text("Pilih kantor", "Choose an office"),
    "worklist_choose_lead": Text(
        "Daftar kerja dibuat untuk satu kantor dan satu hari.", "A worklist is made for one office and one day."
    ),
    "worklist_empty": Text("Tidak ada berkas di sini", "No cases here"),
    "worklist_empty_hint": Text(
        "Pilih keadaan lain atau longgarkan saringan.", "Choose another state or widen the filters."
    ),
    "worklist_no_queue": Text("Belum ada daftar untuk hari ini", "There is no list for this day yet"),
    "worklist_no_queue_hint": Text(
        "Daftar dibuat setelah berkas kantor ini dihitung.", "It is made once this office's cases have been scored."
    ),
    **{f"lane_{lane}": text for lane, text in WORK_LANES.items()},
    "lanes": Text("Jalur kerja", "Lanes"),
    "states": Text("Keadaan berkas", "State of the cases"),
    "state_open": Text("Terbuka", "Open"),
    "state_done": Text("Selesai", "Done"),
    "state_resting": Text("Diistirahatkan", "At rest"),
    "state_all": Text("Semua", "All"),
    "worklist_day": Text("Daftar tanggal", "List of the day"),
    "worklist_day_hint": Text("Kosong: hari ini.", "Empty: today."),
    "worklist_no_past": Text("Hari itu tidak ada daftar", "There was no list that day"),
    "worklist_no_past_hint": Text(
        "Daftar suatu hari dibuat ketika pertama kali dibuka pada hari itu.",
        "A day's list is made when it is first opened on that day.",
    ),
    "assigned": Text("Petugas", "Officer"),
    "assigned_me": Text("saya", "me"),
    "assigned_nobody": Text("belum ada", "nobody yet"),
    "only_changed": Text("Berubah sejak hitungan terakhir", "Changed by the last rescoring"),
    "only_returned": Text("Lama tidak disentuh", "Not touched for long"),
    "all_changes": Text("Semua perubahan hitungan terakhir", "Everything the last rescoring changed"),
    "changes_lead": Text(
        "Yang berubah di kantor ini pada hitungan terakhir, menurut tanggal berangkat.",
        "What the last rescoring changed in this office, by departure date.",
    ),
    "no_changes": Text("Tidak ada yang berubah.", "Nothing changed."),
    "changed": Text("Perubahan", "Change"),
    **{f"change_{code}": text for code, text in CHANGES.items()},
    "returned": Text("lama tidak disentuh", "not touched for long"),
    "what_helps": Text("Yang dapat dibantu", "What can help"),
    "waits_confirm": Text("mohon konfirmasi", "please confirm"),
    "waits_more": Text("dan {n} langkah lain", "and {n} more"),
    "notes": Text("Keterangan", "Notes"),
    "served_by_date": Text("menurut tanggal (keberatan atas pemrofilan)", "by date (objects to being profiled)"),
    "left_queue": Text("sudah keluar dari antrean", "has left the queue"),
    "override_beside": Text("ditetapkan petugas: {band}", "set by an officer: {band}"),
    "drawn_yes": Text("diundi (peluang {share})", "drawn by lot (chance {share})"),
    "drawn_no": Text("dipilih, tidak diundi", "chosen, not drawn"),
    "locked_by": Text("sedang dikerjakan {who} sampai {when}", "{who} is working on it until {when}"),
    "rests_until": Text("istirahat sampai {when}: {why}", "at rest until {when}: {why}"),
    "finding_recorded": Text("hasil tercatat", "finding recorded"),
    "record_finding": Text("Catat hasil", "Record finding"),
    "select_case": Text("Pilih berkas {case}", "Select case {case}"),
    "with_selected": Text("Untuk berkas yang dipilih", "With the selected cases"),
    "do_assign": Text("Ambil", "Take"),
    "do_release": Text("Lepas", "Release"),
    "do_lock": Text("Kunci 30 menit", "Lock for 30 minutes"),
    "do_unlock": Text("Buka kunci", "Unlock"),
    "do_wake": Text("Bangunkan", "Wake"),
    "do_snooze": Text("Istirahatkan", "Put to rest"),
    "do_hand": Text("Serahkan", "Hand over"),
    "hand_to": Text("Serahkan kepada", "Hand over to"),
    "rest_until": Text("Istirahat sampai", "Rest until"),
    "rest_because": Text("Karena", "Because"),
    "done_assign": Text("{n} berkas diambil atau diserahkan.", "{n} cases taken or handed over."),
    "done_release": Text("{n} berkas dilepas.", "{n} cases released."),
    "done_lock": Text("{n} berkas dikunci.", "{n} cases locked."),
    "done_unlock": Text("Kunci {n} berkas dibuka.", "{n} cases unlocked."),
    "done_snooze": Text("{n} berkas diistirahatkan.", "{n} cases put to rest."),
    "done_wake": Text("{n} berkas dibangunkan.", "{n} cases woken."),
    "done_undo": Text("{n} berkas dikembalikan seperti semula.", "{n} cases put back as they were."),
    "some_refused": Text(
        "{n} berkas tidak berubah: sedang dikerjakan petugas lain.",
        "{n} cases stayed as they are: another officer is at work on them.",
    ),
    "undo": Text("Batalkan", "Undo"),
    "none_selected": Text("Pilih berkas lebih dulu.", "Select cases first."),
    "rest_needs": Text(
        "Pilih hari (paling lama 30 hari) dan alasan istirahat.", "Choose a day (within 30 days) and a reason to rest."
    ),
    "cannot_be_done": Text(
        "Tidak ada yang berubah: pilih petugas kantor ini, dan paling banyak 200 berkas.",
        "Nothing was changed: choose an officer of this office, and at most 200 cases.",
    ),
    "filters_left_out": Text(
        "Sebagian saringan tidak dikenal dan tidak dipakai, mis. nama negara yang salah ketik.",
        "A filter was not understood and is not used, such as a misspelt country.",
    ),
    "filter_name": Text(
        "Nama saringan: 1 sampai 60 huruf, tanpa garis miring.", "A filter's name: 1 to 60 letters, without a slash."
    ),
    "saved_filters": Text("Saringan tersimpan", "Saved filters"),
    "save_filter": Text("Simpan saringan ini sebagai", "Save this filter as"),
    "save": Text("Simpan", "Save"),
    "drop_filter": Text("Hapus saringan {what}", "Delete filter {what}"),
    "capacity": Text("Kemampuan kantor (berkas sehari)", "Cases the office can look at in a day"),
    "capacity_hint": Text("Berlaku mulai daftar berikutnya.", "Counts from the next list."),
    "capacity_set": Text("Kemampuan kantor disimpan.", "The office's capacity is saved."),
    "keys": Text("Tombol pintas", "Keyboard shortcuts"),
    "keys_move": Text("j / k: berkas berikutnya / sebelumnya", "j / k: next / previous case"),
    "keys_open": Text("Enter: buka berkas", "Enter: open the case"),
    "keys_record": Text("c: catat hasil", "c: record finding"),
    "keys_select": Text("x: pilih berkas", "x: select the case"),
    "keys_search": Text("s: cari orang atau berkas", "s: find a person or a case"),
    "keys_filter": Text("/: ke saringan", "/: go to the filters"),
    "keys_help": Text("?: tampilkan daftar ini", "?: show this list"),
}
