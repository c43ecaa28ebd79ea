"""Transfer syntaxes: how a data set and its pixel data are encoded. Source: PS3.5 10, PS3.6 Table A-1."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """How to read a data set; `codec` is empty for native pixel data, `by_reference`: it is elsewhere."""

    uid: str
    name: str
    codec: str = ""
    explicit: bool = True
    big_endian: bool = False
    deflated: bool = False
    lossy: bool = False
    by_reference: bool = False

    @property
    def encapsulated(self) -> bool:
        """Whether pixel data is a list of fragments (PS3.5 A.4)."""
        return bool(self.codec)


IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"

_JPEG = "1.2.840.10008.1.2.4."


@cache
def transfer_syntaxes() -> dict[str, TransferSyntax]:
    """The syntaxes of the standard by UID."""
    native = (
        TransferSyntax(IMPLICIT_LITTLE, "Implicit VR Little Endian", explicit=False),
        TransferSyntax(EXPLICIT_LITTLE, "Explicit VR Little Endian"),
        TransferSyntax(DEFLATED_LITTLE, "Deflated Explicit VR Little Endian", deflated=True),
        TransferSyntax(EXPLICIT_BIG, "Explicit VR Big Endian", big_endian=True),
        TransferSyntax(_JPEG + "94", "JPIP Referenced", by_reference=True),
        TransferSyntax(_JPEG + "95", "JPIP Referenced Deflate", deflated=True, by_reference=True),
        TransferSyntax(_JPEG + "204", "JPIP HTJ2K Referenced", by_reference=True),
        TransferSyntax(_JPEG + "205", "JPIP HTJ2K Referenced Deflate", deflated=True, by_reference=True),
    )
    encapsulated = (
        (_JPEG + "50", "JPEG Baseline", "jpeg", True),
        (_JPEG + "51", "JPEG Extended", "jpeg", True),
        (_JPEG + "53", "JPEG Spectral Selection", "jpeg", True),
        (_JPEG + "55", "JPEG Full Progression", "jpeg", True),
        (_JPEG + "57", "JPEG Lossless", "jpeg", False),
        (_JPEG + "70", "JPEG Lossless SV1", "jpeg", False),
        (_JPEG + "80", "JPEG-LS Lossless", "jpeg", False),
        (_JPEG + "81", "JPEG-LS Near-Lossless", "jpeg", True),
        (_JPEG + "90", "JPEG 2000 Lossless", "jpeg2000", False),
        (_JPEG + "91", "JPEG 2000", "jpeg2000", True),
        (_JPEG + "92", "JPEG 2000 Part 2 Lossless", "jpeg2000", False),
        (_JPEG + "93", "JPEG 2000 Part 2", "jpeg2000", True),
        (_JPEG + "100", "MPEG2 Main Profile / Main Level", "mpeg", True),
        (_JPEG + "100.1", "MPEG2 Main Profile / Main Level, fragmentable", "mpeg", True),
        (_JPEG + "101", "MPEG2 Main Profile / High Level", "mpeg", True),
        (_JPEG + "101.1", "MPEG2 Main Profile / High Level, fragmentable", "mpeg", True),
        (_JPEG + "102", "MPEG-4 AVC/H.264 High Profile", "mpeg", True),
        (_JPEG + "102.1", "MPEG-4 AVC/H.264 High Profile, fragmentable", "mpeg", True),
        (_JPEG + "103", "MPEG-4 AVC/H.264 BD-compatible", "mpeg", True),
        (_JPEG + "103.1", "MPEG-4 AVC/H.264 BD-compatible, fragmentable", "mpeg", True),
        (_JPEG + "104", "MPEG-4 AVC/H.264 for 2D Video", "mpeg", True),
        (_JPEG + "104.1", "MPEG-4 AVC/H.264 for 2D Video, fragmentable", "mpeg", True),
        (_JPEG + "105", "MPEG-4 AVC/H.264 for 3D Video", "mpeg", True),
        (_JPEG + "105.1", "MPEG-4 AVC/H.264 for 3D Video, fragmentable", "mpeg", True),
        (_JPEG + "106", "MPEG-4 AVC/H.264 Stereo", "mpeg", True),
        (_JPEG + "106.1", "MPEG-4 AVC/H.264 Stereo, fragmentable", "mpeg", True),
        (_JPEG + "107", "HEVC/H.265 Main Profile", "mpeg", True),
        (_JPEG + "108", "HEVC/H.265 Main 10 Profile", "mpeg", True),
        (_JPEG + "110", "JPEG XL Lossless", "jpegxl", False),
        (_JPEG + "111", "JPEG XL JPEG Recompression", "jpegxl", True),
        (_JPEG + "112", "JPEG XL", "jpegxl", True),
        (_JPEG + "201", "HTJ2K Lossless", "jpeg2000", False),
        (_JPEG + "202", "HTJ2K Lossless RPCL", "jpeg2000", False),
        (_JPEG + "203", "HTJ2K", "jpeg2000", True),
        ("1.2.840.10008.1.2.5", "RLE Lossless", "rle", False),
        ("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian", "none", False),
        ("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", "deflate", False),
    )
    table = {syntax.uid: syntax for syntax in native}
    for uid, name, codec, lossy in encapsulated:
        table[uid] = TransferSyntax(uid, name, codec, lossy=lossy)
    return table


def find_syntax(uid: str) -> TransferSyntax | None:
    """The transfer syntax of that UID, or None for a private or unknown one."""
    return transfer_syntaxes().get(uid)
