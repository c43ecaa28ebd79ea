"""Transfer requests from REDCap: loaded whole, answered in their records, and their pseudonyms used."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydicom import dcmread
from sqlalchemy import select

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.flow.test_schedule import Clock
from tests.make import make_dataset, make_instance
from tests.peers import redcap_double
from tests.peers.redcap_double import TOKEN, Double
from tirage.model.cohorts import Fault
from tirage.service import cohorts, redcap
from tirage.service.cohorts import Loading
from tirage.service.redcap import Pushed, RedcapFields, RedcapNotKept, Statuses
from tirage.service.schedule import Schedules
from tirage.store import audit, occasions
from tirage.store.database import reading
from tirage.store.schema import audit as lines

BY = "account:test"
SECTION = """\
identity:
  scheme: supplied
redcap:
  url: {url}
  token: secret:redcap
  project: LUNG
  fields:
    objects: transfer_objects
{extra}
"""


@pytest.fixture
def double() -> Iterator[Double]:
    with redcap_double.running() as running:
        yield running


def node_with(root: Path, double: Double, extra: str = "") -> TestNode:
    text = RULES.replace("{share}", "{{share}}") + SECTION
    root.mkdir(exist_ok=True)
    node = TestNode(root, rules=text.format(url=double.url, extra=extra))
    secret = node.settings.secrets / "redcap"
    secret.parent.mkdir(exist_ok=True, mode=0o700)
    secret.write_text(TOKEN)
    secret.chmod(0o600)
    return node


def uid(patient: int, study: int = 1) -> str:
    return str(make_dataset(patient, study, 1, 1).StudyInstanceUID)


def pull(node: TestNode) -> cohorts.Loaded:
    with node.open() as opened:
        return redcap.pull(opened.parts, node.settings, PROJECT, BY)


def push(node: TestNode) -> Pushed:
    with node.open() as opened:
        return redcap.push(opened.parts, node.settings, PROJECT, BY)


def test_requests_become_the_cohort_and_are_answered_when_their_studies_were_delivered(
    tmp_path: Path, double: Double
) -> None:
    double.ask(uid(1), "LUNG", "LUNG-001")
    double.ask(uid(2), "LUNG", "LUNG-002")
    double.ask(uid(3), "HEART", "HEART-001")
    node = node_with(tmp_path, double)
    loaded = pull(node)
    assert (loaded.loading, loaded.checked.requests) == (Loading.LOADED, 2)
    assert pull(node).loading is Loading.UNCHANGED
    assert push(node) == Pushed({"waiting": 2}, 0), "a form that was never filled in says the same"
    node.run(make_instance(1, 1, 1, 1), make_instance(1, 1, 1, 2))
    assert push(node) == Pushed({"waiting": 1, "delivered": 1}, 1)
    status = double.status(uid(1))
    assert (status["transfers_complete"], status["transfer_objects"]) == ("2", "2")
    assert status["transfer_date"]
    assert double.status(uid(2)) == {}
    assert double.status(uid(3)) == {}, "another project's request is left alone"
    assert push(node).written == 0, "pushing again writes nothing"
    assert {dcmread(path).PatientID for path in node.release().rglob("*.dcm")} == {"LUNG-001"}
    node.assert_sound()


def test_a_study_that_nobody_named_a_pseudonym_for_is_held(tmp_path: Path, double: Double) -> None:
    double.ask(uid(1), "LUNG", "")
    node = node_with(tmp_path, double)
    pull(node)
    tally = node.run(make_instance(1, 1, 1, 1), make_instance(2, 1, 1, 1))
    assert (tally.held, tally.released) == (2, 0)
    assert push(node).standings == {"failed": 1}
    assert double.status(uid(1))["transfers_complete"] == "1"
    assert double.status(uid(1))["transfer_error___1"] == "1"
    assert double.status(uid(1))["transfer_error_message"] == "held: 1 held MISSING_PSEUDONYM"


def test_two_pseudonyms_for_one_patient_are_held_and_none_is_used(tmp_path: Path, double: Double) -> None:
    double.ask(uid(1, 1), "LUNG", "LUNG-001")
    double.ask(uid(1, 2), "LUNG", "LUNG-002")
    node = node_with(tmp_path, double)
    pull(node)
    tally = node.run(make_instance(1, 1, 1, 1))
    assert (tally.held, tally.released) == (0, 1)
    tally = node.run(make_instance(1, 2, 1, 1))
    assert (tally.held, tally.released) == (1, 1)
    assert push(node).standings == {"delivered": 1, "failed": 1}


def test_one_bad_request_keeps_the_whole_list_out_and_is_named_by_number_field_and_code(
    tmp_path: Path, double: Double
) -> None:
    double.ask(uid(1), "LUNG", "LUNG-001")
    double.ask("no uid", "LUNG", "LUNG-002")
    node = node_with(tmp_path, double)
    loaded = pull(node)
    assert loaded.loading is Loading.REFUSED
    assert [(each.row, each.field, each.fault) for each in loaded.checked.problems] == [
        (2, "study", Fault.BAD_UID)
    ]
    assert loaded.cohort is None


def test_fields_that_the_project_lacks_are_named(tmp_path: Path, double: Double) -> None:
    whole = double.variables
    double.variables = tuple(each for each in whole if each.name != "transfer_name")
    with pytest.raises(RedcapFields, match="transfer_name"):
        pull(node_with(tmp_path / "one", double))
    double.variables = whole
    with pytest.raises(RedcapFields, match="instrument moves"):
        pull(node_with(tmp_path / "other", double, "  instrument: moves\n"))


def test_a_status_that_is_not_kept_is_no_success(tmp_path: Path, double: Double) -> None:
    double.ask(uid(1), "LUNG", "LUNG-001")
    node = node_with(tmp_path, double)
    pull(node)
    node.run(make_instance(1, 1, 1, 1))
    double.loses = "transfers_complete"
    with pytest.raises(RedcapNotKept):
        push(node)
    double.loses = ""
    assert push(node).written == 1


def test_a_status_names_nothing_that_identifies(tmp_path: Path, double: Double) -> None:
    double.ask(uid(1), "LUNG", "LUNG-001")
    node = node_with(tmp_path, double)
    pull(node)
    node.run(make_instance(1, 1, 1, 1))
    push(node)
    patient = make_dataset(1, 1, 1, 1)
    written = {str(value) for rows in double.imports for row in rows for value in row.values()}
    for value in (patient.PatientID, patient.PatientName, patient.AccessionNumber, patient.StudyDate):
        assert str(value) not in written
    with node.open() as opened, reading(opened.parts.database) as connection:
        assert audit.verify_chain(connection) is None
        actions = connection.execute(select(lines.c.action)).scalars().all()
    assert actions.count("redcap-push") == 1


def test_a_node_answers_by_itself_and_waits_out_a_server_that_is_down(tmp_path: Path, double: Double) -> None:
    double.ask(uid(1), "LUNG", "LUNG-001")
    node, clock = node_with(tmp_path, double), Clock()
    pull(node)
    node.run(make_instance(1, 1, 1, 1))
    with node.open() as opened:
        statuses = Statuses(node.settings, opened.parts, clock)
        double.answers = [503]
        statuses.look()
        assert double.status(uid(1)) == {}
        statuses.look()
        assert double.status(uid(1)) == {}, "not before five minutes have passed"
        clock.now += timedelta(minutes=6)
        statuses.look()
    assert double.status(uid(1))["transfers_complete"] == "2"


def test_a_request_that_waits_again_says_so(tmp_path: Path, double: Double) -> None:
    double.ask(uid(1), "LUNG", "LUNG-001")
    node = node_with(tmp_path, double)
    double.data[uid(1)]["transfers", 1] |= {"transfers_complete": "1", "transfer_error_message": "held"}
    pull(node)
    assert push(node) == Pushed({"waiting": 1}, 1)
    assert double.status(uid(1)) == dict.fromkeys(
        ("transfers_complete", "transfer_error___1", "transfer_error___2"), "0"
    )


def test_a_schedule_without_a_list_loads_the_requests(tmp_path: Path, double: Double) -> None:
    double.ask(uid(1), "LUNG", "LUNG-001")
    node, clock = node_with(tmp_path, double, 'schedule:\n  cron: "0 3 * * *"'), Clock()
    with node.open() as opened:
        Schedules(node.settings, opened.parts, clock).look()
        clock.now += timedelta(days=1)
        Schedules(node.settings, opened.parts, clock).look()
        with reading(opened.parts.database) as connection:
            kept = occasions.listed(connection, PROJECT)
    assert kept
