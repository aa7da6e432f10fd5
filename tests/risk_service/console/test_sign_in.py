"""Accounts, sessions, throttling and form tokens, as a person and as somebody who should not get in meet them."""

from __future__ import annotations

import re

import pytest

from models.times import US_PER_DAY, US_PER_SECOND
from risk_service.errors import NotFoundError
from risk_service.policy import ROUTES
from risk_service.services import audit, sessions, users
from risk_service.store import sessions as session_rows
from tests.risk_service.console.visiting import Visitor
from tests.service import ADMIN, NOW_US

LOGIN, PASSWORD = "siti", "empat payung di atas bukit"
MINUTE_US = 60 * US_PER_SECOND


def add(service, login=LOGIN, role="supervisor", office=None):
    return users.add(
        service.store, by=ADMIN, login=login, name="Siti", role=role, office=office, password=True, now_us=NOW_US
    )


@pytest.fixture
def siti(service):
    """An account with a password of its own, signed in."""
    _, once = add(service)
    visitor = Visitor(service)
    visitor.sign_in(LOGIN, once)
    visitor.post("/account/password", present=once, chosen=PASSWORD, again=PASSWORD)
    return visitor


def actions(service):
    return [entry["action"] for entry in audit.listed(service.store, limit=1000)]


def test_a_new_account_chooses_its_password_before_anything_else(service):
    _, once = add(service)
    visitor = Visitor(service)

    visitor.sign_in("  SITI ", once)
    assert visitor.path == "/account/password"
    visitor.get("/cases")
    assert visitor.path == "/account/password"
    visitor.post("/account/password", present=once, chosen=PASSWORD, again=PASSWORD)
    assert visitor.path == "/worklist"
    assert visitor.page.status_code == 200

    other = Visitor(service)
    other.sign_in(LOGIN, once)
    assert other.page.status_code == 403
    other.sign_in(LOGIN, PASSWORD)
    assert other.path == "/worklist"


def test_a_password_that_is_good_once_ends_by_itself(service):
    _, once = add(service)
    service.now_us += users.ONCE_DAYS * US_PER_DAY
    visitor = Visitor(service)

    assert visitor.sign_in(LOGIN, once).status_code == 403


@pytest.mark.parametrize(
    ("chosen", "again", "said"),
    [
        ("kurang", "kurang", "12 sampai 256"),
        ("passwordpassword", "passwordpassword", "terlalu mudah ditebak"),
        ("siti123456siti", "siti123456siti", "terlalu mudah ditebak"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "terlalu mudah ditebak"),
        (PASSWORD, f"{PASSWORD}!", "tidak sama"),
    ],
)
def test_a_password_that_is_easily_guessed_is_not_taken(service, chosen, again, said):
    _, once = add(service)
    visitor = Visitor(service)
    visitor.sign_in(LOGIN, once)
    visitor.post("/account/password", present=once, chosen=chosen, again=again)

    assert visitor.page.status_code == 422
    assert said in visitor.text
    assert chosen not in visitor.page.text


def test_a_wrong_login_and_a_wrong_password_look_alike(siti):
    service = siti.service
    pages = []
    for login in (LOGIN, "nobody"):
        visitor = Visitor(service)
        assert visitor.sign_in(login, "wrong wrong wrong").status_code == 403
        pages.append(re.sub(r'value="[^"]*"', "", visitor.page.text))

    assert pages[0] == pages[1]
    refused = [entry for entry in audit.listed(service.store, limit=1000) if entry["action"] == "session.refuse"]
    assert len(refused) == 1
    assert "nobody" not in str(audit.listed(service.store, limit=1000))


def test_an_account_is_guarded_against_guessing_even_with_the_right_password(siti):
    service = siti.service
    guesser = Visitor(service, address="203.0.113.9")
    for _ in range(sessions.MOST_OF_ACCOUNT):
        assert guesser.sign_in(LOGIN, "wrong wrong wrong").status_code == 403
    owner = Visitor(service)
    got = owner.sign_in(LOGIN, PASSWORD)

    assert got.status_code == 429
    assert 0 < int(got.headers["Retry-After"]) <= sessions.WINDOW_US / US_PER_SECOND
    assert "Terlalu banyak percobaan" in owner.text
    service.now_us += sessions.WINDOW_US
    owner.sign_in(LOGIN, PASSWORD)
    assert owner.path == "/worklist"


def test_an_address_that_tries_many_accounts_is_held_off_and_others_are_not(siti):
    service = siti.service
    guesser = Visitor(service, address="203.0.113.9")
    guesser.get("/sign-in")
    for number in range(sessions.MOST_OF_ADDRESS):
        guesser.post("/sign-in", key=f"guess-{number}")
    assert guesser.sign_in(LOGIN, PASSWORD).status_code == 429
    neighbour = Visitor(service, address="203.0.113.10")
    neighbour.sign_in(LOGIN, PASSWORD)

    assert neighbour.path == "/worklist"


