"""A project's departures from the profile, attribute by attribute.

What the profile keeps may be tightened freely. Keeping what it does not keep needs a reason (`because`) that
an approver can read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from tirage.policy.cleaned import TEXT
from tirage.policy.decisions import BY_TYPE, Basis, Decision, decide
from tirage.policy.departures import Departure, Departures, Kept
from tirage.policy.fields import Project
from tirage.policy.grammar import Check, anything, terms
from tirage.policy.options import Option
from tirage.policy.private import safe_private
from tirage.policy.problems import Problem, ProjectInvalid
from tirage.policy.standard import confidentiality, dictionary, tags_by_keyword
from tirage.policy.vocabulary import reasons

CODES = {"keep": "K", "remove": "X", "empty": "Z", "dummy": "D", "clean": "C"}
IMMOVABLE = frozenset(
    {0x00080005, 0x00080016, 0x00080018, 0x00100010, 0x00100020, 0x0020000D, 0x0020000E, 0x7FE00010}
)
"""Character set, class, name, pseudonym, the UIDs that place an object, pixels: no project decides them."""
PIXEL_FORM = frozenset(
    {0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010, 0x00280011}
    | {0x00280100, 0x00280101, 0x00280102, 0x00280103}
)
"""How the pixels lie in their bytes: no list of a project's own loses it."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """The project's decisions, checks and private elements.

    `loosens` when a listed attribute is kept whatever its value; a closed list of values is a cleaned one.
    """

    decisions: Mapping[int, Decision]
    checks: Mapping[int, Check]
    private: Mapping[tuple[int, str, int], Check]
    loosens: bool


def read_overlay(
    project: Project, standard: Mapping[int, Decision], fitting: tuple[int, ...] = ()
) -> Overlay:
    """The overlay of a project: what it says of all objects, then its `overlays` of these numbers.

    Raises `ProjectInvalid` naming every entry that cannot be applied.
    """
    problems = overlay_problems(project)
    if problems:
        raise ProjectInvalid(project.name, [Problem(0, message) for _, message in problems])
    decisions = _limited(project.deidentify.only, standard)
    checks: dict[int, Check] = {}
    private: dict[tuple[int, str, int], Check] = {}
    parts = [project.deidentify, *(project.deidentify.overlays[number] for number in fitting)]
    for part in parts:
        for field, code in CODES.items():
            for departure in _departures(part, field):
                tag = tag_of(departure.attribute)
                assert tag is not None
                reason = f": {departure.because}" if departure.because else ""
                decisions[tag] = Decision(code, Basis.OVERLAY, f"the project says {field}{reason}")
                checks.pop(tag, None)
                if code == "K" and (departure.because or standard[tag].code != "K" or _values(departure)):
                    checks[tag] = _check(departure)
        for element in part.private:
            place = element.group, element.creator, element.element
            private[place] = safe_private().get(place, anything)
    kept = [tag for tag, check in checks.items() if check is anything]
    loosens = any(tag in confidentiality() and standard[tag].code != "K" for tag in kept)
    return Overlay(decisions, checks, private, loosens)


def _limited(only: tuple[str, ...], standard: Mapping[int, Decision]) -> dict[int, Decision]:
    """What becomes of attributes that a project with a list of its own does not list."""
    if not only:
        return {}
    groups = {int(entry, 16) for entry in only if is_group(entry)}
    listed = {tag_of(entry) for entry in only}
    why = "not on the project's own list of attributes"
    return {
        tag: Decision(BY_TYPE, Basis.OVERLAY, why)
        for tag, decision in standard.items()
        if tag not in listed | IMMOVABLE | PIXEL_FORM
        and tag >> 16 not in groups
        and decision.basis is not Basis.STRUCTURE
        and set(decision.code) & set("KCUs")
    }


def _values(departure: Departure) -> tuple[str, ...]:
    return departure.values if isinstance(departure, Kept) else ()


def _check(departure: Departure) -> Check:
    values = _values(departure)
    return terms(frozenset(value.encode("utf-8") for value in values)) if values else anything


def overlay_problems(project: Project) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong with the overlay: where in the file, and what to do."""
    deidentify = project.deidentify
    problems: list[tuple[tuple[str | int, ...], str]] = [
        (("deidentify", "only", index), f"`{entry}` is no standard attribute and no group of four digits")
        for index, entry in enumerate(deidentify.only)
        if tag_of(entry) is None and not is_group(entry)
    ]
    problems += _problems_of(deidentify, project, ("deidentify",))
    for number, overlay in enumerate(deidentify.overlays):
        problems += _problems_of(overlay, project, ("deidentify", "overlays", number))
    return problems


def _problems_of(
    part: Departures, project: Project, path: tuple[str | int, ...]
) -> list[tuple[tuple[str | int, ...], str]]:
    problems: list[tuple[tuple[str | int, ...], str]] = []
    seen: dict[int, str] = {}
    options = frozenset(project.deidentify.options)
    for field in CODES:
        for index, departure in enumerate(_departures(part, field)):
            message = _problem(field, departure, options, seen)
            if message:
                problems.append(((*path, field, index), message))
    return problems


def tag_of(attribute: str) -> int | None:
    """The tag of a keyword, or of a tag written `0010,0020`, `(0010,0020)` or `00100020`; None if unknown."""
    if attribute in tags_by_keyword():
        return tags_by_keyword()[attribute]
    digits = attribute.strip("()").replace(",", "")
    if len(digits) != 8 or set(digits.upper()) - set("0123456789ABCDEF"):
        return None
    tag = int(digits, 16)
    return tag if tag in dictionary() or tag in confidentiality() else None


def is_group(entry: str) -> bool:
    """Whether an entry of `only` is a whole group: `0018`."""
    return len(entry) == 4 and not set(entry.upper()) - set("0123456789ABCDEF")


def suggestion(word: str, known: list[str]) -> str:
    """ "; did you mean ...?" when a known word is near, else nothing."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""


def _departures(part: Departures, field: str) -> tuple[Departure, ...]:
    found: tuple[Departure, ...] = getattr(part, field)
    return found


def _problem(
    field: str, departure: Departure, options: frozenset[Option], seen: dict[int, str]
) -> str | None:
    name = departure.attribute
    tag = tag_of(name)
    if tag is None:
        return f"`{name}` is no standard attribute{suggestion(name, list(tags_by_keyword()))}"
    standard = decide(tag, dictionary().get(tag), options, reasons())
    if tag in IMMOVABLE or standard.basis is Basis.STRUCTURE:
        return f"`{name}` is decided by Tirage itself; a project cannot depart from it"
    if tag in seen:
        return f"`{name}` is also under `{seen[tag]}`; one attribute, one action"
    seen[tag] = field
    if field == "keep" and standard.code != "K" and not departure.because:
        return f"`{name}` is not kept by the profile ({standard.why}); keeping it needs `because:`"
    if field == "clean" and standard.code not in ("K", "C") and not departure.because:
        return f"`{name}` is not kept by the profile ({standard.why}); cleaning it needs `because:`"
    if field == "clean" and not (tag in dictionary() and set(dictionary()[tag].vrs) <= TEXT):
        return f"`{name}` holds no text that can be cleaned word by word; `keep` with `values` may do"
    return None
