"""Which character set holds where in an object. Source: PS3.3 C.12.1.1.2."""

from tirage.dicom.charsets import Charset, charset_of
from tirage.dicom.header import SPECIFIC_CHARACTER_SET, Header


def charsets_inside(header: Header) -> dict[int, Charset]:
    """The character set of each element by its index; empty when the top level's holds everywhere."""
    if not any(tag == SPECIFIC_CHARACTER_SET and depth for tag, _, _, _, _, depth in header.elements):
        return {}
    charsets: list[Charset] = [header.charset]
    found: dict[int, Charset] = {}
    for index, (tag, vr, _, _, _, depth) in enumerate(header.elements):
        del charsets[depth + (vr != b"IT") :]
        while len(charsets) <= depth:  # an item starts with its parent's
            charsets.append(charsets[-1])
        if tag == SPECIFIC_CHARACTER_SET and depth:
            charsets[depth] = charset_of(header.value(index))
        found[index] = charsets[depth]
    return found
