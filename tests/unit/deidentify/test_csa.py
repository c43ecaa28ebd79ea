"""Siemens' image header keeps the numbers that conversion needs, and nothing else."""

import struct

import pytest

from tirage.deidentify.csa import cleaned_csa


def header(**entries: tuple[bytes, list[bytes]]) -> bytes:
    """A second-version header with these entries: VR and values by name."""
    body = b""
    for name, (vr, values) in entries.items():
        body += struct.pack("<64si4siii", name.encode(), len(values), vr + b"\0x", 0, len(values), 77)
        for value in values:
            length = len(value) + 1
            body += struct.pack("<4i", length, length, 77, length) + value.ljust(-(-length // 4) * 4, b"\0")
    return b"SV10\x04\x03\x02\x01" + struct.pack("<II", len(entries), 77) + body + bytes(4)


NORMAL = (b"FD", [b"1.00000000", b"0.00000000", b"0.00000000"])


def test_the_normal_of_the_slices_and_the_gradients_stay() -> None:
    source = header(SliceNormalVector=NORMAL, B_value=(b"IS", [b"1000    "]))
    cleaned = cleaned_csa(source)
    assert cleaned is not None
    assert cleaned_csa(cleaned) == cleaned
    assert b"SliceNormalVector" in cleaned
    assert b"1.00000000" in cleaned
    assert b"1000\0" in cleaned


def test_texts_and_unknown_entries_go() -> None:
    source = header(
        SliceNormalVector=NORMAL,
        ImaCoilString=(b"LO", [b"Tamblewick"]),
        PatientNote=(b"IS", [b"12"]),
        RealDwellTime=(b"LO", [b"3700"]),
    )
    cleaned = cleaned_csa(source)
    assert cleaned is not None
    for name in (b"Tamblewick", b"ImaCoilString", b"PatientNote", b"RealDwellTime"):
        assert name not in cleaned


@pytest.mark.parametrize("value", [b"Tamblewick", b"12 July", b"46537330", b"2.25.77", b"1e9"])
def test_an_entry_whose_values_are_no_plain_numbers_goes(value: bytes) -> None:
    cleaned = cleaned_csa(header(SliceNormalVector=NORMAL, B_value=(b"IS", [value])))
    assert cleaned is not None
    assert b"B_value" not in cleaned


def test_what_stands_behind_a_value_or_name_goes() -> None:
    source = header(SliceNormalVector=NORMAL)
    hidden = source.replace(b"SliceNormalVector" + bytes(20), b"SliceNormalVector\0Tamblewick" + bytes(9))
    hidden = hidden.replace(b"1.00000000\0\0", b"1.00000000\0T") + b"Tamblewick"
    assert cleaned_csa(hidden) == cleaned_csa(source)


@pytest.mark.parametrize(
    "data", [b"", b"SV10", b"text", bytes(100), header(), header(SliceNormalVector=NORMAL)[:90]]
)
def test_what_cannot_be_read_is_not_kept(data: bytes) -> None:
    assert cleaned_csa(data) is None
