"""De-identifying by likeness gives the same bytes as the full walk, or leaves the object to it."""

from pathlib import Path

import pytest
from tests.make import make_instance
from tests.rebuilt import a_link, make_profile

from tirage.catalog.reader import HeaderReader
from tirage.deidentify.apply import rebuild
from tirage.deidentify.plan import Planner
from tirage.deidentify.replay import learn_replay
from tirage.dicom.elements import BytesSource, FileSource, Malformed, Source, read_header
from tirage.dicom.header import Header
from tirage.model.records import Identifiers


def replayed(sources: list[Source], planner: Planner) -> int:
    """How many of the sources were replayed; each with the bytes that the walk gives."""
    reader, count = HeaderReader(), 0
    for source in sources:
        found = reader.read(source)
        if isinstance(found, Header):
            continue
        replay = learn_replay(planner, found.likeness.pattern)
        outcome = replay.rebuild(found, source) if replay is not None else None
        if outcome is None:
            continue
        walked = rebuild(read_header(source), Planner(planner.profile, a_link(), Identifiers()))
        assert outcome == walked
        count += 1
    return count


def test_the_files_of_a_series_are_replayed_byte_for_byte() -> None:
    files: list[Source] = [BytesSource(make_instance(instance=number)) for number in range(1, 13)]
    assert replayed(files, Planner(make_profile(), a_link(), Identifiers())) >= 6


def test_kept_options_change_nothing_about_it() -> None:
    files: list[Source] = [BytesSource(make_instance(instance=number)) for number in range(1, 13)]
    profile = make_profile(options=["retain-uids", "full-dates", "retain-patient"])
    assert replayed(files, Planner(profile, a_link(), Identifiers())) >= 6


@pytest.mark.parametrize(
    "attribute",
    [
        {"ImageComments": "{}"},
        {"StationName": "CT{}"},
        {"BurnedInAnnotation": "{}"},
        {"PatientBirthDate": "192{}0101"},
        {"WindowWidth": "{}00"},
        {
            "ReferencedImageSequence": [
                {"ReferencedSOPInstanceUID": "1.2.{}", "ReferencedSOPClassUID": "1.2.840"}
            ]
        },
        {"RequestAttributesSequence": [{"ScheduledProcedureStepID": "{}", "RequestedProcedureID": "A{}"}]},
    ],
)
def test_whatever_varies_the_bytes_are_those_of_the_walk(attribute: dict[str, object]) -> None:
    files: list[Source] = []
    for number in range(1, 9):
        filled = {keyword: _filled(value, number) for keyword, value in attribute.items()}
        files.append(BytesSource(make_instance(instance=number, **filled)))
    replayed(files, Planner(make_profile(), a_link(), Identifiers()))


def test_real_files_are_replayed_byte_for_byte(real_files: list[Path]) -> None:
    planner = Planner(make_profile(), a_link(), Identifiers())
    open_files = [FileSource.open(path) for path in real_files[:250]]
    readable: list[Source] = []
    for source in open_files:
        try:
            read_header(source)
        except Malformed:
            continue
        readable.append(source)
    count = replayed(readable, planner)
    assert count > 0 or len(real_files) < 250, "none of the corpus was replayed"
    for source in open_files:
        source.close()


def _filled(value: object, number: int) -> object:
    if isinstance(value, str):
        return value.format(number)
    if isinstance(value, list):
        return [{name: _filled(inner, number) for name, inner in item.items()} for item in value]
    return value
