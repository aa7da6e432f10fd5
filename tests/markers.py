"""Marked persons, keys and passwords sent through everything, and every place searched for them afterwards.

Use
---
``python -m tests.markers`` (``make markers``)
    On SQLite and on PostgreSQL; prints how many markers were looked for in how many places. Exit code 1 if any was
    found where it must not be.

The markers are a NIK, a name, a passport, a phone number, the secret of a key and passwords. They come in by a delivery
(also in columns where they do not belong, so that rows are rejected), by signing in, by a search, by findings and
corrections, and in addresses and bodies of requests that fail. Looked at are log, standard output and error, texts of
errors, addresses that pages lead to, rejects.csv, exports, the trail, a backup and every byte of the database's files.
A marker is looked for as it is, in base64, in hexadecimal and in UTF-16.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from click.testing import CliRunner

from risk_service.cli import main as command_line
from risk_service.services import audit, users
from risk_service.services.backup import backup
from risk_service.store import open_store
from risk_service.store.engine import make_engine
from tests.risk_service.console.visiting import Visitor
from tests.service import ADMIN, NOW_US, Service, fill, open_service
from tests.stores import postgresql_server

NIK: Final = "7471014101950007"
NAME: Final = "Penandawati Rahasiasih"
PASSPORT: Final = "Z7654321"
PHONE: Final = "+6281298765432"
PASSWORD: Final = "kalimat-sandi-penanda-91"
WRONG: Final = "tebakan-salah-penanda-17"
PERSON: Final = {
    "NIK": NIK,
    "name": "Penandawati",
    "family name": "Rahasiasih",
    "passport": PASSPORT,
    "phone": PHONE.removeprefix("+62"),
}
_HEAD: Final = "candidate_id,nik,full_name,passport_no,phone,birth_date,enrolled_as,work_evidence,office,recorded_at\n"
_LINK: Final = re.compile(r"""(?:href|action|src)=["']([^"']*)["']""")


@dataclass
class Places:
    """Where to look: bytes by the name of the place."""

    looked: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, place: str, content: bytes | str) -> None:
        """Add something to look at."""
        self.looked.setdefault(place, []).append(content.encode() if isinstance(content, str) else content)

    def found(self, markers: dict[str, str]) -> list[str]:
        """Markers that are somewhere, each with its place."""
        forms = {name: _forms(text) for name, text in markers.items()}
        return [
            f"{name} in {place}"
            for place, contents in self.looked.items()
            for name, some in forms.items()
            if any(form in content for content in contents for form in some)
        ]

    @property
    def size(self) -> int:
        """How many bytes."""
        return sum(len(content) for contents in self.looked.values() for content in contents)


def _forms(text: str) -> set[bytes]:
    plain = text.encode()
    shifted = {base64.b64encode(b" " * shift + plain)[4 if shift else 0 : -4] for shift in range(3)}
    return {plain, plain.upper(), plain.lower(), plain.hex().encode(), text.encode("utf-16-le"), *shifted}


def walk(home: Path, url: str, places: Places) -> tuple[Service, dict[str, str]]:
    """Send the markers through everything; the service and the markers."""
    store = open_store(url)
    fill(home, store)
    runner, env = CliRunner(), {"RISK_HOME": str(home), "RISK_DATABASE_URL": url}

    def run(*words: str) -> str:
        got = runner.invoke(command_line, words, env=env)
        places.add("standard output and error", got.output)
        return got.output

    _deliver(home / "delivery", broken=False)
    run("ingest", str(home / "delivery"))
    _deliver(home / "broken", broken=True)
    run("ingest", str(home / "broken"))
    run("rescore", "--as-of", "2025-09-10")
    run("audit", "verify")
    run("users", "list")
    run("keys", "list")
    service = open_service(home, store)
    _, once = users.add(
        store, by=ADMIN, login="penanda", name="Petugas", role="supervisor", office=None, password=True, now_us=NOW_US
    )
    assert once is not None
    whole = service.key["supervisor"]
    markers = PERSON | {"key": whole.split("_", 2)[2], "password": PASSWORD, "guess": WRONG, "first password": once}
    for answer in (*_interface(service), *_console(service, once)):
        _answered(answer, places, markers)
    places.add("the trail", json.dumps(list(audit.listed(store, limit=100_000))))
    run("audit", "export", "--format", "csv")
    run("retention", "run", "--dry-run")
    places.add("log", service.log.getvalue())
    return service, markers


def _deliver(folder: Path, *, broken: bool) -> None:
    folder.mkdir(parents=True)
    tail = "registered,none,O-BP3MI,2025-09-01T08:00:00+07:00\n"
    good = f"C-MARK,{NIK},{NAME},{PASSPORT},{PHONE},1995-01-01,{tail}"
    slipped = (
        f"{NIK},{NAME},{PASSPORT},{PHONE},{NIK},{NAME},{tail}"
        f"{PASSPORT},{NIK},{NAME},,,{PHONE},{tail}"
        f"{NAME},{NIK},{NAME},,,{NIK},{tail}"
        f"C-MARK2,{NIK},{NAME},{PASSPORT},{PHONE},{PASSPORT},{tail}"
    )
    (folder / "candidates.csv").write_text(_HEAD + (slipped if broken else good))
    (folder / "registrations.csv").write_text(
        "registration_id,candidate_id,placement,scheme,destination_country,occupation,office,registered_on,"
        "planned_departure_on,status,recorded_at\n"
        + (
            f"{NIK},C-MARK,{NAME},{PASSPORT},{PHONE},9111,O-BP3MI,{NIK},{PHONE},open,2025-09-01T08:00:00+07:00\n"
            if broken
            else "R-MARK,C-MARK,new,independent,HK,9111,O-BP3MI,2025-08-01,2025-10-01,open,2025-09-01T08:00:00+07:00\n"
        )
    )
    produced = "2025-09-11T08:40:00+07:00" if broken else "2025-09-11T08:30:00+07:00"
    manifest = {"contract": "feeds/1", "source": "judge", "produced_at": produced, "simulated": True, "feeds": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _interface(service: Service) -> Iterator[Any]:
    client, headers = service.client, service.headers("supervisor")
    for path in (
        "cases?limit=200", "cases/R-MARK", "cases/R-MARK/score", "cases/R-MARK/scores", "candidates/C-MARK",
        "worklist?office=O-BP3MI", "worklist/changes?office=O-BP3MI", "exports/cases.csv", "exports/cases.xlsx",
        "exports/findings.csv", "exports/corrections.xlsx", "exports/changes.csv?office=O-BP3MI",
        "exports/overrides.csv", "exports/worklist.xlsx?office=O-BP3MI", "exports/desks.csv", "desks/O-BP3MI/steps.csv",
        "findings", "corrections", "overrides", "desks", "cases/R-T3",
    ):  # fmt: skip
        yield service.get(f"/api/v1/{path}")
    for text in PERSON.values():
        yield client.post("/api/v1/search", headers=headers, json={"text": text})
        for path in (f"candidates/{text}", f"cases/{text}", f"cases?office={text}", f"cases?band={text}", text):
            yield service.get(f"/api/v1/{path}")
        yield client.post("/api/v1/scores", headers=headers, json={"registration": {"scheme": text}})
        yield client.post("/api/v1/scores", headers=headers, data=f"{{{text}", content_type="application/json")
    writing = service.headers("investigator")
    note = f"{NAME} {NIK} {PASSPORT} {PHONE}"
    yield client.post("/api/v1/cases/R-MARK/findings", headers=writing, json={"finding": note})
    finding = {"finding": "procedural", "note": note}
    keyed = writing | {"Idempotency-Key": "marked-finding-1"}
    for _ in range(2):
        client.post("/api/v1/cases/R-MARK/findings", headers=keyed, json=finding)
    correction = {
        "feed": "candidates", "key": {"candidate_id": "C-MARK"}, "values": {"phone": PHONE}, "reason": note,
    }  # fmt: skip
    client.post("/api/v1/cases/R-MARK/corrections", headers=writing, json=correction)
    client.post("/api/v1/candidates/C-MARK/objections", headers=writing, json={"reason": note})
    yield client.get("/api/v1/cases", headers={"Authorization": f"Bearer {service.key['supervisor']}x"})
    yield client.get("/metrics", headers=service.headers("admin"))


def _console(service: Service, once: str) -> Iterator[Any]:
    visitor = Visitor(service)
    yield visitor.sign_in("penanda", WRONG)
    yield visitor.sign_in("penanda", once)
    yield visitor.post("/account/password", present=once, chosen=PASSWORD, again=PASSWORD)
    yield visitor.sign_in("penanda", PASSWORD)
    visitor.post("/purpose", purpose="case_work")
    for path in ("/cases", "/cases/R-MARK", "/worklist", "/findings", "/account", "/users", f"/cases/{NIK}"):
        yield visitor.get(path)
    visitor.get("/search")
    yield visitor.post("/search", text=NIK)
    auditor = Visitor(service)
    auditor.get("/sign-in")
    auditor.post("/sign-in", key=service.key["auditor"])
    for path in ("/audit", "/audit/export?format=csv", "/audit/export?format=jsonl"):
        yield auditor.get(path)


def _answered(answer: Any, places: Places, markers: dict[str, str]) -> None:
    """Sort an answer into what it is; what was asked for about a person may say what it says."""
    text = answer.get_data()
    if answer.status_code >= 400:
        places.add("texts of errors", text)
    if answer.content_type.startswith("text/html"):
        places.add("addresses in pages", "\n".join(_LINK.findall(answer.text)))
    places.add("headers", "\n".join(f"{name}: {value}" for name, value in answer.headers if name != "Set-Cookie"))
    if answer.content_type.endswith("sheet"):
        with zipfile.ZipFile(io.BytesIO(text)) as book:
            for name in book.namelist():
                places.add("exports", book.read(name))
    elif "attachment" in answer.headers.get("Content-Disposition", ""):
        places.add("exports", text)
    elif answer.content_type.startswith("application/json"):
        places.add("answers of the interface", text)  # which mask, but for the one that reveals, which is not asked


def look_at_files(service: Service, places: Places, *, database: Path | None) -> None:
    """Look at everything that lies on the disk, keys and the deliveries themselves apart."""
    home = service.settings.home
    with service.store.engine.connect() as connection:
        if service.store.kind == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint")
        else:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("CHECKPOINT"))
    saved = backup(service.store, home / "saved", registry=service.settings.registry, now_us=NOW_US).folder
    for path in sorted(saved.rglob("*.parquet")):
        frame = pl.read_parquet(path)
        for column in frame.columns:
            for value in frame[column].drop_nulls().to_list():
                places.add("backup", value if isinstance(value, bytes) else str(value))
    for path in sorted(home.rglob("*")):
        place = path.relative_to(home).parts[0]
        if path.is_file() and place not in ("keys", "delivery", "broken", "saved"):
            places.add("rejects.csv" if place == "rejects" else f"files of {place}", path.read_bytes())
    if database is not None:
        for path in sorted(database.rglob("*")):
            if path.is_file():
                places.add("files of PostgreSQL", path.read_bytes())


def main() -> int:
    """Look on both databases and print the figure."""
    argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0]).parse_args()
    wrong = 0
    for kind in ("sqlite", "postgresql"):
        since, places = time.monotonic(), Places()
        with tempfile.TemporaryDirectory(prefix="risk-markers-") as folder, postgresql_server(kind) as server:
            home = Path(folder) / "home"
            url, data = f"sqlite:///{home / 'risk.db'}", None
            if server is not None:
                url, data = _database(server)
            service, markers = walk(home, url, places)
            look_at_files(service, places, database=data)
            service.store.close()
        found = places.found(markers)
        for one in found:
            print(f"  {one}")
        print(
            f"{kind}: {len(markers)} markers looked for in {len(places.looked)} kinds of places, "
            f"{places.size:,} bytes, {time.monotonic() - since:.0f} s: {len(found)} found"
        )
        wrong += len(found)
    return 1 if wrong else 0


def _database(server: str) -> tuple[str, Path]:
    """A fresh migrated database of a server, and the folder of all its files."""
    from risk_service.store import migrate

    engine = make_engine(server)
    with engine.connect() as connection:
        own = connection.execution_options(isolation_level="AUTOCOMMIT")
        own.execute(sa.text("CREATE DATABASE markers"))
        folder = Path(str(own.execute(sa.text("SHOW data_directory")).scalar()))
    engine.dispose()
    url = sa.make_url(server).set(database="markers").render_as_string(hide_password=False)
    store = open_store(url, any_revision=True)
    migrate.upgrade(store)
    store.close()
    return url, folder


if __name__ == "__main__":
    sys.exit(main())
