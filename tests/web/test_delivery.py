"""Destinations are stopped and let go on in the console, and what was released is called back there."""

from pathlib import Path

import pytest
from sqlalchemy import select
from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tests.web.signed import Console

from tirage.model.people import Grant, Role
from tirage.store.database import reading
from tirage.store.schema import output

API = "/api/v1"
ONCE = {"csrf": "csrf-of-ada"}


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    return TestNode(tmp_path, rules=RULES.replace("{share}\n", "{share}\n    pause_after: 1\n"))


def test_a_destination_is_paused_and_goes_on_from_its_card(node: TestNode) -> None:
    node.run(make_instance())
    with Console(node) as console:
        ada = console.browser("ada", Grant(Role.OPERATOR, "lung"))
        assert (
            ada.post("/destinations/lung/share/pause", data={**ONCE, "is_paused": "yes"}).status_code == 303
        )
        assert "by ada" in ada.get("/").text
        (card,) = ada.get(f"{API}/destinations").json()
        assert card["paused_by"] == "ada"
        assert ada.post("/destinations/lung/share/pause", data={**ONCE, "is_paused": "no"}).status_code == 303
        assert ada.get(f"{API}/destinations").json()[0]["paused_by"] == ""
        assert ada.put(f"{API}/destinations/lung/nowhere/pause", json={"is_paused": True}).status_code == 404
        bob = console.script("bob", Grant(Role.OPERATOR, "heart"))
        assert bob.put(f"{API}/destinations/lung/share/pause", json={"is_paused": True}).status_code == 404


def test_what_a_paused_destination_refuses_is_given_up_from_its_card(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR)
        ada.put(f"{API}/destinations/lung/share/pause", json={"is_paused": True})
        node.run(make_instance())
        (released,) = node.release().rglob("*.dcm")
        taken = node.share / PROJECT / "v0001" / released.relative_to(node.release())
        taken.parent.mkdir(parents=True)
        taken.write_bytes(b"somebody else's")
        ada.put(f"{API}/destinations/lung/share/pause", json={"is_paused": False})
        node.run()
        page = ada.get("/").text
        assert "after failed tries" in page
        assert "Give up what it refuses of version 1" in page
        ada.post("/destinations/lung/share/give-up", data={**ONCE, "version": "1"})
        ada.put(f"{API}/destinations/lung/share/pause", json={"is_paused": False})
        node.run()
        (card,) = ada.get(f"{API}/destinations").json()
        assert (card["lacks"], card["files"]["skipped"]) == ([], 1)


def test_a_released_study_is_called_back_and_its_copies_are_listed(node: TestNode) -> None:
    node.run(make_instance())
    with Console(node) as console:
        with reading(console.opened.parts.database) as connection:
            made = connection.execute(select(output)).one()
        ada = console.browser("ada", Grant(Role.OPERATOR, "lung"))
        sent = {**ONCE, "project": "lung", "kind": "study", "named": made.study, "why": "asked for"}
        assert ada.post("/withdrawals", data=sent).status_code == 303
        node.run()
        (called,) = ada.get(f"{API}/withdrawals").json()
        assert (called["cause"], called["told"]) == ("recall", {"share": "delivered"})
        page = ada.get("/withdrawals").text
        assert made.study in page
        assert "share (delivered)" in page
        again = {"project": "lung", "study": made.study, "why": "asked for"}
        assert ada.post(f"{API}/withdrawals", json=again).status_code == 404
        both = again | {"subject": made.pseudonym}
        assert ada.post(f"{API}/withdrawals", json=both).status_code == 422
        bob = console.script("bob", Grant(Role.OPERATOR, "heart"))
        assert bob.get(f"{API}/withdrawals").json() == []
        assert bob.post(f"{API}/withdrawals", json=again).status_code == 404
