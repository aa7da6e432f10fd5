"""A code flow against a real provider on loopback, a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest
import requests

from risk_service.services import users
from tests.risk_service.console.visiting import Visitor
from tests.service import ADMIN, NOW_US, open_service

PEOPLE = {
    "sub-siti": {"email": "siti@kantor.example", "email_verified": True},
    "sub-budi": {"email": "budi@kantor.example", "email_verified": False},
    "sub-thief": {"email": "siti@kantor.example", "email_verified": True},
    "sub-nobody": {"email": "nobody@kantor.example", "email_verified": True},
}


@pytest.fixture(scope="module")
def provider():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            requests.get(f"{address}/.well-known/openid-configuration", timeout=5)
            break
        except requests.ConnectionError:
            time.sleep(0.2)
    for subject, claims in PEOPLE.items():
        requests.put(f"{address}/users/{subject}", json=claims, timeout=30).raise_for_status()
    yield address
    running.terminate()
    running.wait(30)


@pytest.fixture
def service(provider, store, tmp_path):
    service = open_service(tmp_path / "home", store, oidc_issuer=provider, oidc_client="risk-service", oidc_secret="x")
    for login in ("siti@kantor.example", "budi@kantor.example"):
        users.add(
            store, by=ADMIN, login=login, name=login[:4], role="supervisor", office=None, password=False, now_us=NOW_US
        )
    return service


def go(visitor):
    """Start, and return the provider's address with state, nonce and challenge."""
    visitor.get("/sign-in")
    assert "Masuk lewat akun kantor" in visitor.text
    answer = visitor.get("/sign-in/provider")
    assert answer.status_code == 302
    return answer.headers["Location"]


def consent(address, subject):
    """Answer at the provider; returns the path and query it leads back to."""
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=30)
    return answer.headers["Location"].partition("localhost")[2]


def test_a_code_flow_opens_a_session_for_whom_an_administrator_knows(service):
    visitor = Visitor(service)
    address = go(visitor)
    for part in ("code_challenge_method=S256", "state=", "nonce=", "response_type=code"):
        assert part in address
    visitor.get(consent(address, "sub-siti"))
    assert visitor.path == "/worklist"
    assert "siti" in visitor.text

    users_now = {user.login: user for user in users.listed(service.store, by=ADMIN)}
    assert users_now["siti@kantor.example"].provider_subject == "sub-siti"
    assert not users_now["siti@kantor.example"].password

    thief = Visitor(service)
    thief.get(consent(go(thief), "sub-thief"))
    assert (thief.page.status_code, thief.path) == (403, "/sign-in/return")

    for subject in ("sub-budi", "sub-nobody"):
        other = Visitor(service)
        other.get(consent(go(other), subject))
        assert other.page.status_code == 403, subject
        assert "belum terdaftar di sini" in other.text

    users.disable(service.store, by=ADMIN, user_id=users_now["siti@kantor.example"].user_id, now_us=NOW_US)
    again = Visitor(service)
    again.get(consent(go(again), "sub-siti"))
    assert again.page.status_code == 403


def test_an_answer_that_was_not_asked_for_or_comes_twice_opens_nothing(service):
    visitor, other = Visitor(service), Visitor(service)
    back = consent(go(visitor), "sub-siti")
    go(other)
    assert other.get(back).status_code == 502
    visitor.get(back)
    assert visitor.path == "/worklist"
    visitor.post("/sign-out")
    assert visitor.get(back).status_code == 502
    assert visitor.get("/sign-in/return?error=access_denied&state=x").status_code == 502


def test_a_provider_that_is_away_is_said_so_and_passwords_still_open(store, tmp_path):
    service = open_service(tmp_path / "away", store, oidc_issuer="http://127.0.0.1:9", oidc_client="x")
    visitor = Visitor(service)
    assert visitor.get("/sign-in/provider").status_code == 502
    assert "tidak menjawab dengan benar" in visitor.text
    assert 'name="password"' in visitor.page.text
    assert "127.0.0.1:9" not in service.log.getvalue()


def test_without_a_provider_its_routes_lead_nowhere(store, tmp_path):
    visitor = Visitor(open_service(tmp_path / "none", store))

    assert "Masuk lewat akun kantor" not in visitor.get("/sign-in").text
    assert visitor.get("/sign-in/provider").status_code == 404
    assert visitor.get("/sign-in/return").status_code == 404
