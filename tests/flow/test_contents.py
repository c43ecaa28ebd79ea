"""What a release says of itself is true of its objects, at every level, and is written the same twice."""

import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import mlcroissant
import pyarrow
import pydicom
import pytest
from pyarrow import parquet
from sqlalchemy import update

from tests.flow.nodes import PROJECT, TestNode, check_sums, files_below, fingerprint
from tests.make import make_dataset, make_instance
from tirage.deliver import lists
from tirage.flow.steps import deliver
from tirage.flow.steps import release as steps
from tirage.service import cohorts
from tirage.service.build import make_context
from tirage.service.lists import Order
from tirage.store import releases
from tirage.store.database import reading, writing
from tirage.store.schema import release as release_table

OF_ALL = [(1, 1, 1, 1), (1, 1, 1, 2), (1, 1, 2, 1), (1, 2, 1, 1), (2, 1, 1, 1)]
"""Patient, study, series, instance."""


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> TestNode:
    """A node with one release: two patients, three studies, four series, five objects."""
    node = TestNode(tmp_path_factory.mktemp("contents"))
    contents = [make_instance(*numbers, SliceThickness=str(numbers[3])) for numbers in OF_ALL]
    node.run(*contents)
    return node


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parquet.read_table(folder / name).to_pylist()
    return found


def test_every_object_has_one_row_that_says_what_its_own_header_says(released: TestNode) -> None:
    folder = released.release()
    instances = rows(folder, "instances.parquet")
    assert {row["path"] for row in instances} == {
        path for path in files_below(folder) if path.endswith("dcm")
    }
    assert len(instances) == len(OF_ALL)
    for row in instances:
        header = pydicom.dcmread(folder / row["path"])
        assert row["sha256"] == hashlib.sha256((folder / row["path"]).read_bytes()).hexdigest()
        assert (row["rows"], row["columns"]) == (header.Rows, header.Columns)
        assert row["model"] == (header.get("ManufacturerModelName") or None)
        assert row["sop_instance_uid"] == header.SOPInstanceUID
        assert row["slice_thickness"] == (
            float(header.SliceThickness) if "SliceThickness" in header else None
        )
        assert row["transfer_syntax_uid"] == header.file_meta.TransferSyntaxUID


def test_the_levels_count_the_same(released: TestNode) -> None:
    folder = released.release()
    instances, series, studies = (
        rows(folder, name) for name in (lists.INSTANCES, lists.SERIES, lists.STUDIES)
    )
    for level, table in (("series_uid", series), ("study_uid", studies)):
        counted = Counter(row[level] for row in instances)
        assert {row[level]: row["instances"] for row in table} == counted
        sizes: Counter[str] = Counter()
        for row in instances:
            sizes[row[level]] += row["size_bytes"]
        assert {row[level]: row["size_bytes"] for row in table} == sizes
    assert Counter(row["study_uid"] for row in series) == {row["study_uid"]: row["series"] for row in studies}
    said = json.loads((folder / "release.json").read_text())
    assert said["rows"] | {"linked_procedures": None} == {
        "studies": len(studies),
        "series": len(series),
        "instances": len(instances),
        "linked_procedures": None,
        "unread_headers": 0,
    }
    assert said["adds"]["added_studies"] == sorted(row["study_uid"] for row in studies)


def test_a_series_says_what_all_its_objects_agree_on(released: TestNode) -> None:
    series = rows(released.release(), lists.SERIES)
    several = [row for row in series if row["instances"] == 2]
    assert [(row["slice_thickness"], row["modality"], row["rows"]) for row in several] == [(None, "CT", 32)]


def test_nothing_that_identifies_is_in_any_list(released: TestNode) -> None:
    folder = released.release()
    text = ""
    for name in lists.LISTS:
        if (folder / name).exists():
            is_table = name.endswith(".parquet")
            text += str(rows(folder, name)) if is_table else (folder / name).read_text("utf-8")
    for numbers in OF_ALL:
        original = make_dataset(*numbers)
        for keyword in ("PatientID", "AccessionNumber", "StudyInstanceUID", "SOPInstanceUID", "StudyDate"):
            assert str(original[keyword].value) not in text, keyword
        assert str(original.PatientName).partition("^")[0] not in text
    assert str(released.root) not in text


