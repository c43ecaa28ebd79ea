"""How much of what it should see the gate sees: invented identifiers planted in every view, and counted.

The files are made here, from nothing, so that the measurement needs neither an archive nor the cleaner. The
same seed plants the same; the people are invented.
"""

import base64
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from tirage.dicom.sources import BytesSource
from tirage.model.records import Identifiers
from tirage.verify.scan import compile_gate, scan_file

_FAMILIES = (
    "Vandermeer",
    "O'Sullivan",
    "Nguyen",
    "Sørensen",
    "Grünwald",
    "Kowalczyk",
    "Lee",
    "Abernathy-Cole",
)
_GIVEN = ("Wilhelmina", "Zoë", "Kai", "Anastasia", "Ian", "Renée", "Theodora", "Mo")
_PLACES = ("Elsewhere General Hospital, Quimbyville", "Klinikum Überfeld", "Northmoor Infirmary")
_SEPARATED = ("-", " ", ".", "/")


@dataclass(frozen=True, slots=True)
class Recall:
    """Of `planted` canaries in a view the gate saw `found`; in the view `nothing`, false alarms."""

    view: str
    planted: int
    found: int

    @property
    def share(self) -> float:
        """Part that was found, 0 to 1; 1 when nothing was planted."""
        return self.found / self.planted if self.planted else 1.0


def measure(seed: int, rounds: int = 20) -> list[Recall]:
    """One row a view; each round invents another patient and plants every form of every identifier once."""
    planted: dict[str, int] = dict.fromkeys(("nothing", *_VIEWS), 0)
    found = dict(planted)
    for number in range(rounds):
        identifiers, forms = _patient(_Dice(f"{seed}:{number}"))
        gate = compile_gate(identifiers)
        planted["nothing"] += 1
        found["nothing"] += bool(scan_file(gate, BytesSource(_file(())), "clean.dcm"))
        for form in forms:
            for view, plant in _VIEWS.items():
                if view in _LONG_ONLY and len(form) < _LONG_ONLY[view]:
                    continue
                data, name = plant(form)
                planted[view] += 1
                found[view] += bool(scan_file(gate, BytesSource(data), name))
    return [Recall(view, planted[view], found[view]) for view in planted]


class _Dice:
    """Repeatable choices from a seed."""

    def __init__(self, seed: str) -> None:
        self._seed, self._turn = seed, 0

    def number(self, below: int) -> int:
        self._turn += 1
        return int.from_bytes(sha256(f"{self._seed}:{self._turn}".encode()).digest()[:8], "big") % below

    def one_of(self, choices: tuple[str, ...]) -> str:
        return choices[self.number(len(choices))]


def _patient(dice: _Dice) -> tuple[Identifiers, list[str]]:
    """A patient and texts that give them away."""
    family, given = dice.one_of(_FAMILIES), dice.one_of(_GIVEN)
    year, month, day = 1920 + dice.number(100), 1 + dice.number(12), 1 + dice.number(28)
    number, accession = f"{10_000_000 + dice.number(89_999_999)}", f"AC{100_000 + dice.number(899_999)}"
    telephone = f"+44 20 {7000 + dice.number(999)} {1000 + dice.number(8999)}"
    uid = f"1.2.826.0.1.3680043.9.3811.{10**12 + dice.number(10**12)}.{dice.number(1000)}"
    place = dice.one_of(_PLACES)
    identifiers = Identifiers(
        words=frozenset({f"{family}^{given}"}),
        codes=frozenset({f"00{number}", accession, telephone}),
        dates=frozenset({f"{year}{month:02}{day:02}"}),
        uids=frozenset({uid}),
        places=frozenset({place}),
    )
    mark = dice.one_of(_SEPARATED)
    forms = [
        f"{family}^{given}".upper(),
        f"{given} {family}",
        f"{family}, {given}".lower(),
        f"{family}{given}",
        f"{family}_{given}",
        number,
        f"{number[:3]}{mark}{number[3:6]}{mark}{number[6:]}",
        accession.lower(),
        f"{year}{month:02}{day:02}",
        f"{day:02}{mark}{month:02}{mark}{year}",
        f"{year}-{month:02}-{day:02}",
        telephone.replace(" ", ""),
        uid,
        place,
    ]
    return identifiers, forms


def _element(tag: int, vr: str, value: bytes) -> bytes:
    """An element in Explicit VR Little Endian (PS3.5 7.1.2)."""
    value += (b"\0" if vr in ("OB", "UI", "UN") else b" ") * (len(value) % 2)
    head = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + vr.encode()
    if vr in ("OB", "OW", "UN", "UT", "SQ"):
        return head + b"\0\0" + len(value).to_bytes(4, "little") + value
    return head + len(value).to_bytes(2, "little") + value


def _file(
    elements: tuple[tuple[int, str, bytes], ...],
    preamble: bytes = b"",
    meta: bytes = b"",
    charset: bytes = b"ISO_IR 192",
    pixels: bytes = bytes(512),
) -> bytes:
    every = [
        (0x00080005, "CS", charset),
        (0x00080060, "CS", b"CT"),
        (0x00081030, "LO", b"CT CHEST WITH CONTRAST"),
        (0x00100010, "PN", b"P-4f1c2c9e-8a2b-4c7e-9a2b-7d0f5c1e2a3b"),
        (0x00280100, "US", b"\x10\0"),
        (0x7FE00010, "OW", pixels),
        *elements,
    ]
    return part10(every, preamble, meta)


