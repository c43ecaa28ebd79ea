"""The tables say what the standard says, and what is not understood stops the loader."""

import csv

import pytest
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as published
from pydicom.datadict import dictionary_VR, tag_for_keyword

from tirage.policy.attributetypes import EMPTIABLE, MANDATORY, OPTIONAL, type_of, types_of
from tirage.policy.private import safe_private
from tirage.policy.problems import TableUnreadable
from tirage.policy.standard import (
    OPTION_COLUMNS,
    confidentiality,
    dictionary,
    parse_rule,
    table_bytes,
    table_names,
    table_rows,
    well_known_uids,
)
from tirage.policy.vocabulary import allowed, defined_terms, grammars

CT, MR, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"
ROW = {"tag": "00100010", "basic": "Z", **dict.fromkeys(OPTION_COLUMNS, "")}


def tag(keyword: str) -> int:
    found = tag_for_keyword(keyword)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("D_TAGS", "D"),
        ("Z_TAGS", "Z"),
        ("X_TAGS", "X"),
        ("U_TAGS", "U"),
        ("Z_D_TAGS", "Z/D"),
        ("X_Z_TAGS", "X/Z"),
        ("X_D_TAGS", "X/D"),
        ("X_Z_D_TAGS", "X/Z/D"),
        ("X_Z_U_STAR_TAGS", "X/Z/U*"),
    ],
)
def test_the_basic_column_is_that_of_the_published_edition(name: str, code: str) -> None:
    listed = {(group << 16) | element for group, element, *mask in getattr(published, name) if not mask}
    assert {number for number, rule in confidentiality().items() if rule.basic == code} == listed


def test_every_date_row_can_be_kept_or_moved_but_those_of_birth() -> None:
    closed = {tag("PatientBirthDate"), tag("PatientBirthTime")}
    for number, rule in confidentiality().items():
        if number in dictionary() and dictionary_VR(number) in ("DA", "DT", "TM"):
            options = {rule.options.get("full_dates", ""), rule.options.get("modified_dates", "")}
            assert options == ({""} if number in closed else {"K", "C"}), hex(number)


@pytest.mark.parametrize(
    ("keyword", "column", "code"),
    [
        ("StudyInstanceUID", "uids", "K"),
        ("DeviceSerialNumber", "device", "K"),
        ("StationName", "device", "K"),
        ("InstitutionName", "institution", "K"),
        ("PatientSex", "patient", "K"),
        ("PatientAge", "patient", "K"),
        ("Allergies", "patient", "C"),
        ("StudyDescription", "descriptors", "C"),
        ("ContentSequence", "structured", "C"),
        ("PatientName", "patient", None),
        ("ReferencedPatientSequence", "uids", None),
    ],
)
def test_the_option_columns_are_those_of_the_standard(keyword: str, column: str, code: str | None) -> None:
    assert confidentiality()[tag(keyword)].options.get(column) == code


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"basic": "Q"}, "'Q'"),
        ({"basic": "X/Q"}, "'X/Q'"),
        ({"uids": "M"}, "'M' of uids"),
        ({"tag": "0010"}, "'0010'"),
        ({"tag": "0010001G"}, "'0010001G'"),
    ],
)
def test_a_rule_that_is_not_understood_stops_the_loader_and_is_named(
    change: dict[str, str], named: str
) -> None:
    with pytest.raises(TableUnreadable, match=named.replace("*", r"\*")):
        parse_rule(ROW | change)


@pytest.mark.parametrize("name", [name for name in table_names() if name.endswith(".csv")])
def test_every_row_of_every_table_has_all_its_cells(name: str) -> None:
    rows = list(table_rows(name))
    assert len(rows) == len(list(csv.reader(table_bytes(name).decode().splitlines()))) - 1
    assert rows


def test_types_differ_by_object_class() -> None:
    assert type_of(CT, tag("KVP"), is_nested=False) == EMPTIABLE
    assert type_of(MR, tag("KVP"), is_nested=False) == OPTIONAL
    assert type_of(CT, tag("StationName"), is_nested=False) == OPTIONAL
    assert type_of(ENHANCED_MR, tag("DeviceSerialNumber"), is_nested=False) == MANDATORY
    assert type_of(CT, tag("DeviceSerialNumber"), is_nested=False) == OPTIONAL


def test_of_an_unknown_class_everything_may_be_mandatory() -> None:
    assert types_of("1.2.3.4") is None
    assert type_of("1.2.3.4", tag("StationName"), is_nested=False) == MANDATORY


def test_types_are_known_for_all_common_image_classes() -> None:
    for suffix in (
        "1",
        "1.1",
        "2",
        "2.1",
        "3.1",
        "4",
        "4.1",
        "6.1",
        "7",
        "12.1",
        "20",
        "128",
        "481.3",
        "66.4",
    ):
        assert types_of(f"1.2.840.10008.5.1.4.1.1.{suffix}"), suffix


def test_well_known_uids_are_classes_and_syntaxes() -> None:
    assert {CT, "1.2.840.10008.1.2.1"} <= well_known_uids()


def test_the_vocabularies_are_all_in_use() -> None:
    used = {name for name, _ in allowed().values()} | {"code words"}
    assert used == set(grammars())
    assert all(dictionary()[number].vrs == ("CS",) for number in defined_terms())


def test_no_attribute_of_table_e_1_1_is_on_the_allow_list_but_ethnic_group() -> None:
    assert set(allowed()) & set(confidentiality()) == {tag("EthnicGroup")}


def test_safe_private_elements_hold_numbers_only() -> None:
    checks = safe_private()
    assert (0x0019, "SIEMENS MR HEADER", 0x0C) in checks
    for check in checks.values():
        assert not check(b"SMITH^JOHN^A")
