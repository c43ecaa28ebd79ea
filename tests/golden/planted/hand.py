"""The hand that hides: draws identifiers, writes them into an object, remembers where."""

import random
import re
import string
from collections.abc import Iterable
from datetime import date, timedelta

from pydicom.charset import python_encoding
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset
from tests.golden.planted import people
from tests.golden.planted.people import Person, fold
from tests.golden.planted.scene import Scene
from tests.golden.planted.values import ANYWHERE, Check, Ink, Keep, Plant
from tests.golden.planted.writing import raw

CARRIERS = (
    "{}",
    "HEAD {}",
    "{} CHEST",
    "ABD {} 3",
    "CHEST/{}",
    "CT_{}_THORAX",
    "Dr {}",
    "seen by {}",
    "pt {} supine",
    "{}, portable",
    "{}-KNEE LT",
    "ref. {} MD",
    "(copy for {})",
    "brain^{}",
    "t2_tse_{}",
    "{};AXIAL",
    "for: {}",
    "requested by Mrs {}",
    "{} c/o {}",
)
NAMING = re.compile(
    "Institution|Address|Station|Location|Physician|Author|Entered|Recorder|Sponsor|Site|Service|AETitle|Organization"
    "|Network|Issuer|Residence|Insurance|Department|Contact|Machine|Serial|MedicalRecord|PatientID|ID$"
)
"""Attributes whose whole value names somebody, somewhere or something."""
LIMITS = {"SH": 16, "CS": 16, "AE": 16, "LO": 64, "PN": 64, "DS": 16, "IS": 12, "AS": 4, "UI": 64}


