"""Attributes of an object in the DICOM JSON Model (PS3.18 F), gathered over all items of all sequences."""

from collections.abc import Iterator, Mapping
from typing import Any

Tree = Mapping[str, Any]
"""Attributes by tag in eight capital hexadecimal digits: `{"00180050": {"vr": "DS", "Value": [2]}}`."""


def leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, str, str, tuple[Any, ...]]]:
    """(path, tag, VR, values) of every attribute that has a value, in order, at any depth.

    A path is made of tags and item numbers from 0: `52009230[3].00209113[0].00200032`.
    """
    for tag in sorted(tree):
        element = tree[tag]
        vr, values = element.get("vr", "UN"), element.get("Value", ())
        if vr == "SQ":
            for number, item in enumerate(values):
                yield from leaves(item, f"{path}{tag}[{number}].")
        elif values:
            yield path + tag, tag, vr, tuple(values)
        elif "InlineBinary" in element:
            yield path + tag, tag, vr, (element["InlineBinary"],)


def gathered(tree: Tree, wanted: frozenset[str]) -> dict[str, list[tuple[Any, ...]]]:
    """The values of some attributes by tag, in the order they stand in the object."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for _, tag, _, values in leaves(tree):
        if tag in wanted:
            found.setdefault(tag, []).append(values)
    return found


def private(
    tree: Tree, wanted: Mapping[tuple[str, str], frozenset[str]]
) -> list[tuple[str, tuple[Any, ...]]]:
    """(name, values) of private attributes given by (group, creator) and the last two digits, at any depth.

    The block a creator has (PS3.5 7.8.1) is not part of the name: it may differ between two files.
    """
    found: list[tuple[str, tuple[Any, ...]]] = []
    creators = {
        (tag[:4], tag[6:]): str(element["Value"][0]).strip()
        for tag, element in tree.items()
        if tag[4:6] == "00" and int(tag[3], 16) % 2 and element.get("Value")
    }
    for tag in sorted(tree):
        element = tree[tag]
        if element.get("vr") == "SQ":
            for item in element.get("Value", ()):
                found += private(item, wanted)
        creator = creators.get((tag[:4], tag[4:6]), "")
        if creator and tag[6:] in wanted.get((tag[:4], creator), ()):
            values = tuple(element.get("Value", ())) or (element.get("InlineBinary", ""),)
            found.append((f"({tag[:4]},{tag[6:]}) {creator}", values))
    return found
