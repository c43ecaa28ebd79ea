"""A project file becomes a project, or a list of everything that is wrong with it."""

from datetime import date

import pytest

from tirage.model.reasons import RejectReason
from tirage.policy.options import Option
from tirage.policy.project import Project, ProjectInvalid, example_text, load_project

HEAD = "project:\n  name: trial-one\n  title: A trial\n"


def problems_of(text: str) -> list[str]:
    with pytest.raises(ProjectInvalid) as caught:
        load_project(text, "trial.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_the_shortest_project_has_a_name_and_a_title() -> None:
    project = load_project(HEAD)
    assert project.name == "trial-one"
    assert project.deidentify.options == (
        "clean-descriptors",
        "clean-graphics",
        "clean-pixels",
        "clean-structured-content",
        "modified-dates",
        "retain-patient",
        "safe-private",
    )
    assert project.pixels.unexplained == "hold"
    assert project.text.unjudged == "empty"
    assert project.documents.pdf == "hold"
    assert project.identity.scheme == "random"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("project:\n  name: trial-one\n", "line 1: `project.title` is missing"),
        (HEAD + "  titel: x\n", "line 4: `project.titel` is no known field; did you mean `title`?"),
        (HEAD + "soruces: []\n", "line 4: `soruces` is no known field; did you mean `sources`?"),
        (
            HEAD + "sources:\n  - called: X\n",
            "line 5: `sources.called` is no known field; did you mean `called_ae`?",
        ),
        (HEAD + "sources: X\n", "line 4: `sources` must be a list"),
        (HEAD + "sources:\n  - {}\n", "line 5: `sources`: needs `called_ae`, `calling_ae` or both"),
        (HEAD + "identity: keyed\n", "line 4: `identity` must hold fields of its own"),
        (HEAD + "identity:\n  scheme: coin\n", "line 5: `identity.scheme` must be one of"),
        (HEAD + "identity:\n  prefix:\n", "line 5: `identity.prefix` has no value"),
        (HEAD + "complete:\n  quiet_s: soon\n", "line 5: `complete.quiet_s` must be a whole number"),
        (HEAD + "complete:\n  quiet_s: -1\n", "line 5: `complete.quiet_s`"),
        (HEAD + "release:\n  automatic: maybe\n", "line 5: `release.automatic` must be `true` or `false`"),
        (
            HEAD + "destinations:\n  - kind: ftp\n",
            "line 5: `destinations`: `kind` must be one of bids, dicom, folder, ftps, s3, sftp, stow, xnat",
        ),
        (
            HEAD + "destinations:\n  - name: a1\n",
            "line 5: `destinations` needs `kind`, one of bids, dicom, folder, ftps, s3, sftp, stow, xnat",
        ),
        (
            HEAD + "destinations:\n  - kind: folder\n    name: a1\n    path: ../x\n",
            "line 7: `destinations.path`: must be an absolute path without `..`",
        ),
        (
            HEAD + "deidentify:\n  options: [modified-dates, full-dates]\n",
            "line 5: `deidentify.options`: `full-dates` and `modified-dates` exclude each other",
        ),
        (
            HEAD + "deidentify:\n  keep:\n    - attribute: StudyDescripton\n",
            "line 6: `StudyDescripton` is no standard attribute; did you mean `StudyDescription`?",
        ),
        (
            HEAD + "deidentify:\n  keep:\n    - attribute: StudyDescription\n",
            "line 6: `StudyDescription` is not kept by the profile (text descriptions are cleaned",
        ),
        (
            HEAD + "deidentify:\n  keep:\n    - attribute: PatientAddress\n",
            "line 6: `PatientAddress` is not kept by the profile (edition 2026c, Basic Profile: X)",
        ),
        (
            HEAD + "deidentify:\n  keep:\n    - attribute: PatientName\n      because: x\n",
            "line 6: `PatientName` is decided by Tirage itself",
        ),
        (
            HEAD
            + "deidentify:\n  remove:\n    - attribute: EchoTime\n  empty:\n    - attribute: 0018,0081\n",
            "line 8: `0018,0081` is also under `remove`; one attribute, one action",
        ),
        (
            HEAD + "deidentify:\n  private:\n    - {group: 0018, creator: X, element: 0C, because: y}\n",
            "line 6: `deidentify.private.group`: is even: private groups are odd",
        ),
        (
            HEAD + "deidentify:\n  remove:\n    - attribute: PixelData\n",
            "line 6: `PixelData` is decided by Tirage itself",
        ),
        (
            HEAD + "deidentify:\n  keep:\n    - {attribute: ReferencedFileID, because: x}\n",
            "line 6: `ReferencedFileID` is decided by Tirage itself",
        ),
        (
            HEAD + "deidentify:\n  keep:\n    - attribute: HL7InstanceIdentifier\n",
            "line 6: `HL7InstanceIdentifier` is not kept by the profile (may hold free text or hidden data)",
        ),
        (
            HEAD + "deidentify:\n  overlays:\n    - when: {}\n      remove: []\n",
            "line 6: `deidentify.overlays.when`: needs at least one of",
        ),
        (
            HEAD + "deidentify:\n  overlays:\n    - when: {modality: CT}\n      keep:\n"
            "        - attribute: PatientAddress\n",
            "line 8: `PatientAddress` is not kept by the profile",
        ),
        (
            HEAD + "deidentify:\n  clean:\n    - attribute: PatientAddress\n",
            "line 6: `PatientAddress` is not kept by the profile (edition 2026c, Basic Profile: X); cleaning",
        ),
        (
            HEAD + "deidentify:\n  clean:\n    - attribute: SliceThickness\n",
            "line 6: `SliceThickness` holds no text that can be cleaned",
        ),
        (
            HEAD
            + "pixels:\n  devices:\n    - when: {rows: 1}\n      blank:\n        - {x: 1, y: 1, x1: 2}\n",
            "line 8: `pixels.devices.blank`: needs `x`, `y`, `w`, `h`, or `x0`, `y0`, `x1`, `y1`",
        ),
        (
            HEAD + "pixels:\n  devices:\n    - when: {rows: 1}\n"
            "      blank: [{x0: 4, y0: 1, x1: 2, y1: 9}]\n",
            "line 7: `pixels.devices.blank`: is empty",
        ),
        ("- a\n- b\n", "line 1: `the file` must hold fields of its own"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_to_do(text: str, expected: str) -> None:
    assert any(problem.startswith(expected) for problem in problems_of(text)), problems_of(text)


def test_all_mistakes_are_named_in_the_order_of_the_file() -> None:
    text = HEAD + "  name: again\n  colour: red\nidentity:\n  scheme: coin\n  password: hunter2\n"
    lines = [int(problem.split(":")[0].removeprefix("line ")) for problem in problems_of(text)]
    assert lines == sorted(lines)
    assert set(lines) == {4, 5, 7, 8}


def test_values_are_never_repeated_in_messages() -> None:
    text = HEAD + "sources:\n  - called_ae: Zebediah^Quux\\1944\n"
    assert "Zebediah" not in " ".join(problems_of(text))


@pytest.mark.parametrize("option", sorted(Option))
def test_every_option_of_the_standard_can_be_chosen(option: str) -> None:
    assert load_project(HEAD + f"deidentify:\n  options: [{option}]\n").deidentify.options == (option,)


def routed(sources: str) -> Project:
    return load_project(HEAD + f"sources: {sources}\n")


def test_objects_are_routed_by_called_title_calling_title_or_both() -> None:
    project = routed("[{called_ae: TRIAL}, {called_ae: SHARED, calling_ae: CT1}]")
    assert project.routes("ANY", "TRIAL")
    assert project.routes("CT1", "SHARED")
    assert not project.routes("CT2", "SHARED")
    assert not project.routes("CT1", "OTHER")


def test_a_project_without_sources_gets_nothing_by_itself() -> None:
    assert not load_project(HEAD).routes("CT1", "TIRAGE")


def test_objects_the_project_does_not_want_are_rejected_with_the_reason() -> None:
    text = HEAD + "include:\n  modalities: [CT]\n  sop_classes: ['1.2.3']\n  manufacturers: [siemens]\n"
    include = load_project(text).include
    assert include.refuses("CT", "1.2.3", "SIEMENS Healthineers") is None
    assert include.refuses("MR", "1.2.3", "SIEMENS") is RejectReason.MODALITY_EXCLUDED
    assert include.refuses("CT", "1.2.4", "SIEMENS") is RejectReason.SOP_CLASS_EXCLUDED
    assert include.refuses("CT", "1.2.3", "Philips") is RejectReason.MANUFACTURER_EXCLUDED


def test_a_project_is_valid_through_the_last_day_named() -> None:
    project = load_project(HEAD + "  expires: 2027-06-30\n")
    assert not project.is_expired(date(2027, 6, 30))
    assert project.is_expired(date(2027, 7, 1))
    assert not load_project(HEAD).is_expired(date(9999, 1, 1))


def test_an_unknown_example_is_an_error() -> None:
    with pytest.raises(KeyError):
        example_text("../../etc/passwd")
