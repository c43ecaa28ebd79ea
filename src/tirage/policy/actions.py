"""What may happen to one attribute."""

from enum import StrEnum


class Action(StrEnum):
    """What the output gets in place of an attribute; letters as in PS3.15 Table E.1-1a.

    `KEEP` means the value as it is when the profile accepts it; a kept sequence has its items processed one
    by one. `UID` puts the project's own UID in place, well-known UIDs stay. `SHIFT` moves a date by the
    patient's offset. `CLEAN` is for text that is judged word by word: what nobody can vouch for goes.
    """

    KEEP = "K"
    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    UID = "U"
    CLEAN = "C"
    SHIFT = "shift"
