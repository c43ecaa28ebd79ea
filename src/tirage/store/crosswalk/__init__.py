"""The crosswalk: which pseudonym stands for whom, in a database of its own that only the master key opens.

Columns show a project's name and numbers that are random to whoever lacks the key. Losing the key or this
database breaks the link between research data and patients for good, so neither is ever made anew in passing:
`create_crosswalk` is an explicit act, everything else refuses.
"""

from tirage.store.crosswalk.links import Crosswalk, Scheme
from tirage.store.crosswalk.opening import Keys, create_crosswalk, expected_key_id, find_keys, open_crosswalk
from tirage.store.crosswalk.refusals import (
    CrosswalkExists,
    CrosswalkMissing,
    CrosswalkVersion,
    KeyRotated,
    RotationUnfinished,
    WrongKey,
)

__all__ = [
    "Crosswalk",
    "CrosswalkExists",
    "CrosswalkMissing",
    "CrosswalkVersion",
    "KeyRotated",
    "Keys",
    "RotationUnfinished",
    "Scheme",
    "WrongKey",
    "create_crosswalk",
    "expected_key_id",
    "find_keys",
    "open_crosswalk",
]
