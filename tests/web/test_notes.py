"""Medical staff write notes and correct patients; originals never change, and nothing written is lost."""

from pathlib import Path

import pydicom
import pytest
from pyarrow import parquet
from starlette.testclient import TestClient
from tests.flow.nodes import RULES, TestNode, fingerprint
from tests.make import make_instance, person
from tests.web.signed import Console

from tirage.model.notes import Kind, tidied
from tirage.model.people import Grant, Role
from tirage.store import rulings
from tirage.store.database import reading
from tirage.store.persons import State

STUDY = "study:1"
ASKED = RULES + "release:\n  automatic: false\n"


def write(browser: TestClient, **more: str) -> dict[str, str]:
    answer = browser.post("/api/v1/notes", json={"subject": STUDY, "text": "a cough", **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def correct(browser: TestClient, subject: str = STUDY, **values: str) -> int:
    body = {"subject": subject, "why": "asked the ward", **values}
    answer = browser.post("/api/v1/corrections", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["correction"])


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        (Kind.YES_NO, " Yes ", "yes"),
        (Kind.YES_NO, "perhaps", None),
        (Kind.NUMBER, "-12.5", "-12.5"),
        (Kind.NUMBER, "12 a day", None),
        (Kind.NUMBER, "٣", None),
        (Kind.DATE, "20240229", "2024-02-29"),
        (Kind.DATE, "2023-02-29", None),
        (Kind.TEXT, "  ", None),
    ],
)
def test_a_field_takes_what_is_of_its_kind(kind: Kind, text: str, kept: str | None) -> None:
    assert tidied(kind, text) == kept


