"""Multipart bodies taken apart as they arrive."""

from collections.abc import Iterable, Iterator

import pytest

from tirage.model.archives import ArchiveContradicts, ArchiveUnreachable
from tirage.network.dicomweb.multipart import (
    MOST_HEADER_BYTES,
    PartBegun,
    PartEnded,
    boundary_of,
    read_parts,
)

BODY = (
    b"--xyz\r\nContent-Type: application/dicom\r\nContent-Length: 5\r\n\r\n12345"
    b"\r\n--xyz  \r\nCONTENT-TYPE:text/Plain\r\n\r\n\r\n--xy\r\n-\r\n"
    b"\r\n--xyz\r\n\r\n\r\n--xyz--\r\nwhat follows is no part"
)
PARTS = [("application/dicom", b"12345"), ("text/plain", b"\r\n--xy\r\n-\r\n"), ("", b"")]


def parts_of(chunks: Iterable[bytes], boundary: bytes = b"xyz") -> list[tuple[str, bytes]]:
    """Whole parts with their content types."""
    parts: list[tuple[str, bytes]] = []
    kind, body = "", b""
    for event in read_parts(chunks, boundary):
        match event:
            case PartBegun(content_type):
                kind, body = content_type, b""
            case PartEnded():
                parts.append((kind, body))
            case piece:
                body += piece
    return parts


def cut(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64, 10_000])
def test_where_chunks_end_makes_no_difference(size: int) -> None:
    assert parts_of(cut(BODY, size)) == PARTS
    assert parts_of(cut(b"preamble\r\n" + BODY, size)) == PARTS


def test_a_body_that_ends_early_is_told_wherever_it_ends() -> None:
    whole = BODY.index(b"--xyz--") + len(b"--xyz--")
    for end in range(whole):
        with pytest.raises(ArchiveUnreachable):
            parts_of([BODY[:end]])


def test_a_part_is_whole_only_after_its_boundary() -> None:
    heard: list[object] = []
    with pytest.raises(ArchiveUnreachable):
        heard.extend(read_parts([BODY[:66]], b"xyz"))
    assert heard[0] == PartBegun("application/dicom")
    assert PartEnded() not in heard


@pytest.mark.parametrize(
    "body",
    [
        b"--xyz\r\nX: " + b"y" * 2 * MOST_HEADER_BYTES + b"\r\n\r\n",
        b"--xyz" + b" " * 2 * MOST_HEADER_BYTES + b"\r\n\r\n",
        b"--xyzw\r\n\r\n\r\n--xyz--",
        b"x" * 200_000,
    ],
)
def test_what_is_no_multipart_is_a_contradiction(body: bytes) -> None:
    with pytest.raises(ArchiveContradicts):
        parts_of(cut(body, 1000))


def test_no_more_than_a_chunk_is_kept() -> None:
    body = b"--xyz\r\n\r\n" + bytes(1_000_000) + b"\r\n--xyz--"
    pieces = [event for event in read_parts(cut(body, 1000), b"xyz") if isinstance(event, bytes)]
    assert max(map(len, pieces)) <= 1100
    assert sum(map(len, pieces)) == 1_000_000


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/related; boundary=abc", b"abc"),
        ('multipart/related; type="application/dicom"; BOUNDARY="a b:c"; start="<1>"', b"a b:c"),
    ],
)
def test_the_boundary_is_read_from_the_content_type(content_type: str, boundary: bytes) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    "content_type", ["", "multipart/related", "multipart/related; boundary=" + "x" * 300]
)
def test_without_a_boundary_nothing_can_be_taken_apart(content_type: str) -> None:
    with pytest.raises(ArchiveContradicts):
        boundary_of(content_type)
