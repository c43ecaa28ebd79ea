"""A CTP pixel anonymizer script, as device rules of ours.

The script is prose with rules in it: `{ Manufacturer.containsIgnoreCase("X") * Rows.equals("480") }` followed
by rectangles `(x,y,w,h)`. `*` is and, `+` is or, `!` is not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from tirage.policy.imports.report import Imported, Reporter
from tirage.policy.overlay import tag_of
from tirage.policy.part import MODALITY
from tirage.policy.problems import Problem, ProjectInvalid

MAX_BYTES = 1024 * 1024
MAX_ALTERNATIVES = 64
MAX_DEPTH = 20
_RULE = re.compile(r"\{([^{}]*)\}((?:\s*\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\))*)")
_RECTANGLE = re.compile(r"\(\s*(\d{1,5})\s*,\s*(\d{1,5})\s*,\s*(\d{1,5})\s*,\s*(\d{1,5})\s*\)")
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[()*+!])|(?P<test>(?:\[[0-9A-Fa-f]{4},?[0-9A-Fa-f]{4}\]|\w+)\.\w+\("[^"]*"\)))\s*"""
)
_TEST = re.compile(r'(\[[0-9A-Fa-f,]+\]|\w+)\.(\w+)\("([^"]*)"\)')
_CONTAINING = frozenset(
    {"contains", "containsignorecase", "equals", "equalsignorecase", "startswith", "startswithignorecase"}
)
_EQUAL = frozenset({"equals", "equalsignorecase"})
_WORDS = {
    0x00080070: "manufacturer",
    0x00081090: "model",
    0x00181020: "software",
    0x00080008: "image_type",
}
_VALUES = {0x00080060: "modality", 0x00080016: "sop_class", 0x00080064: "conversion"}
_NUMBERS = {0x00280010: "rows", 0x00280011: "columns"}


@dataclass(frozen=True, slots=True)
class Test:
    """One condition: an attribute, how it is compared, with what."""

    attribute: str
    method: str
    value: str


class Unfollowed(Exception):
    """A condition that a device rule cannot say; the message says which part of it."""


def import_ctp_pixels(text: str, name: str) -> Imported:
    """A project with the device rules of a script; raises `ProjectInvalid` when it holds none."""
    if len(text) > MAX_BYTES:
        raise ProjectInvalid(name, [Problem(0, f"the file is larger than {MAX_BYTES // 1024} KiB")])
    report = Reporter()
    devices: list[dict[str, Any]] = []
    found = 0
    for match in _RULE.finditer(text):
        found += 1
        line = text.count("\n", 0, match.start()) + 1
        devices += _rules(match[1], match[2], line, report)
    if text.count("{") != found:
        report.error("the file", "a brace is open or nested: not every rule could be read")
    if not found:
        raise ProjectInvalid(name, [Problem(0, "holds no rule in braces")])
    project: dict[str, Any] = {
        "project": {"name": "imported-from-ctp", "title": "Device rules of a CTP pixel anonymizer script"}
    }
    if devices:
        project["pixels"] = {"devices": devices}
    return Imported(project, report.lines)


def _rules(condition: str, regions: str, line: int, report: Reporter) -> list[dict[str, Any]]:
    """The device rules of one rule, one for each alternative of its condition."""
    rule = f"line {line}"
    boxes = [dict(zip("xywh", map(int, found), strict=True)) for found in _RECTANGLE.findall(regions)]
    blank = [box for box in boxes if box["w"] and box["h"] and max(box.values()) < 65_536]
    if not blank:
        report.noted(rule, "names no rectangle: it blanks nothing there")
        return []
    try:
        alternatives = _parse(condition)
        signatures = [_signature(tests, rule, report) for tests in alternatives]
    except Unfollowed as error:
        report.error(rule, f"{error}; where this device burns in text, looking at the pixels has to find it")
        return []
    report.expressed(rule, f"{len(blank)} rectangles, {len(signatures)} signatures")
    return [
        {"when": signature, "blank": [dict(box) for box in blank], "because": f"CTP script, {rule}"}
        for signature in signatures
    ]


