"""Which rectangles the rules for devices blank in an object: built-in rules and those of the project.

A rule that asks for an attribute the object lacks is not for it. No rule lets pixels pass unseen.
"""

from collections.abc import Iterable

from tirage.dicom.header import Header
from tirage.model.pixels import Box
from tirage.policy.part import occurs
from tirage.policy.regions import DeviceRule, Signature

_ROWS, _COLUMNS = 0x00280010, 0x00280011
_EQUAL = (("modality", 0x00080060), ("sop_class", 0x00080016), ("conversion", 0x00080064))
_WITHIN = (
    ("manufacturer", 0x00080070),
    ("model", 0x00081090),
    ("software", 0x00181020),
    ("image_type", 0x00080008),
)


def device_boxes(header: Header, rules: Iterable[DeviceRule]) -> tuple[Box, ...]:
    """The rectangles of all rules that fit."""
    return tuple(box for rule in rules if fits(header, rule.when) for box in rule.boxes)


def fits(header: Header, signature: Signature) -> bool:
    """Whether an object has all that a signature asks for."""
    for name, tag in _EQUAL:
        wanted = getattr(signature, name)
        if wanted and header.text(tag) not in wanted:
            return False
    for name, tag in _WITHIN:
        if not occurs(getattr(signature, name), header.text(tag)):
            return False
    return all(
        wanted is None or header.number(tag) == wanted
        for wanted, tag in ((signature.rows, _ROWS), (signature.columns, _COLUMNS))
    )