class Hand:
    """Hides identifiers in one object; `random` is its own, so that one object does not move the next."""

    def __init__(self, scene: Scene, name: str, patient: Person | None = None) -> None:
        self.scene = scene
        self.name = name
        self.random = random.Random(f"{scene.seed}/{name}")
        self.patient = patient or scene.patient
        self.charset = "ISO_IR 100"
        self.plants: list[Plant] = []
        self.keeps: list[Keep] = []

    # What to hide

    def stranger(self) -> Person:
        """Somebody who is in no other place of this seed, so that a leak tells its place."""
        while True:
            who = people.stranger(self.random)
            keys = {fold(who.family), fold(who.given), who.patient_id}
            mine = {fold(self.scene.patient.family), fold(self.scene.patient.given)}
            if not self.can_write(who.family + who.given):
                continue
            if not keys & (self.scene.spent | mine) and not any(key in used for key in keys for used in mine):
                self.scene.spent |= keys
                return who

    def can_write(self, text: str) -> bool:
        """Whether the character set of the object has all the letters."""
        codec = python_encoding.get(self.charset, "latin-1")
        try:
            text.encode("ascii" if codec.startswith("iso2022") else codec)
        except UnicodeEncodeError:
            return False
        return True

    def chance(self, share: float) -> bool:
        """True in so large a share of the draws."""
        return self.random.random() < share

    def secret(self, place: str, tag: int = ANYWHERE, limit: int = 64, *, plain: bool = False) -> str:
        """An identifier of any kind and any person, at most `limit` characters long, remembered."""
        kinds = (
            "name",
            "name",
            "name",
            "own name",
            "own name",
            "id",
            "own id",
            "phone",
            "street",
            "email",
            "url",
            "host",
            "birth",
            "accession",
            "uid",
            "name and id",
            "institution",
        )
        for _ in range(40):
            made = self._made("name" if plain else self.random.choice(kinds))
            if len(made[0]) <= limit and (made[0].isascii() or not plain):
                break
        else:
            code = self.random.choice("QXZ") + "".join(self.random.choices("123456789", k=7))
            made = (code, "id", [code], False)
        text, kind, needles, is_shared = made
        self.note(place, kind, needles, tag, is_shared=is_shared)
        return text

    def _made(self, kind: str) -> tuple[str, str, list[str], bool]:
        who = self.stranger()
        mine = self.patient
        pick = self.random
        if kind == "name":
            return (*_written(who, pick), False)
        if kind == "own name":
            return (*_written(mine, pick), True)
        if kind == "name and id":
            text, _, needles = _written(who, pick)
            return f"{text} {who.patient_id}", "name and id", [*needles, who.patient_id], False
        if kind == "birth":
            text = written_date(mine.birth, pick)
            return text, "birth date", [text], True
        if kind == "uid":
            uid = self.new_uid()
            return uid, "uid", [uid], False
        room = f"{pick.choice(('ris', 'pacs', 'ct2', 'mri'))}{pick.randrange(100, 999)}"
        host = f"{fold(who.city).replace(' ', '')}-{room}"
        text = {
            "id": who.patient_id,
            "own id": mine.patient_id,
            "phone": who.phone,
            "street": f"{who.street}, {who.city}",
            "email": who.email,
            "url": f"https://{host}.example/patient/{who.patient_id.replace(' ', '')}",
            "host": f"{host}.hospital.example",
            "accession": "ACC" + "".join(pick.choices("123456789", k=8)),
            "institution": f"{who.city} General Hospital",
        }[kind]
        needles = [text]
        if kind in ("street", "institution"):
            needles = [max(re.split(r"[\s-]+", who.street), key=len)] if kind == "street" else []
            needles += [part for part in re.split(r"[\s-]+", who.city) if people.is_distinct(part)] or [text]
        elif kind == "email":
            needles = [text, fold(who.family).replace(" ", "").replace("'", "")]
        elif kind in ("url", "host"):
            needles = [host]
        return text, kind, needles, kind == "own id"

    def new_uid(self) -> str:
        """A UID that stands nowhere else."""
        root = self.random.choice(("1.2.840.113619.2.80", "1.3.46.670589.11", "1.2.392.200036.9116.2"))
        return f"{root}.{self.random.randrange(10**5, 10**6)}.{self.random.randrange(10**9, 10**10)}"

    def phrase(self, place: str, tag: int = ANYWHERE, limit: int = 64) -> str:
        """A secret among clinical words, at most `limit` characters."""
        carrier = self.random.choice(CARRIERS).replace("{} c/o {}", "{}")
        room = limit - len(carrier) + 2
        if room < 12:
            return self.secret(place, tag, limit)
        return carrier.format(self.secret(place, tag, room))

    def person_name(self, place: str, tag: int = ANYWHERE, who: Person | None = None) -> str:
        """A name as PN writes it."""
        chosen = who or self.stranger()
        self.note(place, "name", parts(chosen), tag, is_shared=who is not None)
        title = "" if who else self.random.choice(("", "", "^^Dr", "^^Prof", "^^^MD"))
        return chosen.dicom + title

    def day(self, place: str, tag: int, value: str = "") -> str:
        """A date of the study, remembered."""
        moved = self.scene.started.date() - timedelta(days=self.random.randrange(1, 300))
        text = value or f"{moved:%Y%m%d}"
        self.note(place, "date", [text[:8]], tag, is_shared=True)
        return text

    def moment(self, place: str, tag: int) -> str:
        """A date and time near midnight, with fraction and zone, remembered."""
        moved = self.scene.started.date() - timedelta(days=self.random.randrange(1, 300))
        # The minute tells two moments apart, so that one moved onto another's day is not taken for it.
        minute, zone = self.random.randrange(60), self.random.choice(("", "-0500", "+1400", "+0000"))
        text = f"{moved:%Y%m%d}{self.random.choice((0, 12, 23)):02d}{minute:02d}"
        seconds = self.random.choice(("", "59", "59.999999", "00.000001", "30.25"))
        self.note(place, "date", [text], tag, is_shared=True)
        return text + seconds + (zone if seconds else "")

    def fresh_uid(self, place: str, tag: int) -> str:
        """A UID that stands nowhere else, remembered."""
        uid = self.new_uid()
        self.note(place, "uid", [uid], tag)
        return uid

    # Remembering

    def note(
        self, place: str, kind: str, needles: Iterable[str], tag: int = ANYWHERE, *, is_shared: bool = False
    ) -> None:
        """Remember a plant; what is too short to be found among other bytes is looked for as a word."""
        wanted = tuple(dict.fromkeys(needle for needle in needles if needle))
        is_word = any(len(fold(needle)) < 5 or fold(needle) in _words() for needle in wanted)
        if is_word and tag == ANYWHERE:
            wanted = tuple(
                needle for needle in wanted if len(fold(needle)) >= 5 and fold(needle) not in _words()
            )
            is_word = False
        if not wanted:
            return
        codec = python_encoding.get(self.charset, "latin-1")
        self.plants.append(Plant(place, kind, wanted, tag, is_shared or is_word, is_word, charset=codec))

    def note_script(self, place: str, names: list[str], tag: int) -> None:
        """Remember names in another script: of few letters, looked for in their attribute."""
        codec = python_encoding.get(self.charset, "utf-8")
        self.plants.append(Plant(place, "name", tuple(names), tag, is_shared=True, charset=codec))

    def inked(self, place: str, ink: Ink) -> None:
        """Remember text in pixels."""
        self.plants.append(Plant(place, "ink", (), 0x7FE00010, ink=ink))

    def hidden_bytes(self, place: str, blob: bytes, tag: int) -> None:
        """Remember bytes that mean something as they are, such as a bitmap of a name."""
        self.plants.append(Plant(place, "ink", (), tag, blob=blob))

    def keep(self, place: str, check: Check, *needs: str) -> None:
        """Remember what should survive, and which attributes it stands on."""
        self.keeps.append(Keep(place, check, needs))

    # Writing

    def put(self, target: Dataset, keyword: str, value: str | bytes | None = None) -> None:
        """A public text attribute with a phrase in it, or with this value, whatever its grammar says."""
        tag = tag_for_keyword(keyword)
        assert tag is not None, keyword
        vr = dictionary_VR(tag)
        if value is None:
            value = self.value_for(keyword, tag, vr)
        raw(target, tag, vr, self.encoded(value) if isinstance(value, str) else value)

    def value_for(self, place: str, tag: int, vr: str, keyword: str = "") -> str:
        """A planted value: a name where names go, a phrase where text goes.

        An institution is not called "CHEST": a tool that hides its name would be right to hide that.
        """
        if vr == "PN":
            return self.person_name(place, tag)
        limit = LIMITS.get(vr, 64)
        return (
            self.secret(place, tag, limit)
            if NAMING.search(keyword or place)
            else self.phrase(place, tag, limit)
        )

    def encoded(self, text: str) -> bytes:
        """The text in the character set of the object."""
        codec = python_encoding.get(self.charset, "latin-1")
        return text.encode("latin-1" if codec.startswith("iso8859") else codec, "replace")


