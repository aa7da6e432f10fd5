"""Small worlds in canonical frames, row by row or at random, for tests of everything below the edge."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import polars as pl

from models.asof import Feeds
from models.freshness import DeliveryStamp, freshness
from models.rules import Rules, load_rules
from models.schema import FEEDS, STEPS
from models.situation import Situation, situate
from models.times import date_of, end_of_day, from_us, parse_moment

BOOK = load_rules()
DEFAULTS: dict[str, dict[str, Any]] = {
    "offices": {"kind": "bp3mi", "name": "Kantor Contoh"},
    "candidates": {
        "enrolled_as": "registered",
        "work_evidence": "none",
        "office": "O1",
        "birth_date": dt.date(1990, 5, 17),
        "home_region": "74.71",
    },
    "registrations": {
        "placement": "new",
        "scheme": "p_to_p",
        "destination_country": "MY",
        "occupation": "6111",
        "office": "O1",
        "status": "open",
        "branch_region": "74.71",
    },
    "registration_steps": {"issuer": "bp3mi"},
    "agencies": {"name": "PT Contoh Rekaan", "kind": "p3mi"},
    "agency_events": {},
    "permits": {"quota": 100, "destination_country": "MY"},
    "branches": {},
    "travel": {
        "departure_point": "CGK",
        "destination_country": "MY",
        "visa_class": "work",
        "return_ticket": "none",
        "payer": "self",
    },
    "outcomes": {"examined_because": "random_check", "finding": "procedural"},
    "incidents": {"kind": "complaint", "persons": 1},
}


def day(text: str) -> dt.date:
    """A date from its text."""
    return dt.date.fromisoformat(text)


def at(text: str) -> dt.datetime:
    """An instant from a date (its noon in Jakarta) or an ISO timestamp."""
    if len(text) == 10:
        return dt.datetime.fromisoformat(f"{text}T12:00:00+07:00").astimezone(dt.UTC)
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


class World:
    """Rows of any feeds; ``frames()`` gives them as canonical frames."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in FEEDS}
        self.add("offices", "2020-01-01", office_id="O1")

    def add(self, feed: str, recorded: str | dt.datetime, *, seq: int = 1, **values: Any) -> World:
        """Append one row; dates may be given as text."""
        row = dict(DEFAULTS[feed]) if not values.get("retracted") else {}
        for name, value in values.items():
            kind = FEEDS[feed].field(name).kind
            if isinstance(value, str) and kind == "date":
                value = day(value)  # noqa: PLW2901
            elif isinstance(value, str) and kind == "timestamp":
                value = at(value)  # noqa: PLW2901
            row[name] = value
        row["recorded_at"] = at(recorded) if isinstance(recorded, str) else recorded
        row.setdefault("retracted", False)
        row["ingest_seq"] = seq
        row["row"] = len(self.rows[feed])
        self.rows[feed].append(row)
        return self

    def case(
        self, name: str, *, registered: str = "2025-06-01", planned: str | None = "2025-09-30", **more: Any
    ) -> World:
        """A candidate ``C<name>`` with a registration ``R<name>``, both recorded on the day of registration."""
        person = {key: more.pop(key) for key in list(more) if key in FEEDS["candidates"].columns and key != "office"}
        self.add("candidates", registered, candidate_id=f"C{name}", **person)
        return self.add(
            "registrations",
            registered,
            registration_id=f"R{name}",
            candidate_id=f"C{name}",
            registered_on=registered,
            planned_departure_on=None if planned is None else day(planned),
            **more,
        )

    def step(self, name: str, step: str, done: str, *, recorded: str | None = None, **more: Any) -> World:
        """A step of case ``name``."""
        return self.add(
            "registration_steps",
            recorded or done,
            registration_id=f"R{name}",
            candidate_id=f"C{name}",
            step=step,
            completed_on=done,
            **more,
        )

    def frames(self) -> Feeds:
        """Canonical frames of all feeds."""
        return {
            name: pl.DataFrame(
                [{column: row.get(column) for column in feed.frame_schema} for row in self.rows[name]],
                schema=feed.frame_schema,
                orient="row",
            )
            for name, feed in FEEDS.items()
        }


def rules_at(t_us: int) -> Rules:
    """The packaged rules as of a time."""
    return BOOK.at(date_of(t_us), t_us)


