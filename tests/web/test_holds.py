"""What did not go on is seen, understood and resolved in the console."""

from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance, person
from tests.web.signed import Console

from tirage.model.people import Grant, Role
from tirage.store.database import reading
from tirage.store.schema import audit

UNREAD = RULES + "deidentify:\n  options: []\n"
HELD = {"reason": "PIXELS_UNCHECKED", "study": 1}


def lines(console: Console, action: str) -> list[tuple[str, str]]:
    """Who did it to what."""
    with reading(console.opened.parts.database) as connection:
        query = select(audit.c.actor, audit.c.subject).where(audit.c.action == action)
        return [(row.actor, row.subject) for row in connection.execute(query.order_by(audit.c.seq))]


def resolve(browser: TestClient, way: str, *targets: dict[str, object], **more: str) -> dict[str, int]:
    body = {"way": way, "project": PROJECT, "targets": list(targets), "why": "looked at it", **more}
    answer = browser.post("/api/v1/holds/resolutions", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    """Two captured pictures of one study are held."""
    node = TestNode(tmp_path, rules=UNREAD)
    node.run(*[make_instance(ImageType=["DERIVED", "SECONDARY"], instance=each) for each in (1, 2)])
    return node


def test_a_study_is_one_row_with_its_objects_and_what_to_do_next(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR)
        (row,) = ada.get("/api/v1/holds").json()["items"]
        page = ada.get("/holds?reason=PIXELS_UNCHECKED")
        inside = ada.get(f"/holds/lung/PIXELS_UNCHECKED/{row['study']}")
        assert (row["objects"], row["reason"], row["disposition"]) == (2, "PIXELS_UNCHECKED", "held")
        assert row["patient_id"] == person(1).patient_id
        assert page.status_code == inside.status_code == 200
        assert "look at every frame" in page.text
        assert "derived or captured from a screen" in inside.text
        assert lines(console, "view")[0] == ("ada", "study:1")


def test_what_a_person_looked_at_and_released_goes_on_through_the_gate(node: TestNode) -> None:
    with Console(node) as console:
        done = resolve(console.browser("ada", Role.OPERATOR), "release", HELD)
        assert done == {"objects": 2, "studies": 1}
        assert lines(console, "hold-release") == [("ada", "study:1")]
    assert node.run().released == 2


def test_a_name_that_was_overlooked_is_found_by_the_gate(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=UNREAD)
    node.run(make_instance(modality="US"))
    with Console(node) as console:
        resolve(console.browser("ada", Role.OPERATOR), "release", HELD)
    assert node.run().reasons == {"IDENTIFIER_FOUND": 1}


def test_one_of_a_studys_objects_is_released_and_the_other_rejected(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR)
        resolve(ada, "release", {**HELD, "objects": [1]})
        resolve(ada, "reject", HELD)
    tally = node.run()
    assert (tally.released, tally.rejected, tally.reasons) == (1, 1, {"DECLINED": 1})


def test_what_is_retried_without_a_change_is_held_again(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR)
        assert resolve(ada, "retry", HELD)["objects"] == 2
        assert resolve(ada, "retry", HELD)["objects"] == 0
    assert node.run().held == 2


def test_a_decision_of_the_form_is_carried_out_and_told(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR)
        sent = {
            "csrf": "csrf-of-ada",
            "way": "reject",
            "why": "a phantom",
            "chosen": "lung/PIXELS_UNCHECKED/1",
        }
        answer = ada.post("/holds", data=sent)
        assert answer.status_code == 303, answer.text
        assert "2 objects" in ada.get(answer.headers["location"]).text
        sent |= {"all": "1", "disposition": "rejected", "way": "retry"}
        assert "n=2" in ada.post("/holds", data=sent).headers["location"]
    assert node.run().held == 2


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("release", "IDENTIFIER_FOUND"),
        ("release", "DUP_TAG"),
        ("release", "IDENTITY_CONFLICT"),
        ("release", "TEXT_UNCHECKED"),
        ("retry", "NO_PROJECT"),
        ("retry", "ERASED"),
        ("release", "NO_SUCH_REASON"),
    ],
)
def test_some_ways_are_closed_whoever_asks(node: TestNode, way: str, reason: str) -> None:
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR)
        body = {"way": way, "project": "lung", "why": "because", "targets": [{"reason": reason, "study": 1}]}
        answer = ada.post("/api/v1/holds/resolutions", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "WAY_CLOSED")


def test_people_of_other_projects_see_and_resolve_nothing(node: TestNode) -> None:
    with Console(node) as console:
        bob = console.browser("bob", Grant(Role.OPERATOR, "heart"))
        assert bob.get("/api/v1/holds").json()["items"] == []
        assert bob.get("/api/v1/holds/counts").json()["counts"] == []
        assert bob.get("/api/v1/holds/lung/PIXELS_UNCHECKED/1").status_code == 404
        assert bob.get("/api/v1/objects/1/thumbnail").status_code == 404
        body = {"way": "retry", "project": "lung", "targets": [HELD]}
        assert bob.post("/api/v1/holds/resolutions", json=body).status_code == 404


def test_what_nobody_claims_is_assigned_to_a_project(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.take_in(make_instance(), project=None)
    node.run()
    with Console(node) as console:
        ada, bob = console.browser("ada", Role.OPERATOR), console.browser("bob", Grant(Role.OPERATOR, "lung"))
        body = {
            "way": "assign",
            "project": "",
            "to": "lung",
            "targets": [{"reason": "NO_PROJECT", "study": 1}],
        }
        assert bob.post("/api/v1/holds/resolutions", json=body).status_code == 404
        assert ada.post("/api/v1/holds/resolutions", json=body).json()["objects"] == 1
    assert node.run().released == 1


def test_a_picture_of_the_original_is_drawn_and_where_there_is_none_a_cross(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance(), make_instance(modality="SR"))
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR)
        drawn = [ada.get(f"/api/v1/objects/{number}/thumbnail") for number in (1, 2)]
        assert {each.headers["content-type"] for each in drawn} == {"image/png", "image/svg+xml"}
        assert sorted(each.content[:4] for each in drawn) == [b"<svg", b"\x89PNG"]
        assert ("ada", "received:1") in lines(console, "view")


def test_two_copies_of_one_object_are_one_once_the_other_is_declined(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    tally = node.run(make_instance(), make_instance(PatientComments="another"))
    assert tally.reasons == {"CONFLICTING_COPY": 2}
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR)
        resolve(ada, "reject", {"reason": "CONFLICTING_COPY", "study": 1, "objects": [2]})
        resolve(ada, "retry", {"reason": "CONFLICTING_COPY", "study": 1})
    tally = node.run()
    assert (tally.released, tally.rejected) == (1, 1)
