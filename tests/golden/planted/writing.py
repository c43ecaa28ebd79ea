"""Writes elements whatever their value, sequences of mappings, codes."""

from collections.abc import Mapping
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag


def raw(target: Dataset, tag: int, vr: str, value: bytes) -> None:
    """An element whatever its value: pydicom would refuse to make some of them."""
    value += (b"\0" if vr in ("UI", "OB", "UN") else b" ") * (len(value) % 2)
    if tag >> 16 & 1 and vr in ("OB", "OW", "UN"):
        # pydicom reads some private elements as numbers of eight bytes, whatever they say.
        value = value.ljust(-len(value) // 8 * -8, b"\0")
    target[tag] = RawDataElement(BaseTag(tag), vr, len(value), value, 0, False, True)


def fill(target: Dataset, attributes: Mapping[str, Any]) -> Dataset:
    """`target` with attributes set by keyword; lists of mappings become sequences."""
    for keyword, value in attributes.items():
        if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
            items = [item if isinstance(item, Dataset) else fill(Dataset(), item) for item in value]
            setattr(target, keyword, Sequence(items))
        else:
            setattr(target, keyword, value)
    return target


def tag_of(keyword: str) -> int:
    """The tag of a keyword."""
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    return tag


def code(value: str, scheme: str, meaning: str) -> dict[str, str]:
    """A code sequence item (PS3.3 8.8)."""
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}
