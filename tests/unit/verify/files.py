"""Finished files for the gate: clean ones, and the same with something planted."""

from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset
from tests.make import make_dataset

from tirage.demo.instances import encode
from tirage.dicom.sources import BytesSource
from tirage.model.records import Finding, Identifiers
from tirage.verify.scan import Gate, compile_gate, scan_file

EXPLICIT, IMPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"
UID_ROOT = "1.2.826.0.1.3680043.9.3811.20240102"
ALL = Identifiers(
    words=frozenset({"Okonkwo^Adaeze^Ngozi^Dr", "Grünwald^Jörg", "山田^太郎", "Li^Bo"}),
    codes=frozenset({"00812345678", "RKH-77-1234", "+44 20 7946 0958", "A1"}),
    dates=frozenset({"19701231"}),
    uids=frozenset({f"{UID_ROOT}.{number}.1" for number in range(3)}),
    places=frozenset({"Quimbyville General Hospital"}),
)


def clean(**attributes: Any) -> Dataset:
    """A data set as de-identification leaves it."""
    return make_dataset(
        private=False,
        **{
            "PatientName": "L-6f1c2c9e-8a2b-4c7e-9a2b-7d0f5c1e2a3b",
            "PatientID": "L-6f1c2c9e-8a2b-4c7e-9a2b-7d0f5c1e2a3b",
            "PatientBirthDate": "",
            "SpecificCharacterSet": "ISO_IR 192",
        }
        | attributes,
    )


def findings(
    gate: Gate | Identifiers, dataset: Dataset | bytes, name: str = "", syntax: str = EXPLICIT
) -> list[Finding]:
    """What a gate says about a file."""
    if isinstance(gate, Identifiers):
        gate = compile_gate(gate)
    data = dataset if isinstance(dataset, bytes) else encode(dataset, syntax)
    return scan_file(gate, BytesSource(data), name)


def where(found: list[Finding]) -> set[str]:
    """Where the findings are."""
    return {finding.where for finding in found}


Plant = Callable[[Dataset], None]
