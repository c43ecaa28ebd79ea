"""What each outcome of a request means, what to do next, and of which kind it is."""

from enum import StrEnum
from typing import NamedTuple

from tirage.model.requests import RequestOutcome


class Kind(StrEnum):
    """What an outcome asks of people; also its colour."""

    DONE = "done"
    """Nothing is left to do."""

    COMING = "coming"
    """Tirage goes on by itself."""

    PERSON = "person"
    """Somebody must decide or mend something."""

    ABSENT = "absent"
    """The archives do not have it so; the request may be wrong."""

    UNWANTED = "unwanted"
    """Left out on purpose."""


KINDS = {
    Kind.DONE: "done",
    Kind.COMING: "goes on by itself",
    Kind.PERSON: "waits for a person",
    Kind.ABSENT: "not in the archives as asked",
    Kind.UNWANTED: "left out on purpose",
}


class Words(NamedTuple):
    """An outcome explained in a sentence each."""

    kind: Kind
    means: str
    next: str


WORDS = {
    RequestOutcome.DELIVERED: Words(
        Kind.DONE,
        "Everything wanted of it is in a release that every destination has.",
        "Nothing: the detail names the release.",
    ),
    RequestOutcome.ALREADY_DELIVERED: Words(
        Kind.DONE,
        "A release made before this cohort was loaded holds it; it was not fetched again.",
        "Nothing: the detail names that release.",
    ),
    RequestOutcome.PENDING: Words(
        Kind.COMING,
        "It is being asked for, fetched, de-identified or delivered, or waits for a release to be asked for.",
        "Wait, or see `tirage status`; projects without automatic release need `tirage release make`.",
    ),
    RequestOutcome.PARTIALLY_RECEIVED: Words(
        Kind.PERSON,
        "No archive hands over the rest: the detail counts what came and what was listed.",
        "Ask who runs the archive; what came is processed all the same.",
    ),
    RequestOutcome.DESCRIPTION_UNKNOWN: Words(
        Kind.PERSON,
        "The project wants listed descriptions only, and nobody has decided this one.",
        "Decide it: `tirage worklist`.",
    ),
    RequestOutcome.IDENTITY_CONFLICT: Words(
        Kind.PERSON,
        "What came contradicts what is known of the patient, or came under another patient.",
        "Compare the demographics with the hospital's index before anything else is done.",
    ),
    RequestOutcome.HELD: Words(
        Kind.PERSON,
        "Objects of it wait for a person; the detail names the reasons.",
        "Look the reason up in docs/holds.md.",
    ),
    RequestOutcome.DEIDENTIFICATION_FAILED: Words(
        Kind.PERSON,
        "A rule failed on objects of it, or they cannot be trusted as DICOM.",
        "Look the reason up in docs/holds.md; report it when the file is sound.",
    ),
    RequestOutcome.NOT_IN_ARCHIVE: Words(
        Kind.ABSENT,
        "No archive of the project has it, or lists any instance of it.",
        "Check the row against the order system; name further archives in the project file.",
    ),
    RequestOutcome.FOUND_ELSEWHERE: Words(
        Kind.ABSENT,
        "An archive has it under another patient, accession, study or date than the row says; not fetched.",
        "Correct the row, or have the archive corrected, and load the cohort again.",
    ),
    RequestOutcome.NO_IMAGES: Words(
        Kind.UNWANTED,
        "The archive knows the order and says that it has no images.",
        "Nothing, unless the images are kept elsewhere.",
    ),
    RequestOutcome.PLACEHOLDER_DATE: Words(
        Kind.UNWANTED,
        "Its date stands for no date (`fetch.placeholder_dates`).",
        "Find the true date and load the cohort again.",
    ),
    RequestOutcome.OPTED_OUT: Words(
        Kind.UNWANTED,
        "The patient is on an opt-out list of the project.",
        "Nothing; if it was delivered before, tell the information governance lead.",
    ),
    RequestOutcome.DECEASED: Words(
        Kind.UNWANTED,
        "The cohort marks the patient as deceased.",
        "Nothing, or set `fetch.exclude_deceased: false` if the approval covers it.",
    ),
    RequestOutcome.REJECTED: Words(
        Kind.UNWANTED,
        "A rule of the project leaves it out; the detail names the rule.",
        "Nothing, or change `include`, `fetch` or the list of descriptions.",
    ),
    RequestOutcome.CANCELLED: Words(
        Kind.UNWANTED,
        "A person said that it is not wanted any more.",
        "Nothing.",
    ),
}
