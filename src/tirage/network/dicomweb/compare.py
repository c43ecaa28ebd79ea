"""Whether an object that a service has already is ours: it is had back by WADO-RS and compared.

Services write the header of what they take in anew, so that lengths of sequences may be written differently
while every value is the same. The file meta is not compared: it names whoever wrote the file.
"""

import warnings
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

from tirage.model.identifiers import Uid
from tirage.network.dicomweb.client import Client, pieces, raise_unless_ok
from tirage.network.dicomweb.multipart import boundary_of, read_parts

AS_STORED: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_PIECE_BYTES: Final = 256 * 1024


def has_same(
    client: Client, path: Path, study: Uid, series: Uid, instance: Uid, scratch: Path | None = None
) -> bool:
    """Whether the service's object is the file's: element by element, and the pixel data byte for byte.

    `scratch` is a folder for what is had back, by default the system's. Raises what a retrieval does, and
    `OSError`.
    """
    address = f"/studies/{study}/series/{series}/instances/{instance}"
    if scratch is not None:
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryFile(dir=scratch) as theirs, path.open("rb") as ours:
        with client.stream(address, AS_STORED) as response:
            raise_unless_ok(response)
            parts = read_parts(pieces(response), boundary_of(response.headers.get("Content-Type", "")))
            for event in parts:
                if isinstance(event, bytes):
                    theirs.write(event)
        theirs.seek(0)
        return _is_same(ours, theirs)


def _is_same(ours: IO[bytes], theirs: IO[bytes]) -> bool:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values
        try:
            sent, kept = (dcmread(file, stop_before_pixels=True) for file in (ours, theirs))
            if sent != kept or _syntax(sent.file_meta) != _syntax(kept.file_meta):
                return False
        except (InvalidDicomError, ValueError, KeyError, AttributeError, NotImplementedError, EOFError):
            return False
    return all(a == b for a, b in zip_longest(_rest(ours), _rest(theirs)))


def _syntax(meta: object) -> str:
    return str(getattr(meta, "TransferSyntaxUID", ""))


def _rest(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE_BYTES):
        yield piece
