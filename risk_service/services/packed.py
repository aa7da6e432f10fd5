"""Unpacking an uploaded delivery: nothing leaves its folder or grows past its limit, and only files come out."""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from models.schema import FEEDS
from risk_service.errors import InvalidError, MediaTypeError, TooLargeError

_MOST_FILES: Final = 20_000
_DEEPEST: Final = 5
_BLOCK: Final = 1 << 20
_DAMAGED: Final = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)

Member = tuple[PurePosixPath, IO[bytes]]


def unpack(archive: Path, into: Path, *, most: int) -> Path:
    """Unpack a zip or tar of a delivery folder.

    Parameters
    ----------
    archive
        Zip, or tar with or without compression.
    into
        An empty folder.
    most
        Bytes that all files together may have.

    Returns
    -------
    Path
        The delivery folder: `into`, or the one folder that everything lies in.

    Raises
    ------
    MediaTypeError
        It is neither.
    InvalidError
        It is damaged, or a member is no plain file inside the folder. Nothing outside `into` is touched.
    TooLargeError
        It unpacks to more than `most`, or has too many files.
    """
    left = most
    count = 0
    try:
        for name, source in _members(archive):
            count += 1
            if count > _MOST_FILES:
                raise TooLargeError(f"The archive has more than {_MOST_FILES} files.")
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with source, target.open("xb") as file:
                while block := source.read(_BLOCK):
                    left -= len(block)
                    if left < 0:
                        raise TooLargeError(
                            f"The archive unpacks to more than {most} bytes.",
                            what_to_do="Use risk-service ingest for large deliveries, or raise RISK_MAX_UNPACKED.",
                        )
                    file.write(block)
    except FileExistsError:
        raise InvalidError("The archive has a file twice.") from None
    except _DAMAGED:
        raise InvalidError("The archive is damaged or encrypted.", what_to_do="Pack the folder again.") from None
    if not count:
        raise InvalidError("The archive has no files.", what_to_do="Pack the files of one delivery folder.")
    inside = list(into.iterdir())
    alone = len(inside) == 1 and inside[0].is_dir() and not _is_feed(inside[0])
    return inside[0] if alone else into


def _members(archive: Path) -> Iterator[Member]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                kind = stat.S_IFMT(entry.external_attr >> 16)
                if entry.is_dir():
                    continue
                if kind not in (0, stat.S_IFREG):
                    raise InvalidError("The archive has a link or a special file.")
                if not _ignored(entry.filename):
                    yield _safe(entry.filename), packed.open(entry)
        return
    if not tarfile.is_tarfile(archive):
        raise MediaTypeError("The upload is neither a zip nor a tar.", what_to_do="Pack one delivery folder as either.")
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isdir():
                continue
            if not member.isreg():
                raise InvalidError("The archive has a link or a special file.")
            opened = tar.extractfile(member)
            if opened is not None and not _ignored(member.name):
                yield _safe(member.name), opened


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    parts = [part for part in path.parts if part != "."]
    outside = path.is_absolute() or ".." in parts or "\\" in name or "\0" in name or ":" in name
    if outside or not parts or len(parts) > _DEEPEST:
        raise InvalidError("The archive has a name that leads out of its folder.")
    return PurePosixPath(*parts)


def _ignored(name: str) -> bool:
    """Whether a member is what some systems add by themselves."""
    return any(part.startswith("._") or part in ("__MACOSX", ".DS_Store") for part in PurePosixPath(name).parts)


def _is_feed(folder: Path) -> bool:
    return folder.name in FEEDS
