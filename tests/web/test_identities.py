"""Deciding who is who in the console: what is seen, what is asked, who may, and what is kept."""

import pytest
from tests.flow.nodes import PROJECT, TestNode
from tests.make import make_instance
from tests.web.signed import Console

from tirage.model.people import Grant, Role
from tirage.store.database import reading
from tirage.store.schema import audit

API = "/api/v1"
JANE = {"PatientID": "Q-17", "PatientName": "Roe^Jane", "PatientBirthDate": "19700102", "PatientSex": "F"}
JAYNE = JANE | {"PatientName": "Roe^Jayne"}
ELSEWHERE = JANE | {"PatientID": "NORTH-4711"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> TestNode:
    node = TestNode(tmp_path_factory.mktemp("identities"))
    node.run(make_instance(1, 1, **JANE))
    node.run(make_instance(1, 2, **JAYNE), make_instance(1, 3, **ELSEWHERE))
    return node


def test_conflicts_are_listed_with_what_differs_and_counted_by_reason(node: TestNode) -> None:
    with Console(node) as console:
        client = console.script("lin", Role.LINKER)
        listed = client.get(f"{API}/identities").json()
        counts = client.get(f"{API}/identities/counts").json()
        first = client.get(f"{API}/identities", params={"most": 1}).json()
        second = client.get(f"{API}/identities", params={"most": 1, "after": first["next"]}).json()
        page = console.browser("lin", Role.LINKER).get("/identities").text
    assert {each["reason"] for each in listed["items"]} == {"ONE_FIELD_DIFFERS", "POSSIBLE_DUPLICATE"}
    assert {(each["reason"], each["conflicts"]) for each in counts} == {
        ("ONE_FIELD_DIFFERS", 1),
        ("POSSIBLE_DUPLICATE", 1),
    }
    assert [first["items"][0]["number"], second["items"][0]["number"]] == [
        each["number"] for each in listed["items"]
    ]
    assert "sounds alike" in page


def test_a_page_shows_both_side_by_side_and_what_each_decision_would_change(node: TestNode) -> None:
    with Console(node) as console:
        client, browser = console.script("lin", Role.LINKER), console.browser("lin", Role.LINKER)
        number = client.get(f"{API}/identities", params={"reason": "ONE_FIELD_DIFFERS"}).json()["items"][0][
            "number"
        ]
        found = client.get(f"{API}/identities/{number}").json()
        page = browser.get(f"/identities/{number}").text
    assert found["sides"][0]["agreement"]["name"] == "sounds alike"
    assert found["sides"][0]["agreement"]["birth_date"] == "same"
    assert [(each["choice"], each["kind"]) for each in found["options"]] == [
        ("same", "accept"),
        ("different", "new"),
    ]
    assert all(each["effects"][0]["objects"] == 1 for each in found["options"])
    for shown in (
        "Roe^Jane",
        "Roe^Jayne",
        'class="differs"',
        "judged anew",
        "A different person",
        "Decide so",
    ):
        assert shown in page


def test_those_who_see_but_do_not_link_are_shown_no_form_and_refused(node: TestNode) -> None:
    with Console(node) as console:
        page = console.browser("ops", Role.OPERATOR).get("/identities/1")
        body = {"choice": "different", "why": "because"}
        refused = console.script("ops", Role.OPERATOR).post(f"{API}/identities/1/decisions", json=body)
        assert console.browser("max", Role.APPROVER).get("/identities").status_code == 403
    assert page.status_code == 200
    assert "Decide so" not in page.text
    assert refused.status_code == 403


def test_people_of_another_project_cannot_tell_it_from_nothing_there(node: TestNode) -> None:
    body = {"choice": "different", "why": "because"}
    with Console(node) as console:
        other = console.script("bob", Grant(Role.LINKER, "heart"))
        assert other.get(f"{API}/identities").json()["items"] == []
        assert other.get(f"{API}/identities/counts").json() == []
        for path in ("1", "99"):
            assert other.get(f"{API}/identities/{path}").status_code == 404
            assert other.post(f"{API}/identities/{path}/decisions", json=body).status_code == 404
            assert (
                other.post(f"{API}/identity-decisions/{path}/undo", json={"why": "because"}).status_code
                == 404
            )
        own = console.script("eve", Grant(Role.LINKER, PROJECT)).get(f"{API}/identities/1")
    assert own.status_code == 200


def test_a_decision_needs_a_reason_and_the_state_that_was_seen(node: TestNode) -> None:
    with Console(node) as console:
        client = console.script("lin", Role.LINKER)
        for body in (
            {"choice": "different", "why": ""},
            {"choice": "different", "why": "   "},
            {"choice": "different", "why": "a\u0000b"},
            {"choice": "perhaps", "why": "because"},
            {"choice": "same", "other": 2**60, "why": "because"},
        ):
            assert client.post(f"{API}/identities/1/decisions", json=body).status_code == 422, body
        body = {"choice": "same", "other": 999, "why": "because"}
        assert client.post(f"{API}/identities/1/decisions", json=body).status_code == 404
        body = {"choice": "different", "why": "because"}
        stale = client.post(f"{API}/identities/1/decisions", json=body, headers={"If-Match": '"another"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "CHANGED_SINCE")


def test_a_person_decides_in_the_browser_and_takes_it_back(node: TestNode) -> None:
    with Console(node) as console:
        client, browser = console.script("lin", Role.LINKER), console.browser("lin", Role.LINKER)
        listed = client.get(f"{API}/identities", params={"reason": "POSSIBLE_DUPLICATE"}).json()["items"]
        number, rival = listed[0]["number"], listed[0]["rival"]["patient"]["number"]
        etag = client.get(f"{API}/identities/{number}").headers["ETag"].strip('"')
        form = {
            "csrf": "csrf-of-lin",
            "choice": f"same:{rival}",
            "why": "their register says so",
            "etag": etag,
        }
        sent = browser.post(f"/identities/{number}", data=form)
        assert sent.status_code == 303
        page = browser.get(sent.headers["location"]).text
        assert "the same person, with another identifier" in page
        assert "their register says so" in page
        made = client.get(f"{API}/identities/{number}").json()
        assert made["state"] == "closed"
        again = browser.post(f"/identities/{number}", data=form)
        assert again.status_code == 412
        back = {"csrf": "csrf-of-lin", "decision": made["history"][0]["number"], "why": "it was her sister"}
        assert browser.post(f"/identities/{number}/undo", data=back).status_code == 303
        after = client.get(f"{API}/identities/{number}").json()
        assert after["state"] == "open"
        assert [each["kind"] for each in after["history"]] == ["undo", "alias"]
        with reading(console.opened.parts.database) as connection:
            lines = connection.execute(audit.select().where(audit.c.actor == "lin")).all()
    assert {"identity-alias", "identity-undo", "view"} <= {line.action for line in lines}
    for value in ("Q-17", "Roe", "NORTH", "register"):
        assert value not in str(lines)
