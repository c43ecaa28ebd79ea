"""What is called back after it was released, and why."""

from enum import StrEnum


class Cause(StrEnum):
    """Why studies are withdrawn."""

    OPT_OUT = "opt-out"
    ERASED = "erased"
    RECALL = "recall"
