"""How much of what is printed in pictures the gate reads: invented identifiers drawn over noise, and counted.

Apart from the other canaries, because every picture takes the reader half a second.
"""

from hashlib import sha256

from tirage.dicom.sources import BytesSource
from tirage.model.records import Identifiers
from tirage.verify.canary import Recall, part10
from tirage.verify.gate import Gate
from tirage.verify.shown import scan_pixels

_ROWS, _COLUMNS = 256, 384
_TEXTS = ("{family}^{given}", "{family}, {given}", "ID {code}", "{day}.{month}.{year}", "Name: Quillfeather")
_PEOPLE = (("VANDERMEER", "WILHELMINA"), ("Kowalczyk", "Theodora"), ("ABERNATHY", "Anastasia"))


def measure_print(seed: int, rounds: int = 3) -> list[Recall]:
    """Two rows: print that was planted and read, and under `nothing printed` false alarms; wants `ocr`."""
    found, alarms = 0, 0
    for number in range(rounds):
        dice = sha256(f"{seed}:{number}".encode()).digest()
        family, given = _PEOPLE[dice[0] % len(_PEOPLE)]
        year, month, day = 1930 + dice[1] % 90, 1 + dice[2] % 12, 1 + dice[3] % 28
        code = str(10_000_000 + int.from_bytes(dice[4:8], "big") % 89_999_999)
        gate = Gate(
            Identifiers(
                words=frozenset({f"{family}^{given}"}),
                codes=frozenset({code}),
                dates=frozenset({f"{year}{month:02}{day:02}"}),
            )
        )
        values = {"family": family, "given": given, "code": code, "year": year, "month": f"{month:02}"}
        text = _TEXTS[number % len(_TEXTS)].format(day=f"{day:02}", **values)
        found += bool(scan_pixels(gate, BytesSource(_file(dice, text))))
        alarms += bool(scan_pixels(gate, BytesSource(_file(dice, ""))))
    return [Recall("print", rounds, found), Recall("nothing printed", rounds, alarms)]


def _file(dice: bytes, text: str) -> bytes:
    """A grey picture of 8 bits: noise, and the text somewhere, in one of four sizes, light or dark."""
    import cv2
    import numpy as np

    size = _ROWS * _COLUMNS
    stream = b"".join(sha256(dice + bytes((n >> 8, n & 255))).digest() for n in range(size // 32))
    noise = np.frombuffer(stream, np.uint8).reshape(_ROWS, _COLUMNS)
    picture = (90 + cv2.GaussianBlur(noise, (3, 3), 0) // 12).astype(np.uint8)
    if text:
        place = (4 + dice[8] % 24, 30 + dice[9] % (_ROWS - 40))
        scale, grey = 0.5 + dice[10] % 4 / 10, 245 if dice[11] % 2 else 10
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, grey, 1, cv2.LINE_AA)
    elements = [
        (tag, "US", number.to_bytes(2, "little"))
        for tag, number in (
            (0x00280002, 1),
            (0x00280010, _ROWS),
            (0x00280011, _COLUMNS),
            (0x00280100, 8),
            (0x00280101, 8),
            (0x00280102, 7),
            (0x00280103, 0),
        )
    ]
    return part10((*elements, (0x00280004, "CS", b"MONOCHROME2"), (0x7FE00010, "OW", picture.tobytes())))
