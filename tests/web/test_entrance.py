"""Nobody comes in but who should, once, and for as long as agreed."""

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.flow.nodes import TestNode
from tests.web.entering import Door

from tirage.service.people import start_token
from tirage.store.database import reading
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
