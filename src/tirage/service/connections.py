"""Whether the systems around a node answer: archives, destinations, and where requests are kept."""

from contextlib import closing

from tirage.errors import TirageError
from tirage.flow.context import Access
from tirage.model.identifiers import ProjectName
from tirage.policy.destinations import Destination
from tirage.service import redcap
from tirage.service.build import Parts
from tirage.service.checks import Check
from tirage.service.destinations import Senders
from tirage.settings import Settings


def check_archive(access: Access) -> Check:
    """Whether the archive answers."""
    name = f"archive {access.name}"
    try:
        with closing(access.open()) as archive:
            archive.check()
    except TirageError as error:
        return Check(name, False, str(error), error.remedy)
    return Check(name, True, "answers")


def check_destination(senders: Senders, project: ProjectName, spec: Destination) -> Check:
    """Whether the destination answers and takes files."""
    name = f"{project}: {spec.name}"
    try:
        senders(spec).check()
    except TirageError as error:
        return Check(name, False, str(error), error.remedy)
    return Check(name, True, "answers")


def check_requests(parts: Parts, settings: Settings, project: ProjectName) -> Check:
    """Whether the REDCap project answers that keeps the project's requests."""
    name = f"{project}: REDCap"
    try:
        found = redcap.check(parts, settings, project)
    except TirageError as error:
        return Check(name, False, str(error), error.remedy)
    return Check(name, True, f"version {found.version}, {found.requests:,} requests")
