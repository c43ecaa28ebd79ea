"""Reports lose every planted identifier and keep their findings; what the numbers are is in decision 15."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

from faker import Faker
from tests.unit.deidentify.text.cleaning import (
    LOCALES,
    OFFSET_DAYS,
    cleaner,
    invented,
    people,
    survivors,
    words,
)

from tirage.deidentify.text import Cleaner

BODIES = (Path(__file__).parent / "reports.txt").read_text("utf-8").splitlines()
UNSEEN = (Path(__file__).parent / "reports_unseen.txt").read_text("utf-8").splitlines()
"""Written after the vocabulary was, and not used to add to it."""

HEADERS = (
    "Patient: {patient}\nMRN: {mrn}   DOB: {birth}   Accession: {accession}\n"
    "Referring physician: Dr. {doctor}\n\n{body}\n\n"
    "Dictated by: {other}, MD on {day} at 14:32\nElectronically signed by {doctor}",
    "{ward} Radiology, {address}\nTel {phone}\nRe: {patient} (DOB {birth}), {mrn}\nDear Dr {doctor},\n"
    "{body}\n"
    "Findings were discussed with {other} by telephone ({phone}) on {day}.\nReported by Prof. {doctor}",
    "NAME: {loud}\nID {mrn} ACC {accession}\n{body}\nCOMPARED WITH {day}. STUDY UID {uid}\n"
    "cc: {other} <{mail}>\nThe patient's daughter {relative} was informed. {patient} lives at {address}.",
)


@dataclass(frozen=True)
class Planted:
    """A report, its findings, the names in it and the strings that must be gone."""

    text: str
    body: str
    names: tuple[str, ...]
    strings: tuple[str, ...]
    cleaner: Cleaner


def reports(bodies: list[str], seed: int) -> list[Planted]:
    chance = Random(seed)
    crowd = people(4 * len(bodies) * len(HEADERS), seed)
    found = []
    for header in HEADERS:
        for place, line in enumerate(bodies):
            faker = Faker(LOCALES[place % len(LOCALES)])
            faker.seed_instance(seed + place)
            patient, doctor, other, relative = (crowd.pop() for _ in range(4))
            year, month, day = chance.randint(1930, 1999), chance.randint(1, 12), chance.randint(1, 28)
            birth = f"{day:02d}/{month:02d}/{year}"
            mail = "{}.{}@{}.org".format(*(invented(chance).lower() for _ in range(3)))
            values = {
                "patient": " ".join(patient),
                "loud": f"{patient[1]}, {patient[0]}".upper(),
                "doctor": " ".join(doctor),
                "other": f"{other[0][0]}. {other[1]}",
                "relative": f"{relative[0]} {invented(chance)}",
                "mrn": f"{chance.randint(10**6, 10**8)}",
                "accession": f"{chance.choice(['AR', 'XU', 'CT'])}-{chance.randint(10**5, 10**7)}",
                "birth": birth,
                "day": f"{chance.randint(13, 28)}/{chance.randint(1, 12):02d}/2019",
                "phone": f"+44 {chance.randint(1000, 9999)} {chance.randint(100000, 999999)}",
                "address": f"{chance.randint(1, 999)} {invented(chance)} Street",
                "mail": mail,
                "ward": f"{invented(chance)} Hospital",
                "uid": f"1.2.826.0.1.{chance.randint(10**5, 10**9)}.{chance.randint(10**5, 10**9)}",
            }
            body = line.format(age=67, date="4 March 2019")
            strings = tuple(
                values[key] for key in ("mrn", "accession", "birth", "day", "phone", "mail", "uid")
            )
            known = cleaner(
                words=["^".join(reversed(patient))],
                codes=[values["mrn"]],
                dates=[f"{year}{month:02d}{day:02d}"],
            )
            people_named = tuple(
                values[key] for key in ("patient", "doctor", "other", "relative", "address", "ward")
            )
            names = tuple(name.replace("Street", "").replace("Hospital", "") for name in people_named)
            found.append(Planted(header.format(body=body, **values), body, names, strings, known))
    return found


def test_no_planted_identifier_stays_in_a_report() -> None:
    planted = reports(BODIES, 100)
    assert len(planted) >= 60
    for report in planted:
        text = report.cleaner.clean(report.text).text
        assert survivors(report.names, text) == set()
        assert [string for string in report.strings if string in text] == []


def test_ninety_nine_of_a_hundred_words_of_findings_stay() -> None:
    assert share_kept(BODIES) >= 0.99


def test_ninety_seven_of_a_hundred_words_of_findings_nobody_looked_at_stay() -> None:
    english = [body for body in UNSEEN if not body.startswith(("MRT", "Écho"))]
    assert len(english) == len(UNSEEN) - 2
    assert share_kept(english) >= 0.97


def share_kept(bodies: list[str]) -> float:
    before, after = Counter[str](), Counter[str]()
    for report in reports(bodies, 900):
        names = Counter(words(report.text)) - Counter(words(report.body))
        before.update(words(report.body))
        after.update(Counter(words(report.cleaner.clean(report.text).text)) - names)
    return (before & after).total() / before.total()


def test_lines_stay_lines() -> None:
    text = "FINDINGS:\nNo effusion.\n\nSigned by Dr. Tamblewick\nIMPRESSION: normal"
    assert cleaner().clean(text).text.count("\n") == text.count("\n")


def test_dates_are_moved_by_the_offset_of_the_patient() -> None:
    assert OFFSET_DAYS == -1234
    assert cleaner().clean("Compared with 25/12/2019.").text == "Compared with 08/08/2016."