def test_the_codebook_explains_every_column_of_every_table(released: TestNode) -> None:
    folder = released.release()
    lines = (folder / "codebook.csv").read_text("utf-8").splitlines()[1:]
    explained = {tuple(line.split(",")[:2]) for line in lines}
    tables = [path.name for path in folder.glob("*.parquet")]
    assert explained == {
        (name, column) for name in tables for column in parquet.read_schema(folder / name).names
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:mlcroissant")
def test_croissant_reads_the_tables(released: TestNode) -> None:
    folder = released.release()
    found = mlcroissant.Dataset(str(folder / "croissant.json"))
    assert found.metadata.issues.report() == ""
    assert found.metadata.ctx.is_v1_1()
    records = list(found.records("instances"))
    assert {record["instances/path"].decode() for record in records} == {
        row["path"] for row in rows(folder, lists.INSTANCES)
    }


def test_a_release_written_again_is_the_same_to_the_byte(released: TestNode) -> None:
    before = fingerprint([released.release()])
    with released.open() as opened, reading(opened.parts.database) as connection:
        number = releases.listed(connection)[0].id
        shutil.rmtree(released.release())
        steps.write(make_context(released.settings, opened.parts), number)
    assert fingerprint([released.release()]) == before


@pytest.mark.parametrize("count", [3, 4])
def test_a_release_frozen_before_keeps_the_lists_it_was_counted_with(node: TestNode, count: int) -> None:
    node.run(make_instance())
    with node.open() as opened:
        with writing(opened.parts.database) as connection:
            number = releases.listed(connection)[0].id
            connection.execute(update(release_table).values(lists=count))
        shutil.rmtree(node.release())
        context = make_context(node.settings, opened.parts)
        steps.write(context, number)
        with reading(opened.parts.database) as connection:
            row = releases.get(connection, number)
        sent = deliver.lists_of(context, row)
    named = set(lists.named(count))
    assert {path for path in files_below(node.release()) if not path.endswith(".dcm")} == named
    assert [each.name.split("/")[-1] for each in sent] == list(lists.named(count))


def test_a_late_instance_shows_as_a_study_that_has_grown(node: TestNode) -> None:
    node.run(make_instance(instance=1), make_instance(instance=2))
    node.run(make_instance(instance=3), make_instance(patient=2))
    [first] = rows(node.release(1), lists.STUDIES)
    said = json.loads((node.release(2) / "release.json").read_text())["adds"]
    later = {row["study_uid"]: row["instances_before"] for row in rows(node.release(2), lists.STUDIES)}
    assert said["changed_studies"] == [first["study_uid"]]
    assert (said["to"], later[first["study_uid"]]) == ("v0001", 2)
    assert [later[uid] for uid in said["added_studies"]] == [0]


def extract(folder: Path, procedures: list[tuple[int, str, str, str]]) -> Path:
    """An OMOP ES extract: procedure, patient, accession, study UID."""
    keys = [each[0] for each in procedures]
    tables = {
        "public/PROCEDURE_OCCURRENCE": {
            "procedure_occurrence_id": keys,
            "person_id": keys,
            "procedure_date": ["2019-04-03"] * len(keys),
        },
        "private/PERSON_LINKS": {"person_id": keys, "PrimaryMrn": [each[1] for each in procedures]},
        "private/PROCEDURE_OCCURRENCE_LINKS": {
            "procedure_occurrence_id": keys,
            "AccessionNumber": [each[2] for each in procedures],
            "StudyUid": [each[3] for each in procedures],
        },
    }
    for name, columns in tables.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pyarrow.table(columns), folder / f"{name}.parquet")
    summary = {"datetime": "2023-12-07 14:08:58", "settings": {"cdm_source_name": "Invented"}}
    (folder / "extract_summary.json").write_text(json.dumps(summary))
    return folder


@pytest.mark.parametrize("is_shared", [False, True], ids=["sqlite", "postgres"])
def test_procedures_of_an_extract_are_linked_with_their_studies(
    tmp_path: Path, request: pytest.FixtureRequest, is_shared: bool
) -> None:
    databases = ""
    if is_shared:
        server = request.getfixturevalue("postgres")
        databases = "[databases]\n" + "".join(
            f'{name} = "{server.new_database()}"\n' for name in ("catalogue", "crosswalk", "flow")
        )
    node = TestNode(tmp_path, databases=databases)
    one, two, three = (make_dataset(patient) for patient in (1, 2, 3))
    asked = [
        (701, str(one.PatientID), str(one.AccessionNumber), ""),
        (702, str(two.PatientID), "", str(two.StudyInstanceUID)),
        (703, str(one.PatientID), "", str(three.StudyInstanceUID)),  # says another patient
        (704, str(three.PatientID), "NEVER1", ""),
    ]
    with node.open() as opened:
        cohorts.load(opened.parts, node.settings, PROJECT, Order(extract(tmp_path / "es", asked)), "test")
    node.run(*[make_instance(patient) for patient in (1, 2, 3)])
    folder = node.release()
    linked = rows(folder, lists.LINKER)
    assert [(row["procedure_occurrence_id"], row["cohort"]) for row in linked] == [(701, 1), (702, 1)]
    studies = {row["study_uid"]: row["pseudonym"] for row in rows(folder, lists.STUDIES)}
    assert len(studies) == 3
    assert all(studies[row["pseudo_study_uid"]] == row["pseudonym"] for row in linked)
    assert len({row["pseudonym"] for row in linked}) == 2
    assert json.loads((folder / "release.json").read_text())["rows"]["linked_procedures"] == 2
    check_sums(folder)
    again = extract(tmp_path / "again", [(901, str(one.PatientID), str(one.AccessionNumber), "")])
    with node.open() as opened:
        cohorts.load(opened.parts, node.settings, PROJECT, Order(again), "test")
    node.run(make_instance(4))
    later = rows(node.release(2), lists.LINKER)
    assert [(row["procedure_occurrence_id"], row["cohort"]) for row in later] == [(901, 2)]
    assert later[0]["pseudo_study_uid"] in studies, (
        "the study is in the version before, its table in this one"
    )
