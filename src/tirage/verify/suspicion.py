"""What no picture should say, whoever it is about: a date, or an identifier's label and its value."""

import re

from tirage.verify.fold import fold

_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|fev|avr|ene|abr|ago|dic|gen|mag|giu|lug|set"
)
_DATE = re.compile(
    rf"""(?<!\d)(?:
      (?:19|20)\d\d (?P<a>[-./ ]) (?:0?[1-9]|1[0-2]) (?P=a) (?:0?[1-9]|[12]\d|3[01])   # 1932-02-03
    | (?:0?[1-9]|[12]\d|3[01]) (?P<b>[-./ ]) (?:0?[1-9]|[12]\d|3[01]) (?P=b) (?:19|20)\d\d   # 03/02/1932
    | (?:0?[1-9]|[12]\d|3[01]) (?P<c>[-/]) (?:0?[1-9]|[12]\d|3[01]) (?P=c) \d\d   # 3/2/32
    | (?:19|20)\d\d (?:0[1-9]|1[0-2]) (?:0[1-9]|[12]\d|3[01])   # 19320203
    | (?:0?[1-9]|[12]\d|3[01]) [-. ]? (?:{_MONTHS})[a-z]* [-., ]{{0,2}} (?:(?:19|20)\d\d|\d\d)   # 3-Feb-1932
    | (?:{_MONTHS})[a-z]* [-. ]? (?:0?[1-9]|[12]\d|3[01]) ,?[ ]? (?:19|20)\d\d   # Feb 3, 1932
    )(?!\d)""",
    re.VERBOSE,
)
_LABEL = re.compile(
    r"""(?<![a-z])(?:
      (?:patient|pat|pt|last|first|family|given)[\ .']* s? [\ .]* (?:name|id|nr|no)?
    | name|nom|nombre|vorname
    | dob|d\.o\.b\.?|birth\ ?date|date\ of\ birth|born|geb\.?
    | mrn|accession(?:\ ?(?:no|number|\#))?|acc\ ?\#|pid|ssn|id
    )\.? \ ?[:=\#;]\ ? (?P<value>[a-z0-9][a-z0-9\ ,.'^/-]{2,})""",
    re.VERBOSE,
)
# Letters that readers of print take digits for, beside digits.
_DIGITS = str.maketrans("oilsbz", "011582")
_MISREAD = re.compile(r"(?<=[\d/.-])[oilsbz]+|[oilsbz]+(?=[\d/.-]*\d)")


def suspicion(text: str) -> str:
    """The kind of a line that should not be in a picture; empty when nothing is said against it."""
    small = fold(text)
    digits = _MISREAD.sub(lambda match: match[0].translate(_DIGITS), small)
    if _DATE.search(small) or _DATE.search(digits):
        return "date"
    label = _LABEL.search(small)
    if label and sum(map(str.isalnum, label["value"])) > 2:
        return "labelled identifier"
    return ""
