"""A CTP pixel anonymizer script becomes device rules, or an error for each rule that cannot be one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.model.pixels import Box
from tirage.policy.imports.report import Fate
from tirage.policy.imports.signatures import import_ctp_pixels
from tirage.policy.imports.writing import project_text
from tirage.policy.problems import ProjectInvalid
from tirage.policy.project import load_project

HERE = Path(__file__).parent / "ctp"
SCRIPT = (HERE / "pixels.script").read_text()


def test_the_project_and_its_report_are_the_expected_ones() -> None:
    """To renew after a change that is meant: write what this test compares, and read the difference."""
    found = import_ctp_pixels(SCRIPT, "pixels.script")
    report = "".join(f"{line.fate}: {line.rule}: {line.words}\n" for line in found.lines)
    assert report == (HERE / "pixels.report.txt").read_text()
    assert project_text(found, "ctp-pixel pixels.script") == (HERE / "pixels.project.txt").read_text()


def test_alternatives_become_rules_of_their_own_with_all_rectangles() -> None:
    project = load_project(project_text(import_ctp_pixels(SCRIPT, "x"), "x"))
    first, second, third = project.pixels.devices
    assert (first.when.rows, second.when.rows, third.when.model) == (480, 600, ("SCAN-O",))
    assert first.when.manufacturer == second.when.manufacturer == ("ACME",)
    assert first.boxes == (Box(0, 0, 640, 40), Box(10, 20, 40, 60))


def test_a_condition_that_cannot_be_said_is_an_error_not_a_wider_rule() -> None:
    found = import_ctp_pixels(SCRIPT, "x")
    assert len(found.of(Fate.ERROR)) == 3
    assert len(found.project["pixels"]["devices"]) == 3


@pytest.mark.parametrize(
    "condition",
    [
        'Rows.isLessThan("5")',
        'StationName.equals("CT1")',
        'BurnedInAnnotation.equals("YES")',
        'Manufacturer.equals("A") * Manufacturer.equals("B")',
        'Modality.contains("U")',
        'Rows.equals("5") *',
        '(Rows.equals("5")',
        "(" * 100 + 'Rows.equals("5")' + ")" * 100,
        "*".join(["(" + "+".join(['Rows.equals("5")'] * 9) + ")"] * 9),
        "true.",
        "",
    ],
)
def test_conditions_nobody_can_say_are_refused_quickly(condition: str) -> None:
    found = import_ctp_pixels(f"{{ {condition} }} (0,0,5,5)", "x")
    assert found.lines[-1].fate is Fate.ERROR
    assert "pixels" not in found.project


@pytest.mark.parametrize("text", ["", "no rules here", "{" * 9, "x" * (2 << 20)])
def test_a_file_without_rules_is_refused(text: str) -> None:
    with pytest.raises(ProjectInvalid):
        import_ctp_pixels(text, "x")


@given(st.text('{}()*+!,."[]Rows1equals 05', max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    try:
        found = import_ctp_pixels(text, "x")
    except ProjectInvalid:
        return
    assert found.lines
