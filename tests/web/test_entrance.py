"""Nobody comes in but who should, once, and for as long as agreed."""

import pytest
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.flow.nodes import TestNode
from tests.web.entering import PASSWORD, Door, csrf

from tirage.service.people import start_token
from tirage.store.database import reading
from tirage.store.peopled import code, session
from tirage.store.schema import audit


@pytest.fixture
def door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return Door(TestNode(tmp_path_factory.mktemp("door")))


def actions(door: Door) -> list[tuple[str, str]]:
    with reading(door.database) as connection:
        return [(row.actor, row.action) for row in connection.execute(select(audit).order_by(audit.c.seq))]


def refused(browser: TestClient, name: str, password: str) -> int:
    answer = browser.post("/sign-in", data={"name": name, "password": password})
    assert "set-cookie" not in answer.headers
    return answer.status_code


def test_the_first_start_makes_an_administrator_and_signs_in_with_two_factors(door: Door) -> None:
    with door:
        nobody = door.browser().get("/sign-in").text
        browser = door.start()
        page = browser.get("/")
        assert (page.status_code, "root" in page.text) == (200, True)
        assert "Nobody has an account yet" in nobody
        assert start_token(door.database, door.clock) is None
        signed = door.sign_in("root")
        assert signed.get("/").status_code == 200
        assert actions(door)[-2:] == [("root", "sign-in"), ("root", "sign-in")]


def invited(door: Door, name: str, *roles: str) -> TestClient:
    """A person whom the first administrator invited, signed in."""
    admin = door.sign_in("root") if "root" in door.factors else door.start()
    word = csrf(admin)
    admin.headers["X-CSRF-Token"] = word
    made = admin.post("/api/v1/people", json={"name": name}).json()
    for role in roles:
        body = {"role": role, "project": "*"}
        assert admin.put(f"/api/v1/people/{made['number']}/grants", json=body).status_code == 200
    return door.begin(made["code"], name)


def test_an_invitation_opens_the_way_to_a_password_once(door: Door) -> None:
    with door:
        ada = invited(door, "ada", "operator")
        assert ada.get("/studies").status_code == 200
        assert ada.get("/people").status_code == 403
        with reading(door.database) as connection:
            assert all(row.used_at for row in connection.execute(select(code)))


def test_pages_of_people_and_of_ones_own_account_work_without_scripts(door: Door) -> None:
    with door:
        admin = door.start()
        page = admin.post("/people", data={"csrf": csrf(admin), "name": "Bob"})
        assert 'id="invitation"' in page.text
        given = {"csrf": csrf(admin), "do": "grant", "role": "auditor", "project": "lung"}
        assert admin.post("/people/2", data=given).status_code == 303
        assert "auditor in lung" in admin.get("/people").text
        own = admin.post("/people/1", data=given | {"role": "operator"})
        assert (own.status_code, "cannot grant roles to itself" in own.text) == (403, True)
        wrong = admin.post("/account", data={"csrf": csrf(admin), "do": "token", "name": "n", "days": "9"})
        assert (wrong.status_code, "not your password" in wrong.text) == (403, True)
        made = admin.post(
            "/account",
            data={"csrf": csrf(admin), "do": "token", "name": "nightly", "days": "9", "password": PASSWORD},
        )
        secret = made.text.split('id="token">')[1].split("<")[0]
        script = TestClient(door.application, headers={"Authorization": f"Bearer {secret}"})
        assert script.get("/api/v1/people").status_code == 200
        assert script.post("/api/v1/account/tokens", json={"name": "more"}).json()["code"] == "BROWSER_ONLY"
        assert admin.get("/api/v1/account").json()["tokens"][0]["name"] == "nightly"


def test_every_step_has_a_cookie_of_its_own_that_scripts_cannot_read(door: Door) -> None:
    with door:
        door.start()
        browser = door.browser()
        browser.cookies.set("tirage", "known-to-an-attacker")
        first = browser.post("/sign-in", data={"name": "root", "password": PASSWORD})
        half = first.cookies["tirage"]
        assert half != "known-to-an-attacker"
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(first.headers["set-cookie"].split("; "))
        assert browser.get("/").headers["location"] == "/sign-in", "half a session opens nothing"
        door.clock.go(30)
        second = browser.post("/sign-in/code", data={"code": door.code("root")})
        assert second.cookies["tirage"] != half
        replayed = door.browser()
        replayed.cookies.set("tirage", half)
        assert replayed.get("/api/v1/account").status_code == 401


def test_a_code_is_taken_once(door: Door) -> None:
    with door:
        door.start()
        browsers = [door.browser(), door.browser()]
        for browser in browsers:
            browser.post("/sign-in", data={"name": "root", "password": PASSWORD})
        door.clock.go(30)
        answers = [
            browser.post("/sign-in/code", data={"code": door.code("root")}).status_code
            for browser in browsers
        ]
        assert answers == [303, 403]
        door.clock.go(-30)
        earlier = browsers[1].post("/sign-in/code", data={"code": door.code("root")})
        assert earlier.status_code == 403, "nor is an earlier one"


