"""Whether a number can be an NHS number.

Source: NHS Data Dictionary, NHS NUMBER: ten digits, the last a check digit by modulus 11.
"""

import re

from tirage.acquire.cohort.identifiers import Read, is_nobody, read_identifier
from tirage.model.cohorts import Fault
from tirage.model.tables import Cell

_DIGITS = 10


def read_national(cell: Cell) -> Read:
    """A national number of any country, taken as it is; `BAD_ID` when it stands for nobody."""
    read = read_identifier(cell)
    return read._replace(value="", fault=Fault.BAD_ID) if read.value and is_nobody(read.value) else read


def read_nhs(cell: Cell) -> Read:
    """An NHS number as its ten digits, spaces and dashes left out; `BAD_ID` when it cannot be one."""
    read = read_identifier(cell)
    if not read.value:
        return read
    digits = re.sub(r"[\s-]+", "", read.value)
    return read._replace(value=digits) if is_nhs(digits) else Read(fault=Fault.BAD_ID)


def is_nhs(digits: str) -> bool:
    """Whether ten digits fit their check digit; numbers of equal digits fit it, but are placeholders."""
    if len(digits) != _DIGITS or not (digits.isascii() and digits.isdigit()) or len(set(digits)) == 1:
        return False
    return check_digit(digits[:-1]) == int(digits[-1])


def check_digit(nine: str) -> int:
    """The digit that follows the first nine; 10 when no number begins with them."""
    total = sum(int(digit) * weight for digit, weight in zip(nine, range(_DIGITS, 1, -1), strict=True))
    return (11 - total % 11) % 11
