"""Numbers and addresses that identify by their form go."""

import pytest
from tests.unit.deidentify.text.cleaning import LINK, cleaner, words

from tirage.deidentify.uids import map_uid

JUDGE = cleaner()


@pytest.mark.parametrize(
    "written",
    [
        "555-123-4567",
        "(555) 123-4567",
        "+1 555 123 4567",
        "04 78 84 36 16",
        "020 7946 0123",
        "+49 (0)30 901820",
        "0171/1234567",
        "778 947 6628",
        "531.377.429",
        "tel 4512",
        "pager: 8812",
        "ext. 4512",
        "MRN 12345",
        "MRN: A-12-345",
        "Acc# 5567812",
        "ID: 77123",
        "NHS no 943 476 5919",
        "#12345",
        "A1234567",
        "A12-3456",
        "M85.05.12-123",
        "943-476",
        "EXT5512",
        "X98765",
        "123456789",
        "SW1A 1AA",
        "M1 1AE",
        "K1A 0B1",
        "D-10117",
        "90210",
        "1012 AB Tamblewickdam",
        "12 Elm Street",
        "12 Elm Parade",
        "221B Baker Street",
        "Hauptstrasse 12",
        "Hauptstr. 5",
        "12 rue de la Paix",
        "Calle Mayor 12",
        "PO Box 1234",
        "jane.roe@example.org",
        "http://pacs.example.org/x?id=7",
        "www.example.org",
        "pacs01.example.org",
        "10.20.130.4",
        "00:1a:2b:3c:4d:5e",
        "123e4567-e89b-12d3-a456-426614174000",
        "\\\\server\\share\\x.dcm",
        "C:\\Users\\tamblewick",
        "123-45-6789",
        "4929 1234 5678 9012",
    ],
)
def test_a_number_or_address_goes(written: str) -> None:
    for text in (f"knee {written}", f"knee {written}, left", f"knee_{written}_left"):
        left = words(JUDGE.clean(text).text)
        assert {word for word in left if any(map(str.isdigit, word))} == set()
        assert {"jane", "roe", "pacs", "tamblewick", "paix", "elm", "mayor", "example", "server"}.isdisjoint(
            left
        )


@pytest.mark.parametrize(
    "number", ["09 11 66 29 84", "(555) 647-2176", "87-735-5729", "121 955 3357", "555-0142"]
)
def test_a_word_for_what_is_counted_vouches_for_no_telephone(number: str) -> None:
    text = JUDGE.clean(f"Key images 12 {number}").text
    assert sum(map(str.isdigit, text)) <= 2


@pytest.mark.parametrize(
    "text",
    ["TE 30 60 90 120 150", "b 0 50 100 400 800 1000", "TR/TE 2370/113", "images 12/345", "fov 220 220"],
)
def test_a_word_for_what_is_counted_vouches_for_a_series(text: str) -> None:
    assert JUDGE.clean(text).text == text


def test_uids_become_those_of_the_project() -> None:
    uid = "1.2.826.0.1.3680043.8.1055.1.20111102150758591"
    mapped = map_uid(LINK.uid_key, uid.encode()).decode()
    assert JUDGE.clean(f"see {uid}.").text == f"see {mapped}."
    assert JUDGE.clean(f"t2_tse_{uid}").text == f"t2_tse_{mapped}"
    assert JUDGE.clean("1.2.840.10008.5.1.4.1.1.2").text == "1.2.840.10008.5.1.4.1.1.2"
    assert cleaner("retain-uids").clean(uid).text == uid


def test_versions_and_section_numbers_are_no_uids() -> None:
    assert JUDGE.clean("version 5.4.1.2").text == "version 5.4.1.2"


@pytest.mark.parametrize(
    "text", ["(Tamblewick)", "Tamblewick, Orrenfold", "[Tamblewick]", "Tamblewick / Orrenfold"]
)
def test_nothing_shows_where_words_went(text: str) -> None:
    assert JUDGE.clean(text).text == ""
    assert JUDGE.clean(f"CT {text} chest").text in ("CT chest", "CT / chest")
    assert JUDGE.clean(f"{text} chest.").text == "chest."


@pytest.mark.parametrize("number", ["39-272-2298", "+44 20 7846 0485", "555.252.3133", "726 655 2262"])
def test_a_number_takes_no_clinical_word_with_it(number: str) -> None:
    assert JUDGE.clean(f"{number} US abdomen complete 6").text == "US abdomen complete 6"


@pytest.mark.parametrize(
    "text", ["5 oblique view", "via femoral approach 5 Fr", "3 AP VIEW", "12 CHEST CT", "1024 US"]
)
def test_words_with_a_number_are_not_taken_for_an_address(text: str) -> None:
    assert JUDGE.clean(text).text == text


@pytest.mark.parametrize(
    "text", ["Hospital ECG 12 lead rest", "case 3", "room 12", "visit 2", "patient 45 years old"]
)
def test_small_numbers_behind_a_label_count(text: str) -> None:
    assert JUDGE.clean(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "12 Tamblewick Junction, Quillford",
        "7 Paseo de Tamblewick, Quillford",
        "94 Tamblewickallee, Quillford",
        "Tamblewickring 12, Quillford",
    ],
)
def test_a_house_number_goes_with_its_street(text: str) -> None:
    assert cleaner().clean(f"KNEE {text}").text == "KNEE"


def test_a_number_beside_a_removed_word_alone_stays() -> None:
    assert cleaner().clean("KNEE 2 VIEWS Tamblewick").text == "KNEE 2 VIEWS"
