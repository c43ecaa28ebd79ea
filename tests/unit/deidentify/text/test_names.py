"""Words that are names, too, go where they stand for somebody, and stay where they are words."""

import pytest
from tests.unit.deidentify.text.cleaning import cleaner, words

JUDGE = cleaner()


@pytest.mark.parametrize(
    "text",
    [
        "Dr White",
        "Dr. Long",
        "Mr Brown",
        "Mrs. Young",
        "Prof. Gray",
        "DR. HILL",
        "Herr Klein",
        "Frau Dr. Lang",
        "Mme Petit",
        "Grant Cole",
        "J. Long",
        "White, J.",
        "Rose Hill",
        "Dr Head",
        "Dr. Foot",
        "Frank Wood",
    ],
)
def test_a_name_goes(text: str) -> None:
    assert JUDGE.clean(text).text == ""


@pytest.mark.parametrize(
    "text",
    [
        "Dictated by: Rose Hill",
        "reported by Long",
        "Reviewed by Grant",
        "discussed with Young",
        "Radiologist: White",
        "Patient name: Head",
        "Surname: Chest",
        "Signed: Dr Rose Long",
        "cc: Brown",
        "befundet von Lang",
    ],
)
def test_what_a_label_says_is_a_name_goes(text: str) -> None:
    names = {"rose", "hill", "long", "grant", "young", "white", "head", "chest", "brown", "lang"}
    assert names.isdisjoint(words(JUDGE.clean(text).text))


@pytest.mark.parametrize(
    "text",
    [
        "white matter",
        "White matter disease",
        "gray-white differentiation",
        "GRAY WHITE MATTER",
        "brown fat",
        "long head of the biceps",
        "LONG BONE",
        "There may be a fracture.",
        "This will be followed.",
        "young adult",
        "Baker cyst",
        "Baker's cyst",
        "circle of Willis",
        "Crohn's disease",
        "Gleason score 7",
        "Bosniak II",
        "Hill-Sachs lesion",
        "Hounsfield units",
        "Doppler",
        "foramen of Monro",
        "Achilles tendon",
        "marked narrowing",
        "DR CHEST",
        "MS plaques",
        "MR HEAD",
        "head and neck",
        "hand foot",
        "PA and lateral",
    ],
)
def test_a_word_stays(text: str) -> None:
    assert JUDGE.clean(text).text == text


def test_a_name_of_medicine_goes_without_its_noun() -> None:
    assert JUDGE.clean("seen with Baker").text == "seen with"
    assert JUDGE.clean("PAGET").text == ""


@pytest.mark.parametrize(
    "name",
    [
        "Jones",
        "SMITH",
        "Baker",
        "WHITE",
        "young",
        "Long U.",
        "LONG URBAN",
        "Dixon",
        "Forest Lohani",
        "Kurz",
        "Petit",
        "Thomas",
        "grant",
    ],
)
@pytest.mark.parametrize(
    "carrier",
    ["{} PET whole body FDG", "CHEST {}", "CT_{}_THORAX", "{}-KNEE LT", "brain^{}", "{};AXIAL", "ABD/{} 3"],
)
def test_a_name_stays_beside_none_but_its_own_words(name: str, carrier: str) -> None:
    assert words(JUDGE.clean(carrier.format(name)).text) == words(carrier.format(" "))


@pytest.mark.parametrize(
    "label", ["Baker", "WHITE", "Forest", "Li Lohani", "YOUNG", "Swan", "Vista", "Benigno"]
)
def test_a_label_of_names_alone_goes(label: str) -> None:
    assert JUDGE.clean(label).text == ""


@pytest.mark.parametrize(
    "label",
    [
        "Pons",
        "GTV",
        "Long axis",
        "Ax SWAN",
        "t2_tse_dixon_sag",
        "FIELD MAP",
        "Great vessels",
        "Child-Pugh B",
        "Dix-Hallpike",
    ],
)
def test_a_label_of_terms_stays(label: str) -> None:
    assert JUDGE.clean(label).text == label


def test_a_name_behind_a_small_word_goes() -> None:
    assert JUDGE.clean("he agreed with Grant today").text == "he agreed with today"


@pytest.mark.parametrize("text", ["J E N S E N", "J.E.N.S.E.N", "j-e-n-s-e-n", "J_E_N_S_E_N"])
def test_letters_that_spell_a_word_go(text: str) -> None:
    assert JUDGE.clean(f"knee {text}").text == "knee"
    assert JUDGE.clean("R A L").text == "R A L"


@pytest.mark.parametrize(
    "text",
    [
        "NISSEN",
        "W. Nissen",
        "NISSEN/W",
        "Barlow D. 3",
        "Evans 3",
        "Breton",
        "Magyar",
        "MagyarG",
        "VigilS",
        "Colón",
        "Boy-er",
        "Min-ta",
        "lindsay stein",
    ],
)
def test_a_name_that_is_no_word_of_descriptions_goes(text: str) -> None:
    assert [word for word in words(JUDGE.clean(f"KNEE {text} LT").text) if word != "3"] == ["knee", "lt"]


@pytest.mark.parametrize(
    "text",
    ["Nissen fundoplication", "Salter-Harris II", "Modic 2", "Non-contrast", "Post-op", "colon", "Follow-up"],
)
def test_a_word_written_as_terms_are_stays(text: str) -> None:
    assert JUDGE.clean(f"KNEE {text} LT").text == f"KNEE {text} LT"
