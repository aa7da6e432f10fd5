"""Everything held about one person, for that person: in Indonesian and English, as a document and as data.

What is in it: who the person is on record as, every version of every row about them with who delivered it and when it
was recorded, every stored score in words, what officers found, decided and wrote, who looked (by role and office, never
by name), how long it is kept, and how to correct or object. A score on trial that nobody was shown is named as such.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import polars as pl
import sqlalchemy as sa
from babel import Locale
from babel.dates import format_datetime
from sqlalchemy.engine import Connection

from models.notices import BY_CODE
from models.texts import Text
from models.times import JAKARTA, to_us
from risk_service.action_texts import ACTIONS
from risk_service.code_texts import CODES
from risk_service.codes import BANDS, LANES, YES_NO
from risk_service.field_texts import FIELDS
from risk_service.geography import hours_east, local_time
from risk_service.occupations import occupation
from risk_service.policy import PURPOSES, ROLE_TEXTS, not_found
from risk_service.services import audit, people
from risk_service.services.audit import Reading
from risk_service.services.cases import stored_reason
from risk_service.services.own_views import VIEWS
from risk_service.services.retention import Policy
from risk_service.services.sheets import PDF, SIMULATED, File
from risk_service.services.subject_texts import HEADINGS, KEPT, LEAD, OWN_RECORD, RIGHTS, UNNAMED
from risk_service.store import MasterKey, Store
from risk_service.store import audit as trail
from risk_service.store import deliveries as kept
from risk_service.store import keys as key_rows
from risk_service.store import scores as scores_kept
from risk_service.store import users as user_rows
from risk_service.store.bulk import read_frame
from risk_service.store.casework import CORRECTIONS, FINDINGS, OBJECTIONS, OVERRIDES
from risk_service.store.casework_tables import corrections, findings, objections, overrides, own_views
from risk_service.store.feeds import PERSONAL_FEEDS, load_feeds
from risk_service.store.persons import identities, open_text
from risk_service.store.shadow import shadow_scores
from risk_service.store.tables import FEED_TABLES, deliveries, scores

Language = Literal["id", "en"]
_PLACE: Final = frozenset({"ingest_seq", "row", "nik_state", "nik_birth", "candidate_id", "recorded_at", "retracted"})
_LOCALES: Final = {"id": Locale("id"), "en": Locale("en")}
_WRITTEN: Final = (
    ("finding", FINDINGS, findings, ("note", "retraction")),
    ("correction", CORRECTIONS, corrections, ("content", "reason", "decision", "replaced")),
    ("objection", OBJECTIONS, objections, ("reason", "lifting")),
    ("override", OVERRIDES, overrides, ("reason", "ending")),
)
_NOT_FOR_PAPER: Final = frozenset({"candidate_id", "version", "ingest_seq", "outcome_id", "inclusion_probability"})


def held(
    store: Store, reading: Reading, *, master: MasterKey, policy: Policy, candidate_id: str, form: str
) -> dict[str, Any]:
    """Return everything held about a person; leaves an entry.

    Parameters
    ----------
    policy
        How long things are kept.
    form
        ``json`` or ``pdf``; for the trail.

    Returns
    -------
    dict
        As `risk_service.schemas.subject.SubjectFile`; ``hours_east``: the clock of the person's home, for `as_pdf`.

    Raises
    ------
    NotAllowedError, NotFoundError, ErasedError
        The role does not hand files out; no such person within the office's scope; erased under a policy.
    """
    reading.principal.require("person.file")
    token = audit.subject_token(master, candidate_id)
    with store.reading() as connection:
        found, office = people.office_of(connection, candidate_id, t_us=reading.now_us)
        if not found:
            raise not_found("candidate")
        reading.principal.require_office(office, what="candidate")
        people.unerased(connection, candidate_id)
        whole = people.revealed(connection, master, candidate_id, t_us=reading.now_us)
        content = {
            "candidate_id": candidate_id,
            "made_at": reading.now_us,
            "simulated": kept.is_simulated(connection) is True,
            "hours_east": hours_east(people.home_of(connection, candidate_id, t_us=reading.now_us)),
            "lead": LEAD.as_dict(),
            "identity": {name: whole[name] for name in ("nik", "full_name", "passport_no", "phone")},
            "records": _records(connection, master, candidate_id),
            "scores": _scores(connection, candidate_id),
            "on_trial": _on_trial(connection, candidate_id),
            "casework": _casework(connection, master, candidate_id),
            "looked": _looked(connection, token),
            "kept": KEPT.fill(days=str(policy.unconfirmed_days), months=str(policy.confirmed_months)).as_dict(),
            "rights": [text.as_dict() for text in RIGHTS],
        }
    audit.record(store, reading, action="person.file", subject=token, detail={"form": form})
    return content


def as_pdf(content: Mapping[str, Any], *, language: Language) -> File:
    """Return the file as a document in one language."""
    from risk_service.services.pdf import Paper  # loads a library that only paper needs

    said = _Saying(language, content["hours_east"])
    title = said(HEADINGS["title"])
    stamp = said(SIMULATED) if content["simulated"] else None
    with Paper(title=title, stamp=stamp, foot=said(HEADINGS["foot"]), now_us=content["made_at"]) as paper:
        paper.heading(title)
        paper.paragraph(f"{content['candidate_id']}, {said.when(content['made_at'])}", size=8)
        paper.paragraph(said(content["lead"]))
        paper.section(said(HEADINGS["identity"]))
        paper.facts([(said(UNNAMED[name]), value or "–") for name, value in content["identity"].items()])
        _records_on(paper, content, said)
        _scores_on(paper, content, said)
        _casework_on(paper, content, said)
        paper.section(said(HEADINGS["rights"]))
        for text in (content["kept"], *content["rights"]):
            paper.paragraph(said(text))
        return File(f"berkas-{language}.pdf", PDF, paper.finished())


@dataclass(frozen=True)
class _Saying:
    """Texts in one language, and times on one clock."""

    language: Language
    hours_east: int

    def __call__(self, text: Mapping[str, str] | Text) -> str:
        return str((text.as_dict() if isinstance(text, Text) else text)[self.language])

    def when(self, us: int) -> str:
        there, clock = local_time(us, self.hours_east)
        return str(format_datetime(there, f"d MMM y HH.mm '{clock}'", locale=_LOCALES[self.language]))


def _records_on(paper: Any, content: Mapping[str, Any], said: _Saying) -> None:
    paper.section(said(HEADINGS["records"]))
    for row in content["records"]:
        paper.paragraph(f"{said(row['title'])}, {said.when(row['recorded_at'])}", bold=True, size=9)
        source = f"{said(HEADINGS['source'])}: {said(row['source'])}, {said.when(row['received_at'])}"
        paper.paragraph(f"{source}. {said(HEADINGS['withdrawn'])}" if row["retracted"] else source, size=8)
        _values_on(paper, row["values"], said)


def _scores_on(paper: Any, content: Mapping[str, Any], said: _Saying) -> None:
    paper.section(said(HEADINGS["scores"]))
    paper.paragraph(said(HEADINGS["scores_lead"]), size=8.5)
    for one in content["scores"]:
        paper.paragraph(f"{said.when(one['as_of'])}: {said(one['text'])}", bold=True, size=9)
        for reason in (*one["reasons"], *one["notices"]):
            paper.paragraph(f"• {said(reason)}", size=8.5)
    if content["on_trial"]:
        paper.paragraph(said(HEADINGS["on_trial"].fill(n=str(len(content["on_trial"])))), size=8.5)


def _casework_on(paper: Any, content: Mapping[str, Any], said: _Saying) -> None:
    paper.section(said(HEADINGS["casework"]))
    for one in content["casework"]:
        paper.paragraph(f"{said(one['title'])}, {said.when(one['at'])}", bold=True, size=9)
        _values_on(paper, one["values"], said)
    if not content["casework"]:
        paper.paragraph("–")
    paper.section(said(HEADINGS["looked"]))
    for one in content["looked"]:
        by = f"{said(one['role'])}, {one['office'] or said(HEADINGS['every_office'])}"
        why = said(one["purpose"]) if one["purpose"] else "–"
        paper.paragraph(f"{said.when(one['at'])}: {said(one['text'])} ({by}; {why})", size=8.5)


def _values_on(paper: Any, values: Iterable[Mapping[str, Any]], said: _Saying) -> None:
    for value in values:
        paper.paragraph(f"{said(value['title'])}: {said(value['text'])}", size=8.5)


def _records(connection: Connection, master: MasterKey, candidate_id: str) -> list[dict[str, Any]]:
    """Every version of every row about the person, by feed and time."""
    feeds = load_feeds(connection, candidates=[candidate_id], only=PERSONAL_FEEDS)
    seqs = sorted({seq for rows in feeds.values() for seq in rows["ingest_seq"]})
    received = {row.seq: row for row in connection.execute(sa.select(deliveries).where(deliveries.c.seq.in_(seqs)))}
    found = []
    for name in PERSONAL_FEEDS:
        rows = feeds[name].filter(pl.col("candidate_id") == candidate_id).sort("recorded_at", "ingest_seq", "row")
        named = _sealed(connection, master, candidate_id) if name == "candidates" else {}
        for row in rows.iter_rows(named=True):
            delivery = received[row["ingest_seq"]]
            values = {field: value for field, value in row.items() if field not in _PLACE and value is not None}
            own = named.get((row["ingest_seq"], row["row"]), {})
            stamp = row["recorded_at"]
            found.append(
                {
                    "feed": name,
                    "title": CODES["feed"][name].as_dict(),
                    "recorded_at": to_us(stamp),
                    "received_at": delivery.ingested_at_us,
                    "source": (OWN_RECORD if delivery.made_here else Text(delivery.source, delivery.source)).as_dict(),
                    "retracted": bool(row["retracted"]),
                    "values": [_value(field, value) for field, value in (own | values).items()],
                }
            )
    return found


def _sealed(connection: Connection, master: MasterKey, candidate_id: str) -> dict[tuple[int, int], dict[str, str]]:
    """What identified the person by each row of candidates."""
    c = FEED_TABLES["candidates"].c
    query = sa.select(c.candidate_id, c.sealed, c.ingest_seq, c.row).where(c.candidate_id == candidate_id)
    rows = read_frame(connection, query)
    opened = identities(connection, master, rows)
    return {
        place: {name: value for name, value in vars(who).items() if value is not None} if who is not None else {}
        for place, who in zip(rows.select("ingest_seq", "row").iter_rows(), opened, strict=True)
    }


def _value(field: str, value: Any) -> dict[str, Any]:
    title = FIELDS.get(field) or UNNAMED.get(field) or Text(field, field)
    if isinstance(value, bool):
        text = YES_NO[value]
    elif isinstance(value, dt.datetime):
        said = value.astimezone(JAKARTA).isoformat(timespec="minutes")
        text = Text(said, said)
    elif field == "occupation":
        text = occupation(str(value))
    else:
        text = CODES.get(field, {}).get(str(value)) or UNNAMED.get(f"{field}:{value}") or Text(str(value), str(value))
    return {"field": field, "title": title.as_dict(), "text": text.as_dict()}


def _scores(connection: Connection, candidate_id: str) -> list[dict[str, Any]]:
    """Every stored score, the latest first, in words."""
    query = sa.select(scores).where(scores.c.candidate_id == candidate_id).order_by(scores.c.score_id.desc())
    found = []
    for row in connection.execute(query):
        score = scores_kept.stored_score(row)
        band, lane = BANDS[score.band], LANES[score.lane]
        chance = "" if score.probability is None else f" ({round(score.probability * 100)} / 100)"
        found.append(
            {
                "score_id": str(score.score_id),
                "case_id": score.case_id,
                "as_of": score.as_of_us,
                "release": score.release,
                "band": score.band,
                "probability": score.probability,
                "text": Text(f"{band.id}, {lane.id}{chance}", f"{band.en}, {lane.en}{chance}").as_dict(),
                "reasons": [stored_reason(reason) for reason in score.reasons],
                "notices": [BY_CODE[code].text.as_dict() for code in score.notices],
            }
        )
    return found


def _on_trial(connection: Connection, candidate_id: str) -> list[dict[str, Any]]:
    """Results of releases on trial, which nobody was shown."""
    c = shadow_scores.c
    query = sa.select(c.case_id, c.as_of_us, c.release, c.band).where(c.candidate_id == candidate_id)
    return [
        {"case_id": case, "as_of": as_of, "release": release, "band": band}
        for case, as_of, release, band in connection.execute(query.order_by(c.as_of_us))
    ]


def _casework(connection: Connection, master: MasterKey, candidate_id: str) -> list[dict[str, Any]]:
    """What officers recorded, decided and wrote, oldest first; without their names."""
    found = []
    for kind, records, table, sealed in _WRITTEN:
        for one in records.find(connection, table.c.candidate_id == candidate_id):
            values = {name: value for name, value in vars(one).items() if value is not None}
            for name in sealed:
                values[name] = open_text(connection, master, candidate_id, values.get(name))
            at = next(
                value for name, value in values.items() if name in ("recorded_at_us", "raised_at_us", "made_at_us")
            )
            said = [_value(name, value) for name, value in values.items() if _shown(name) and value is not None]
            found.append({"kind": kind, "title": HEADINGS[kind].as_dict(), "at": at, "values": said})
    c = own_views.c
    views = sa.select(c.case_id, c.at_us, c.view).where(c.candidate_id == candidate_id)
    for case, at, view in connection.execute(views):
        seen = {"field": "view", "title": HEADINGS["view"].as_dict(), "text": VIEWS[view].as_dict()}
        said = [_value("case_id", case), seen]
        found.append({"kind": "view", "title": HEADINGS["view"].as_dict(), "at": at, "values": said})
    return sorted(found, key=lambda one: one["at"])


def _shown(name: str) -> bool:
    """Whether a column of casework is for the person's eyes: not who did it, nor how the service counts."""
    return name not in _NOT_FOR_PAPER and not name.endswith(("_by", "_us", "_id"))


def _looked(connection: Connection, token: str) -> list[dict[str, Any]]:
    """Every entry of the trail about the person, oldest first: role and office, no name."""
    offices: dict[str, str | None] = {key.key_id: key.office for key in key_rows.list_keys(connection)}
    roles = {str(role): text for role, text in ROLE_TEXTS.items()}
    purposes = {str(purpose): text for purpose, text in PURPOSES.items()}
    offices |= {user.user_id: user.office for user in user_rows.list_users(connection)}
    return [
        {
            "at": entry.at_us,
            "action": entry.action,
            "text": ACTIONS.get(entry.action, Text(entry.action, entry.action)).as_dict(),
            "role": roles.get(entry.role, Text(entry.role, entry.role)).as_dict(),
            "office": offices.get(entry.principal),
            "purpose": purposes[entry.purpose].as_dict() if entry.purpose else None,
        }
        for entry in trail.entries(connection, wanted=trail.Wanted(subject=token))
    ]
