"""Synthetic people, places and UIDs, the same for the same seed; every name is invented."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

FAMILY = (
    "Tamblewick",
    "Orrenfold",
    "Vasquelane",
    "Brindlemoor",
    "Quarshford",
    "Nettlebyrne",
    "Iwulandro",
    "Söderquay",
)
GIVEN = ("Odalune", "Perrivan", "Maristela", "Theodryn", "Ysolwen", "Calderic", "Amadouna", "Björvik")
STAFF = (
    "Hollinsgarth^Venetia^^Dr",
    "Pemberlock^Auguste^^Dr",
    "Strandquell^Ingeltje^^Dr",
    "Oyelarwin^Babafem^^Dr",
)
STREETS = ("Larkmeadow Row", "Cooperage Steps", "Pilgrimgate", "Saltmarket Rise")
INSTITUTION = "St Wendeline Infirmary"
DEPARTMENT = "Dept of Cross-Sectional Imaging"
FIRST_DAY = date(2024, 1, 8)


@dataclass(frozen=True, slots=True)
class Person:
    """One invented patient, with everything a modality would write about them."""

    number: int
    patient_id: str
    other_id: str
    name: str
    birth_date: date
    sex: str
    address: str
    phone: str
    referring: str
    operator: str
    weight_kg: int
    height_m: str

    @property
    def family(self) -> str:
        """Family name."""
        return self.name.split("^")[0]

    @property
    def given(self) -> str:
        """Given name."""
        return self.name.split("^")[1]


def number(seed: int, *parts: object, below: int) -> int:
    """A number under `below`, always the same for the same seed and parts."""
    text = "|".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % below


def uid(seed: int, *parts: object) -> str:
    """A UID under 2.25 (PS3.5 B.2), always the same for the same seed and parts."""
    text = "|".join(str(part) for part in ("uid", seed, *parts))
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], 'big')}"


def person(index: int, seed: int = 1) -> Person:
    """The invented patient number `index`, counted from 1."""
    hospital_number = 41_000_000 + number(seed, "id", index, below=8_999_999)
    family = FAMILY[(index - 1) % len(FAMILY)]
    if index > len(FAMILY):
        family += "abcdefghijklmnopqrstuvwxyz"[(index // len(FAMILY)) % 26]
    given = GIVEN[(index * 3 - 2) % len(GIVEN)]
    return Person(
        number=index,
        patient_id=str(hospital_number),
        other_id=f"W{number(seed, 'other', index, below=900_000) + 100_000}",
        name=f"{family}^{given}",
        birth_date=date(1935, 1, 1) + timedelta(days=number(seed, "birth", index, below=25_000)),
        sex="FM"[index % 2],
        address=f"{number(seed, 'house', index, below=180) + 1} {STREETS[index % len(STREETS)]}",
        phone=f"+44 20 7946 0{number(seed, 'phone', index, below=1000):03d}",
        referring=STAFF[index % len(STAFF)],
        operator=STAFF[(index + 1) % len(STAFF)],
        weight_kg=52 + number(seed, "weight", index, below=45),
        height_m=f"1.{55 + number(seed, 'height', index, below=35)}",
    )


def accession(seed: int, patient: int, study: int) -> str:
    """The accession number of a patient's study: nine digits, as many archives use."""
    return str(310_000_000 + number(seed, "accession", patient, study, below=89_999_999))


def study_day(seed: int, patient: int, study: int) -> date:
    """The day a study was made."""
    return FIRST_DAY + timedelta(days=number(seed, "day", patient, below=300) + 41 * (study - 1))
