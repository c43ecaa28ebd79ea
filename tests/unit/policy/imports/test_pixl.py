"""A PIXL configuration becomes a project at least as strict, and every rule gets a line."""

from pathlib import Path

import pytest

from tirage.policy.actions import Action
from tirage.policy.imports.pixl import import_pixl, plain_words
from tirage.policy.imports.report import Fate, Imported
from tirage.policy.imports.writing import project_text
from tirage.policy.problems import ProjectInvalid
from tirage.policy.profile import Profile, compile_profile
from tirage.policy.project import load_project
from tirage.policy.standard import tags_by_keyword

HERE = Path(__file__).parent / "pixl"
CT = "1.2.840.10008.5.1.4.1.1.2"


def imported() -> Imported:
    return import_pixl({path.relative_to(HERE).as_posix(): path.read_text() for path in HERE.rglob("*.yaml")})


def test_the_project_and_its_report_are_the_expected_ones() -> None:
    """To renew after a change that is meant: write what this test compares, and read the difference."""
    found = imported()
    report = "".join(f"{line.fate}: {line.rule}: {line.words}\n" for line in found.lines)
    assert report == (HERE / "report.txt").read_text()
    assert project_text(found, "pixl chest-pilot.yaml") == (HERE / "project.txt").read_text()


def profile() -> Profile:
    return compile_profile(load_project(project_text(imported(), "pixl")))


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("PatientSex", Action.REMOVE),
        ("EchoTime", Action.KEEP),
        ("SliceThickness", Action.EMPTY),
        ("StudyDate", Action.DUMMY),
        ("AcquisitionDate", Action.SHIFT),
        ("StudyDescription", Action.CLEAN),
        ("SeriesDescription", Action.REMOVE),
        ("GridID", Action.CLEAN),
        ("ViewPosition", Action.REMOVE),
        ("StudyInstanceUID", Action.UID),
        ("PixelData", Action.KEEP),
    ],
)
def test_what_the_list_does_not_keep_is_not_kept(keyword: str, expected: Action) -> None:
    assert profile().for_sop_class(CT)[tags_by_keyword()[keyword]] is expected


def test_an_override_is_for_its_manufacturer_alone() -> None:
    base = profile()
    siemens = base.variant(CT, "CT", "SIEMENS", "")
    thickness, echo = tags_by_keyword()["SliceThickness"], tags_by_keyword()["EchoTime"]
    assert siemens.for_sop_class(CT)[thickness] is Action.KEEP
    assert siemens.for_sop_class(CT)[echo] is Action.REMOVE
    assert not siemens.accepts(thickness, b"DS", b"Zebediah")
    assert siemens.private(0x0019, "SIEMENS MR HEADER", 0x0C) is Action.KEEP
    assert not siemens.accepts_private(0x0019, "SIEMENS MR HEADER", 0x0C, b"LO", b"Zebediah")
    assert base.private(0x0019, "SIEMENS MR HEADER", 0x0C) is Action.REMOVE
    assert base.private(0x0009, "ACME DOSE", 0x02) is Action.KEEP


def test_what_removed_something_and_cannot_be_said_is_an_error() -> None:
    rules = {line.rule for line in imported().of(Fate.ERROR)}
    assert {"series_filters", "min_instances_per_series", "gone.yaml"} <= rules
    assert any("sparkle" in rule for rule in rules)


def test_tag_operations_alone_are_enough() -> None:
    found = import_pixl({"base.yaml": (HERE / "tag-operations" / "base.yaml").read_text()})
    assert load_project(project_text(found, "base.yaml")).deidentify.only


@pytest.mark.parametrize("text", ["a: &x 1\n", "- !!python/object:os.system x\n", "a: 1\na: 2\n", "[" * 200])
def test_surprising_yaml_is_refused(text: str) -> None:
    with pytest.raises(ProjectInvalid):
        import_pixl({"x.yaml": text})


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("^siemens", ["siemens"]),
        ("^(ge|philips)$", ["ge", "philips"]),
        ("philips.*", ["philips"]),
        ("ge[0-9]+", None),
        (".*", None),
    ],
)
def test_only_a_pattern_of_words_names_a_manufacturer(pattern: str, words: list[str] | None) -> None:
    assert plain_words(pattern) == words
