"""pydicom and pynetdicom, imported when they are first needed, by one thread.

Their modules import each other: two threads that begin at once are each given half of one by the other, an
`ImportError` in both.
"""

import threading
from typing import Final

_ONE_AT_A_TIME: Final = threading.Lock()


def load() -> None:
    """Import both; to be called before several threads may need one of them."""
    with _ONE_AT_A_TIME:
        import tirage.network.scu.messages  # noqa: F401
