"""What is proposed is shown with the numbers to judge it by, and signed by those who may."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.flow.nodes import RULES, TestNode
from tests.make import make_instance
from tests.web.signed import Console

from tirage.model.people import Grant, Role

TWO = RULES.replace("signatures: 0", "signatures: 2") + "release:\n  automatic: false\n"
APPROVER = Grant(Role.APPROVER, "lung")


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    node = TestNode(tmp_path, rules=TWO)
    for patient in range(1, 8):
        node.take_in(make_instance(patient=patient, PatientSex="F" if patient < 7 else "M"))
    node.run()
    return node


def ask(console: Console, node: TestNode) -> int:
    done = console.script("dora", Grant(Role.OPERATOR, "lung")).post("/api/v1/projects/lung/releases")
    assert (done.status_code, done.json()) == (202, {"outcome": "asked for"})
    node.run()
    [line] = console.script("eve", Role.AUDITOR).get("/api/v1/releases").json()["items"]
    return int(line["number"])


def sign(browser: TestClient, number: int) -> int:
    statement = browser.get(f"/api/v1/releases/{number}").json()["statement"]
    return browser.post(f"/api/v1/releases/{number}/signatures", json={"statement": statement}).status_code


def test_two_people_see_the_same_numbers_and_sign(node: TestNode) -> None:
    with Console(node) as console:
        number = ask(console, node)
        anna, bo = (console.browser(name, APPROVER) for name in ("anna", "bo"))
        seen = anna.get(f"/api/v1/releases/{number}").json()
        evidence = seen["evidence"]
        assert (evidence["counts"]["patients"], evidence["delta"]["new_patients"]) == (7, 7)
        assert evidence["attrition"] | {"left": {}} == {
            "received": 7,
            "left": {},
            "released": 0,
            "elsewhere": 0,
            "candidate": 7,
        }
        sexes = next(each for each in evidence["cells"] if each["property"] == "sex")
        assert sexes == {
            "property": "sex",
            "small": 1,
            "cells": [{"value": "F", "patients": None}, {"value": "M", "patients": None}],
        }
        assert evidence["canary"]["recall"] > 0.99
        assert evidence["sample"] is None
        assert (seen["you"]["may_sign"], seen["before"]) == (True, None)
        page = anna.get(f"/releases/{number}").text
        assert "What you sign" in page
        assert "fewer than 5" in page
        assert 'style="' not in page
        picture = anna.get(f"/api/v1/releases/{number}/attrition.svg")
        assert (picture.status_code, "In v0001" in picture.text) == (200, True)
        assert sign(anna, number) == 201
        assert sign(anna, number) == 409
        assert sign(bo, number) == 201
        assert anna.get(f"/api/v1/releases/{number}/manifest").status_code == 404
        node.run()
        manifest = anna.get(f"/api/v1/releases/{number}/manifest").json()
        assert [each["account"] for each in manifest["approvals"]] == ["anna", "bo"]
        assert {each["statement"] for each in manifest["approvals"]} == {seen["statement"]}
        assert "released" in anna.get("/releases").text


def test_who_asked_sees_why_they_may_not_sign(node: TestNode) -> None:
    with Console(node) as console:
        both = (Grant(Role.OPERATOR, "lung"), APPROVER)
        dora = console.browser("dora", *both)
        number = ask(console, node)
        dora = console.browser("dora", *both)
        you = dora.get(f"/api/v1/releases/{number}").json()["you"]
        assert (you["may_sign"], you["why_not"]) == (False, "asked-for-it")
        assert "You asked for it" in dora.get(f"/releases/{number}").text
        assert sign(dora, number) == 409


def test_who_may_not_sign_or_see_is_refused(node: TestNode) -> None:
    with Console(node) as console:
        number = ask(console, node)
        auditor = console.script("eve", Role.AUDITOR)
        assert sign(auditor, number) == 403
        elsewhere = console.script("fay", Grant(Role.APPROVER, "heart"))
        address = f"/api/v1/releases/{number}"
        assert elsewhere.get("/api/v1/releases").json()["items"] == []
        assert elsewhere.get(address).status_code == 404
        assert elsewhere.get(f"{address}/attrition.svg").status_code == 404
        body = {"statement": "0" * 64}
        assert elsewhere.post(f"{address}/signatures", json=body).status_code == 404
        assert elsewhere.post(f"{address}/refusal", json={"reason": "no"}).status_code == 404
        # Sees it as an auditor everywhere, signs elsewhere only.
        mixed = console.script("gil", Role.AUDITOR, Grant(Role.APPROVER, "heart"))
        assert mixed.post(f"{address}/signatures", json=body).status_code == 403
        assert mixed.post(f"{address}/refusal", json={"reason": "no"}).status_code == 403


def test_another_statement_than_the_one_that_waits_is_stale(node: TestNode) -> None:
    with Console(node) as console:
        number = ask(console, node)
        anna = console.script("anna", APPROVER)
        done = anna.post(f"/api/v1/releases/{number}/signatures", json={"statement": "ab" * 32})
        assert (done.status_code, done.json()["code"]) == (412, "CHANGED_SINCE")


def test_the_forms_sign_and_refuse_without_a_script(node: TestNode) -> None:
    with Console(node) as console:
        number = ask(console, node)
        anna = console.browser("anna", APPROVER)
        statement = anna.get(f"/api/v1/releases/{number}").json()["statement"]
        form = {"csrf": "csrf-of-anna", "statement": statement}
        done = anna.post(f"/releases/{number}/sign", data=form)
        assert (done.status_code, done.headers["location"]) == (303, f"/releases/{number}")
        again = anna.post(f"/releases/{number}/sign", data=form)
        assert (again.status_code, "You have signed it" in again.text) == (409, True)
        bo = console.browser("bo", APPROVER)
        form = {"csrf": "csrf-of-bo", "reason": "<b>burned-in text</b>"}
        assert bo.post(f"/releases/{number}/refuse", data=form).status_code == 303
        page = bo.get(f"/releases/{number}").text
        assert "&lt;b&gt;burned-in text&lt;/b&gt;" in page
        dora = console.browser("dora", Role.OPERATOR)
        done = dora.post("/releases", data={"csrf": "csrf-of-dora", "project": "lung"})
        assert done.headers["location"] == "/releases?asked=asked-for"
        node.run()
        assert bo.get("/api/v1/releases").json()["items"][0]["requester"] == "dora"


def test_a_changed_project_file_makes_signatures_void_at_the_console(node: TestNode) -> None:
    with Console(node) as console:
        number = ask(console, node)
        anna, bo = (console.browser(name, APPROVER) for name in ("anna", "bo"))
        assert sign(anna, number) == 201
        path = node.folder / "projects" / "lung.yaml"
        path.write_text(path.read_text() + "dates:\n  max_shift_days: 9\n")
        assert sign(bo, number) == 409
        page = bo.get(f"/releases/{number}")
        assert "Void since" in page.text
        assert "rules changed" in page.text


def test_lists_go_on_where_they_ended(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    for instance in range(1, 4):
        node.run(make_instance(instance=instance))
    with Console(node) as console:
        eve = console.script("eve", Role.AUDITOR)
        first = eve.get("/api/v1/releases", params={"most": 2}).json()
        rest = eve.get("/api/v1/releases", params={"most": 2, "after": first["next"]}).json()
        versions = [each["version"] for each in [*first["items"], *rest["items"]]]
        assert (versions, rest["next"]) == (["v0003", "v0002", "v0001"], None)
        number = first["items"][0]["number"]
        one = eve.get(f"/api/v1/releases/{number}").json()
        assert (one["evidence"], one["before"]["version"], one["before"]["changes"]) == (None, "v0002", [])
        assert eve.get("/api/v1/releases/9007199254740993").status_code == 422
        assert eve.get("/api/v1/releases/4711").status_code == 404


def test_with_an_account_of_the_node_the_password_is_asked_for_once_more(node: TestNode) -> None:
    from tests.flow.test_signing_command import add

    add(node, "anna", [APPROVER])
    with Console(node) as console:
        number = ask(console, node)
        anna = console.browser("anna", APPROVER)
        seen = anna.get(f"/api/v1/releases/{number}").json()
        assert seen["you"]["confirms"]
        assert "Your password, once more" in anna.get(f"/releases/{number}").text
        address, body = f"/api/v1/releases/{number}/signatures", {"statement": seen["statement"]}
        wrong = anna.post(address, json=body | {"password": "a guess"})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "NOT_CONFIRMED")
        right = anna.post(address, json=body | {"password": "the word of anna"})
        assert (right.status_code, right.json()["given"]) == (201, 1)
