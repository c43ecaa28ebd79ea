"""Loading from code, as a scheduled run does."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.flow.nodes import PROJECT, TestNode
from tirage.acquire.cohort.window import Window
from tirage.model.cohorts import Fault
from tirage.model.requests import CohortKind
from tirage.service import cohorts
from tirage.service.cohorts import ListChanged, Loading
from tirage.service.lists import Order
from tirage.service.reports import Progress
from tirage.store import audit
from tirage.store.database import reading

BY = "schedule"


def parquet(path: Path, **columns: list[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


def test_a_patient_list_is_loaded_again_with_what_is_new_since(tmp_path: Path) -> None:
    listed = tmp_path / "patients.csv"
    listed.write_text("NHS Number\n9434765919\n")
    links = tmp_path / "links.csv"
    links.write_text("MRN,NHS Number\n0012,9434765919\n0013,4010232137\n")
    order = Order(listed, links, window=Window(since_last=True, overlap_days=2))
    with TestNode(tmp_path) as node, node.open() as opened:
        first = cohorts.load(opened.parts, node.settings, PROJECT, order, BY)
        assert (first.loading, first.checked.kind) == (Loading.LOADED, CohortKind.PATIENTS)
        listed.write_text("NHS Number\n9434765919\n401 023 2137\n")
        second = cohorts.load(opened.parts, node.settings, PROJECT, order, BY)
        assert second.cohort
        assert second.cohort.version == 2
        rows = {
            each.request.patient_id: each.request.dates.first
            for each in cohorts.rows(opened.parts, second.cohort)
        }
        assert rows == {"0012": datetime.now(UTC).date() - timedelta(days=2), "0013": None}
        with reading(opened.parts.database) as connection:
            assert audit.length(connection) == 2
            assert audit.verify_chain(connection) is None


def test_a_list_with_a_bad_row_leaves_the_newest_version_as_it_is(tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("MRN\n0012\n")
    with TestNode(tmp_path) as node, node.open() as opened:
        cohorts.load(opened.parts, node.settings, PROJECT, Order(listed), BY)
        listed.write_text("MRN\n0013\nTEMP1\n")
        refused = cohorts.load(opened.parts, node.settings, PROJECT, Order(listed), BY)
        assert refused.loading is Loading.REFUSED
        assert [each.fault for each in refused.checked.problems] == [Fault.BAD_ID]
        assert refused.cohort
        shown = cohorts.show(opened.parts, PROJECT)
        assert [each.version for each in shown.versions] == [1]
        assert list((node.settings.identified).glob("tmp*")) == []


def test_a_public_file_that_changes_meanwhile_stops_the_load(tmp_path: Path) -> None:
    folder = tmp_path / "extract"
    keys = list(range(1, 2_501))
    parquet(
        folder / "public" / "PROCEDURE_OCCURRENCE.parquet",
        procedure_occurrence_id=keys,
        person_id=keys,
        procedure_date=["2019-04-03"] * len(keys),
    )
    parquet(folder / "public" / "PERSON.parquet", person_id=keys)
    parquet(
        folder / "private" / "PERSON_LINKS.parquet", person_id=keys, PrimaryMrn=[f"M{key}" for key in keys]
    )
    parquet(
        folder / "private" / "PROCEDURE_OCCURRENCE_LINKS.parquet",
        procedure_occurrence_id=keys,
        AccessionNumber=[f"A{key}" for key in keys],
    )
    summary = {"datetime": "2023-12-07 14:08:58", "settings": {"cdm_source_name": "Invented"}}
    (folder / "extract_summary.json").write_text(json.dumps(summary))

    def meddle(progress: Progress) -> None:
        parquet(folder / "public" / "PERSON.parquet", person_id=[1])

    with TestNode(tmp_path) as node, node.open() as opened:
        with pytest.raises(ListChanged):
            cohorts.load(opened.parts, node.settings, PROJECT, Order(folder), BY, meddle)
        with pytest.raises(cohorts.CohortUnknown):
            cohorts.show(opened.parts, PROJECT)
        loaded = cohorts.load(opened.parts, node.settings, PROJECT, Order(folder), BY)
        assert (loaded.loading, loaded.checked.requests) == (Loading.LOADED, 2_500)
