"""What paper about a case says, in Indonesian: it is read by officers at a counter and by the person it is about."""

from __future__ import annotations

from typing import Final

STATES: Final = {
    "done": "tercatat",
    "extra": "tercatat (tidak wajib)",
    "overdue": "belum tercatat",
    "pending": "belum tercatat",
    "unknown": "belum dapat dipastikan",
}
SHEET_FOOT: Final = (
    "Lembar ini memuat catatan, bukan penilaian atas orang. Yang belum tercatat bisa saja sudah ada: mohon "
    "dikonfirmasi. Lembar ini bukan dasar untuk menolak keberangkatan."
)
LETTER_FOOT: Final = "Pelayanan ini tidak dipungut biaya. Jangan menyerahkan surat ini kepada perantara."
LETTER_LEAD: Final = (
    "Surat ini memberi tahu apa yang tercatat tentang rencana keberangkatan Anda dan langkah mana yang belum ada, "
    "supaya Anda dapat berangkat secara prosedural dan terlindungi. Surat ini bukan penilaian atas diri Anda."
)
RIGHTS: Final = (
    "Anda berhak melihat data Anda, membetulkannya, dan menolak bila data Anda diolah otomatis untuk membuat profil "
    "(UU 27/2022 tentang Pelindungan Data Pribadi, antara lain pasal 10). Caranya: datang atau telepon ke kantor di "
    "bawah ini dan sebut nomor berkas. Permintaan Anda dicatat, diputuskan, dan jawabannya disampaikan. Menolak tidak "
    "mengurangi bantuan yang Anda terima."
)
MAYBE_DONE: Final = "Sebagian langkah mungkin sudah Anda jalani tetapi belum sampai ke kami: bawa buktinya."
OVER: Final = (
    "Menurut catatan rencana ini sudah selesai, dibatalkan, atau tanggalnya sudah lewat. Bila tidak benar, hubungi "
    "kantor di bawah ini supaya kami dapat membantu langkah berikutnya."
)
"""Of a case that is over: instead of the missing steps."""
OTHER_WAYS: Final = {
    "no_lawful_route": "Saat ini tidak ada jalur penempatan resmi ke tujuan yang tercatat. Langkah yang belum ada "
    "tidak perlu diurus dulu; kami dapat menjelaskan negara tujuan lain yang resmi.",
    "protection": "Menurut catatan, usia Anda di bawah 18 tahun. Untuk bekerja di luar negeri usia paling rendah 18 "
    "tahun. Silakan datang bersama orang yang Anda percaya; kami membantu melalui layanan pelindungan anak.",
}
"""By kind of way back: instead of the missing steps."""
BESIDES: Final = {
    "change_agency": "Menurut catatan, perusahaan yang menempatkan Anda saat ini tidak dapat menempatkan pekerja. Anda "
    "dapat pindah ke perusahaan lain yang berizin; kami membantu tanpa biaya.",
    "postpone": "Langkah yang belum ada biasanya memerlukan waktu lebih lama daripada hari yang tersisa. Anda dapat "
    "menunda tanggal berangkat; kami membantu mengatur ulang.",
    "ask_first": "Beberapa catatan tidak sama satu dengan yang lain. Kami ingin menanyakannya langsung kepada Anda, "
    "supaya data Anda benar.",
}
"""By kind of way back: before the missing steps."""
