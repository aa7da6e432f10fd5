from __future__ import annotations

import io
import stat
import tarfile
import zipfile

import pytest

from risk_service.errors import InvalidError, MediaTypeError, TooLargeError
from risk_service.services.packed import unpack

LIMIT = 10_000


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def zipped(tmp_path, **files):
    path = tmp_path / "delivery.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(tmp_path, mode, *members):
    path = tmp_path / "delivery.tar"
    with tarfile.open(path, mode) as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return path


def plain(name, content=b"x", **more):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in more.items():
        setattr(member, field, value)
    return member, content


def test_a_zip_of_the_files_themselves_is_the_delivery(tmp_path, into):
    folder = unpack(zipped(tmp_path, **{"agencies.csv": "a", "travel/part-0.parquet": "b"}), into, most=LIMIT)

    assert folder == into
    assert (into / "travel" / "part-0.parquet").read_text() == "b"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_tar_of_the_folder_gives_the_folder_inside(tmp_path, into, mode):
    folder = unpack(
        tarred(tmp_path, mode, plain("./june/agencies.csv"), plain("./june/manifest.json")), into, most=LIMIT
    )

    assert folder == into / "june"
    assert (folder / "agencies.csv").exists()


def test_the_folder_of_a_single_feed_is_not_taken_for_the_delivery(tmp_path, into):
    assert unpack(zipped(tmp_path, **{"travel/part-0.parquet": "b"}), into, most=LIMIT) == into


@pytest.mark.parametrize(
    "name", ["../agencies.csv", "/etc/agencies.csv", "a/../../agencies.csv", "a\\..\\b.csv", "C:b.csv"]
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_outside_is_refused(tmp_path, into, name, kind):
    archive = zipped(tmp_path, **{name: "x"}) if kind == "zip" else tarred(tmp_path, "w", plain(name))

    with pytest.raises(InvalidError, match="leads out"):
        unpack(archive, into, most=LIMIT)

    assert sorted(path.name for path in tmp_path.iterdir()) == [archive.name, "into"]


def test_links_and_devices_are_refused(tmp_path, into):
    link = tarred(tmp_path, "w", plain("agencies.csv", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"))
    with pytest.raises(InvalidError, match="link"):
        unpack(link, into, most=LIMIT)

    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("agencies.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(InvalidError, match="link"):
        unpack(path, into, most=LIMIT)


def test_a_bomb_stops_at_the_limit(tmp_path, into):
    with pytest.raises(TooLargeError, match="more than 10000 bytes"):
        unpack(zipped(tmp_path, **{"agencies.csv": b"0" * 5_000_000}), into, most=LIMIT)


def test_anything_else_is_not_read(tmp_path, into):
    other = tmp_path / "agencies.csv"
    other.write_text("agency_id,name\n")

    with pytest.raises(MediaTypeError):
        unpack(other, into, most=LIMIT)


def test_a_damaged_archive_is_one_clear_error(tmp_path, into):
    path = zipped(tmp_path, **{"agencies.csv": bytes(range(256)) * 20})
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + b"\xff" * 40 + whole[100:])

    with pytest.raises(InvalidError, match="damaged"):
        unpack(path, into, most=LIMIT)


def test_an_empty_archive_says_what_to_pack(tmp_path, into):
    with pytest.raises(InvalidError, match="no files"):
        unpack(zipped(tmp_path), into, most=LIMIT)


def test_what_a_desktop_adds_is_left_out(tmp_path, into):
    unpack(
        zipped(tmp_path, **{"agencies.csv": "x", "__MACOSX/._agencies.csv": "y", ".DS_Store": "z"}), into, most=LIMIT
    )

    assert [path.name for path in into.iterdir()] == ["agencies.csv"]
