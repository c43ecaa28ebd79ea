"""Tables say what headers say, leave out what cannot be understood, and come out the same twice."""

import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from tests.make import make_instance
from tests.unit.deliver.test_release import make_release

from tirage.deliver import codebook, columns, lists, tables
from tirage.deliver.columns import READ, Kind
from tirage.deliver.release import Member
from tirage.deliver.technical import agreed, values
from tirage.dicom.elements import BytesSource, read_header

NAMES = [column.name for column in READ]


def said(content: bytes) -> dict[str, Any]:
    return dict(zip(NAMES, values(read_header(BytesSource(content))), strict=True))


def written(objects: list[tuple[Member, tables.Row]]) -> tuple[tuple[int, int, int], list[bytes]]:
    sinks = (io.BytesIO(), io.BytesIO(), io.BytesIO())
    counts = tables.write(iter(objects), {}, sinks, {"version": "v0001"})
    return counts, [sink.getvalue() for sink in sinks]


def rows(content: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parquet.read_table(io.BytesIO(content)).to_pylist()
    return found


def test_numbers_dates_and_codes_are_read() -> None:
    found = said(
        make_instance(PixelSpacing=["0.5", "0.25"], StudyDate="20190403", KVP="120.5", NumberOfFrames=1)
    )
    assert (found["row_spacing"], found["column_spacing"], found["kvp"]) == (0.5, 0.25, 120.5)
    assert (found["study_date"], found["modality"], found["bits_stored"]) == (date(2019, 4, 3), "CT", 16)


@pytest.mark.parametrize(
    ("keyword", "fit", "unfit", "column"),
    [
        ("BodyPartExamined", "KNEE OF ANN XAMP", "Knee of Ann Xamp", "body_part"),
        ("BodyPartExamined", "KNEE OF ANN XAMP", "KNEE/OF@ANN^XAMP", "body_part"),
        ("StudyDate", "20190403", "20191340", "study_date"),
        ("KVP", "120.0000", "nan     ", "kvp"),
        ("KVP", "120.0000", "1e999   ", "kvp"),
        ("KVP", "120.0000", "one two ", "kvp"),
    ],
)
def test_what_cannot_be_understood_is_left_out(keyword: str, fit: str, unfit: str, column: str) -> None:
    content = make_instance(**{keyword: fit})
    assert said(content)[column] is not None
    assert said(content.replace(fit.encode(), unfit.encode()))[column] is None


def test_what_all_frames_have_in_common_is_read() -> None:
    from pydicom.dataset import Dataset

    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = ["0.7", "0.8"], "3"
    shared.PixelMeasuresSequence = [measures]
    found = said(make_instance(modality="DX", SharedFunctionalGroupsSequence=[shared], NumberOfFrames=1))
    assert (found["column_spacing"], found["slice_thickness"]) == (0.8, 3.0)


@given(st.lists(st.one_of(st.none(), st.sampled_from(["CT", "MR"])), max_size=4))
def test_a_series_says_what_all_that_say_something_agree_on(each: list[str | None]) -> None:
    known = {value for value in each if value is not None}
    assert agreed(each) == (known.pop() if len(known) == 1 else None)


def test_tables_of_more_rows_than_a_batch_are_whole_and_the_same_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "_BATCH", 2)
    objects = [
        (member, values(read_header(BytesSource(make_instance())))) for member in make_release().members
    ]
    counts, contents = written(objects)
    studies, series, instances = (rows(content) for content in contents)
    assert counts == (len(studies), len(series), len(instances)) == (2, 2, 3)
    assert sum(row["instances"] for row in studies) == sum(row["instances"] for row in series) == 3
    assert [row["path"] for row in instances] == [member.name for member, _ in objects]
    assert written(objects)[1] == contents


def test_an_object_whose_header_cannot_be_read_still_has_its_row() -> None:
    objects = [(member, tables.NOTHING) for member in make_release().members]
    _, contents = written(objects)
    assert [row["modality"] for row in rows(contents[2])] == [None, None, None]
    assert [row["modalities"] for row in rows(contents[0])] == [None, None]


def test_no_column_holds_free_text_or_what_names_a_person_or_a_device() -> None:
    kept_out = {"PatientName", "PatientID", "StudyDescription", "SeriesDescription", "StationName"}
    kept_out |= {"DeviceSerialNumber", "InstitutionName", "ProtocolName", "AccessionNumber", "ImageComments"}
    assert not kept_out & {column.keyword for column in READ}
    free = {column.name for column in READ if column.kind is Kind.TEXT}
    assert free == {"manufacturer", "model", "kernel"}, (
        "text that is no code: judge anew why it may be shared"
    )


def test_every_column_is_explained_once_a_table() -> None:
    lines = codebook.codebook(lists.LISTS).decode().splitlines()
    tables_of = dict(codebook.tables_of(lists.LISTS))
    assert len(lines) == 1 + sum(len(wanted) for wanted in tables_of.values())
    for wanted in tables_of.values():
        assert len({column.name for column in wanted}) == len(wanted)
        assert all(column.meaning and column.why for column in wanted)
    assert "(0028,0030) PixelSpacing [2]" in codebook.codebook(lists.LISTS).decode()
    assert columns.MANIFEST_COLUMNS[0].name == "path"


def test_each_number_of_lists_stands_for_one_set_of_names() -> None:
    for has_linker in (True, False):
        now = lists.lists(has_linker=has_linker)
        assert lists.named(len(now)) == now
        assert now[-1] == lists.SUMS
    assert lists.named(4) == ("manifest.json", "manifest.parquet", "manifest.json.sig", "SHA256SUMS")
    assert lists.named(3) == ("manifest.json", "manifest.parquet", "SHA256SUMS")
