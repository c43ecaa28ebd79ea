"""Invented people from the name lists of many countries, with all a hospital would write about them."""

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from faker import Faker
from pydicom.datadict import keyword_dict

LOCALES = (
    "en_US en_GB de_DE fr_FR es_ES pt_BR pl_PL cs_CZ sv_SE tr_TR nl_NL it_IT fi_FI hu_HU ro_RO en_IN "
    "da_DK hr_HR no_NO es_MX sk_SK lv_LV et_EE id_ID"
)
JOINED = (
    "O'Driscoll",
    "D'Ambrosio",
    "O'Shaughnessy",
    "Smythe-Hollis",
    "Garcia Velarde",
    "van der Zanden",
    "MacIlwraith",
    "Ni Bhroin",
    "al-Rashidi",
    "Le Goffic",
    "Saint-Exupery",
    "N'Diaye",
    "Lopez de Haro",
    "von Hohenfels",
    "Abdul-Karim",
    "St. Cyrien",
    "Muller-Ludenscheid",
    "De la Cruzette",
)
WORDLIKE = (
    "Long",
    "Head",
    "White",
    "Brown",
    "Young",
    "Hand",
    "Green",
    "Black",
    "Short",
    "Small",
    "Stone",
    "Bone",
    "May",
    "Field",
    "Day",
    "Hart",
    "Wells",
    "Pace",
    "Marrow",
    "Chin",
    "Neck",
    "Foot",
    "Day",
    "Sharp",
    "Cross",
    "Speed",
    "Power",
    "Best",
    "Low",
    "Grant",
    "Rose",
    "Summer",
    "Case",
    "Rich",
    "Church",
    "Fields",
)
SHORT = (
    "Li",
    "Ng",
    "Wu",
    "Ek",
    "Ba",
    "Oh",
    "Xu",
    "Ito",
    "Kim",
    "Roy",
    "Abe",
    "Lee",
    "Fox",
    "Koç",
    "Lý",
    "Ek",
)
# Names that are words too: only a title, or knowing the patient, tells them apart.
AMBIGUOUS = """
    baker graves crohn dixon foley hodgkin parkinson barrett morton waters towne judet doppler costa salmon
    carter martin ganz swan hill sachs hunter marshall fisher cooper murphy wilson warner turner mason porter
    grant christian christ virgin angel angela jordan israel paris london sydney austin dallas boston chester
    lincoln washington cameron florence victoria regina gloria gracia santa maria silva luna
    stella aurora viola
    violet daisy lily ruby amber olive sage basil ginger summer autumn winter april august sunday monday moon
    price banks rivers brooks woods forest parks field fields marsh lake bishop pope king prince knight
    pierre peter petit grand legrand blanc leblanc roux noir bruno rossi bianchi verdi nero neri gallo ferrari
    becker schneider schmidt weber wagner fischer meyer richter koch bauer klein gross schwarz
    weiss braun lang
    kurz stark wolf fuchs vogel hahn huber kaiser konig herzog graf engel frank ernst thoma sommer winter
    sales masse colon crossing boulevard mountain
    contreras reyes cruz flores campos torres mendez vega leon rey blanco rubio delgado cortes corona
"""


@dataclass(frozen=True)
class Person:
    """Somebody: a patient, a physician, a relative."""

    family: str
    given: str
    patient_id: str
    birth: date
    phone: str
    street: str
    city: str

    @property
    def dicom(self) -> str:
        """The name as PN writes it."""
        return f"{self.family}^{self.given}"

    @property
    def email(self) -> str:
        """An address of this name."""
        local = f"{fold(self.given)}.{fold(self.family)}".replace(" ", "").replace("'", "")
        return f"{local}@{fold(self.city).replace(' ', '')}-klinik.example"


def fold(text: str) -> str:
    """Small letters without diacritics and compatibility forms."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@cache
def ambiguous() -> frozenset[str]:
    """Names that are words too."""
    return frozenset(AMBIGUOUS.split()) | {word.lower() for word in WORDLIKE}


@cache
def names() -> tuple[tuple[str, str], ...]:
    """Family and given names that are no words, as far as a word list can tell."""
    found = []
    for locale in LOCALES.split():
        faker = Faker(locale)
        faker.seed_instance(7)
        for _ in range(120):
            family, given = faker.last_name(), faker.first_name()
            if is_distinct(family) and is_distinct(given):
                found.append((family, given))
    return tuple(dict.fromkeys(found))


@cache
def places() -> tuple[tuple[str, str], ...]:
    """Streets and cities. (Italian ones come in an order that is not the same every time.)"""
    found = []
    for locale in ("en_GB", "de_DE", "fr_FR", "es_ES", "da_DK", "pl_PL", "nl_NL", "sv_SE"):
        faker = Faker(locale)
        faker.seed_instance(7)
        for _ in range(60):
            street, city = faker.street_name(), faker.city()
            longest = max(street.replace("-", " ").split(), key=len)
            if len(longest) > 7 and (longest + city).isascii() and is_distinct(longest) and is_distinct(city):
                found.append((street, city))
    return tuple(found)


@cache
def harmless() -> str:
    """All names of attributes: text that tools write themselves."""
    return (
        " ".join(keyword_dict).lower()
        + " anonymized anonymous removed basic application confidentiality philips "
    )


def is_distinct(name: str) -> bool:
    """Whether finding this name in an output can only mean the person."""
    plain = fold(name)
    return (
        len(plain) >= 5
        and all(letter.isalpha() for letter in plain)
        and plain not in ambiguous()
        and plain not in harmless()
    )


def stranger(source: random.Random) -> Person:
    """Anybody, at random."""
    family, given = source.choice(names())
    if source.random() < 0.06:
        family = source.choice(JOINED)
    street, city = source.choice(places())
    return Person(
        family,
        given,
        identifier(source),
        date(1932, 1, 1) + timedelta(days=source.randrange(27_000)),
        phone(source),
        f"{source.randrange(2, 190)} {street}",
        city,
    )


def patient(source: random.Random) -> Person:
    """A patient, whose name more often is a word, short, or joined of parts."""
    who = stranger(source)
    chance = source.random()
    family = who.family
    if chance < 0.08:
        family = source.choice(WORDLIKE)
    elif chance < 0.14:
        family = source.choice(SHORT)
    elif chance < 0.3:
        family = source.choice(JOINED)
    return Person(family, who.given, who.patient_id, who.birth, who.phone, who.street, who.city)


def identifier(source: random.Random) -> str:
    """A record number in one of many formats."""
    form = source.choice(
        (
            "99999999",
            "MRN9999999",
            "A9999999",
            "99-999-9999",
            "AAA999999",
            "999 999 9999",
            "9999999999",
            "P-99999/99",
            "999.999.999",
            "AA99999999",
            "H9999999-9",
            "0099999999",
            "999999-999A",
            "AA-9999-9999",
        )
    )
    return "".join(
        source.choice("123456789") if letter == "9" else source.choice("JKQXZV") if letter == "A" else letter
        for letter in form
    )


def phone(source: random.Random) -> str:
    """A telephone number in one of many formats."""
    form = source.choice(
        (
            "+44 20 7946 0999",
            "(555) 999-9999",
            "0999/9999999",
            "+49 30 9999999",
            "09 99 99 99 99",
            "555.999.9999",
            "+1-555-999-9999",
            "tel:+3369999999",
        )
    )
    return "".join(source.choice("123456789") if letter == "9" else letter for letter in form)
