"""The one place of the worker where any exception is caught."""

import logging
from collections.abc import Callable
from typing import TypeVar

from tirage.errors import TirageError, Transient
from tirage.model.outcomes import Held, Outcome, Refused
from tirage.model.reasons import HoldReason, QuarantineReason

T = TypeVar("T")


def guarded(work: Callable[[], Outcome[T]]) -> Outcome[T]:
    """What `work` answers about one object; a rule that fails holds the object instead of stopping the rest.

    Logged are the exception's class and code: its message may hold what the object holds. Faults of the disk
    and faults that pass are raised, to be tried again; an original that is not there is refused.
    """
    try:
        return work()
    except Transient:
        raise
    except FileNotFoundError:
        return Refused(QuarantineReason.STORE_CORRUPT)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001
        code = error.code if isinstance(error, TirageError) else ""
        logging.getLogger(__name__).error("rule failed: %s %s", type(error).__name__, code)
        return Held(HoldReason.RULE_FAILED)
