"""Names that are words, numbers that are numbers: neither stop everything nor slip through."""

import pytest
from tests.unit.verify.files import clean, findings, where

from tirage.model.records import Identifiers


def names(*words: str) -> Identifiers:
    return Identifiers(words=frozenset(words))


def codes(*values: str) -> Identifiers:
    return Identifiers(codes=frozenset(values))


@pytest.mark.parametrize(
    "name", ["CT", "Chest", "HEAD", "May", "Axial", "Siemens", "Male", "Original", "Basic"]
)
def test_a_patient_called_like_a_term_does_not_stop_coded_values(name: str) -> None:
    dataset = clean(
        Manufacturer="SIEMENS",
        BodyPartExamined="HEAD",
        StudyDescription="CT CHEST AXIAL MAY 3",
        DeidentificationMethod="Basic Application Confidentiality Profile",
    )
    assert findings(names(f"{name}^Wilhelmina"), dataset) == []


@pytest.mark.parametrize("name", ["Chest", "HEAD", "May"])
def test_a_patient_called_like_a_term_is_found_in_a_persons_name(name: str) -> None:
    dataset = clean(OperatorsName=f"{name.lower()}^x")
    assert where(findings(names(f"{name}^Wilhelmina"), dataset)) == {"OperatorsName"}


@pytest.mark.parametrize("name", ["Chest", "HEAD", "May"])
def test_a_patient_called_like_a_term_is_found_as_a_whole_text(name: str) -> None:
    assert where(findings(names(f"{name}^Wilhelmina"), clean(ImageComments=name))) == {"ImageComments"}


def test_a_patient_called_like_two_terms_is_found_by_both() -> None:
    gate = names("Head^May")
    assert where(findings(gate, clean(ImageComments="scan of may head"))) == {"ImageComments"}
    assert findings(gate, clean(StudyDescription="HEAD CT")) == []


@pytest.mark.parametrize(("name", "text"), [("Ann", "planned channel"), ("Lee", "sleep"), ("Ian", "median")])
def test_a_short_name_inside_a_word_is_no_evidence(name: str, text: str) -> None:
    assert findings(names(f"Xylander^{name}"), clean(ImageComments=text)) == []
    assert findings(names(f"Xylander^{name}"), clean(ImageComments=f"for {name}!")) != []


@pytest.mark.parametrize("particle", ["van", "de", "Dr", "al"])
def test_parts_that_all_names_share_are_no_evidence(particle: str) -> None:
    dataset = clean(ImageComments=f"{particle} x")
    assert findings(names(f"{particle} Xylander^Ann"), dataset) == []


def test_a_name_made_of_hexadecimal_digits_is_not_seen_in_a_guid() -> None:
    dataset = clean(PatientID="6f1c2c9e-ada1-4c7e-abba-7d0f5c1e2a3b")
    assert findings(names("Abba^Ada"), dataset) == []
    assert findings(names("Abba^Ada"), clean(PatientID="ada-1")) != []


@pytest.mark.parametrize("code", ["1", "12", "512", "1024", "2024", "16"])
def test_a_short_number_is_not_seen_in_measurements(code: str) -> None:
    dataset = clean(SliceThickness="1", SeriesNumber="12", InstanceNumber="512", KVP="1024", StudyID="16")
    dataset.ContentTime = "102400"
    assert [f for f in findings(codes(code), dataset) if f.where != "StudyID"] == []


def test_a_short_number_is_found_where_identifiers_stand() -> None:
    assert where(findings(codes("512"), clean(PatientID="512"))) == {"PatientID"}
    assert where(findings(codes("512"), clean(AccessionNumber="512"))) == {"AccessionNumber"}


def test_a_long_number_is_found_in_measurements_too() -> None:
    assert where(findings(codes("81234567"), clean(SeriesNumber="81234567"))) == {"SeriesNumber"}


def test_a_number_inside_a_longer_one_is_another_number() -> None:
    gate = codes("812345")
    assert findings(gate, clean(ImageComments="18123459")) == []
    assert findings(gate, clean(FrameOfReferenceUID="2.25.99812345777012345678901234567890123")) == []
    assert findings(gate, clean(ImageComments="000812345")) != []


def test_a_birth_date_inside_a_new_uid_is_chance() -> None:
    gate = Identifiers(dates=frozenset({"19701231"}))
    assert findings(gate, clean(FrameOfReferenceUID="2.25.99197012317770123456789012345678901")) == []
    assert findings(gate, clean(FrameOfReferenceUID="1.2.3.19701231.4")) != []


def test_sex_and_age_are_not_searched_for() -> None:
    assert findings(Identifiers(), clean(PatientSex="M", PatientAge="054Y")) == []


@pytest.mark.parametrize("bits", [8, 16])
def test_noise_made_of_letters_is_no_evidence(bits: int) -> None:
    from random import Random

    random = Random(5)
    gate = Identifiers(
        words=frozenset({"Okonkwo^Adaeze", "Roe^Jane", "Martin^Tomas", "Aaron^Nora"}),
        codes=frozenset({"812345", "4444444"}),
        dates=frozenset({"19701231"}),
    )
    letters = bytes(random.choices(b"AEIORNSTKMJ0147" if bits == 8 else bytes(range(256)), k=1 << 19))
    dataset = clean(rows=512, columns=1024 if bits == 8 else 512)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
    dataset.PixelData = letters
    assert findings(gate, dataset) == []