def test_a_note_is_changed_by_whoever_saw_it_last_and_every_version_is_kept(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    with Console(node) as console:
        ada, bob = console.browser("ada", Role.OPERATOR), console.browser("bob", Role.LINKER)
        note = write(ada)
        address, seen = f"/api/v1/notes/{note['note']}", {"If-Match": note["etag"]}
        assert bob.put(address, json={"text": "no cough"}, headers=seen).json()["version"] == 2
        assert ada.put(address, json={"text": "mine"}, headers=seen).status_code == 412
        assert ada.put(address, json={"text": "mine"}).status_code == 428
        assert bob.delete(address, headers={"If-Match": f'"{note["note"]}-2"'}).json()["is_removed"]
        assert ada.get("/api/v1/notes", params={"subject": STUDY}).json()["notes"] == []
        texts = [each["text"] for each in ada.get(f"{address}/history").json()["notes"]]
        assert texts == ["no cough", "no cough", "a cough"]


def test_fields_have_a_kind_and_people_of_other_projects_see_none(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR)
        eve = console.browser("eve", Grant(Role.OPERATOR, "heart"), Grant(Role.LINKER, "heart"))
        note = write(ada, name="smoker", kind="yes/no", text="Yes")
        assert (note["name"], note["text"]) == ("smoker", "yes")
        bad = {"subject": STUDY, "kind": "number", "text": "many"}
        assert ada.post("/api/v1/notes", json=bad).status_code == 422
        assert eve.get("/api/v1/notes", params={"subject": STUDY}).status_code == 404
        assert eve.get(f"/api/v1/notes/{note['note']}/history").status_code == 404
        body = {"subject": STUDY, "why": "because", "sex": "M"}
        assert eve.post("/api/v1/corrections", json=body).status_code == 404
        assert ada.post("/api/v1/corrections", json=body).status_code == 403
        assert "smoker" in ada.get("/notes/study/1").text


def test_the_form_of_the_panel_writes_changes_and_goes_back(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR, Role.LINKER)
        sent = {
            "csrf": "csrf-of-ada",
            "subject": STUDY,
            "kind": "text",
            "text": "a cough",
            "page": "/studies/1",
        }
        assert ada.post("/notes", data=sent).headers["location"] == "/studies/1"
        sent |= {"note": "1", "etag": '"1-1"', "text": "no cough", "page": "https://elsewhere.example/"}
        assert ada.post("/notes", data=sent).headers["location"] == "/notes/study/1"
        assert ada.post("/notes", data=sent).status_code == 412
        sent = {"csrf": "csrf-of-ada", "subject": STUDY, "sex": "M", "why": "a slip"}
        assert ada.post("/corrections", data=sent).status_code == 303
        page = ada.get("/notes/study/1").text
        assert "no cough" in page
        assert "Take back" in page
        assert ada.get("/notes/1/history/all").status_code == 200


def test_who_has_no_identifier_gets_one_by_a_correction_and_is_released(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    assert node.run(make_instance(PatientID="")).reasons == {"MISSING_IDENTITY": 1}
    before = fingerprint([node.settings.originals])
    with Console(node) as console:
        correct(console.browser("lin", Role.LINKER), patient_id="HOSP-77", issuer="HOSPITAL")
    assert node.run().released == 1
    assert fingerprint([node.settings.originals]) == before


def test_two_names_are_one_after_a_correction_and_two_again_when_it_is_undone(
    tmp_path: Path,
) -> None:
    node = TestNode(tmp_path, rules=ASKED)
    tally = node.run(make_instance(), make_instance(instance=2, PatientName="Quux^Zed"))
    assert tally.reasons == {"ONE_FIELD_DIFFERS": 2}
    with Console(node) as console:
        lin = console.browser("lin", Role.LINKER)
        number = correct(lin, name=person(1).name, birth_date="", sex="")
    assert node.run().pending == 2
    with Console(node) as console:
        lin = console.browser("lin", Role.LINKER)
        for _ in range(2):
            assert lin.post(f"/api/v1/corrections/{number}/undo").json()["undone_by"] == "lin"
    assert node.run().reasons == {"ONE_FIELD_DIFFERS": 2}


def pseudonyms(node: TestNode, version: int) -> set[str]:
    rows = parquet.read_table(node.release(version) / "manifest.parquet").to_pylist()
    return {row["path"].split("/")[0] for row in rows}


def open_doubts(node: TestNode) -> list[str]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        return [each.reason for each in rulings.conflicts(connection, State.OPEN, "", None, 0, 50)]


def test_a_linked_patient_whose_name_is_corrected_keeps_the_pseudonym(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    with Console(node) as console:
        correct(console.browser("lin", Role.LINKER), "patient:1", name="Thorax^Jo", sex="O")
    assert node.run(make_instance(instance=2)).released == 2
    assert pseudonyms(node, 1) == pseudonyms(node, 2)
    assert open_doubts(node) == []


def test_who_waited_under_the_corrected_name_goes_on_and_waits_again_when_it_is_undone(
    tmp_path: Path,
) -> None:
    node = TestNode(tmp_path, rules=ASKED)
    node.run(make_instance())
    assert node.run(make_instance(study=2, PatientName="Quux^Zed")).held == 1
    with Console(node) as console:
        number = correct(console.browser("lin", Role.LINKER), "patient:1", name="Quux^Zed")
    assert open_doubts(node) == []
    assert node.run().pending == 2
    with Console(node) as console:
        console.browser("lin", Role.LINKER).post(f"/api/v1/corrections/{number}/undo")
    tally = node.run()
    assert (tally.pending, tally.reasons) == (1, {"ONE_FIELD_DIFFERS": 1})
    assert open_doubts(node) == ["ONE_FIELD_DIFFERS"]


def test_a_name_that_is_corrected_to_that_of_another_person_stays_a_conflict(tmp_path: Path) -> None:
    other = {"PatientName": "Quux^Zed", "PatientBirthDate": "19111111"}
    node = TestNode(tmp_path, rules=ASKED + "identity:\n  on_conflict: new-patient\n")
    node.run(make_instance())
    assert node.run(make_instance(study=2, **other)).pending == 2
    with Console(node) as console:
        lin = console.browser("lin", Role.LINKER)
        number = correct(lin, "study:1", name="Quux^Zed", birth_date="19111111")
    tally = node.run()
    assert (tally.pending, tally.reasons) == (1, {"IDENTITY_CONFLICT": 1})
    assert open_doubts(node) == ["IDENTITY_CONFLICT"]
    with Console(node) as console:
        console.browser("lin", Role.LINKER).post(f"/api/v1/corrections/{number}/undo")
    assert open_doubts(node) == []
    assert node.run().pending == 2


def test_both_the_name_received_and_the_name_corrected_are_taken_out(tmp_path: Path) -> None:
    def described(folder: Path) -> str:
        (path,) = folder.rglob("*.dcm")
        return str(pydicom.dcmread(path).get("SeriesDescription", ""))

    asked = TestNode(tmp_path / "asked", rules=ASKED)
    asked.run(make_instance(SeriesDescription="THORAX AXIAL"))
    with Console(asked) as console:
        correct(console.browser("lin", Role.LINKER), name="Thorax^Jo")
    asked.run()
    with asked.open() as opened:
        opened.ask_release(next(iter(opened.parts.rules)), "account:manager")
    asked.run()
    plain = TestNode(tmp_path / "plain")
    plain.run(make_instance(SeriesDescription="THORAX AXIAL"))
    assert "THORAX" in described(plain.release())
    assert "THORAX" not in described(asked.release())


def test_the_pages_of_a_study_and_a_patient_carry_the_panel(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    with Console(node) as console:
        ada = console.browser("ada", Role.OPERATOR, Role.LINKER)
        write(ada)
        page = ada.get("/studies/1").text
        assert "a cough" in page
        assert "Erase for good" in page
        assert "Take back" not in page
        assert "Correct" in ada.get("/patients/1").text
