"""What a project will do, in words for someone who has to approve it."""

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

from tirage.policy.actions import Action
from tirage.policy.asking import fetching
from tirage.policy.destinations import WAYS, address
from tirage.policy.fields import Identity, OnConflict, OnMissing, Project, Scheme
from tirage.policy.options import FACTS, Option
from tirage.policy.private import safe_private
from tirage.policy.profile import Profile
from tirage.policy.standard import EDITION, dictionary
from tirage.policy.treatment import departures, documents, pixels, wording

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
SCHEMES = {
    Scheme.RANDOM: "a random pseudonym, kept in the encrypted crosswalk",
    Scheme.KEYED: "a pseudonym derived from the patient's identifier with the project's secret key",
    Scheme.SUPPLIED: "the pseudonym you supply; patients without one are held",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and sentences under it."""

    title: str
    lines: tuple[str, ...]


def describe(project: Project, profile: Profile) -> list[Section]:
    """The sections of the explanation, in the order an approver asks."""
    return [
        Section("Project", _about(project)),
        Section("Which objects come in", _incoming(project)),
        Section("What is fetched from archives", fetching(project)),
        Section("How a patient is called", _identity(project)),
        Section("Dates", _dates(project)),
        Section("What stays in the header", _header(project, profile)),
        Section("What becomes of text", wording(project, profile)),
        Section("What becomes of pixels", pixels(project)),
        Section("What becomes of documents", documents(project)),
        Section("Departures from the profile", departures(project)),
        Section("Where releases go", _outgoing(project)),
        Section("Who is told what happens", _told(project)),
    ]


def counts(profile: Profile) -> dict[str, int]:
    """How many of the standard's attributes each action meets, in a CT image at the top level."""
    found = Counter(profile.for_sop_class(CT_IMAGE).values())
    return {action.name.lower(): found[action] for action in Action if found[action]}


def _about(project: Project) -> tuple[str, ...]:
    about = project.about
    lines = [
        f"{about.title} ({about.name})",
        f"Approved: {about.approval}" if about.approval else "No approval is named.",
        f"Ends: {about.expires}; later objects are held" if about.expires else "No end date is named.",
    ]
    return (*lines, *(f"{person.role.value.capitalize()}: {person.name}" for person in about.people))


def _incoming(project: Project) -> tuple[str, ...]:
    lines = []
    for source in project.sources:
        called = f"sent to the title {source.called_ae}" if source.called_ae else "sent to any title"
        calling = f"by {source.calling_ae}" if source.calling_ae else "by anyone the node lets in"
        lines.append(f"Objects {called} {calling}")
    if not lines:
        only = "what is imported or fetched" if project.archives else "what is imported"
        lines.append(f"Nothing comes in by itself (no `sources`); only {only} for this project")
    if project.redcap is not None:
        told = f"Requests for {project.redcap.project} are read from REDCap at {project.redcap.url}"
        lines.append(f"{told}; what became of them is written back")
    include = project.include
    for words, values in (
        ("Only these modalities", include.modalities),
        ("Only these SOP classes", include.sop_classes),
        ("Only these manufacturers", include.manufacturers),
    ):
        if values:
            lines.append(f"{words}: {', '.join(values)}; others are rejected")
    lines.append(f"A study is complete when nothing came for {project.complete.quiet_s} seconds")
    return tuple(lines)


def _identity(project: Project) -> tuple[str, ...]:
    identity = project.identity
    prefix = f", beginning with {identity.prefix}" if identity.prefix else ""
    uids = "UIDs are replaced by the project's own, the same wherever they occur"
    if Option.RETAIN_UIDS in project.deidentify.options:
        uids = "UIDs ARE KEPT: whoever knows the archive can find the patient by them"
    return (f"By {SCHEMES[identity.scheme]}{prefix}", *_reconciling(identity), uids)


def _reconciling(identity: Identity) -> tuple[str, str]:
    conflicts = {
        OnConflict.HOLD: "Details that contradict a known patient wait for a person",
        OnConflict.NEW_PATIENT: "A known identifier with other details, or a known person with another "
        "identifier, becomes a new patient and is flagged",
    }
    missing = {
        OnMissing.ACCEPT: "Without name or birth date the identifier's word is taken",
        OnMissing.HOLD: "Without name or birth date a person decides",
    }
    return conflicts[identity.on_conflict], missing[identity.missing]


def _dates(project: Project) -> tuple[str, ...]:
    options = project.deidentify.options
    if Option.FULL_DATES in options:
        return ("KEPT AS THEY ARE: dates can identify a patient",)
    if Option.MODIFIED_DATES in options:
        days = project.dates.max_shift_days
        return (
            f"Moved by one secret number of days for each patient, at most {days}, into the past",
            "Intervals between a patient's dates and all times of day stay exact",
        )
    return ("Removed, emptied or replaced by a dummy where an object would not be valid without",)


def _header(project: Project, profile: Profile) -> tuple[str, ...]:
    number = counts(profile)
    kept, shifted = number.get("keep", 0), number.get("shift", 0)
    lines = [
        f"PS3.15 Basic Profile, edition {EDITION}, as an allow-list: what no rule names is removed",
        f"Of {len(dictionary()):,} attributes of the standard, {kept:,} may stay if their value is a number, "
        f"a listed term or made of listed words; {number.get('uid', 0):,} get a new UID, "
        f"{shifted:,} a moved date; the others are removed, emptied or replaced (counted for a CT image)",
        *(f"Option {option.value}: {FACTS[option].words}" for option in project.deidentify.options),
    ]
    if Option.SAFE_PRIVATE in project.deidentify.options:
        lines.append(f"Private elements on the safe list: {len(safe_private())}; all others are removed")
    else:
        lines.append("Private elements: all removed")
    return tuple(lines)


def _outgoing(project: Project) -> tuple[str, ...]:
    lines = [f"{each.name}: {WAYS[each.kind]} {address(each)}" for each in project.destinations]
    signatures = project.review.signatures
    made = "proposed by itself" if project.release.automatic else "proposed when someone asks for it"
    signed = ("goes out without a signature", "waits for a signature", "waits for two people to sign")
    return (
        f"A release is {made} and {signed[signatures]}",
        *_reviewed(project),
        *(lines or ["It stays on the node: no destination is named"]),
    )


def _told(project: Project) -> tuple[str, ...]:
    notify = project.notify
    hosts = [f"{urlsplit(each.url).hostname} (webhook)" for each in notify.webhooks]
    if not notify.to and not hosts:
        return ("Nobody: the file names nobody under `notify`",)
    when = {"at-once": "at once", "hourly": "gathered each hour"}.get(
        notify.digest, f"gathered, {notify.digest}"
    )
    quiet = f", never {notify.quiet_hours}" if notify.quiet_hours else ""
    return (
        f"{', '.join([*notify.to, *hosts])}: {when}{quiet}",
        f"Of: {', '.join(each.value for each in notify.events)}",
        "With the project's name, versions, counts and reasons; never with what names a patient or a study",
    )


def _reviewed(project: Project) -> tuple[str, ...]:
    sampling = project.review.sampling
    if sampling is None:
        return ()
    return (
        "Before it people look at every output with a mark and at "
        f"{sampling.per_stratum} or {sampling.percent} % of each device and SOP class; "
        f"{sampling.double_percent} % of the sample are read by two",
    )
