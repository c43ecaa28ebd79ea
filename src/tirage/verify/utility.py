"""Whether an output still serves the research it is made for, asked of the object before and after.

Every question takes attributes in the DICOM JSON Model and answers with findings: what was there before and
is gone, or has changed, and must not have. None of it is shared with what made the output.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from tirage.dicom.dictionary import keyword_of
from tirage.model.records import Finding
from tirage.verify.trees import Tree, gathered, leaves, private

_LOST, _CHANGED = "lost", "changed"

# Source: PS3.3 C.8.13.5.9 (MR Diffusion macro).
_DIFFUSION = frozenset(
    {"00189075", "00189087", "00189089", "00189147"} | {f"0018960{number}" for number in range(2, 8)}
)
# Source: the conformance statements of the vendors, as dcm2niix reads them.
_VENDOR_DIFFUSION = {
    ("0019", "SIEMENS MR HEADER"): frozenset({"0C", "0D", "0E", "27", "28"}),
    ("0019", "GEMS_ACQU_01"): frozenset({"BB", "BC", "BD", "E0"}),
    ("0043", "GEMS_PARM_01"): frozenset({"39"}),
    ("2001", "Philips Imaging DD 001"): frozenset({"03", "04"}),
    ("2005", "Philips MR Imaging DD 001"): frozenset({"B0", "B1", "B2"}),
    ("0065", "Image Private Header"): frozenset({"09", "37"}),
}
# Source: QIBA's SUV calculation; PS3.3 C.8.9.
_SUV = frozenset(
    {
        "00101030",
        "00181074",
        "00181075",
        "00280051",
        "00281052",
        "00281053",
        "00541001",
        "00541102",
        "00541300",
    }
    | {"00541321", "00181242"}
)
_SUV_TIMES = frozenset({"00080031", "00080032", "00181072"})
_VENDOR_SUV = {("7053", "Philips PET Private Group"): frozenset({"00", "09"})}
# Source: PS3.3 C.7.6.1 to C.7.6.3, C.7.6.16, C.8.8.2 and C.8.8.6; what a voxel's place and value depend on.
_GEOMETRY = frozenset(
    {
        "00180050",
        "00180088",
        "00181164",
        "00185100",
        "00200032",
        "00200037",
        "00201041",
        "00280002",
        "00280004",
    }
    | {
        "00280008",
        "00280009",
        "00280010",
        "00280011",
        "00280030",
        "00280034",
        "00280100",
        "00280101",
        "00280102",
    }
    | {"00280103", "00281052", "00281053", "3004000C", "3004000E", "30060050", "30060042", "00700022"}
)
_INSTANCE, _REFERENCE = "00080018", "00081155"
_BIRTH = frozenset({"00100030", "00100032"})


class Pair(NamedTuple):
    """One object before and after."""

    before: Tree
    after: Tree


def lost_diffusion(pair: Pair) -> list[Finding]:
    """Diffusion weightings and directions, the standard's and the vendors', that are not as they were."""
    found = _differences(pair, _DIFFUSION)
    before, after = (private(tree, _VENDOR_DIFFUSION) for tree in pair)
    return found + _missing(before, after)


def lost_suv(pair: Pair) -> list[Finding]:
    """What a standardised uptake value is computed from, and the time from injection to scan."""
    found = _differences(pair, _SUV)
    before, after = (private(tree, _VENDOR_SUV) for tree in pair)
    found += _missing(before, after)
    times = (gathered(tree, _SUV_TIMES) for tree in pair)
    old, new = times
    found += [Finding(keyword_of(int(tag, 16)), _LOST) for tag in sorted(old.keys() - new.keys())]
    if not found and _spans(old) != _spans(new):
        found.append(Finding("RadiopharmaceuticalStartTime", "interval changed"))
    return found


def changed_geometry(pair: Pair) -> list[Finding]:
    """Attributes that a voxel's place, size or value depends on, which are not as they were."""
    return _differences(pair, _GEOMETRY)


def broken_references(pairs: Sequence[Pair]) -> list[Finding]:
    """References between the objects of a set that pointed at one of them, and do not any more."""
    renamed = {_uid(pair.before): _uid(pair.after) for pair in pairs}
    found: list[Finding] = []
    for pair in pairs:
        wanted = Counter(renamed[uid] for uid in _references(pair.before) if uid in renamed)
        left = wanted - Counter(_references(pair.after))
        found += [Finding(keyword_of(int(_REFERENCE, 16)), "leads nowhere")] * left.total()
    return found


def changed_intervals(pairs: Iterable[Pair]) -> list[Finding]:
    """Dates of one patient that moved by another number of days than most of that patient's dates."""
    moves: list[tuple[str, timedelta]] = []
    for pair in pairs:
        after = {path: values for path, _, _, values in leaves(pair.after)}
        for path, tag, vr, values in leaves(pair.before):
            if vr not in ("DA", "DT") or tag in _BIRTH or len(after.get(path, ())) != len(values):
                continue
            days = zip(map(_day, values), map(_day, after[path]), strict=True)
            moves += [(path, new - old) for old, new in days if old and new]
    usual = Counter(move for _, move in moves).most_common(1)
    wrong = dict.fromkeys(path for path, move in moves if move != usual[0][0])
    return [Finding(_named(path), "interval changed") for path in wrong]


def _differences(pair: Pair, wanted: frozenset[str]) -> list[Finding]:
    before, after = (gathered(tree, wanted) for tree in pair)
    return [
        Finding(keyword_of(int(tag, 16)), _CHANGED if tag in after else _LOST)
        for tag, values in before.items()
        if after.get(tag) != values
    ]


def _missing(
    before: list[tuple[str, tuple[Any, ...]]], after: list[tuple[str, tuple[Any, ...]]]
) -> list[Finding]:
    left = list(after)
    found = []
    for one in before:
        if one in left:
            left.remove(one)
        else:
            known = any(name == one[0] for name, _ in after)
            found.append(Finding(one[0], _CHANGED if known else _LOST))
    return found


def _uid(tree: Tree) -> str:
    return str(next(iter(tree.get(_INSTANCE, {}).get("Value", ())), ""))


def _references(tree: Tree) -> list[str]:
    return [str(value) for _, tag, _, values in leaves(tree) if tag == _REFERENCE for value in values]


def _spans(times: dict[str, list[tuple[Any, ...]]]) -> list[float]:
    """Seconds from the first of the times to each; times of day, so that a new date does not matter."""
    seconds = [_seconds(str(values[0])) for tag in sorted(times) for values in times[tag]]
    return [round(second - seconds[0], 3) for second in seconds]


def _seconds(time: str) -> float:
    digits = time.replace(":", "").ljust(6, "0")
    return int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + float(digits[4:])


def _day(value: Any) -> date | None:
    text = str(value).replace(".", "", 2) if str(value)[4:5] == "." else str(value)
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _named(path: str) -> str:
    """A path by keywords: `RequestAttributesSequence[0].ScheduledProcedureStepStartDate`."""
    return ".".join(keyword_of(int(part[:8], 16)) + part[8:] for part in path.split("."))