def parts(who: Person) -> list[str]:
    """The parts of a name that identify by themselves."""
    pieces = re.split(r"[\s'.-]+", who.family) + re.split(r"[\s'.-]+", who.given)
    small = {
        "van",
        "der",
        "von",
        "de",
        "la",
        "le",
        "al",
        "ni",
        "st",
        "saint",
        "o",
        "d",
        "n",
        "da",
        "del",
        "the",
    }
    long = [piece for piece in pieces if fold(piece) not in small and len(piece) > 3]
    return long or [who.family]


def _written(who: Person, pick: random.Random) -> tuple[str, str, list[str]]:
    family, given = who.family, who.given
    text = pick.choice(
        (
            f"{family.upper()} {given.upper()}",
            f"{given} {family}",
            f"{family}, {given}",
            f"{family}^{given}",
            f"{family.upper()}",
            f"{given[0]}. {family}",
            f"{family} {given[0]}.",
            f"{given.lower()} {family.lower()}",
            f"{family.upper()}_{given.upper()}",
            f"{family}{given[0]}",
            f"{given}{family}",
            f"{fold(family)}",
            f"{given[0]}.{family}",
            f"{family.upper()}/{given[0]}",
        )
    )
    shown = [part for part in parts(who) if fold(part) in fold(text)]
    return text, "name", [*(shown or [family]), text]


def written_date(day: date, pick: random.Random) -> str:
    """A date as people and programs write it."""
    form = pick.choice(
        (
            "%Y%m%d",
            "%Y-%m-%d",
            "%d.%m.%Y",
            "%d/%m/%Y",
            "%m/%d/%Y",
            "%d %B %Y",
            "%d-%b-%Y",
            "%B %d, %Y",
            "%d%m%Y",
        )
    )
    return f"{day:{form}}"


def _words() -> frozenset[str]:
    return people.ambiguous() | set(string.ascii_lowercase)
