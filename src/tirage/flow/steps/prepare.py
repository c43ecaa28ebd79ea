"""Prepare a study for a project: link its patient, then de-identify and verify its objects, chunk by chunk.

Nothing secret is handed from step to step: each looks the patient's link up again. A chunk's files are made
durable first and recorded in one transaction with every verdict; repeated, it finds what is recorded and
makes the rest again with the same bytes.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from tirage.deliver.arrange import is_fit
from tirage.faults import reach
from tirage.flow.context import Context
from tirage.flow.pool import Crashed
from tirage.flow.steps import doubts, reconcile, verdicts
from tirage.flow.steps.single import Job, deidentify_one
from tirage.link.normalise import is_placeholder, normalised_date, normalised_id
from tirage.model.identifiers import ProjectName, ReceivedId, short
from tirage.model.outcomes import Held, Outcome, Passed, Refused
from tirage.model.reasons import HoldReason
from tirage.model.records import Identifiers, Link, Output, PatientIdentity
from tirage.policy.fields import Scheme
from tirage.store import (
    audit,
    cohorts,
    corrections,
    discards,
    outputs,
    persons,
    resolutions,
    retries,
    studies,
)
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.discards import Place
from tirage.store.persons import Person
from tirage.store.studies import Original
from tirage.store.times import micros

Verdict = tuple[ReceivedId, Held | Refused]


def link(context: Context, name: ProjectName, study: int, last: ReceivedId) -> list[int]:
    """The objects of the study to de-identify now, after its patient has a link; none when it is held."""
    rules = context.rules_of(name)
    with reading(context.database) as connection:
        began = retries.count(connection, name, study)
        originals = studies.originals(connection, name, rules.profile.digest, study, last)
    is_expired = rules.project.is_expired(context.clock().date())
    outcome = Held(HoldReason.PROJECT_EXPIRED) if is_expired else link_of(context, name, study)
    if isinstance(outcome, Passed):
        return [original.received for original in originals]
    held = [(original.received, outcome) for original in originals]
    _record(context, name, study, began, [], held)
    return []


def link_of(context: Context, name: ProjectName, study: int) -> Outcome[Link]:
    """What replaces the study's patient in the project; held when the study does not name one patient."""
    project = context.rules_of(name).project
    patient = _patient_of(context, name, study)
    if not isinstance(patient, Passed):
        return patient
    identity = patient.value.identity
    given = _supplied(context, name, study, identity)
    if given is not None and len(given) > 1:
        return Held(HoldReason.IDENTITY_CONFLICT)
    outcome = context.crosswalk.link_for(
        name,
        identity,
        project.identity.scheme,
        project.identity.prefix,
        shift_days=project.dates.max_shift_days,
        supplied={normalised_id(identity.patient_id): each for each in given or ()},
        is_apart=patient.value.is_apart,
    )
    if isinstance(outcome, Passed) and given and outcome.value.pseudonym not in given:
        return Held(HoldReason.IDENTITY_CONFLICT)
    return outcome


def _supplied(
    context: Context, name: ProjectName, study: int, identity: PatientIdentity
) -> frozenset[str] | None:
    """The pseudonyms that the project's list gives the patient; None where it makes its own."""
    if context.rules_of(name).project.identity.scheme is not Scheme.SUPPLIED:
        return None
    with reading(context.database) as connection:
        uid, accession = studies.numbers(connection, study)
        given = cohorts.participants(connection, name, identity.patient_id, uid, accession)
    # What cannot name a folder would stop the release: the patient waits for a pseudonym that can.
    return frozenset(filter(is_fit, given))


def _patient_of(context: Context, name: ProjectName, study: int) -> Outcome[Person]:
    with reading(context.database) as connection:
        conflict = studies.conflict(connection, study)
        patient = doubts.known(connection, name, study)
    if conflict is not None:
        return Held(conflict)
    # Two persons are gone through once more: each is known, but that they meet here may not be recorded yet.
    if patient is not None and patient != Held(HoldReason.IDENTITY_CONFLICT):
        return patient
    policy = context.rules_of(name).project.identity

    def unit(connection: Connection) -> Outcome[Person]:
        at = context.micros()
        found, lines = reconcile.reconcile(connection, name, study, policy, at)
        reach("reconcile:before-commit")
        if lines:
            audit.append(connection, lines, at)
        return found

    return repeated(context.database, unit)


