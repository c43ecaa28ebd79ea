"""How a subject and a study are called in a BIDS data set, where labels are letters and digits alone.

Source: BIDS specification 1.10, "Filenames" and "Entities".
"""

import hashlib
import re
from typing import Final

from tirage.model.identifiers import Uid

_PLAIN: Final = re.compile(r"[0-9A-Ya-z]")
_SESSION_DIGITS: Final = 16


def subject_label(pseudonym: str) -> str:
    """The label of a pseudonym, and of no other: what is no letter or digit becomes `Z` and its code.

    `P-01` is `PZ2D01`, and `Z` itself is `Z5A`, so that the pseudonym can be read back.
    """
    return "".join(
        character if _PLAIN.fullmatch(character) else "".join(f"Z{byte:02X}" for byte in character.encode())
        for character in pseudonym
    )


def session_label(study: Uid) -> str:
    """The label of a study: 64 bits of the SHA-256 of its UID, in hexadecimal digits."""
    return hashlib.sha256(study.encode()).hexdigest()[:_SESSION_DIGITS]
