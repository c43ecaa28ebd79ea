"""One identifier put back into a clean output, anywhere, in any encoding: the gate must block it.

`TIRAGE_SEED` searches on from another seed, `TIRAGE_MUTATIONS` says how many; without them the same 2,000.
"""

import os
import random
import warnings
from collections import Counter
from pathlib import Path

import pytest
from tests.make import write_instance
from tests.unit.verify.mutating import Clean, mutate

from tirage.dicom.elements import BytesSource, read_header
from tirage.flow.folder import Job, process
from tirage.link.identify import identifiers_of
from tirage.link.pseudonym import project_key
from tirage.model.identifiers import ProjectName
from tirage.verify.scan import compile_gate, scan_file

PROJECT = "project: {name: one-shot, title: Mutations}\nidentity: {scheme: keyed}\n"
MODALITIES = ("CT", "MR", "SR")
PEOPLE = (
    ("Tamblewick^Odalune", "TW-00418823"),
    ("O'Sullivan^Máire", "AB123456"),
    ("Grünwald^Jörg", "4711-0815-22"),
    ("Nguyen^Thi Hoa", "00998877665"),
    ("Lee^Christopher", "81234567"),
    ("Abernathy-Cole^Wilhelmina^Rose^^Dr", "MRN 7788 2211"),
    ("Łukasiewicz^Żaneta", "PESEL80010112345"),
    ("Smith^John", "19283746"),
    ("山田^太郎", "JP-555123"),
    ("Иванов^Пётр", "RU8837261"),
    ("de la Cruz^Ana", "55501987"),
    ("Wang^Xiaoming=王^小明", "X9918273"),
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[Clean]:
    """Outputs of the default project for a dozen patients of many tongues."""
    folder = tmp_path_factory.mktemp("mutations")
    target = folder / "out"
    target.mkdir()
    made = []
    dice = random.Random(5)
    for patient, (name, number) in enumerate(PEOPLE, 1):
        born = f"{dice.randrange(1925, 2020)}{dice.randrange(1, 13):02}{dice.randrange(1, 29):02}"
        for series, modality in enumerate(MODALITIES, 1):
            path = write_instance(
                folder / f"{patient}-{series}",
                patient,
                1,
                series,
                modality=modality,
                rows=64,
                columns=64,
                SpecificCharacterSet="ISO_IR 192",
                PatientName=name,
                PatientID=number,
                PatientBirthDate=born,
            )
            made += _output(path, target)
    assert len(made) >= 2 * len(PEOPLE)
    return made


def _output(path: Path, target: Path) -> list[Clean]:
    (line,) = process(Job((str(path),), target, PROJECT, project_key(bytes(32), ProjectName("one-shot"))))
    if not line.output:
        return []
    identifiers = identifiers_of(read_header(BytesSource(path.read_bytes())))
    return [Clean((target / line.output).read_bytes(), identifiers)]


def test_what_was_let_pass_passes_again(outputs: list[Clean]) -> None:
    for clean in outputs:
        assert scan_file(compile_gate(clean.identifiers), BytesSource(clean.data)) == []


def test_one_identifier_put_back_anywhere_in_any_encoding_is_blocked(
    outputs: list[Clean], capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("TIRAGE_SEED", "20261121"))
    count = int(os.environ.get("TIRAGE_MUTATIONS", "2000"))
    gates = [compile_gate(clean.identifiers) for clean in outputs]
    dice = random.Random(seed)
    missed: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for _ in range(count):
        number = dice.randrange(len(outputs))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's, of values too long for their VR
            mutation = mutate(outputs[number], dice)
        places[mutation.place] += 1
        if not scan_file(gates[number], BytesSource(mutation.data), mutation.name):
            missed[repr(mutation)] += 1
    with capsys.disabled():
        print(f"\nmutations: seed {seed}, {count:,} made, {missed.total()} missed {dict(missed)}")
    assert len(places) == 15
    assert missed.total() <= count // 10_000, missed
