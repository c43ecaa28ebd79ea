"""How long a destination is given to file what it took, before it is taken at its word that it is not there."""

from typing import Final

FILING_WAITS_S: Final = (0.5, 1.0, 2.0, 4.0)
