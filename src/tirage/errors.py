"""Which faults are worth a second try, and which need a person.

Expected results are values (`tirage.model.outcomes`). What is raised is either `Transient` or `Permanent`;
each class carries a stable code that is a heading in `docs/errors.md`. Messages hold keywords, digest
prefixes and item ids, never the value of an identifier.
"""

from typing import ClassVar


class TirageError(Exception):
    """A fault Tirage can name.

    `code` is stable across versions; `exit_code` is what the command line returns for it; `remedy` says in
    plain language what to do next.
    """

    code: ClassVar[str] = "TIRAGE"
    exit_code: ClassVar[int] = 1
    remedy: ClassVar[str] = "Run `tirage doctor`."


class Transient(TirageError):
    """The same call may succeed later: retry."""

    code = "TRANSIENT"
    exit_code = 75


class Permanent(TirageError):
    """The same call will fail again: hold the item for a person."""

    code = "PERMANENT"
    exit_code = 65
