"""What a person may decide about two identities, and which identities then are which person."""

from collections.abc import Collection, Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What a decision did; for the history."""

    ACCEPT = "accept"
    """One patient, spelt otherwise under the same identifier."""

    ALIAS = "alias"
    """One patient, who has another identifier besides."""

    MERGE = "merge"
    """Two patients until now, one from now on."""

    NEW = "new"
    """A different person."""

    SPLIT = "split"
    """One patient until now, two from now on."""

    UNDO = "undo"


class Choice(StrEnum):
    """What a person is asked."""

    SAME = "same"
    DIFFERENT = "different"
    SPLIT = "split"


Changes = Mapping[int, tuple[int | None, int | None]]
"""By identity: which person it was, by its anchor, and which it is now; None for nobody."""


def same(
    number: int, was: int | None, to: int, members: Collection[int], *, has_one_identifier: bool
) -> tuple[Kind, Changes]:
    """The identity `number`, with every other of its person (`members`), is the person `to`."""
    if was is None:
        return Kind.ACCEPT if has_one_identifier else Kind.ALIAS, {number: (None, to)}
    if was == to:
        return Kind.ACCEPT, {}
    return Kind.MERGE, dict.fromkeys(members, (was, to))


def different(number: int, was: int | None) -> tuple[Kind, Changes]:
    """The identity is a person of its own; one that is so already, is confirmed to be."""
    return Kind.NEW, {} if was is not None else {number: (None, number)}


def split(number: int, was: int, members: Collection[int]) -> tuple[Kind, Changes]:
    """The identity is no longer the person it was.

    Who the person began with keeps the pseudonym: when that is who leaves, the others leave instead.
    """
    leaving = sorted(set(members) - {was}) if number == was else [number]
    return Kind.SPLIT, dict.fromkeys(leaving, (was, leaving[0]))


def undone(changes: Changes) -> Changes:
    """What takes `changes` back."""
    return {number: (after, before) for number, (before, after) in changes.items()}
