"""Whoever the hospital's provider vouches for comes in, with the roles of their groups, and nobody else."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient
from tests.flow.nodes import TestNode
from tests.peers.oidc import CLIENT, SECRET, Provider
from tests.web.entering import Door

from tirage.settings import load_settings

OIDC = """
[console.oidc]
issuer = "{issuer}"
client_id = "{client}"
client_secret = "file:oidc.secret"
redirect = "http://127.0.0.1:8791/sign-in/back"
groups = [
    {{claim = "imaging", role = "operator", project = "lung"}},
    {{claim = "privacy", role = "approver"}},
]
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as opened:
        yield opened


@pytest.fixture
def door(tmp_path: Path, provider: Provider) -> Iterator[Door]:
    node = TestNode(tmp_path)
    (node.folder / "oidc.secret").write_text(SECRET)
    settings = node.folder / "tirage.toml"
    settings.write_text(settings.read_text() + OIDC.format(issuer=provider.issuer, client=CLIENT))
    node.settings = load_settings(node.folder)
    opened = Door(node)
    opened.clock.now = datetime.now(UTC)
    with opened:
        yield opened


def come_back(browser: TestClient, provider: Provider) -> Response:
    left = browser.get("/sign-in/hospital")
    assert "SameSite=lax" in left.headers["set-cookie"]
    state, code = provider.sign_in(left.headers["location"])
    answer: Response = browser.get("/sign-in/back", params={"state": state, "code": code})
    return answer


def grants(browser: TestClient) -> list[str]:
    return [f"{each['role']}:{each['project']}" for each in browser.get("/api/v1/account").json()["grants"]]


def test_a_person_of_the_hospital_comes_in_with_the_roles_of_their_groups(
    door: Door, provider: Provider
) -> None:
    browser = door.browser()
    page = come_back(browser, provider)
    assert (page.status_code, 'content="0; url=/"' in page.text) == (200, True)
    assert "SameSite=strict" in page.headers["set-cookie"]
    assert browser.get("/api/v1/account").json()["name"] == "grace"
    assert grants(browser) == ["operator:lung"]
    provider.claims = {"groups": ["privacy", "others"], "preferred_username": "renamed"}
    again = door.browser()
    come_back(again, provider)
    assert (again.get("/api/v1/account").json()["name"], grants(again)) == ("grace", ["approver:*"])


@pytest.mark.parametrize(
    ("claims", "signs"),
    [
        ({"nonce": "another"}, "rs256"),
        ({"exp": int(time.time()) - 3600}, "rs256"),
        ({"iat": int(time.time()) + 3600}, "rs256"),
        ({"aud": "somebody-else"}, "rs256"),
        ({"aud": [CLIENT, "somebody-else"]}, "rs256"),
        ({"iss": "http://127.0.0.1:1"}, "rs256"),
        ({"sub": ""}, "rs256"),
        ({}, "other"),
        ({}, "hs256"),
        ({}, "none"),
    ],
    ids=[
        "nonce",
        "expired",
        "future",
        "audience",
        "audiences",
        "issuer",
        "subject",
        "other-key",
        "hs256",
        "none",
    ],
)
def test_a_token_that_is_not_right_in_everything_lets_nobody_in(
    door: Door, provider: Provider, claims: dict[str, object], signs: str
) -> None:
    provider.claims, provider.signs = claims, signs
    browser = door.browser()
    page = come_back(browser, provider)
    assert (page.status_code, "not" in page.text) == (403, True)
    assert browser.get("/api/v1/account").status_code == 401


def test_nobody_comes_back_who_did_not_leave_from_here(door: Door, provider: Provider) -> None:
    browser, other = door.browser(), door.browser()
    state, code = provider.sign_in(browser.get("/sign-in/hospital").headers["location"])
    assert other.get("/sign-in/back", params={"state": state, "code": code}).status_code == 403
    assert browser.get("/sign-in/back", params={"state": "guessed", "code": code}).status_code == 403


def test_a_sign_in_is_not_replayed(door: Door, provider: Provider) -> None:
    browser = door.browser()
    left = browser.get("/sign-in/hospital")
    kept = browser.cookies["tirage-hospital"]
    state, code = provider.sign_in(left.headers["location"])
    assert browser.get("/sign-in/back", params={"state": state, "code": code}).status_code == 200
    again = door.browser()
    again.cookies.set("tirage-hospital", kept)
    assert again.get("/sign-in/back", params={"state": state, "code": code}).status_code == 403


def test_who_is_in_no_group_or_has_somebodys_name_is_refused(door: Door, provider: Provider) -> None:
    provider.claims = {"groups": ["kitchen"]}
    assert come_back(door.browser(), provider).status_code == 403
    door.start("grace")
    provider.claims = {}
    assert come_back(door.browser(), provider).status_code == 403


def test_a_provider_that_is_away_is_said_so(door: Door, provider: Provider) -> None:
    browser = door.browser()
    left = browser.get("/sign-in/hospital")
    state, code = provider.sign_in(left.headers["location"])
    provider._server.shutdown()
    provider._server.server_close()
    page = browser.get("/sign-in/back", params={"state": state, "code": code})
    assert (page.status_code, "does not answer" in page.text) == (403, True)