@pytest.mark.parametrize(("seconds", "status"), [(29 * 60, 200), (30 * 60, 401)])
def test_a_session_ends_after_half_an_hour_without_use(door: Door, seconds: float, status: int) -> None:
    with door:
        browser = door.start()
        door.clock.go(seconds)
        assert browser.get("/api/v1/account").status_code == status


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(door: Door) -> None:
    with door:
        browser = door.start()
        for _ in range(12 * 3 - 1):
            door.clock.go(20 * 60)
            assert browser.get("/api/v1/account").status_code == 200
        door.clock.go(20 * 60)
        assert browser.get("/api/v1/account").status_code == 401


def test_a_clock_that_is_set_back_ends_sessions_and_prolongs_none(door: Door) -> None:
    with door:
        browser = door.start()
        door.clock.go(-3600)
        assert browser.get("/api/v1/account").status_code == 401


def test_signing_out_ends_the_session_at_the_node_and_not_in_the_browser_alone(door: Door) -> None:
    with door:
        browser = door.start()
        kept = browser.cookies["tirage"]
        out = browser.post("/sign-out", data={"csrf": csrf(browser)})
        assert out.headers["location"] == "/sign-in"
        replayed = door.browser()
        replayed.cookies.set("tirage", kept)
        assert replayed.get("/api/v1/account").status_code == 401
        assert actions(door)[-1] == ("root", "sign-out")


def test_nothing_is_changed_without_the_sessions_own_word_or_from_another_site(door: Door) -> None:
    with door:
        browser = door.start()
        assert browser.post("/sign-out").status_code == 403
        assert browser.post("/people", data={"name": "eve", "csrf": "guessed"}).status_code == 403
        assert browser.post("/api/v1/people", json={"name": "eve"}).json()["code"] == "CSRF_MISSING"
        elsewhere = {"Origin": "https://elsewhere.example"}
        sent = {"name": "root", "password": PASSWORD}
        assert door.browser().post("/sign-in", data=sent, headers=elsewhere).status_code == 403
        assert [person["name"] for person in browser.get("/api/v1/people").json()["items"]] == ["root"]


def test_guessing_takes_longer_and_longer_for_known_and_unknown_accounts_alike(door: Door) -> None:
    with door:
        door.start()
        for name in ("root", "nobody-has-this-name"):
            tries = [refused(door.browser(), name, "wrong" * 4) for _ in range(6)]
            assert tries == [403] * 4 + [429] * 2, name
        assert refused(door.browser(), "root", PASSWORD) == 429, "the right one waits, too"
        door.clock.go(3)
        assert refused(door.browser(), "root", "wrong" * 4) == 403
        door.clock.go(1)
        assert refused(door.browser(), "root", "wrong" * 4) == 429
        door.clock.go(900)
        door.sign_in("root")
        assert [action for _, action in actions(door)].count("sign-in-refused") == 9


