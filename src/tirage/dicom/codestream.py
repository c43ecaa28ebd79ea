"""What the first bytes of a compressed frame say about it; only markers are read.

Sources: ITU-T T.81 B.2 (JPEG), T.87 C (JPEG-LS), T.800 A.5 (JPEG 2000), PS3.5 G.5 (RLE).
"""

from dataclasses import dataclass
from struct import Struct

_JPEG_START = b"\xff\xd8\xff"
_J2K_START = b"\xff\x4f\xff\x51"
_JP2_START = b"\0\0\0\x0cjP  \r\n\x87\n"
_JXL_STARTS = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")

_RLE_HEADER = Struct("<16I")
_SEGMENT = Struct(">BBH")
_FRAME = Struct(">BHHB")
_SIZ = Struct(">IIII")
_COMPONENTS = 42
"""JPEG 2000: where the components are described, from the beginning of the stream (T.800 A.5.1)."""
# Start-of-frame markers: C0-CF without DHT, JPG and DAC; F7 is JPEG-LS.
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD9)))


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a coded frame is, in pixels."""

    rows: int
    columns: int

    @property
    def pixels(self) -> int:
        return self.rows * self.columns


@dataclass(frozen=True, slots=True)
class Coding:
    """What a coded frame says of itself: size in pixels, samples of a pixel, the most bits of a sample."""

    rows: int
    columns: int
    samples: int
    precision: int


def agrees(codec: str, start: bytes) -> bool:
    """Whether a frame that begins so can be of that codec; true for codecs without a mark of their own."""
    match codec:
        case "jpeg":
            return start.startswith(_JPEG_START)
        case "jpeg2000":
            return start.startswith((_J2K_START, _JP2_START))
        case "jpegxl":
            return start.startswith(_JXL_STARTS)
        case "rle":
            return _is_rle(start)
        case _:
            return True


def extent_of(codec: str, start: bytes) -> Extent | None:
    """The size a frame's own header states; None when the codec has none or it lies further on."""
    coding = coding_of(codec, start)
    # Zero rows: the number follows after the first scan (T.81 B.2.5).
    return None if coding is None or not coding.rows else Extent(coding.rows, coding.columns)


def coding_of(codec: str, start: bytes) -> Coding | None:
    """What a frame's own header states; None when the codec has none or it lies further on."""
    match codec:
        case "jpeg":
            return _jpeg_coding(start)
        case "jpeg2000":
            return _j2k_coding(start)
        case _:
            return None


def colours_of(codec: str, start: bytes, photometric: str) -> str:
    """The colour space of a frame of three colours: the header's, unless a JPEG stream says otherwise.

    Components named R, G and B are those; a JFIF segment means YBR (ITU-T T.871 6.2).
    """
    if codec != "jpeg":
        return photometric
    names = _jpeg_names(start)
    if names in (b"RGB", b"rgb"):
        return "RGB"
    is_jfif = start[2:4] == b"\xff\xe0" and start[6:11] == b"JFIF\0"
    return "YBR_FULL" if is_jfif and "YBR" not in photometric else photometric


def _is_rle(start: bytes) -> bool:
    """An RLE frame begins with the number of its segments and their rising offsets, the first at 64."""
    if len(start) < _RLE_HEADER.size:
        return False
    count, *offsets = _RLE_HEADER.unpack_from(start)
    used = offsets[:count]
    return 1 <= count <= 15 and used[0] == _RLE_HEADER.size and used == sorted(used)


def _jpeg_coding(start: bytes) -> Coding | None:
    pos = _jpeg_frame_header(start)
    if pos is None:
        return None
    precision, rows, columns, samples = _FRAME.unpack_from(start, pos + 4)
    return Coding(rows, columns, samples, precision)


def _jpeg_names(start: bytes) -> bytes:
    """The identifiers of the components; empty when the frame header lies further on."""
    pos = _jpeg_frame_header(start)
    return b"" if pos is None else start[pos + 10 : pos + 10 + 3 * start[pos + 9] : 3]


def _jpeg_frame_header(start: bytes) -> int | None:
    pos = 2
    while pos + 10 <= len(start):
        mark, marker, length = _SEGMENT.unpack_from(start, pos)
        if mark != 0xFF:
            return None
        if marker in _FRAME_MARKERS:
            return pos
        if marker == 0xFF:
            pos += 1
        elif marker in _STANDALONE:
            pos += 2
        else:
            pos += 2 + max(length, 2)
    return None


def _j2k_coding(start: bytes) -> Coding | None:
    mark = start.find(_J2K_START)
    if mark < 0 or len(start) < mark + _COMPONENTS:
        return None
    width, height, left, top = _SIZ.unpack_from(start, mark + 8)
    samples = int.from_bytes(start[mark + _COMPONENTS - 2 : mark + _COMPONENTS], "big")
    depths = start[mark + _COMPONENTS : mark + _COMPONENTS + 3 * samples : 3]
    precision = max(((depth & 0x7F) + 1 for depth in depths), default=0)
    return Coding(height - top, width - left, samples, precision)
