"""How long a destination is given to file what it took before what it does not list is sent again."""

from typing import Final

FILING_WAITS_S: Final = (0.5, 1.0, 2.0, 4.0)
"""Waits between one look into its list and the next; seconds."""