def test_an_unknown_account_is_refused_with_the_same_words_and_the_same_work(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def verify(self: object, hashed: str, password: str) -> bool:
        checked.append(hashed.split("$")[3])
        raise VerifyMismatchError

    with door:
        door.start()
        monkeypatch.setattr("argon2.PasswordHasher.verify", verify)
        pages = [
            door.browser().post("/sign-in", data={"name": name, "password": "wrong" * 4}).text
            for name in ("root", "eve1")
        ]
        assert pages[0].replace("root", "eve1") == pages[1]
    assert len(checked) == 2
    assert len(set(checked)) == 1, "the same parameters, so the same time"


def test_codes_are_taken_once_and_not_when_they_are_too_old(door: Door) -> None:
    with door:
        late = start_token(door.database, door.clock)
        door.clock.go(25 * 3600)
        sent = {"code": late, "name": "eve", "password": PASSWORD, "again": PASSWORD}
        assert door.browser().post("/start", data=sent).status_code == 403
        earlier, now = (start_token(door.database, door.clock) for _ in range(2))
        assert door.browser().post("/start", data=sent | {"code": earlier}).status_code == 403
        door.begin(str(now), "root")
        assert door.browser().post("/start", data=sent | {"code": now}).status_code == 403


def test_a_closed_account_is_out_at_once_with_its_tokens_and_sessions(door: Door) -> None:
    with door:
        ada = invited(door, "ada", "operator")
        ada.headers["X-CSRF-Token"] = csrf(ada)
        made = ada.post("/api/v1/account/tokens", json={"name": "n", "password": PASSWORD}).json()
        script = TestClient(door.application, headers={"Authorization": f"Bearer {made['secret']}"})
        assert script.get("/api/v1/account").status_code == 200
        admin = door.sign_in("root")
        admin.headers["X-CSRF-Token"] = csrf(admin)
        assert admin.post("/api/v1/people/2/disable").status_code == 200
        assert (ada.get("/api/v1/account").status_code, script.get("/api/v1/account").status_code) == (
            401,
            401,
        )
        assert refused(door.browser(), "ada", PASSWORD) == 403
        assert admin.post("/api/v1/people/2/enable").status_code == 200
        assert ada.get("/api/v1/account").status_code == 401, "what was open stays ended"


def test_a_token_ends_on_its_day_and_when_it_is_withdrawn(door: Door) -> None:
    with door:
        admin = door.start()
        admin.headers["X-CSRF-Token"] = csrf(admin)
        first, second = (
            admin.post("/api/v1/account/tokens", json={"name": "n", "days": 1, "password": PASSWORD}).json()
            for _ in range(2)
        )
        script = TestClient(door.application)

        def status(made: dict[str, str]) -> int:
            headers = {"Authorization": f"Bearer {made['secret']}"}
            return script.get("/api/v1/account", headers=headers).status_code

        assert (status(first), status(second)) == (200, 200)
        assert admin.delete(f"/api/v1/account/tokens/{first['number']}").status_code == 204
        assert (status(first), status(second)) == (401, 200)
        door.clock.go(24 * 3600)
        assert status(second) == 401


def test_the_last_administrator_stays_and_nobody_rises_by_themselves(door: Door) -> None:
    with door:
        admin = door.start()
        admin.headers["X-CSRF-Token"] = csrf(admin)
        assert admin.post("/api/v1/people/1/disable").json()["code"] == "LAST_ADMINISTRATOR"
        assert admin.delete("/api/v1/people/1/grants/admin/*").json()["code"] == "LAST_ADMINISTRATOR"
        body = {"role": "operator", "project": "*"}
        assert admin.put("/api/v1/people/1/grants", json=body).json()["code"] == "OWN_GRANT"
        assert admin.post("/api/v1/people/1/reset").status_code == 403
        assert admin.get("/api/v1/account").json()["grants"] == [
            {"role": "admin", "project": "*", "origin": "local"}
        ]


def test_who_administers_one_project_grants_there_alone_and_opens_nobodys_account(door: Door) -> None:
    with door:
        invited(door, "ada", "operator")
        root = door.sign_in("root")
        root.headers["X-CSRF-Token"] = csrf(root)
        code_ = root.post("/api/v1/people", json={"name": "lin"}).json()["code"]
        root.put("/api/v1/people/3/grants", json={"role": "admin", "project": "lung"})
        lin = door.begin(code_, "lin")
        lin.headers["X-CSRF-Token"] = csrf(lin)
        answers = {
            project: lin.put(
                "/api/v1/people/2/grants", json={"role": "reviewer", "project": project}
            ).status_code
            for project in ("lung", "heart", "*")
        }
        assert answers == {"lung": 200, "heart": 404, "*": 403}
        assert lin.post("/api/v1/people/1/reset").status_code == 403
        assert lin.post("/api/v1/people/1/disable").status_code == 403
        assert (
            lin.put("/api/v1/people/3/grants", json={"role": "operator", "project": "lung"}).status_code
            == 403
        )
        shown = {each["name"]: each["grants"] for each in lin.get("/api/v1/people").json()["items"]}
        assert shown["root"] == []
        assert shown["ada"] == [{"role": "reviewer", "project": "lung", "origin": "local"}]


def test_a_changed_password_ends_every_session(door: Door) -> None:
    with door:
        first, second = door.start(), door.sign_in("root")
        new = "quite another long password"
        sent = {"csrf": csrf(first), "do": "password", "password": PASSWORD, "new": new, "again": new}
        assert first.post("/account", data=sent).headers["location"] == "/sign-in"
        assert second.get("/api/v1/account").status_code == 401
        assert refused(door.browser(), "root", PASSWORD) == 403


def test_a_new_phone_counts_once_it_showed_a_code(door: Door) -> None:
    with door:
        browser = door.start()
        word = csrf(browser)
        browser.post("/account", data={"csrf": word, "do": "offer", "password": PASSWORD})
        picture = browser.get("/api/v1/account/factor.svg")
        assert (picture.headers["content-type"], picture.text[:4]) == ("image/svg+xml", "<svg")
        assert (
            browser.post("/account", data={"csrf": word, "do": "confirm", "code": "000000"}).status_code
            == 403
        )
        door.sign_in("root")


def test_no_password_code_or_secret_is_kept_as_it_is(door: Door) -> None:
    with door:
        browser = door.start()
        word = csrf(browser)
        secrets = [browser.cookies["tirage"], PASSWORD, door.factors["root"]]
        body = {"csrf": word, "do": "token", "name": "n", "days": "9", "password": PASSWORD, "once": "k"}
        made = browser.post("/account", data=body)
        secrets.append(made.text.split('id="token">')[1].split("<")[0])
        with reading(door.database) as connection:
            hashes = [row.hash for row in connection.execute(select(session))]
    kept = b"".join(path.read_bytes() for path in door.node.folder.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret.encode() not in kept
    assert hashes
