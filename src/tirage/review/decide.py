"""What the readings of one object make of it."""

from collections.abc import Sequence

from tirage.model.reviews import UNREAD, State, Verdict


def state_of(verdicts: Sequence[Verdict], readers: int) -> State:
    """How far the object has come, by its readings in the order they were made.

    `readers` is how many were to read it; whoever doubts calls for another. Where two do not agree, or both
    doubt, the last of three decides, and a doubt that outlasts three readers is a leak.
    """
    if len(verdicts) > 2:
        return State.PASSED if verdicts[-1] is Verdict.OK else State.FAILED
    if len(verdicts) < max(readers, 2 if Verdict.DOUBT in verdicts else 1):
        return State.OPEN
    said = set(verdicts)
    if said == {Verdict.OK}:
        return State.PASSED
    return State.FAILED if said == {Verdict.LEAK} else State.DISPUTED


def is_stopped(verdicts: Sequence[Verdict], state: State) -> bool:
    """Whether the object must not leave: it failed, or somebody saw a leak and nobody overruled it yet."""
    return state is State.FAILED or (state in UNREAD and Verdict.LEAK in verdicts)