def test_signing_in_often_is_no_failure(siti):
    for _ in range(sessions.MOST_OF_ACCOUNT + 1):
        visitor = Visitor(siti.service)
        visitor.sign_in(LOGIN, PASSWORD)
        assert visitor.path == "/worklist"


def test_many_attempts_at_once_are_all_counted(store, master):
    from concurrent.futures import ThreadPoolExecutor

    from risk_service.errors import TooManyError

    def attempt(_):
        try:
            sessions.attempt(store, master=master, login="x", address="a", now_us=NOW_US)
        except TooManyError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(12))) == sessions.MOST_OF_ACCOUNT


def test_a_session_ends_with_its_time_when_unused_and_with_its_account(siti):
    service = siti.service
    service.now_us += (service.settings.session_idle - 1) * MINUTE_US
    siti.get("/cases")
    assert siti.path == "/cases"
    service.now_us += service.settings.session_idle * MINUTE_US
    siti.get("/cases")
    assert siti.path == "/sign-in"

    siti.sign_in(LOGIN, PASSWORD)
    opened = service.now_us
    while service.now_us - opened < service.settings.session_hours * 60 * MINUTE_US:
        assert siti.get("/account").request.path == "/account"
        service.now_us += 30 * MINUTE_US
    assert siti.get("/account").request.path == "/sign-in"

    siti.sign_in(LOGIN, PASSWORD)
    user = users.named(service.store, LOGIN)
    users.disable(service.store, by=ADMIN, user_id=user.user_id, now_us=service.now_us)
    assert siti.get("/account").request.path == "/sign-in"
    assert siti.sign_in(LOGIN, PASSWORD).status_code == 403


def test_the_cookie_of_a_session_that_was_left_opens_nothing(siti):
    with siti.client.session_transaction() as session:
        kept = dict(session)
    siti.post("/sign-out")
    with siti.client.session_transaction() as session:
        session.update(kept)

    assert siti.get("/cases").request.path == "/sign-in"


def test_signing_in_begins_a_new_session_with_a_new_form_token(service):
    _, once = add(service)
    visitor = Visitor(service)
    visitor.get("/sign-in")
    before = visitor.token
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    visitor.sign_in(LOGIN, once)

    assert visitor.token != before
    with visitor.client.session_transaction() as session:
        assert "planted" not in session


def test_a_person_ends_their_own_other_sessions_and_nobody_elses(siti):
    service = siti.service
    elsewhere = Visitor(service, address="198.51.100.2")
    elsewhere.sign_in(LOGIN, PASSWORD)
    stranger = Visitor(service)
    _, once = add(service, login="budi")
    stranger.sign_in("budi", once)
    siti.get("/account")
    assert "198.51.100.2" in siti.text

    with service.store.reading() as connection:
        found = session_rows.open_sessions(connection, now_us=service.now_us)
    of_budi = next(s for s in found if s.user_id == users.named(service.store, "budi").user_id)
    assert siti.post("/account/sessions", session=of_budi.session_id).status_code == 404
    siti.get("/account")
    siti.post("/account/sessions")
    assert siti.get("/account").status_code == 200
    assert elsewhere.get("/account").request.path == "/sign-in"
    assert stranger.get("/account/password").request.path == "/account/password"


def test_changing_the_password_ends_all_other_sessions(siti):
    elsewhere = Visitor(siti.service)
    elsewhere.sign_in(LOGIN, PASSWORD)
    siti.get("/account/password")
    siti.post("/account/password", present=PASSWORD, chosen=f"{PASSWORD} lagi", again=f"{PASSWORD} lagi")

    assert siti.get("/account").request.path == "/account"
    assert elsewhere.get("/account").request.path == "/sign-in"


@pytest.mark.parametrize(
    ("language", "said"),
    [("id", "hanya melihat daftar satu kantor: sebutkan"), ("en", "sees one office&#39;s list alone: name the office")],
)
def test_an_account_of_a_desk_that_names_no_office_is_refused(siti, language, said):
    service = siti.service
    admin = Visitor(service)
    admin.get("/sign-in")
    admin.post("/sign-in", key=service.key["admin"])
    admin.post("/language", language=language, back="/users")
    admin.get("/users")
    refused = admin.post("/users", login="loket", name="Loket", role="desk", office=" ", password="yes")
    assert refused.status_code == 422
    assert said in refused.text
    with pytest.raises(NotFoundError):
        users.named(service.store, "loket")

    before = users.named(service.store, LOGIN)
    refused = admin.post(f"/users/{before.user_id}", do="change", role="desk", office="")
    assert said in refused.text
    assert users.named(service.store, LOGIN).role == before.role
    admin.post(f"/users/{before.user_id}", do="change", role="desk", office="O-DISNAKER-7471")
    assert users.named(service.store, LOGIN).role == "desk"


