"""Which files of a delivery folder hold which feed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from models.delivery.manifest import MANIFEST, Manifest, file_sha256, sha256_of_parts
from models.errors import ContractError
from models.schema import FEEDS, Feed

Form = Literal["csv", "csv.gz", "parquet", "parts", "buckets"]

_FILE_FORMS: Final[tuple[Form, ...]] = ("csv", "csv.gz", "parquet")
_BUCKET: Final = re.compile(r"bucket=(\d{1,6})\Z", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Source:
    """The files of one feed.

    Parameters
    ----------
    feed, form
        The feed and how it is delivered.
    root
        The file itself, or the feed's folder.
    parts
        The files to read, in reading order.
    buckets
        The bucket each part lies in; empty when not partitioned.
    rows
        Rows of each part of Parquet, once its header has been read.
    unnamed
        Likewise whether a row of it may leave its candidate out.
    """

    feed: Feed
    form: Form
    root: Path
    parts: tuple[Path, ...]
    buckets: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    unnamed: tuple[bool, ...] = ()

    @property
    def label(self) -> str:
        """How messages call it: the path inside the delivery."""
        return self.root.name + ("/" if self.form in ("parts", "buckets") else "")

    def digests(self, buckets: Collection[int] | None = None) -> dict[str, str]:
        """The SHA-256 of each part by its name inside the feed, of some buckets or of all parts."""
        chosen = (
            part
            for at, part in enumerate(self.parts)
            if buckets is None or not self.buckets or self.buckets[at] in buckets
        )
        return {self._name(part): file_sha256(part) for part in chosen}

    def sha256(self, digests: Mapping[str, str]) -> str:
        """The hash a manifest states for this feed, from those of all its parts."""
        if self.form in ("parts", "buckets"):
            return sha256_of_parts(digests)
        return digests[self._name(self.root)]

    def _name(self, part: Path) -> str:
        return part.name if part == self.root else part.relative_to(self.root).as_posix()


@dataclass(frozen=True, kw_only=True)
class Folder:
    """What a delivery folder holds: feeds in contract order, and names that were ignored."""

    path: Path
    manifest_path: Path | None
    sources: tuple[Source, ...]
    ignored: tuple[str, ...]


def look_into(path: Path) -> Folder:
    """Find the feeds of the delivery folder ``path``.

    Raises
    ------
    ContractError
        The folder does not exist, is a file, is empty, holds no feed, holds one feed in two forms, or something in
        it points out of it.
    """
    if not path.exists():
        raise ContractError(f"There is no folder {path}.", what_to_do="Name the folder that holds the feed files.")
    if not path.is_dir():
        raise ContractError(
            f"{path} is a file, a delivery is a folder.", what_to_do="Name the folder that holds the feed files."
        )
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        raise ContractError(f"The folder {path} cannot be read: {error.strerror}.") from None
    visible = [entry for entry in entries if not entry.name.startswith(".")]
    if not visible:
        raise ContractError(f"The folder {path} is empty.", what_to_do=_EXPECTED)
    home = path.resolve()
    known: dict[str, list[Source]] = {}
    ignored = []
    manifest_path = None
    for entry in visible:
        if entry.name == MANIFEST:
            _stay_inside(entry, home)
            manifest_path = entry
            continue
        match = _feed_and_form(entry)
        if match is None:
            ignored.append(entry.name + ("/" if entry.is_dir() else ""))
            continue
        _stay_inside(entry, home)
        feed, form = match
        if form == "parts":
            source, extra = _parts(feed, entry, home)
            ignored.extend(extra)
        else:
            source = Source(feed=feed, form=form, root=entry, parts=(entry,))
        known.setdefault(feed.name, []).append(source)
    for name, sources in known.items():
        if len(sources) > 1:
            raise ContractError(
                f"The feed {name} is there more than once: {' and '.join(s.label for s in sources)}.",
                what_to_do="Leave one of them in the folder.",
            )
    if not known:
        seen = ", ".join(ignored[:5]) or MANIFEST
        raise ContractError(f"The folder {path} holds no feed, only {seen}.", what_to_do=_EXPECTED)
    return Folder(
        path=path,
        manifest_path=manifest_path,
        sources=tuple(known[name][0] for name in FEEDS if name in known),
        ignored=tuple(ignored),
    )


def check_feeds(folder: Folder, manifest: Manifest) -> None:
    """Compare the feeds that are there with those the manifest lists.

    Raises
    ------
    ContractError
        One is missing.
    """
    present = {source.feed.name for source in folder.sources}
    for name, entry in manifest.feeds.items():
        if name not in present and (entry.rows or (entry.rows is None and entry.sha256)):
            raise ContractError(
                f"{MANIFEST} lists the feed {name}, but the folder does not hold it.",
                what_to_do="Add the file, or take the entry out of the manifest.",
            )


def check_hash(source: Source, stated: str, digests: Mapping[str, str]) -> None:
    """Compare a feed's hash with the one the manifest states.

    Raises
    ------
    ContractError
        They differ.
    """
    if source.sha256(digests) != stated:
        raise ContractError(
            f"{source.label}: its SHA-256 is not the one {MANIFEST} states; the file was changed or damaged "
            "on the way.",
            what_to_do="Send the delivery again.",
        )


def check_buckets(folder: Folder, buckets: int | None) -> None:
    """Check that partitioned feeds agree with the stated number of buckets.

    Raises
    ------
    ContractError
        Buckets without a stated number, or a bucket beyond it.
    """
    for source in folder.sources:
        if source.form != "buckets":
            continue
        if buckets is None:
            raise ContractError(
                f'{source.label} lies in buckets, but no {MANIFEST} states "buckets".',
                what_to_do="State the number of buckets, one for all partitioned feeds.",
            )
        beyond = max(source.buckets, default=0)
        if beyond >= buckets:
            raise ContractError(
                f"{source.label}: bucket {beyond} is beyond the {buckets} buckets that {MANIFEST} states.",
                what_to_do="Number the buckets from 0 and state how many there are.",
            )


_EXPECTED: Final = "A delivery holds files such as candidates.csv, registrations.csv.gz or travel.parquet."


def _feed_and_form(entry: Path) -> tuple[Feed, Form] | None:
    if entry.is_dir():
        return (FEEDS[entry.name], "parts") if entry.name in FEEDS else None
    for form in _FILE_FORMS:
        name = entry.name.removesuffix("." + form)
        if name != entry.name and name in FEEDS:
            return FEEDS[name], form
    return None


def _parts(feed: Feed, root: Path, home: Path) -> tuple[Source, list[str]]:
    flat: list[Path] = []
    bucketed: list[tuple[int, Path]] = []
    extra: list[str] = []
    has_buckets = False
    for entry in sorted(root.iterdir()):
        if entry.name.startswith((".", "_")):
            continue
        bucket = _BUCKET.match(entry.name)
        if bucket and entry.is_dir():
            has_buckets = True
            _stay_inside(entry, home)
            for part in sorted(entry.iterdir()):
                if part.name.startswith((".", "_")):
                    continue
                if part.suffix == ".parquet":
                    _stay_inside(part, home)
                    bucketed.append((int(bucket[1]), part))
                else:
                    extra.append(part.relative_to(root.parent).as_posix())
        elif entry.suffix == ".parquet" and not entry.is_dir():
            _stay_inside(entry, home)
            flat.append(entry)
        else:
            extra.append(f"{root.name}/{entry.name}")
    if has_buckets and not feed.partitioned:
        raise ContractError(
            f"{root.name}/ lies in buckets, but {feed.name} has no candidate to bucket by.",
            what_to_do="Deliver it as one file or as a folder of parts.",
        )
    if has_buckets and flat:
        raise ContractError(
            f"{root.name}/ mixes buckets with loose parts ({flat[0].name}).",
            what_to_do="Put every part into its bucket, or use no buckets at all.",
        )
    if not has_buckets and not flat:
        raise ContractError(
            f"{root.name}/ holds no Parquet part.", what_to_do="Put .parquet files into it, or leave the folder out."
        )
    if has_buckets:
        bucketed.sort(key=lambda item: (item[0], item[1]))
        parts = tuple(part for _, part in bucketed)
        return Source(feed=feed, form="buckets", root=root, parts=parts, buckets=tuple(b for b, _ in bucketed)), extra
    return Source(feed=feed, form="parts", root=root, parts=tuple(flat)), extra


def _stay_inside(entry: Path, home: Path) -> None:
    """Refuse links out of the delivery and anything that is neither a plain file nor a folder."""
    try:
        target = entry.resolve(strict=True)
    except (OSError, RuntimeError):
        raise ContractError(f"{entry.name} is a link that leads nowhere.", what_to_do="Put the file there.") from None
    if not target.is_relative_to(home):
        raise ContractError(
            f"{entry.name} is a link out of the delivery folder.", what_to_do="Put the file itself into the folder."
        )
    if not target.is_file() and not target.is_dir():
        raise ContractError(f"{entry.name} is not a plain file.", what_to_do="Put a plain file there.")