def _signature(tests: tuple[Test, ...], rule: str, report: Reporter) -> dict[str, Any]:
    """The signature that fits when all tests do."""
    signature: dict[str, Any] = {}
    for test in tests:
        tag = tag_of(test.attribute.strip("[]"))
        method = test.method.lower()
        if tag in _WORDS and method in _CONTAINING and test.value:
            field, value = _WORDS[tag], test.value
            if "contains" not in method:
                report.tightened(rule, f"{field} may hold the words anywhere: the rule fits more objects")
        elif tag in _VALUES and method in _EQUAL and re.fullmatch(_form(tag), test.value):
            field, value = _VALUES[tag], test.value
        elif tag in _NUMBERS and method in _CONTAINING and re.fullmatch(r"[1-9]\d{0,4}", test.value):
            field, value = _NUMBERS[tag], test.value
            if method not in _EQUAL:
                report.noted(
                    rule, f"{field} are compared as a number: {value}, and no other with these digits"
                )
        else:
            raise Unfollowed(f"a device rule has no condition `{test.attribute}.{test.method}`")
        if signature.get(field, value) != value:
            raise Unfollowed(f"`{field}` is tested twice")
        signature[field] = value
    return signature


def _form(tag: int) -> str:
    return {0x00080060: MODALITY, 0x00080016: r"[0-9.]{1,64}"}.get(tag, r"[A-Z0-9_ ]{1,16}")


def _parse(condition: str) -> list[tuple[Test, ...]]:
    """The alternatives of a condition, each a group of tests that all have to fit."""
    tokens = list(_tokens(condition))
    alternatives, rest = _any_of(tokens, 0)
    if rest:
        raise Unfollowed("the condition is not understood")
    return alternatives


def _tokens(condition: str) -> Iterator[str]:
    place = 0
    while place < len(condition.rstrip()):
        match = _TOKEN.match(condition, place)
        if match is None:
            raise Unfollowed("the condition is not understood")
        yield match["mark"] or match["test"]
        place = match.end()


def _any_of(tokens: list[str], depth: int) -> tuple[list[tuple[Test, ...]], list[str]]:
    """Alternatives up to the end or a closing parenthesis, and the tokens left."""
    found, tokens = _all_of(tokens, depth)
    while tokens and tokens[0] == "+":
        more, tokens = _all_of(tokens[1:], depth)
        found = found + more
    if len(found) > MAX_ALTERNATIVES:
        raise Unfollowed(f"the condition has more than {MAX_ALTERNATIVES} alternatives")
    return found, tokens


def _all_of(tokens: list[str], depth: int) -> tuple[list[tuple[Test, ...]], list[str]]:
    found, tokens = _one(tokens, depth)
    while tokens and tokens[0] == "*":
        more, tokens = _one(tokens[1:], depth)
        if len(found) * len(more) > MAX_ALTERNATIVES:
            raise Unfollowed(f"the condition has more than {MAX_ALTERNATIVES} alternatives")
        found = [first + second for first, second in product(found, more)]
    return found, tokens


def _one(tokens: list[str], depth: int) -> tuple[list[tuple[Test, ...]], list[str]]:
    if not tokens or depth > MAX_DEPTH:
        raise Unfollowed("the condition is not understood")
    first, tokens = tokens[0], tokens[1:]
    if first == "!":
        raise Unfollowed("a device rule cannot say `not`")
    if first == "(":
        found, tokens = _any_of(tokens, depth + 1)
        if not tokens or tokens[0] != ")":
            raise Unfollowed("the condition is not understood")
        return found, tokens[1:]
    test = _TEST.fullmatch(first)
    if test is None:
        raise Unfollowed("the condition is not understood")
    return [(Test(test[1], test[2], test[3]),)], tokens
