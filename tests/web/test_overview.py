"""The overview shows numbers of the projects a person works in, and nothing that identifies."""

from pathlib import Path

from tests.flow.nodes import TestNode
from tests.make import make_instance
from tests.web.signed import Console

from tirage.model.people import Grant, Role
from tirage.web.api.access import SECURE_COOKIE


def test_nobody_is_sent_to_sign_in_and_the_api_answers_401(tmp_path: Path) -> None:
    with Console(TestNode(tmp_path)) as console:
        nobody = console.browser("nobody")
        nobody.cookies.clear()
        page = nobody.get("/")
        assert (page.status_code, page.headers["location"]) == (303, "/sign-in")
        assert nobody.get("/api/v1/overview").status_code == 401


def test_people_see_the_numbers_of_their_own_projects(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    with Console(node) as console:
        here = console.script("ada", Grant(Role.OPERATOR, "lung")).get("/api/v1/overview").json()
        elsewhere = console.script("bob", Grant(Role.OPERATOR, "heart")).get("/api/v1/overview").json()
        page = console.browser("ada", Role.OPERATOR).get("/")
    assert [each["received"] for each in here["projects"]] == [1]
    assert (elsewhere["projects"], elsewhere["blocked"], elsewhere["hours"]) == ([], [], [])
    assert page.status_code == 200
    assert "1 received" in page.text


def test_over_tls_a_cookie_that_another_host_could_have_set_opens_nothing(tmp_path: Path) -> None:
    TestNode(tmp_path)
    toml = tmp_path / "node" / "tirage.toml"
    toml.write_text(toml.read_text().replace("[console]\n", "[console]\nbehind_proxy = true\n"))
    with Console(TestNode(tmp_path)) as console:
        browser = console.browser("ada", Role.OPERATOR)
        assert browser.get("/").status_code == 303
        assert browser.get("/api/v1/overview").status_code == 401
        browser.cookies.clear()
        browser.cookies.set(SECURE_COOKIE, "ada")
        page = browser.get("/")
    assert page.status_code == 200
    assert "max-age" in page.headers["Strict-Transport-Security"]
