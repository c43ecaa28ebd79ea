"""The ways people and systems write one date."""

from collections.abc import Iterator

_MONTHS = (
    ("january", "januar", "janvier", "enero", "gennaio"),
    ("february", "februar", "fevrier", "febrero", "febbraio"),
    ("march", "marz", "maerz", "mars", "marzo"),
    ("april", "avril", "abril", "aprile"),
    ("may", "mai", "mayo", "maggio"),
    ("june", "juni", "juin", "junio", "giugno"),
    ("july", "juli", "juillet", "julio", "luglio"),
    ("august", "aout", "agosto"),
    ("september", "septembre", "septiembre", "settembre"),
    ("october", "oktober", "octobre", "octubre", "ottobre"),
    ("november", "novembre", "noviembre"),
    ("december", "dezember", "decembre", "diciembre", "dicembre"),
)
_SEPARATORS = ("-", "/", ".", "_", " ", ":")
_ORDINALS = {"1": "st", "2": "nd", "3": "rd"}


def whole(date: str) -> tuple[str, str, str]:
    """`19701231` in the three orders without separators: year, day or month first."""
    year, month, day = date[:4], date[4:6], date[6:]
    return date, day + month + year, month + day + year


def separated(date: str) -> Iterator[str]:
    """A date with separators, four or two digits of the year, with and without leading zeros."""
    year, month, day = date[:4], date[4:6], date[6:]
    for years in (year, year[2:]):
        for m, d in {(month, day), (month.lstrip("0"), day.lstrip("0"))}:
            for order in ((years, m, d), (d, m, years), (m, d, years)):
                for separator in _SEPARATORS[: 6 if years == year else 4]:
                    yield separator.join(order)


def worded(date: str) -> Iterator[str]:
    """A date with its month in words, English, German, French, Spanish and Italian, in small letters."""
    year, month, day = date[:4], int(date[4:6]), date[6:]
    for days in {day, day.lstrip("0")}:
        for name in {part for long in _MONTHS[month - 1] for part in (long, long[:3])}:
            for separator in ("-", " ", ".", "/", ""):
                yield separator.join((days, name, year))
                yield separator.join((year, name, days))
            yield f"{days}-{name}-{year[2:]}"
            yield f"{days}. {name} {year}"
            yield f"{name} {days}, {year}"
            yield f"{name} {days} {year}"
            for ordinal in ("th", _ORDINALS.get(days[-1], "th")):
                yield f"{days}{ordinal} {name} {year}"
                yield f"{days}{ordinal} of {name} {year}"
                yield f"{name} {days}{ordinal}, {year}"
                yield f"{name} {days}{ordinal} {year}"


def short(date: str) -> tuple[str, str, str]:
    """Six digits in the three orders: only where text stands, times look the same."""
    year, month, day = date[2:4], date[4:6], date[6:]
    return year + month + day, day + month + year, month + day + year
