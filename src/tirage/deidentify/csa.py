"""Siemens' image header (0029,xx10 SIEMENS CSA HEADER) built anew from the numbers that converters need.

Without the normal of its slices a mosaic cannot be told from its mirror image: dcm2niix then turns sagittal
and coronal ones round. Only second-version headers (`SV10`) are read. Source: nibabel, "Siemens format DICOM
with CSA header".
"""

import re
import struct

PLACE = (0x0029, "SIEMENS CSA HEADER", 0x10)
"""Group, creator and element."""

_MAGIC = b"SV10\x04\x03\x02\x01"
_FILLED, _BARE = 77, 205
_ENTRY, _ITEM = 84, 16
_MOST_ENTRIES, _MOST_ITEMS = 256, 512
_NAMES = frozenset(
    {
        b"B_matrix",
        b"B_value",
        b"BandwidthPerPixelPhaseEncode",
        b"DiffusionGradientDirection",
        b"EchoColumnPosition",
        b"EchoLinePosition",
        b"EchoPartitionPosition",
        b"FlowVenc",
        b"MosaicRefAcqTimes",
        b"NumberOfImagesInMosaic",
        b"PhaseEncodingDirectionPositive",
        b"ProtocolSliceNumber",
        b"RealDwellTime",
        b"SliceMeasurementDuration",
        b"SliceNormalVector",
        b"SlicePosition_PCS",
        b"TimeAfterStart",
    }
)
_KINDS = {b"DS": 3, b"FD": 4, b"IS": 6, b"SL": 7, b"UL": 9, b"US": 10}
"""VRs of numbers, with Siemens' own number for each."""

_NUMBER = re.compile(rb"-?(?:\d{1,6}|\d{1,8}\.\d{1,8})")


def cleaned_csa(data: bytes) -> bytes | None:
    """The header with the numbers that are known to be needed; None when it cannot be read or has none."""
    try:
        entries = _entries(data)
    except struct.error:
        return None
    if not entries:
        return None
    return _MAGIC + struct.pack("<II", len(entries), _FILLED) + b"".join(entries) + bytes(4)


def _entries(data: bytes) -> list[bytes]:
    """The entries that stay, each written anew."""
    if data[:8] != _MAGIC:
        return []
    count, place, kept = struct.unpack_from("<I", data, 8)[0], 16, []
    for _ in range(min(count, _MOST_ENTRIES)):
        name, multiplicity, vr, items = struct.unpack_from("<64si4s4xi4x", data, place)
        place += _ENTRY
        values = []
        for _ in range(min(items, _MOST_ITEMS)):
            length = struct.unpack_from("<4xI8x", data, place)[0]
            place += _ITEM
            values.append(data[place : place + length].partition(b"\0")[0].strip())
            place += -(-length // 4) * 4
        known, kind = name.partition(b"\0")[0], vr[:2]
        numbers = [value for value in values if value]
        if known in _NAMES and kind in _KINDS and numbers and all(map(_NUMBER.fullmatch, numbers)):
            kept.append(_entry(known, multiplicity, kind, values))
    return kept


def _entry(name: bytes, multiplicity: int, kind: bytes, values: list[bytes]) -> bytes:
    """One entry as Siemens writes it: every value with its length, then zeros up to four bytes."""
    many = multiplicity if 0 <= multiplicity <= _MOST_ITEMS else len(values)
    head = struct.pack("<64si2s2xiii", name, many, kind, _KINDS[kind], len(values), _FILLED)
    body = b""
    for value in values:
        length = len(value) + 1 if value else 0
        body += struct.pack("<4i", length, length, _FILLED if value else _BARE, length)
        body += value.ljust(-(-length // 4) * 4, b"\0") if value else b""
    return head + body
