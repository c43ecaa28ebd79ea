"""The API of REDCap: what public client and this one write, both read; no answer is taken by halves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redcap as pycap
from tests.peers import redcap_double
from tests.peers.ports import free_port
from tests.peers.redcap_double import TOKEN, Double

from tirage.network.https import Service
from tirage.network.redcap import Redcap, RedcapContradicts, RedcapRefused, RedcapUnreachable, opened

FIELDS = (
    "study_instance_uid",
    "transfer_project_name",
    "transfer_name",
    "transfer_date",
    "transfers_complete",
)
SECRET = "1.2.826.0.1.3680043.8.498.7"


@pytest.fixture
def double() -> Iterator[Double]:
    with redcap_double.running() as running:
        running.ask(SECRET, "LUNG", "LUNG-001", study_accession_number="A-17")
        yield running


@pytest.fixture
def project(double: Double) -> Iterator[Redcap]:
    with opened(Service(double.url), TOKEN) as project:
        yield project


def test_the_public_client_reads_what_was_written(double: Double, project: Redcap) -> None:
    row = {
        "study_instance_uid": SECRET,
        "redcap_repeat_instrument": "transfers",
        "redcap_repeat_instance": 1,
        "transfer_date": "2026-11-28 13:00",
        "transfer_error___2": "1",
        "transfers_complete": "1",
    }
    project.write([row])
    judge = pycap.Project(double.url, TOKEN)
    assert judge.export_version() is not None
    (_, found) = judge.export_records(raw_or_label="raw")
    assert {name: found[name] for name in row} == row
    assert found["transfer_name"] == "LUNG-001"


def test_what_the_public_client_writes_is_read(double: Double, project: Redcap) -> None:
    judge = pycap.Project(double.url, TOKEN)
    count = judge.import_records(
        [
            {
                "study_instance_uid": "1.2.3",
                "redcap_repeat_instrument": "transfers",
                "redcap_repeat_instance": 2,
                "transfer_project_name": "LUNG",
            }
        ]
    )
    assert count == {"count": 1}
    rows = project.records(FIELDS)
    assert [(row["study_instance_uid"], row["transfer_project_name"]) for row in rows] == [
        (SECRET, ""),
        (SECRET, "LUNG"),
        ("1.2.3", "LUNG"),
    ]
    assert judge.field_names == list(project.fields())
    assert set(judge.forms) == set(project.fields().values())


def test_an_empty_value_takes_an_old_one_away(double: Double, project: Redcap) -> None:
    key = {
        "study_instance_uid": SECRET,
        "redcap_repeat_instrument": "transfers",
        "redcap_repeat_instance": 1,
    }
    project.write([{**key, "transfer_error_message": "held"}])
    project.write([{**key, "transfer_error_message": ""}])
    assert double.status(SECRET) == {}


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_that_is_busy_or_broken_is_asked_again_later(
    double: Double, project: Redcap, status: int
) -> None:
    double.answers = [status]
    with pytest.raises(RedcapUnreachable):
        project.records(FIELDS)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 406, 301])
def test_a_refusal_is_for_good_and_shows_no_word_of_the_server(
    double: Double, project: Redcap, status: int
) -> None:
    double.answers, double.said = [status], f'"{SECRET}","the value is not valid"'
    with pytest.raises(RedcapRefused) as refused:
        project.records(FIELDS)
    assert str(status) in str(refused.value)
    assert SECRET not in str(refused.value) + refused.value.remedy


def test_an_error_that_comes_with_200_is_an_error(double: Double, project: Redcap) -> None:
    double.answers = [200]
    with pytest.raises(RedcapRefused):
        project.records(FIELDS)


def test_an_answer_that_breaks_off_is_no_list(double: Double, project: Redcap) -> None:
    double.cuts = True
    with pytest.raises(RedcapUnreachable):
        project.records(FIELDS)


def test_a_wrong_token_is_refused_and_never_shown(double: Double) -> None:
    wrong = "F" * 32
    with opened(Service(double.url), wrong) as project, pytest.raises(RedcapRefused) as refused:
        project.version()
    assert wrong not in str(refused.value)


def test_a_page_of_something_else_is_no_answer(double: Double, tmp_path: Path) -> None:
    with opened(Service(double.url), TOKEN) as project:
        double.variables = ()
        assert project.fields() == {}
    with (
        pytest.raises(RedcapUnreachable),
        opened(Service(f"http://127.0.0.1:{free_port()}/api"), TOKEN) as project,
    ):
        project.version()
    assert issubclass(RedcapContradicts, Exception)
