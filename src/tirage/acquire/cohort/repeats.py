"""Rows that say the same twice, and rows that contradict each other.

Rows are told apart by 128-bit fingerprints: a million of them take some 400 MB, however long they are.
"""

import hashlib
from array import array

from tirage.acquire.cohort.remarks import Remarks
from tirage.acquire.cohort.values import ROW
from tirage.model.cohorts import Fault, Field, Hint
from tirage.model.requests import Request


def content(request: Request) -> bytes:
    """Everything a request says but its row, framed so that no two of them coincide."""
    first, last = request.dates
    said = (
        request.patient_id,
        request.issuer,
        request.national_id,
        request.accession,
        request.study,
        request.series,
        str(request.study_date or ""),
        str(first or ""),
        str(last or ""),
        request.participant,
        str(request.index_date or ""),
        "1" if request.is_deceased else "",
    )
    return "\x1f".join(said).encode()


class Repeats:
    """Remembers every row that was seen."""

    def __init__(self) -> None:
        self._rows: dict[bytes, int] = {}
        self._named: dict[bytes, int] = {}
        self._first = array("Q")
        self._patients = array("Q")

    def is_new(self, request: Request, said: bytes, remarks: Remarks) -> bool:
        """Whether the request is to be loaded; says why when it is not. `said` is its `content`."""
        first = self._rows.setdefault(_fingerprint(said), request.row)
        if first != request.row:
            remarks.note(request.row, ROW, Hint.DUPLICATE, first)
            return False
        if not request.patient_id:
            return True
        patient = int.from_bytes(
            _fingerprint(f"{request.issuer}\x1f{request.patient_id}".encode())[:8], "big"
        )
        named = ((Field.ACCESSION, f"{request.issuer}\x1f{request.accession}"), (Field.STUDY, request.study))
        for field, name in named:
            other = (
                self._row_of_another(f"{field}\x1f{name}", patient, request.row)
                if getattr(request, field)
                else 0
            )
            if other:
                remarks.problem(request.row, field, Fault.CONTRADICTION, other)
                return False
        return True

    def _row_of_another(self, name: str, patient: int, row: int) -> int:
        """The row that gave the same accession or study to another patient; 0 when none did."""
        place = self._named.setdefault(_fingerprint(name.encode()), len(self._first))
        if place == len(self._first):
            self._first.append(row)
            self._patients.append(patient)
        return 0 if self._patients[place] == patient else self._first[place]


def _fingerprint(said: bytes) -> bytes:
    return hashlib.blake2b(said, digest_size=16).digest()
