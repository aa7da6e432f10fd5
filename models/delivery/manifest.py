"""The manifest of a delivery: who sent it, when, how much, and up to when each feed is complete."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.errors import ContractError
from models.schema import CONTRACT, FEEDS
from models.times import iso, parse_moment

MANIFEST: Final = "manifest.json"
MAX_MANIFEST_BYTES: Final = 1 << 20
MAX_BUCKETS: Final = 100_000
_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}\Z")
_WORD: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,200}\Z")


@dataclass(frozen=True, kw_only=True)
class FeedEntry:
    """What a manifest states about one feed; None where it states nothing.

    Parameters
    ----------
    rows
        Number of data rows.
    sha256
        Hash of the feed as delivered, lower case (:func:`sha256_of`).
    complete_through_us
        Instant up to which the source claims completeness, UTC microseconds.
    """

    rows: int | None = None
    sha256: str | None = None
    complete_through_us: int | None = None


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What ``manifest.json`` says.

    Parameters
    ----------
    source
        Name of the sender; freshness is kept per source and feed.
    produced_at_us
        When the delivery was produced, UTC microseconds.
    simulated
        Whether the rows come from a simulator.
    feeds
        Entries by feed name, feeds of the contract only.
    buckets
        Number of hash buckets of partitioned feeds, None when not partitioned.
    unknown_feeds
        Names the manifest lists that are no feeds of the contract; reported and ignored.
    """

    source: str
    produced_at_us: int
    simulated: bool
    feeds: Mapping[str, FeedEntry]
    buckets: int | None = None
    unknown_feeds: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The text of ``manifest.json`` that says the same."""
        feeds: dict[str, dict[str, Any]] = {}
        for name, entry in self.feeds.items():
            feeds[name] = {}
            if entry.rows is not None:
                feeds[name]["rows"] = entry.rows
            if entry.sha256 is not None:
                feeds[name]["sha256"] = entry.sha256
            if entry.complete_through_us is not None:
                feeds[name]["complete_through"] = iso(entry.complete_through_us)
        content: dict[str, Any] = {
            "contract": CONTRACT,
            "source": self.source,
            "produced_at": iso(self.produced_at_us),
            "simulated": self.simulated,
        }
        if self.buckets is not None:
            content["buckets"] = self.buckets
        return json.dumps(content | {"feeds": feeds}, indent=1) + "\n"


def sha256_of(paths: Sequence[Path], root: Path | None = None) -> str:
    r"""The hash a manifest states for a feed.

    Parameters
    ----------
    paths
        The feed's files.
    root
        The feed's folder when it is delivered as one. None: ``paths`` is a single file.

    Returns
    -------
    str
        Of a single file the SHA-256 of its bytes as delivered. Of a folder the SHA-256 of the lines
        ``<sha256>  <path>\n``, one per part, paths relative to the folder with ``/``, sorted: what
        ``find * -name '*.parquet' | LC_ALL=C sort | xargs sha256sum | sha256sum`` prints inside it.
    """
    if root is None:
        return file_sha256(paths[0])
    return sha256_of_parts({path.relative_to(root).as_posix(): file_sha256(path) for path in paths})


def sha256_of_parts(digests: Mapping[str, str]) -> str:
    """The hash of a folder of parts from the hash of each, by its path inside the folder (:func:`sha256_of`)."""
    lines = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_manifest(path: Path) -> Manifest:
    """Read and check ``manifest.json``.

    Raises
    ------
    ContractError
        It cannot be read, is not JSON, or says something the contract does not allow.
    """
    content = _load(path)
    contract = content.get("contract")
    if contract != CONTRACT:
        raise _wrong(f'"contract" is {_shown(contract)}', f"this program reads {CONTRACT}")
    simulated = content.get("simulated")
    if not isinstance(simulated, bool):
        raise _wrong('"simulated" is not true or false', "state whether the rows are simulated")
    source = content.get("source")
    if not isinstance(source, str) or not _WORD.match(source):
        raise _wrong('"source" is not a name of up to 200 characters', "state who sends the delivery")
    buckets = content.get("buckets")
    if buckets is not None and not (_is_count(buckets) and 1 <= buckets <= MAX_BUCKETS):
        raise _wrong(f'"buckets" is {_shown(buckets)}', f"state a whole number from 1 to {MAX_BUCKETS}")
    entries = content.get("feeds", {})
    if not isinstance(entries, dict):
        raise _wrong('"feeds" is not an object', "list each feed under its name")
    return Manifest(
        source=source,
        produced_at_us=_moment(content.get("produced_at"), "produced_at"),
        simulated=simulated,
        buckets=buckets,
        feeds={name: _entry(name, entry) for name, entry in entries.items() if name in FEEDS},
        unknown_feeds=tuple(_shown(name) for name in entries if name not in FEEDS),
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        raise _wrong(f"cannot be read: {error.strerror}", "check the file") from None
    if len(raw) > MAX_MANIFEST_BYTES:
        raise _wrong("is larger than 1 MiB", "check the file")
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _wrong("is not JSON in UTF-8", "write it anew, or deliver without a manifest") from None
    if not isinstance(content, dict):
        raise _wrong("is not a JSON object", "write it anew, or deliver without a manifest")
    return content


def _entry(name: str, entry: object) -> FeedEntry:
    if not isinstance(entry, dict):
        raise _wrong(f'the entry of "{name}" is not an object', "give rows, sha256 and complete_through")
    rows, sha256, through = entry.get("rows"), entry.get("sha256"), entry.get("complete_through")
    if rows is not None and not _is_count(rows):
        raise _wrong(f'"rows" of {name} is {_shown(rows)}', "state a whole number from 0")
    if sha256 is not None and not (isinstance(sha256, str) and _SHA256.match(sha256)):
        raise _wrong(f'"sha256" of {name} is not 64 hexadecimal digits', "state the file's SHA-256")
    return FeedEntry(
        rows=rows,
        sha256=None if sha256 is None else sha256.lower(),
        complete_through_us=None if through is None else _moment(through, f"complete_through of {name}"),
    )


def _moment(value: object, what: str) -> int:
    if not isinstance(value, str):
        raise _wrong(f'"{what}" is {_shown(value)}', "write a timestamp as 2025-09-10T08:00:00+07:00")
    return parse_moment(value, what=f"{MANIFEST}: {what}")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _shown(value: object) -> str:
    return ascii(value)[:60] if value is not None else "missing"


def _wrong(message: str, what_to_do: str) -> ContractError:
    return ContractError(f"{MANIFEST}: {message}.", what_to_do=f"{what_to_do[0].upper()}{what_to_do[1:]}.")
