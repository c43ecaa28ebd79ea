"""A text closed up where words went, so that nothing shows where they stood."""

import re

GONE = "\x00"
"""Stands where something went."""

_JOINT = r"[ \t^_=,;/\\|'’`\"#*~+&-]"
_GAP = re.compile(rf"(?<!{_JOINT})(?P<left>{_JOINT}*)\x00(?:(?:{_JOINT}|\.)*\x00)*(?P<right>{_JOINT}*)")
_EMPTY = re.compile(r"[ \t]*(?:\([ \t.,;:/-]*\)|\[[ \t.,;:/-]*\]|<[ \t]*>|\{[ \t]*\})")
_STOP = re.compile(r"(?<![ \t])[ \t]+(?=[,;:!?)\]]|\.(?:\s|$))")
_ENDS = re.compile(r"(?m)^[ \t^_=,;:/\\|.'’-]+(?=[^\s\d])|(?<![ \t^_=,;/\\|-])[ \t^_=,;/\\|-]+$")


def tidy(text: str) -> str:
    """The text without its gaps: one space or sign between what is left, no empty brackets; lines stay."""
    if GONE not in text:
        return text
    lines = text.split("\n")
    return "\n".join(_line(line) if GONE in line else line for line in lines)


def _line(line: str) -> str:
    closed = _GAP.sub(_closed, line)
    while (emptied := _EMPTY.sub("", closed)) != closed:
        closed = emptied
    tidied = _ENDS.sub("", _STOP.sub("", closed)).strip(" \t")
    return tidied if any(map(str.isalnum, tidied)) else ""


def _closed(match: re.Match[str]) -> str:
    left, right = match["left"], match["right"]
    before, after = (
        match.string[max(0, match.start() - 1) : match.start()],
        match.string[match.end() : match.end() + 1],
    )
    if before in "([{<" or after in ")]}>.:;?!":
        return " " if before not in "([{<" and after not in ")]}>.:;?!" else ""
    if not left and not right:
        return " "
    if not left or not right:
        return left[:1] or right[:1]
    return " " if " " in left + right else left[0]
