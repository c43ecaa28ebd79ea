"""Which patients and studies a person may see or change: those of their projects."""

from sqlalchemy import Connection

from tirage.model.people import Permission, Who
from tirage.store import corrections
from tirage.web.api.problems import not_found


def check(connection: Connection, who: Who, permission: Permission, subject: str, *, all_of: bool) -> None:
    """Return when `who` may; raises `Problem` 404.

    `all_of` asks for the permission in every project that has the patient or study: what is changed there is
    changed for all of them. Otherwise one is enough.
    """
    found = corrections.projects(connection, corrections.studies(connection, subject))
    may = [who.may(permission, name) if name else who.everywhere(permission) for name in found]
    if not may or not (all(may) if all_of else any(may)):
        raise not_found(subject.partition(":")[0])
