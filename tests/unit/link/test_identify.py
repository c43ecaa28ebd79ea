"""Who an object is about, and what would tell."""

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.make import make_dataset, make_instance

from tirage.demo.instances import encode
from tirage.dicom.elements import BytesSource, read_header
from tirage.link.identify import identifiers_of, identity_of
from tirage.model.outcomes import Held, Passed
from tirage.model.reasons import HoldReason
from tirage.model.records import Identifiers, PatientIdentity


def identity(**attributes: object) -> object:
    return identity_of(read_header(BytesSource(make_instance(**attributes))))  # type: ignore[arg-type]


def identifiers(dataset: Dataset) -> Identifiers:
    return identifiers_of(read_header(BytesSource(encode(dataset, "1.2.840.10008.1.2.1"))))


def test_identity_is_identifier_issuer_and_demographics() -> None:
    found = identity(
        PatientID=" Q-17 ",
        IssuerOfPatientID="QH",
        PatientName="Roe^Jane",
        PatientBirthDate="19700102",
        PatientSex="F",
        OtherPatientIDs=["X9", "Q-17"],
    )
    assert isinstance(found, Passed)
    value = found.value
    assert (value.patient_id, value.issuer, value.sex) == ("Q-17", "QH", "F")
    assert (value.name, value.birth_date) == ("Roe^Jane", "19700102")
    assert "X9" in value.other_ids
    assert "Q-17" not in value.other_ids


@pytest.mark.parametrize("patient_id", ["", "0000", "UNKNOWN", None])
def test_an_object_that_names_nobody_is_held(patient_id: str | None) -> None:
    outcome = identity(PatientID=patient_id)
    assert isinstance(outcome, Held)
    assert outcome.reason is HoldReason.MISSING_IDENTITY


def nested(dataset: Dataset, depth: int) -> Dataset:
    """The data set with an item that names people, `depth` sequences down."""
    item = Dataset()
    item.PatientName = "Doe^Deep"
    item.AccessionNumber = "DEEP-1"
    item.PatientBirthDate = "19310203"
    item.InstitutionName = "Hidden Infirmary"
    item.StudyInstanceUID = "1.2.3.4.5.6"
    for _ in range(depth):
        outer = Dataset()
        outer.RequestAttributesSequence = Sequence([item])
        item = outer
    dataset.update(item)
    return dataset


@pytest.mark.parametrize("depth", [1, 20])
def test_identifiers_are_found_at_any_depth(depth: int) -> None:
    found = identifiers(nested(make_dataset(), depth))
    assert "Doe^Deep" in found.words
    assert "DEEP-1" in found.codes
    assert "19310203" in found.dates
    assert "Hidden Infirmary" in found.institutions
    assert "1.2.3.4.5.6" in found.uids


def test_names_are_read_in_the_character_set_of_their_item() -> None:
    dataset = make_dataset(SpecificCharacterSet="ISO_IR 192", PatientName="Grünwald^Zoë")
    item = Dataset()
    item.SpecificCharacterSet = "ISO_IR 144"
    item.PatientName = "Люкceмбypг"
    dataset.RequestAttributesSequence = Sequence([item])
    assert {"Grünwald^Zoë", "Люкceмбypг"} <= identifiers(dataset).words


def test_uids_that_name_kinds_are_no_identifiers() -> None:
    found = identifiers(make_dataset())
    assert not [uid for uid in found.uids if uid.startswith("1.2.840.10008.")]
    assert make_dataset().SOPInstanceUID in found.uids


def test_nothing_readable_is_in_a_repr() -> None:
    shown = repr(identifiers(make_dataset())) + repr(PatientIdentity("SECRET", name="Roe^Jane"))
    assert "SECRET" not in shown
    assert "Roe" not in shown