def deidentify(context: Context, name: ProjectName, study: int, numbers: Sequence[int]) -> None:
    """De-identify, verify and record those of `numbers` that still wait."""
    rules = context.rules_of(name)
    with reading(context.database) as connection:
        began = retries.count(connection, name, study)
        wanted = [ReceivedId(number) for number in numbers]
        originals = studies.still_waiting(connection, name, rules.profile.digest, wanted)
        # An object that says the wrong name must not show it, and the right one as little; nor any other
        # name that the patient goes by.
        identities = studies.identities(connection, study) + corrections.overlaid(connection, study)
        identities += persons.namesakes(connection, name, study)
        waived = resolutions.waived(connection, name, wanted)
    if not originals:
        return
    outcome = link_of(context, name, study)
    if not isinstance(outcome, Passed):
        _record(context, name, study, began, [], [(each.received, outcome) for each in originals])
        return
    folder = context.objects.root / "tmp"
    known = _identifiers(identities)
    jobs = [
        Job(
            context.originals.path(original.digest),
            original.digest,
            folder,
            rules.text,
            name,
            outcome.value,
            known,
            waived.get(original.received, frozenset()),
        )
        for original in originals
    ]
    made, against = _sorted(originals, context.pool.map(deidentify_one, jobs))
    reach("prepare:after-outputs")
    for _, output in made:
        source = folder / f"{output.digest}.dcm"
        if source.exists():
            source.rename(context.objects.path(output.digest))
    context.objects.flush_folders(output.digest for _, output in made)
    reach("prepare:after-place")
    _record(context, name, study, began, made, against)


def _identifiers(identities: Sequence[PatientIdentity]) -> Identifiers:
    """What the gate must look for besides what an object itself says: an object may leave out the name."""
    codes = {code for each in identities for code in (each.patient_id, *each.other_ids)}
    return Identifiers(
        words=frozenset(each.name for each in identities if each.name),
        codes=frozenset(code for code in codes if not is_placeholder(code)),
        dates=frozenset(filter(None, (normalised_date(each.birth_date) for each in identities))),
    )


def _sorted(
    originals: Sequence[Original], answers: Sequence[Outcome[Output] | Crashed]
) -> tuple[list[tuple[ReceivedId, Output]], list[Verdict]]:
    made, against = [], list[Verdict]()
    for original, answer in zip(originals, answers, strict=True):
        match answer:
            case Passed(output):
                made.append((original.received, output))
            case Crashed():
                against.append((original.received, Held(HoldReason.DECODE_CRASH)))
            case _:
                against.append((original.received, answer))
    return made, against


def _record(
    context: Context,
    name: ProjectName,
    study: int,
    began: int,
    made: Sequence[tuple[ReceivedId, Output]],
    against: Sequence[Verdict],
) -> None:
    """Record results, unless something of the study was put back since they began: others make them anew."""
    if not made and not against:
        return
    policy = context.rules_of(name).profile.digest
    detail: audit.Detail = {
        "project": name,
        "made": len(made),
        "stopped": len(against),
        "policy": short(policy),
    }

    def unit(connection: Connection) -> None:
        at = micros(context.clock())
        if not retries.is_count(connection, name, study, began):
            files = [(number, output.digest) for number, output in made]
            discards.add(connection, Place.OBJECTS, files, at)
            return
        outputs.record(connection, made, at)
        verdicts.record(connection, name, against, at)
        audit.append(connection, [Line("worker", "prepare", f"study:{study}", detail)], at)
        reach("prepare:before-commit")

    repeated(context.database, unit)
    reach("prepare:after-commit")
