"""An identifier as it stands in a cell: taken letter by letter, or refused for what was made of it."""

import re
import unicodedata
from typing import NamedTuple

from tirage.acquire.accept import is_uid
from tirage.model.cohorts import Fault, Hint
from tirage.model.tables import Cell, CellKind

LONGEST = 64
"""Characters of an LO (PS3.5 6.2), the longest identifier of a patient."""

LONGEST_ACCESSION = 16
"""Characters of an SH (PS3.5 6.2). Some systems write longer accession numbers all the same."""

EXACT_DIGITS = 15
_WHITE = " \t\r\n\v\f\0\u00a0\u2007\u200b\u202f\u3000\ufeff"
_PLAIN = re.compile(r"[A-Za-z0-9]*[0-9][A-Za-z0-9]*", re.ASCII)
_WRAPPED = re.compile(r'="([^"]*)"')
_NOTHING = frozenset({"null", "(null)", "nan", "nat", "none", "n/a", "<na>"})
# Spreadsheets write one digit before the point and a sign in the exponent; `12E05` may be a real number.
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[eE][+-][0-9]{1,3}", re.ASCII)
_FLOAT = re.compile(r"[0-9]+[.,]0", re.ASCII)
_SHEET_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)", re.ASCII)
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_NOBODY = re.compile(
    r"[\W_0]*|te?mp[-_ ]?[0-9]*|unknown|unk|patient ?id|anonym(?:ous)?", re.ASCII | re.IGNORECASE
)


class Read(NamedTuple):
    """What a cell says: empty when nothing, or when `fault` says why it cannot be taken."""

    value: str = ""
    fault: Fault | None = None
    hints: tuple[Hint, ...] = ()

    def __repr__(self) -> str:
        return "<Read, hidden>"


NOTHING = Read()


def read_identifier(cell: Cell) -> Read:
    """The text of a cell without white space around it; leading zeros and inner spaces stay."""
    if cell.kind is CellKind.TEXT:
        if not cell.text:
            return NOTHING
        if len(cell.text) <= LONGEST and _PLAIN.fullmatch(cell.text):
            return Read(cell.text)
        return _from_text(cell.text)
    if cell.kind in (CellKind.NUMBER, CellKind.INTEGER):
        return _from_number(cell)
    return Read(fault=Fault.BAD_ID) if cell.text else NOTHING


def read_patient(cell: Cell) -> Read:
    """A patient identifier; `BAD_ID` when it stands for nobody: zeros, `TEMP123`, `UNKNOWN`."""
    read = read_identifier(cell)
    return read._replace(value="", fault=Fault.BAD_ID) if read.value and is_nobody(read.value) else read


def read_accession(cell: Cell) -> Read:
    """An accession number; one longer than the standard allows is taken and noted."""
    read = read_identifier(cell)
    if len(read.value) > LONGEST_ACCESSION:
        return read._replace(hints=(*read.hints, Hint.LONG_ACCESSION))
    return read


def read_uid(cell: Cell) -> Read:
    """A UID (PS3.5 9.1)."""
    if cell.kind is not CellKind.TEXT and cell.text:
        return Read(fault=Fault.BAD_UID)
    if is_uid(cell.text):
        return Read(cell.text)
    read = read_identifier(cell)
    if read.value and not is_uid(read.value):
        return read._replace(value="", fault=Fault.BAD_UID)
    return read


def is_nobody(text: str) -> bool:
    """Whether a patient identifier is one that systems give to those whose identity they do not know."""
    return _NOBODY.fullmatch(text) is not None


def trimmed(text: str) -> str:
    """Text without white space and invisible characters around it."""
    return text.strip(_WHITE).strip()


def says_nothing(text: str) -> bool:
    """Whether the text is how a program writes that there is no value."""
    return text.casefold() in _NOTHING


def _from_text(text: str) -> Read:
    hints: tuple[Hint, ...] = ()
    value = trimmed(text)
    if value != text:
        hints = (Hint.TRIMMED,) if value else ()
    wrapped = _WRAPPED.fullmatch(value)
    if wrapped:
        value, hints = trimmed(wrapped[1]), (*hints, Hint.UNWRAPPED)
    if not value:
        return Read(hints=hints)
    if says_nothing(value):
        return Read(hints=(*hints, Hint.READ_AS_EMPTY))
    fault = _fault(value)
    return Read(fault=fault) if fault else Read(value, None, hints)


def _fault(value: str) -> Fault | None:
    if not value.isprintable() and any(unicodedata.category(c) in _UNSEEN for c in value):
        return Fault.CONTROL
    if _SCIENTIFIC.fullmatch(value):
        return Fault.SCIENTIFIC
    if _FLOAT.fullmatch(value):
        return Fault.FRACTION
    if _SHEET_ERROR.fullmatch(value):
        return Fault.BAD_ID
    if value[0] in "=+@" or (value[0] == "-" and "(" in value):
        return Fault.FORMULA
    if not {"*", "?", "\\"}.isdisjoint(value):
        return Fault.WILDCARD
    return Fault.TOO_LONG if len(value) > LONGEST else None


def _from_number(cell: Cell) -> Read:
    if not cell.text:
        return NOTHING
    if not (cell.text.isascii() and cell.text.isdigit()):
        is_fraction = "e" not in cell.text.lower()
        return Read(fault=Fault.FRACTION if is_fraction else Fault.SCIENTIFIC)
    if cell.kind is CellKind.NUMBER and len(cell.text) > EXACT_DIGITS:
        return Read(fault=Fault.SCIENTIFIC)
    return Read(cell.text, None, (Hint.NUMERIC,))
