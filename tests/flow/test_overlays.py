"""Objects of one folder under different rules: overlays by device, and what a patient's text must not say."""

from pathlib import Path
from typing import Any

import pydicom
import pytest

from tests.make import person, write_instance
from tirage.cli.deid.project import DEFAULT_PROJECT
from tirage.flow.folder import Job, process

OVERLAID = """
project: {name: overlaid, title: Overlaid}
deidentify:
  overlays:
    - when: {manufacturer: Acme}
      remove: [{attribute: ProtocolName}]
      keep: [{attribute: StationName, because: an agreed list of stations}]
    - when: {modality: MR}
      empty: [{attribute: StudyDescription}]
"""


def outputs(folder: Path, target: Path, rules: str) -> dict[str, pydicom.Dataset]:
    """The outputs by the name of their input."""
    target.mkdir(exist_ok=True)
    lines = process(Job(tuple(map(str, sorted(folder.rglob("*.dcm")))), target, rules, bytes(32)))
    assert all(line.output for line in lines), [(line.reason, line.findings) for line in lines]
    return {Path(line.input).parent.name: pydicom.dcmread(target / line.output) for line in lines}


def write(folder: Path, name: str, patient: int = 1, instance: int = 1, **attributes: Any) -> None:
    write_instance(folder / name, patient, 1, 1, instance, **attributes)


@pytest.mark.parametrize("maker", ["Acme Imaging", "ACME"])
def test_an_overlay_is_for_the_objects_it_names_alone(tmp_path: Path, maker: str) -> None:
    folder = tmp_path / "in"
    for number, manufacturer in enumerate([maker, "Philips", maker, "Philips", maker, "Philips"], start=1):
        write(
            folder,
            f"{number}",
            instance=number,
            Manufacturer=manufacturer,
            ProtocolName="Thorax",
            StationName="CT04",
        )
    made = outputs(folder, tmp_path / "out", OVERLAID)
    for number, result in made.items():
        is_overlaid = int(number) % 2 == 1
        assert ("ProtocolName" in result) is not is_overlaid
        assert ("StationName" in result) is is_overlaid


def test_overlays_that_fit_together_apply_together(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(
        folder, "both", modality="MR", Manufacturer="Acme", StudyDescription="Thorax", ProtocolName="Thorax"
    )
    result = outputs(folder, tmp_path / "out", OVERLAID)["both"]
    assert "ProtocolName" not in result
    assert result.get("StudyDescription", "") == ""


def test_text_loses_the_names_of_its_own_patient_even_when_they_are_clinical_words(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    said = {"SeriesDescription": "Thorax native Hand", "PatientName": "Hand^Native"}
    write(folder, "known", patient=1, **said)
    write(folder, "other", patient=2, SeriesDescription="Thorax native Hand")
    made = outputs(folder, tmp_path / "out", DEFAULT_PROJECT)
    assert made["known"].SeriesDescription == "Thorax"
    assert made["other"].SeriesDescription == "Thorax native Hand"


def test_what_one_object_says_of_its_patient_is_known_to_the_text_of_another(tmp_path: Path) -> None:
    folder, surname = tmp_path / "in", person(1).family
    write(folder, "nameless", instance=1, PatientName="", SeriesDescription=f"Thorax {surname}")
    write(folder, "named", instance=2, SeriesDescription="Thorax")
    made = outputs(folder, tmp_path / "out", DEFAULT_PROJECT)
    assert made["nameless"].SeriesDescription == "Thorax"