def test_an_administrator_makes_changes_and_ends_accounts_and_sessions(siti):
    service = siti.service
    admin = Visitor(service)
    admin.get("/sign-in")
    admin.post("/sign-in", key=service.key["admin"])

    admin.get("/users")
    made = admin.post("/users", login="wati", name="Wati", role="viewer", office="O-BP3MI", password="yes")
    once = re.search(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", made.text)[1]
    assert once not in admin.get("/users").text

    wati = users.named(service.store, "wati")
    admin.post(f"/users/{wati.user_id}", do="change", role="investigator", office="O-OTHER")
    assert (users.named(service.store, "wati").role, users.named(service.store, "wati").office) == (
        "investigator",
        "O-OTHER",
    )
    admin.post(f"/users/{wati.user_id}", do="disable")
    assert Visitor(service).sign_in("wati", once).status_code == 403
    admin.post(f"/users/{wati.user_id}", do="enable")
    again = admin.post(f"/users/{wati.user_id}", do="reset").text
    assert re.search(r"<code>([a-z2-7-]{19})</code>", again)[1] != once

    admin.get("/users")
    with service.store.reading() as connection:
        (of_siti,) = session_rows.open_sessions(
            connection, now_us=NOW_US, user_id=users.named(service.store, LOGIN).user_id
        )
    admin.post(f"/sessions/{of_siti.session_id}")
    assert siti.get("/cases").request.path == "/sign-in"
    assert {"user.create", "user.change", "user.disable", "user.enable", "user.reset", "session.end"} <= set(
        actions(service)
    )
    taken = admin.post("/users", login="wati", name="Wati", role="viewer", password="yes")
    assert taken.status_code == 409
    assert "sudah dipakai" in admin.text


def test_the_only_administrator_cannot_be_made_none(service):
    users.first(service.store, by=ADMIN, now_us=NOW_US)
    admin = users.named(service.store, users.FIRST_LOGIN)
    from risk_service.errors import ConflictError

    with pytest.raises(ConflictError, match="only administrator"):
        users.disable(service.store, by=ADMIN, user_id=admin.user_id, now_us=NOW_US)
    with pytest.raises(ConflictError, match="only administrator"):
        users.change(service.store, by=ADMIN, user_id=admin.user_id, role="viewer", office=None, now_us=NOW_US)


def test_the_first_administrator_is_made_once_even_by_many_at_once(store):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: users.first(store, by=ADMIN, now_us=NOW_US), range(4)))

    assert sum(secret is not None for secret in made) == 1
    assert users.first(store, by=ADMIN, now_us=NOW_US) is None
    (user,) = users.listed(store, by=ADMIN)
    assert (user.login, user.role, user.password_once) == (users.FIRST_LOGIN, "admin", True)
    assert user.password.startswith("$argon2id$")


@pytest.mark.parametrize(("chosen", "opens"), [("never", False), ("simulated", True), ("always", True)])
def test_whether_keys_open_the_console_is_a_setting(filled, tmp_path, chosen, opens):
    import shutil

    from risk_service.settings import Settings
    from risk_service.store import open_store
    from tests.service import open_service

    shutil.copytree(filled, tmp_path / "home")
    store = open_store(Settings(home=tmp_path / "home").database_url)
    visitor = Visitor(open_service(tmp_path / "home", store, key_sign_in=chosen))
    assert ('name="key"' in visitor.get("/sign-in").text) == opens
    visitor.post("/sign-in", key=visitor.service.key["supervisor"])
    assert (visitor.path == "/worklist") == opens
    store.close()


def test_every_form_of_the_console_is_held_to_its_session(siti):
    service = siti.service
    for route in ROUTES:
        method, _, rule = route.partition(" ")
        if method == "GET" or rule.startswith("/api/"):
            continue
        path = re.sub(r"<[^>]*>", "x", rule)
        before = actions(service)
        for token in ("", "forged"):
            got = siti.post(path, token=token, role="admin", do="disable", language="en")
            assert got.status_code in (400, 403), route  # 403: not even with a token
        assert actions(service) == before, route
        stranger = Visitor(service).post(path, token="")
        assert stranger.status_code in (400, 200), route  # 200: the page to sign in, where it was led
        assert stranger.request.path in ("/sign-in", path), route
    assert siti.get("/cases").request.path == "/cases"
