"""Finding a study by what a person has in hand, and seeing how it came where it is."""

import pytest
from starlette.testclient import TestClient
from tests.flow.nodes import PROJECT, TestNode
from tests.make import make_dataset, make_instance
from tests.web.signed import Console

from tirage.model.people import Grant, Role
from tirage.store.database import reading
from tirage.store.schema import audit

API = "/api/v1"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> TestNode:
    node = TestNode(tmp_path_factory.mktemp("studies"))
    held = make_instance(2, 2, PatientID="", AccessionNumber="HELD7")
    for contents in ((make_instance(1, 1), make_instance(1, 1, 1, 2)), (held,), (b"not DICOM at all",)):
        node.run(*contents)
    return node


def found(client: TestClient, text: str) -> list[dict[str, object]]:
    answer = client.post(f"{API}/search", json={"text": text})
    assert answer.status_code == 200, answer.text
    hits: list[dict[str, object]] = answer.json()
    return hits


def test_whatever_a_person_has_in_hand_leads_to_the_study(node: TestNode) -> None:
    known = make_dataset(1, 1)
    with Console(node) as console:
        client = console.script("ada", Role.OPERATOR)
        for text in (
            known.AccessionNumber,
            known.StudyInstanceUID,
            known.SeriesInstanceUID,
            known.SOPInstanceUID,
            f"  {known.AccessionNumber} ",
        ):
            hits = found(client, str(text))
            assert [hit["study"]["number"] for hit in hits if hit["study"]] == [1]  # type: ignore[index]
        by_patient = found(client, str(known.PatientID))
        by_name = found(client, str(known.PatientName).replace("^", " "))
        nothing = found(client, "nobody has this")
    assert by_patient[0]["meaning"] == "patient identifier"
    assert by_name[0]["meaning"] == "patient name"
    assert nothing == []


def test_a_study_found_by_its_accession_tells_its_way_and_why_it_is_held(node: TestNode) -> None:
    with Console(node) as console:
        browser = console.browser("ada", Role.OPERATOR)
        to = browser.post("/search", data={"text": "HELD7", "csrf": "csrf-of-ada"})
        assert to.status_code == 303
        page = browser.get(to.headers["location"])
    assert page.status_code == 200
    for told in ("received", "catalogued", "MISSING_IDENTITY", "held"):
        assert told in page.text


def test_a_released_study_tells_every_step(node: TestNode) -> None:
    with Console(node) as console:
        events = console.script("ada", Role.OPERATOR).get(f"{API}/studies/1/timeline").json()
    steps = [event["what"] for event in events]
    assert steps.index("received") < steps.index("catalogued") < steps.index("de-identified and verified")
    assert {"put into a release", "released", "delivery delivered"} <= set(steps)
    assert all(event["objects"] == 2 for event in events if event["what"] == "released")


def test_a_quarantined_object_has_a_page_though_no_study_has_it(node: TestNode) -> None:
    with Console(node) as console:
        client = console.script("ada", Role.OPERATOR)
        page = console.browser("ada", Role.OPERATOR).get("/objects/4")
        told = client.get(f"{API}/objects/4").json()
    assert told["study"] is None
    assert "NOT_DICOM" in page.text


def test_people_of_another_project_find_nothing_and_cannot_tell_it_from_nothing_there(node: TestNode) -> None:
    with Console(node) as console:
        other = console.script("bob", Grant(Role.OPERATOR, "heart"))
        assert found(other, str(make_dataset(1, 1).AccessionNumber)) == []
        assert found(other, str(make_dataset(1, 1).PatientID)) == []
        assert other.get(f"{API}/studies").json()["items"] == []
        for path in ("studies/1", "studies/1/timeline", "studies/1/objects", "objects/1", "patients/1"):
            theirs, nowhere = other.get(f"{API}/{path}"), other.get(f"{API}/{path.replace('1', '99', 1)}")
            assert (theirs.status_code, theirs.json()) == (404, nowhere.json())
        own = console.script("eve", Grant(Role.OPERATOR, PROJECT)).get(f"{API}/studies/1").json()
    assert {each["project"] for each in own["standings"]} == {PROJECT}


def test_studies_come_in_pages_and_are_narrowed(node: TestNode) -> None:
    with Console(node) as console:
        client = console.script("ada", Role.OPERATOR)
        first = client.get(f"{API}/studies", params={"most": 1}).json()
        second = client.get(f"{API}/studies", params={"most": 1, "after": first["next"]}).json()
        none = client.get(f"{API}/studies", params={"modality": "MR"}).json()
        spoilt = client.get(f"{API}/studies", params={"after": "bm9uc2Vuc2U"})
    assert {first["items"][0]["number"], second["items"][0]["number"]} == {1, 2}
    assert second["next"] is None
    assert none["items"] == []
    assert (spoilt.status_code, spoilt.json()["code"]) == (400, "CURSOR_INVALID")


def test_every_look_is_a_line_of_the_audit_that_names_handles_alone(node: TestNode) -> None:
    known = make_dataset(1, 1)
    with Console(node) as console:
        client = console.script("curious", Role.OPERATOR)
        found(client, str(known.AccessionNumber))
        client.get(f"{API}/studies")
        client.get(f"{API}/studies/1")
        client.get(f"{API}/patients/1")
        with reading(console.opened.parts.database) as connection:
            lines = connection.execute(audit.select().where(audit.c.actor == "curious")).all()
    assert [line.subject for line in lines] == ["search", "studies", "study:1", "patient:1"]
    assert str(known.AccessionNumber) not in str(lines)


def test_pages_are_given_to_operators_and_not_to_those_who_see_no_patients(node: TestNode) -> None:
    with Console(node) as console:
        operator, approver = console.browser("ada", Role.OPERATOR), console.browser("max", Role.APPROVER)
        for path in ("/studies", "/studies/1", "/patients/1", "/objects/1"):
            assert operator.get(path).status_code == 200, path
            assert approver.get(path).status_code == 403, path
