"""Reviewers look at samples of their own projects and say what they see; looks at originals are kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance, person
from tests.web.signed import Console

from tirage.model.people import Grant, Role
from tirage.policy.project import load_project
from tirage.store.database import reading
from tirage.store.schema import audit

SAMPLED = RULES.replace("review:\n", "review:\n  sampling:\n    per_stratum: 2\n    double_percent: 0\n")
REVIEWER = Grant(Role.REVIEWER, "lung")
SAMPLES = f"/api/v1/projects/{PROJECT}/review/samples"


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    node = TestNode(tmp_path, rules=SAMPLED)
    node.run(
        *[make_instance(instance=number) for number in range(1, 4)], make_instance(series=2, modality="SR")
    )
    return node


def items(client: TestClient, state: str = "mine") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(SAMPLES, params={"state": state, "most": 60}).json()["items"]
    return found


def picture_of(client: TestClient) -> dict[str, Any]:
    """The first sample with a picture."""
    return next(each for each in items(client) if each["is_picture"])


def say(client: TestClient, sample: dict[str, Any], verdict: str, **more: object) -> Any:
    path = f"/api/v1/samples/{sample['number']}/reading"
    return client.put(path, json={"verdict": verdict, **more}, headers={"If-Match": f'"{sample["version"]}"'})


def viewed(node: TestNode) -> list[tuple[str, str]]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        rows = connection.execute(select(audit.c.actor, audit.c.subject).where(audit.c.action == "view"))
        return [(row.actor, row.subject) for row in rows]


def test_a_reviewer_reads_the_sample_and_then_it_is_released(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", REVIEWER)
        [review] = ada.get("/api/v1/review").json()
        assert (review["is_sampled"], review["standing"]["open"]) == (True, 4)
        for sample in items(ada):
            assert say(ada, sample, "ok").json()["state"] == "passed"
        plan = ada.get(f"/api/v1/projects/{PROJECT}/review").json()
        assert plan["standing"]["is_complete"]
        assert {(each["modality"], each["passed"]) for each in plan["strata"]} == {("CT", 3), ("SR", 1)}
        assert items(ada) == []
    assert node.run().released == 4


def test_what_belongs_to_another_project_does_not_exist(node: TestNode) -> None:
    with Console(node) as console:
        number = items(console.browser("ada", REVIEWER))[0]["number"]
        bob = console.script("bob", Grant(Role.REVIEWER, "heart"))
        assert bob.get("/api/v1/review").json() == []
        for path in (
            f"/api/v1/projects/{PROJECT}/review",
            SAMPLES,
            f"/api/v1/projects/{PROJECT}/review/rules",
            f"/api/v1/samples/{number}",
            f"/api/v1/samples/{number}/frames/0/after.png",
            f"/api/v1/samples/{number}/frames/0/before.png",
            f"/api/v1/samples/{number}/frames/0/words",
            "/api/v1/samples/999999",
        ):
            assert bob.get(path).status_code == 404, path
        assert say(bob, {"number": number, "version": 1}, "ok").status_code == 404
        assert bob.post(f"/api/v1/samples/{number}/boxes/0/promotion").status_code == 404
        assert console.script("op", Role.OPERATOR).get(SAMPLES).status_code == 403


def test_pictures_are_made_whole_and_small_and_a_look_at_an_original_is_audited(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", REVIEWER)
        picture = picture_of(ada)
        report = next(each for each in items(ada) if not each["is_picture"])
        base = f"/api/v1/samples/{picture['number']}/frames/0"
        after = ada.get(f"{base}/after.png?size=256")
        assert (after.status_code, after.headers["content-type"]) == (200, "image/png")
        assert after.content.startswith(b"\x89PNG")
        again = ada.get(f"{base}/after.png?size=256", headers={"If-None-Match": after.headers["etag"]})
        assert (again.status_code, again.headers["cache-control"]) == (304, "private, max-age=600")
        assert viewed(node) == []
        before = ada.get(f"{base}/before.png")
        assert (before.status_code, before.headers["cache-control"]) == (200, "no-store")
        assert viewed(node) == [("ada", f"received:{picture['object']}")]
        assert ada.get(f"{base}/after.png?low=600&high=400").status_code == 422
        assert ada.get(f"{base}/words").json() == {"words": [], "problem": ""}
        other = ada.get(f"/api/v1/samples/{picture['number']}/frames/7/after.png")
        assert "no such frame" in other.text
        text = ada.get(f"/api/v1/samples/{report['number']}/frames/0/after.png")
        assert text.headers["content-type"].startswith("image/svg+xml")
        assert "no picture in it" in text.text


def test_an_opened_sample_shows_what_became_of_each_attribute(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", REVIEWER)
        number = picture_of(ada)["number"]
        found = ada.get(f"/api/v1/samples/{number}").json()
        lines = {line["path"]: line for line in found["lines"]}
        assert lines["PatientName"]["before"] == [{"text": str(person(1).name), "is_gone": True}]
        assert lines["PatientName"]["fate"] in ("removed", "changed")
        assert lines["Modality"]["fate"] == "kept"
        assert (found["frames"], found["rows"], found["columns"]) == (1, 32, 32)
        page = ada.get(f"/review/samples/{number}?fate=kept")
        assert page.status_code == 200
        assert str(person(1).name) not in page.text
        assert "Modality" in page.text
    assert ("ada", f"sample:{number}") in viewed(node)


def test_the_text_of_a_report_is_shown_with_the_words_that_went(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=SAMPLED)
    node.run(make_instance(modality="SR"))
    with Console(node) as console:
        ada = console.browser("ada", REVIEWER)
        [report] = items(ada)
        page = ada.get(f"/review/samples/{report['number']}")
    assert "It has no picture" in page.text
    assert "TextValue" in page.text
    assert "<del>" in page.text


def test_a_page_of_the_grid_is_read_without_scripts(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", REVIEWER)
        page = ada.get(f"/review/{PROJECT}")
        assert page.text.count('<li class="tile') == 4
        samples = items(ada)
        form: dict[str, Any] = {
            "csrf": "csrf-of-ada",
            "sample": [each["number"] for each in samples],
            "rest": "ok",
        }
        for each in samples:
            form[f"version-{each['number']}"] = each["version"]
            if each["is_picture"]:
                form[f"picture-{each['number']}"] = "1"
        first = picture_of(ada)["number"]
        form[f"verdict-{first}"] = "leak"
        done = ada.post(f"/review/{PROJECT}", data=form)
        assert (done.status_code, done.headers["location"]) == (
            303,
            f"/review/{PROJECT}?state=&most=&changed=0",
        )
        states = {
            each["number"]: each["state"]
            for state in ("open", "passed", "failed")
            for each in items(ada, state)
        }
        report = next(each["number"] for each in samples if not each["is_picture"])
        assert states[first] == "failed"
        assert states[report] == "open", "a report is not read in a grid"
        assert sorted(states.values()) == ["failed", "open", "passed", "passed"]
        forged = ada.post(f"/review/{PROJECT}", data=form | {"csrf": "other"})
        assert forged.status_code == 403


def test_a_second_reader_does_not_see_what_the_first_one_said(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=SAMPLED.replace("double_percent: 0", "double_percent: 100"))
    node.run(make_instance())
    with Console(node) as console:
        ada, bob = console.browser("ada", REVIEWER), console.browser("bob", REVIEWER)
        [sample] = items(ada)
        mine = say(ada, sample, "leak").json()
        assert (mine["state"], mine["held"], mine["mine"]) == ("open", True, "leak")
        assert items(ada) == []
        [sample] = items(bob)
        assert (sample["held"], sample["mine"]) == (False, "")
        assert bob.get(f"/api/v1/samples/{sample['number']}").json()["readings"] == []
        disputed = say(bob, sample, "ok").json()
        assert (disputed["state"], disputed["held"]) == ("disputed", True)
        eve = console.browser("eve", REVIEWER)
        [sample] = items(eve)
        told = eve.get(f"/api/v1/samples/{sample['number']}").json()["readings"]
        assert {each["reader"]: each["verdict"] for each in told} == {"ada": "leak", "bob": "ok"}
        assert say(eve, sample, "leak").json()["state"] == "failed"
    assert node.run().reasons == {"REVIEW_FAILED": 1}


def test_who_looked_at_an_older_state_is_told_to_look_again(node: TestNode) -> None:
    with Console(node) as console:
        ada, bob = console.browser("ada", REVIEWER), console.browser("bob", REVIEWER)
        sample = items(ada)[0]
        say(ada, sample, "ok")
        late = say(bob, sample, "leak")
        assert (late.status_code, late.json()["code"]) == (412, "CHANGED_SINCE")
        fresh = ada.get(f"/api/v1/samples/{sample['number']}").json()
        decided = say(bob, fresh, "leak")
        assert (decided.status_code, decided.json()["code"]) == (409, "SAMPLE_DECIDED")
        back = ada.delete(
            f"/api/v1/samples/{sample['number']}/reading", headers={"If-Match": f'"{fresh["version"]}"'}
        )
        assert (back.status_code, back.json()["state"]) == (200, "open")


def test_a_drawn_box_becomes_lines_for_the_projects_file(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", REVIEWER)
        sample = picture_of(ada)
        box = {"frame": 0, "x0": 1, "y0": 2, "x1": 30, "y1": 9}
        assert say(ada, sample, "leak", boxes=[box | {"x1": 0}]).status_code == 422
        assert say(ada, sample, "leak", boxes=[box]).status_code == 200
        path = f"/api/v1/samples/{sample['number']}/boxes"
        first, again = ada.post(f"{path}/0/promotion").json(), ada.post(f"{path}/0/promotion").json()
        assert first["number"] == again["number"]
        assert ada.post(f"{path}/1/promotion").status_code == 404
        lines = ada.get(f"/api/v1/projects/{PROJECT}/review/rules").json()["yaml"]
        assert f"drawn by ada on sample {sample['number']}" in lines
        project = load_project(RULES.format(share="/share") + lines, "lung.yaml")
        [rule] = project.pixels.devices
        assert rule.boxes == ((1, 2, 30, 9),)
        assert (rule.when.modality, rule.when.rows, rule.when.columns) == (("CT",), 32, 32)
        page = ada.get(f"/review/{PROJECT}/rules")
        assert "because:" in page.text


@pytest.mark.parametrize("bad", ['{"verdict": "ok\\u0000"}', '{"verdict": "ok", "seconds": 1e99}', "[]", "{"])
def test_what_is_not_understood_is_refused(node: TestNode, bad: str) -> None:
    with Console(node) as console:
        ada = console.browser("ada", REVIEWER)
        number = items(ada)[0]["number"]
        headers = {"If-Match": '"1"', "Content-Type": "application/json"}
        assert ada.put(f"/api/v1/samples/{number}/reading", content=bad, headers=headers).status_code == 422
        assert ada.get(f"/api/v1/samples/{2**70}").status_code == 422
        assert ada.get(f"/review/samples/{2**70}").status_code == 422
        assert json.loads(bad) if bad.startswith('{"') else True
