"""Objects in other character sets, with another patient whose name is in that script too."""

from dataclasses import replace

from pydicom.dataset import Dataset
from tests.golden.planted import people
from tests.golden.planted.hand import Hand
from tests.golden.planted.header import header
from tests.golden.planted.keeping import pixels, same
from tests.golden.planted.objects.tomography import CT, plane
from tests.golden.planted.pictures import body, described
from tests.golden.planted.writing import fill, raw, tag_of

SCRIPTS = {
    "ISO_IR 192": (
        ("Цветкова", "Жофия"),
        ("Παπαδοπούλου", "Ευθυμία"),
        ("Łukaszewicz", "Żaneta"),
        ("김희중", "홍길동"),
        ("Ünlüoğlu", "Şebnem"),
    ),
    "GB18030": (("欧阳", "晓东"), ("司马", "秋月")),
    "\\ISO 2022 IR 87": (("山田", "太郎"), ("佐々木", "裕美子")),
    "\\ISO 2022 IR 149": (("김", "희중"), ("남궁", "영철")),
    "ISO_IR 144": (("Терентьева", "Таисия"), ("Щербакова", "Юлия")),
    "ISO_IR 126": (("Παπαδοπούλου", "Ευθυμία"), ("Καπατσώρης", "Ορφέας")),
    "ISO_IR 101": (("Jędryczka", "Żaneta"), ("Hájková", "Květoslava")),
    "ISO_IR 100": (("Günthersdóttir", "Éléonore"), ("Brännström", "Åsa")),
}
CODECS = {
    "ISO_IR 192": "utf-8",
    "GB18030": "gb18030",
    "\\ISO 2022 IR 87": "iso2022_jp",
    "\\ISO 2022 IR 149": "euc_kr",
    "ISO_IR 144": "iso8859-5",
    "ISO_IR 126": "iso8859-7",
    "ISO_IR 101": "iso8859-2",
    "ISO_IR 100": "latin-1",
}
TEXTS = (
    "StudyDescription",
    "ImageComments",
    "ReceiveCoilName",
    "PatientComments",
    "RequestedProcedureDescription",
    "AdditionalPatientHistory",
    "DerivationDescription",
    "ProtocolName",
)


def encoded(text: str, charset: str) -> bytes:
    """The text with its escape sequences (PS3.5 6.1.2.5)."""
    data = text.encode(CODECS[charset])
    return b"\x1b$)C" + data if charset.endswith("149") and not text.isascii() else data


def foreign(hand: Hand) -> Dataset:
    """A CT slice whose names are written in one of eight character sets."""
    charset = hand.random.choice(sorted(SCRIPTS))
    family, given = hand.random.choice(SCRIPTS[charset])
    latin = hand.stranger()
    while not (latin.family + latin.given).isascii():
        latin = hand.stranger()
    hand.patient = replace(people.stranger(hand.random), family=latin.family, given=latin.given)
    hand.charset = "ISO_IR 100"
    content = header(hand, "CT", CT, 19)
    again = {tag_of(keyword) for keyword in (*TEXTS, "InstitutionName")}
    hand.plants = [plant for plant in hand.plants if plant.tag not in again]
    content.SpecificCharacterSet = charset.split("\\") if "\\" in charset else charset
    hand.charset = charset.rpartition("\\")[2]
    tag = tag_of("PatientName")
    name = f"{latin.dicom}=".encode() + encoded(family, charset) + b"^" + encoded(given, charset)
    raw(content, tag, "PN", name)
    _note(hand, f"PatientName in {charset}", (family, given), tag)
    for keyword in TEXTS:
        words = b"CHEST " if keyword in ("StudyDescription", "ProtocolName") else b""
        raw(content, tag_of(keyword), "LO", words + encoded(f"{family}{given}", charset))
        _note(hand, f"{keyword} in {charset}", (family, given), tag_of(keyword))
    raw(content, tag_of("InstitutionName"), "LO", encoded(family, charset) + b" Hospital")
    _note(hand, f"InstitutionName in {charset}", (family,), tag_of("InstitutionName"))
    raw(content, 0x00350010, "LO", b"ACME")
    raw(content, 0x00351001, "UT", encoded(f"{family} {given}", charset))
    _note(hand, f"private text in {charset}", (family, given), 0x00351001)
    raw(content, 0x00351002, "OB", f"{family} {given}".encode("utf-16-le"))
    _note(hand, "private UTF-16 in another script", (family, given), 0x00351002)
    hand.keeps = [
        keep for keep in hand.keeps if not keep.place.startswith(("StudyDescription", "ProtocolName"))
    ]
    fill(
        content,
        {
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
            "KVP": "120",
            "SliceThickness": "2.5",
            "RescaleSlope": "1",
            "RescaleIntercept": "-1024",
        },
    )
    plane(hand, content)
    described(content, body(hand.random, 64, 64)[None])
    hand.charset = "ISO_IR 100"
    for keyword in ("KVP", "ImagePositionPatient", "RescaleIntercept"):
        hand.keep(keyword, same(keyword))
    hand.keep("pixels", pixels())
    return content


def _note(hand: Hand, place: str, names: tuple[str, ...], tag: int) -> None:
    # One letter of another script is no needle: its bytes stand among pixels by chance.
    if needles := [name for name in names if len(name) > 1]:
        hand.note_script(place, needles, tag)
