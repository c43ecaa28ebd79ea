"""The built-in rules for devices that burn text into fixed places: `tables/devices.csv`.

They add to what is found by looking, so a rule needs no certainty that the place holds nothing else.
"""

from functools import cache

from pydantic import ValidationError

from tirage.policy.problems import TableUnreadable
from tirage.policy.regions import DeviceRule
from tirage.policy.standard import table_rows

_LISTS = ("modality", "sop_class", "manufacturer", "model", "software", "image_type", "conversion")
_NUMBERS = ("rows", "columns")


@cache
def device_rules() -> tuple[DeviceRule, ...]:
    """The rules of the table; raises `TableUnreadable` on a row that is not understood."""
    return tuple(_rule(place, row) for place, row in enumerate(table_rows("devices.csv"), start=2))


def _rule(line: int, row: dict[str, str]) -> DeviceRule:
    when: dict[str, object] = {name: tuple(row[name].split("|")) for name in _LISTS if row[name]}
    try:
        when |= {name: int(row[name]) for name in _NUMBERS if row[name]}
        blank = [_rectangle(text) for text in row["blank"].split("|")]
        return DeviceRule.model_validate({"when": when, "blank": blank, "because": row["because"]})
    except (ValueError, ValidationError) as error:
        raise TableUnreadable(f"devices.csv, line {line}: is not understood") from error


def _rectangle(text: str) -> dict[str, int]:
    """`x=0 y=0 w=512 h=110`, or `x0=0 y0=0 x1=512 y1=110`."""
    return {name: int(value) for name, _, value in (part.partition("=") for part in text.split())}