def part10(elements: Iterable[tuple[int, str, bytes]], preamble: bytes = b"", meta: bytes = b"") -> bytes:
    """A file of these elements (tag, VR, value) in Explicit VR Little Endian (PS3.10 7.1)."""
    data_set = b"".join(_element(*element) for element in sorted(elements))
    syntax = _element(0x00020010, "UI", b"1.2.840.10008.1.2.1")
    return preamble.ljust(128, b"\0") + b"DICM" + syntax + meta + data_set


def _named(*elements: tuple[int, str, bytes]) -> tuple[bytes, str]:
    return _file(elements), "object.dcm"


def _nested(form: str) -> tuple[bytes, str]:
    value = _element(0x00400007, "LO", form.encode())
    for _ in range(20):
        item = b"\xfe\xff\x00\xe0" + len(value).to_bytes(4, "little") + value
        value = _element(0x00400275, "SQ", item)
    return _named((0x00400275, "SQ", value[12:]))


def _latin(form: str) -> tuple[bytes, str]:
    elements = ((0x00204000, "LT", form.encode("latin-1")),)
    return _file(elements, charset=b"ISO_IR 100"), "object.dcm"


def _in_pixels(form: str) -> tuple[bytes, str]:
    noise = b"".join(sha256(bytes([number])).digest() for number in range(64))
    return _file((), pixels=noise + form.encode() + noise), "object.dcm"


def _text(text: str) -> tuple[bytes, str]:
    return _named((0x00204000, "LT", text.encode()))


def _on_page(form: str) -> tuple[bytes, str]:
    """Letter by letter, with the room between them set by hand (ISO 32000-1, 9.4.3)."""
    letters = b" -20 ".join(b"(%c)" % byte for byte in form.encode())
    return _private(b"%PDF-1.4 stream BT [" + letters + b"] TJ ET endstream")


def _in_comment(form: str) -> tuple[bytes, str]:
    """In the COM segment of a JPEG stream (ISO/IEC 10918-1 B.2.4.5), encapsulated (PS3.5 A.4)."""
    stream = b"\xff\xd8\xff\xfe" + (len(form.encode()) + 2).to_bytes(2, "big") + form.encode()
    stream += b"\xff\xda\x00\x08" + sha256(b"scan").digest() * 8 + b"\xff\xd9"
    stream += b"\0" * (len(stream) % 2)
    item = b"\xfe\xff\x00\xe0"
    items = item + bytes(4) + item + len(stream).to_bytes(4, "little") + stream
    value = b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + items + b"\xfe\xff\xdd\xe0" + bytes(4)
    native = _element(0x7FE00010, "OW", bytes(512))
    return _file(()).replace(native, value), "object.dcm"


def _private(value: bytes) -> tuple[bytes, str]:
    return _named((0x00091010, "OB", b"\x01\x02\x03\0" + value + b"\0\x7f\x01"))


_VIEWS: dict[str, Callable[[str], tuple[bytes, str]]] = {
    "text": lambda form: _named((0x00204000, "LT", b"seen " + form.encode() + b" twice")),
    "whole value": lambda form: _named((0x00081090, "LO", form.encode())),
    "nested text": _nested,
    "other character set": _latin,
    "undeclared character set": lambda form: _named((0x00204000, "LT", form.encode("latin-1"))),
    "private bytes": lambda form: _private(form.encode()),
    "UTF-16 LE": lambda form: _private(form.encode("utf-16-le")),
    "UTF-16 BE": lambda form: _private(form.encode("utf-16-be")),
    "base64": lambda form: _named((0x00204000, "LT", base64.b64encode(b"<p>" + form.encode() + b"</p>"))),
    "base64 bytes": lambda form: _named((0x00091010, "OB", base64.b64encode(form.encode()))),
    "inflated": lambda form: _private(zlib.compress(b"<n>" + form.encode() + b"</n>")),
    "preamble": lambda form: (_file((), preamble=form.encode()), "object.dcm"),
    "file meta": lambda form: (_file((), meta=_element(0x00020016, "AE", form.encode()[:64])), "object.dcm"),
    "after the pixel data": lambda form: _named((0xFFFCFFFC, "OB", bytes(20) + form.encode() + bytes(20))),
    "hexadecimal": lambda form: _text(form.encode().hex()),
    "percent signs": lambda form: _text("".join(f"%{byte:02X}" for byte in form.encode())),
    "entities": lambda form: _text("".join(f"&#{ord(letter)};" for letter in form)),
    "UTF-32": lambda form: _private(form.encode("utf-32-le")),
    "page of a PDF": _on_page,
    "large private value": lambda form: _private(bytes(70_000) + form.encode() + bytes(9)),
    "comment of a codec": _in_comment,
    "file name": lambda form: (_file(()), f"{form}.dcm"),
    "pixel data": _in_pixels,
}
_LONG_ONLY = {"pixel data": 8}
"""Views in which shorter forms are not searched for, and why not: see `tirage.verify.bulk`."""
HEADER_VIEWS = tuple(view for view in _VIEWS if view != "pixel data")


def canary_recall(rows: Iterable[Recall]) -> float:
    """Part of all planted canaries that was found, over every view; 1 when none was planted."""
    planted = [row for row in rows if row.view != "nothing"]
    return Recall("all", sum(row.planted for row in planted), sum(row.found for row in planted)).share


def missed(rows: list[Recall]) -> Iterator[Recall]:
    """The views of the header in which the gate was blind to something, and false alarms."""
    for row in rows:
        if (row.view in HEADER_VIEWS and row.share < 1) or (row.view == "nothing" and row.found):
            yield row
