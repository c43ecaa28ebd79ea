"""Private elements known to be safe: PS3.15 Table E.3.10-1, by group, creator and element."""

from collections.abc import Mapping
from functools import cache

from tirage.policy.grammar import BY_VR, SIZES, Check, floats, numbers
from tirage.policy.problems import TableUnreadable
from tirage.policy.standard import table_rows


@cache
def safe_private() -> Mapping[tuple[int, str, int], Check]:
    """Checks of the safe private elements by (group, creator, element in its block)."""
    checks: dict[tuple[int, str, int], Check] = {}
    for row in table_rows("private.csv"):
        try:
            key = int(row["group"], 16), row["creator"], int(row["element"], 16)
        except ValueError as error:
            raise TableUnreadable(
                f"private.csv: {row['group']},{row['element']} is not understood"
            ) from error
        check = _check(row["vr"].encode("ascii"), row["vm"])
        if check is None or key in checks or key[0] % 2 == 0:
            raise _unreadable(row)
        checks[key] = check
    return checks


def _unreadable(row: Mapping[str, str]) -> TableUnreadable:
    return TableUnreadable(f"private.csv: {row['group']},{row['element']} is not understood")


def _check(vr: bytes, multiplicity: str) -> Check | None:
    highest = int(multiplicity) if multiplicity.isdigit() else None
    if vr in (b"FL", b"FD"):
        return floats("f" if vr == b"FL" else "d", highest)
    size = SIZES.get(vr)
    if size is not None:
        return numbers(size, highest)
    return BY_VR.get(vr)