def look(
    world: World | Feeds, when: str | int = "2025-09-10", *, fresh_until: str | None = None, **more: Any
) -> Situation:
    """The situation of a world as of a time, every feed fresh unless said otherwise."""
    t_us = parse_moment(when) if isinstance(when, str) else when
    feeds = world.frames() if isinstance(world, World) else world
    through = parse_moment(fresh_until) if fresh_until else t_us
    seqs = {1} | {int(s) for frame in feeds.values() for s in frame["ingest_seq"].unique()}
    stamps = [DeliveryStamp(s, "test", through, dict.fromkeys(FEEDS, through)) for s in sorted(seqs)]
    rules = rules_at(t_us)
    return situate(feeds, t_us, rules=rules, freshness=freshness(stamps, feeds, t_us, more.get("seq")), **more)


def value(situation: Situation, case: str, feature: str) -> Any:
    """One feature of one case."""
    frame = situation.features_frame().filter(pl.col("case_id") == case)
    assert len(frame) == 1, f"{case} is not among the active cases"
    return frame[feature][0]


def _pick(rng: random.Random, *values: Any) -> Any:
    return rng.choice(values)


def random_world(seed: int, *, people: int = 12, today: str = "2025-09-10") -> World:
    """A world of many oddities: several registrations a person, agencies in trouble, findings, corrections."""
    rng = random.Random(seed)  # noqa: S311 -- data for tests
    end = day(today)

    def before(low: int, high: int) -> dt.date:
        return end - dt.timedelta(days=rng.randint(low, high))

    def recorded(date: dt.date) -> dt.datetime:
        lag = dt.timedelta(hours=rng.randint(0, 24 * 9))
        return from_us(end_of_day(date - dt.timedelta(days=1))) + lag

    world = World()
    for k in range(3):
        if rng.random() < 0.9:
            world.add("agencies", "2022-01-01", agency_id=f"A{k}")
        granted = before(400, 1200)
        world.add(
            "agency_events",
            recorded(granted),
            event_id=f"E{k}",
            agency_id=f"A{k}",
            event="licence_granted",
            effective_on=granted,
            valid_to=granted + dt.timedelta(days=rng.randint(100, 1800)),
            regime="sip3mi",
        )
        for j in range(rng.randint(0, 4)):
            when = before(0, 700)
            event = _pick(
                rng, "suspended", "reinstated", "revoked", "warned", "deposit_cashed", "deposit_restored",
                "complaint_upheld", "claim_opened", "claim_settled", "licence_extended",
            )  # fmt: skip
            world.add(
                "agency_events",
                recorded(when),
                event_id=f"E{k}-{j}",
                agency_id=f"A{k}",
                event=event,
                effective_on=when,
                scope=_pick(rng, "all", "part", None),
                amount_idr=rng.randint(1, 10**9),
                valid_to=when + dt.timedelta(days=300) if event == "licence_extended" else None,
            )
        world.add(
            "permits",
            recorded(granted),
            permit_id=f"P{k}",
            agency_id=f"A{k}",
            destination_country=_pick(rng, "MY", "HK"),
            occupation=_pick(rng, None, "6111"),
            quota=rng.randint(1, 4),
            valid_from=granted,
            valid_to=before(-400, 100),
        )
        world.add("branches", recorded(granted), agency_id=f"A{k}", region="74.71", registered_on=granted)
    for p in range(people):
        _random_person(rng, world, p, before, recorded)
    return world


