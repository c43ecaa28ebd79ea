"""The months in words, folded, in the languages of the vocabulary."""

from collections.abc import Mapping
from functools import cache

# English, German, French, Dutch, Spanish, Italian, Portuguese.
_MONTHS = (
    ("january", "januar", "janvier", "januari", "enero", "gennaio", "janeiro"),
    ("february", "februar", "fevrier", "februari", "febrero", "febbraio", "fevereiro"),
    ("march", "marz", "mars", "maart", "marzo", "marzo", "marco"),
    ("april", "april", "avril", "april", "abril", "aprile", "abril"),
    ("may", "mai", "mai", "mei", "mayo", "maggio", "maio"),
    ("june", "juni", "juin", "juni", "junio", "giugno", "junho"),
    ("july", "juli", "juillet", "juli", "julio", "luglio", "julho"),
    ("august", "august", "aout", "augustus", "agosto", "agosto", "agosto"),
    ("september", "september", "septembre", "september", "septiembre", "settembre", "setembro"),
    ("october", "oktober", "octobre", "oktober", "octubre", "ottobre", "outubro"),
    ("november", "november", "novembre", "november", "noviembre", "novembre", "novembro"),
    ("december", "dezember", "decembre", "december", "diciembre", "dicembre", "dezembro"),
)
_OTHER = {
    "maerz": 3,
    "mrz": 3,
    "mrt": 3,
    "janv": 1,
    "fevr": 2,
    "febr": 2,
    "sept": 9,
    "juil": 7,
    "maj": 5,
    "desember": 12,
}


@cache
def months() -> Mapping[str, int]:
    """The number of the month, 1 to 12, of each name and short form."""
    short = {name[:3]: number for number, names in enumerate(_MONTHS, 1) for name in reversed(names)}
    long = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
    # Left out: three letters that are two months in French, and words of other languages.
    return {
        **short,
        **_OTHER,
        **dict.fromkeys(("jui", "out", "set", "mag", "gen", "ago", "lug"), 0),
        "mar": 3,
        **long,
    }


@cache
def month_names(number: int) -> tuple[str, ...]:
    """Every name and short form of one month."""
    return tuple(name for name, which in months().items() if which == number)


@cache
def month_in(name: str, number: int) -> str:
    """The name of month `number` in the language, and as long or short, as the month called `name`."""
    which = months()[name] - 1
    if name in _MONTHS[which]:
        return _MONTHS[number - 1][_MONTHS[which].index(name)]
    for language, long in enumerate(_MONTHS[which]):
        if long.startswith(name):
            return _MONTHS[number - 1][language][:3]
    return _MONTHS[number - 1][0][:3]
