"""Which text is kept in cleaned words, beside what Table E.1-1 itself marks C, and by which option.

Source: `policy/tables/cleaned.csv`, kept by hand; PS3.15 E.3.4 to E.3.6.
"""

from collections.abc import Mapping
from functools import cache

from tirage.policy.options import Option
from tirage.policy.problems import TableUnreadable
from tirage.policy.standard import dictionary, table_rows, tags_by_keyword

TEXT = frozenset({"SH", "LO", "ST", "LT", "UC", "UT"})
"""Value representations whose words can be judged one by one."""
CLEANING = {
    "descriptors": Option.CLEAN_DESCRIPTORS,
    "structured": Option.CLEAN_STRUCTURED_CONTENT,
    "graphics": Option.CLEAN_GRAPHICS,
}
"""By column of Table E.1-1, the option whose C means cleaning by words."""


@cache
def cleaned() -> Mapping[int, tuple[Option, str]]:
    """By tag the option that cleans an attribute, and why it is worth it; sequences are descended into."""
    listed: dict[int, tuple[Option, str]] = {}
    for row in table_rows("cleaned.csv"):
        tag, option = tags_by_keyword().get(row["keyword"]), CLEANING.get(row["option"])
        if tag is None or option is None or tag in listed or not row["why"]:
            raise TableUnreadable(f"cleaned.csv, {row['keyword']}: keyword or option is not understood")
        if not set(dictionary()[tag].vrs) <= TEXT | {"SQ"}:
            raise TableUnreadable(f"cleaned.csv, {row['keyword']}: holds no text")
        listed[tag] = option, row["why"]
    return listed