def _random_person(rng: random.Random, world: World, p: int, before: Any, recorded: Any) -> None:
    candidate = f"C{p}"
    known = before(150, 700)
    referred = rng.random() < 0.2
    nik = _pick(rng, None, "7471011705900001", "7471015705900001", "7471019905900001", "7471011805900001")
    person = {
        "candidate_id": candidate,
        "enrolled_as": "referred" if referred else "registered",
        "work_evidence": _pick(rng, "none", "job_offer", "own_statement") if referred else "none",
        "nik": nik,
        "birth_date": _pick(rng, None, dt.date(1990, 5, 17), dt.date(2009, 1, 1)),
        "home_region": _pick(rng, "74.71", "52.03", None),
    }
    world.add("candidates", recorded(known), **person)
    if rng.random() < 0.3:
        world.add("candidates", recorded(before(0, 100)), **{**person, "birth_date": dt.date(1990, 5, 18)})
    for r in range(0 if referred and rng.random() < 0.7 else rng.randint(1, 3)):
        name = f"R{p}-{r}"
        start = before(5, 400)
        planned = None if rng.random() < 0.1 else start + dt.timedelta(days=rng.randint(10, 120))
        scheme = _pick(rng, "p_to_p", "p_to_p", "independent", "seafarer", "g_to_g", "ukps")
        values = {
            "registration_id": name,
            "candidate_id": candidate,
            "scheme": scheme,
            "placement": _pick(rng, "new", "new", "re_entry"),
            "destination_country": _pick(rng, "MY", "HK", "SA", "JP", "KH"),
            "occupation": _pick(rng, "6111", "9111"),
            "agency_id": _pick(rng, "A0", "A1", "A2", "A9", None) if scheme != "independent" else None,
            "permit_id": _pick(rng, "P0", "P1", "P2", "P9", None),
            "recruiter_ref": _pick(rng, "r1", "r2", None),
            "registered_on": start,
            "planned_departure_on": planned,
            "status": "open",
        }
        world.add("registrations", recorded(start), **values)
        if rng.random() < 0.5:
            change = {
                "status": _pick(rng, "departed", "withdrawn", "open"),
                "agency_id": _pick(rng, "A1", values["agency_id"]),
            }
            world.add("registrations", recorded(before(0, 100)), **{**values, **change})
        for step in rng.sample(STEPS, rng.randint(0, len(STEPS))):
            done = start + dt.timedelta(days=rng.randint(-30, 90))
            world.add(
                "registration_steps",
                recorded(done),
                registration_id=name,
                candidate_id=candidate,
                step=step,
                completed_on=done,
                valid_until=_pick(rng, None, None, done + dt.timedelta(days=rng.randint(0, 200))),
            )
            if rng.random() < 0.05:
                world.add(
                    "registration_steps",
                    recorded(before(0, 50)),
                    registration_id=name,
                    candidate_id=candidate,
                    step=step,
                    retracted=True,
                )
        if rng.random() < 0.5:
            finding = {
                "outcome_id": f"O{p}-{r}",
                "candidate_id": candidate,
                "registration_id": _pick(rng, name, None),
            }
            checked = before(0, 300)
            world.add("outcomes", recorded(checked), checked_on=checked, **finding, **_random_finding(rng))
    for k in range(rng.randint(0, 2)):
        leave = before(-90, 60)
        world.add(
            "travel",
            recorded(leave - dt.timedelta(days=rng.randint(1, 80))),
            travel_id=f"T{p}-{k}",
            candidate_id=candidate,
            registration_id=_pick(rng, None, f"R{p}-0"),
            departure_at=from_us(end_of_day(leave) - rng.randint(0, 86_399_000_000)),
            departure_point=_pick(rng, "CGK", "BTH", "IDNNK"),
            destination_country=_pick(rng, "MY", "HK", "SG", "SA"),
            transit_countries=_pick(rng, None, "MY;SG", "HK"),
            visa_class=_pick(rng, "work", "visit", "umrah", "unknown"),
            planned_stay_days=_pick(rng, None, 20, 300),
            visa_days=_pick(rng, None, 30),
            return_ticket=_pick(rng, "none", "ticketed"),
            booked_at=_pick(rng, None, from_us(end_of_day(leave - dt.timedelta(days=9)))),
            payer=_pick(rng, "self", "agency", "third_party"),
            payer_ref=_pick(rng, None, "pay1", "pay2"),
            group_ref=_pick(rng, None, "g1"),
            group_size=_pick(rng, None, 1, 7),
            licensed_tour=_pick(rng, None, False, True),
            border_transfer_from=_pick(rng, None, "74.71"),
            passport_replaced=_pick(rng, None, True),
        )


def _random_finding(rng: random.Random) -> dict[str, Any]:
    return {
        "finding": _pick(rng, "procedural", "non_procedural", "undetermined"),
        "help_given": _pick(rng, None, "none", "postponed"),
        "examined_because": _pick(rng, "random_check", "worklist"),
        "inclusion_probability": _pick(rng, None, 0.1),
    }
