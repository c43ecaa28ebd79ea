"""A folder de-identified to a folder without a node: the engine and the gate are the node's own.

Inputs are taken in chunks of neighbours; within a chunk all that is known of a patient is known to the
cleaner and to the gate for each of that patient's files. Each input ends in one `Line`.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tirage.acquire.accept import accept
from tirage.deidentify.apply import Rebuilt
from tirage.deidentify.risk import Look, risk_of
from tirage.dicom.elements import FileSource
from tirage.dicom.header import Header
from tirage.errors import Permanent
from tirage.flow.pool import Crashed, Pool, show_life
from tirage.flow.steps.deidentify import RULE_FAULTS, Written, gate_for, made, words_of
from tirage.flow.steps.deidentify import Rules as Making
from tirage.flow.steps.reading import Found, identifiers_in, identity_in, opened, profile_for
from tirage.flow.steps.writing import digest_of
from tirage.link.pseudonym import keyed_pseudonym, make_link, project_key
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Disposition, Held, Outcome, Passed, Refused, disposition_of
from tirage.model.reasons import HoldReason, QuarantineReason
from tirage.model.records import Confidential, Finding, Identifiers, Link, PatientIdentity
from tirage.policy.fields import Scheme
from tirage.policy.profile import Profile, compile_profile
from tirage.policy.project import Project, load_project
from tirage.verify.scan import Gate

CHUNK_FILES = 64
"""Files a chunk holds open at once; enough for an automaton of identifiers to be made seldom."""

MOST_BEHIND = 16
"""Chunks that the child of a single process may be behind: long series of pictures even out over a folder."""

MODALITY = 0x00080060
SOP_CLASS = 0x00080016
MANUFACTURER = 0x00080070
PATIENT_ID = 0x00100020
ENCAPSULATED_DOCUMENT = 0x00420011


class OutputInside(Permanent):
    """The output folder, the input and the report lie inside one another."""

    code = "OUTPUT_INSIDE"
    exit_code = 64
    remedy = "Choose an output folder outside the input, and a report outside the output folder."


class Part(Enum):
    """Which inputs of a chunk are taken: those that a library in C has to decode or to read, or all others.

    Both kinds go to one process, so that libraries and networks are loaded once.
    """

    ALL = 0
    PLAIN = 1
    CODED = 2


@dataclass(frozen=True, slots=True, repr=False)
class Job(Confidential):
    """A chunk of inputs and everything needed to de-identify it in another process."""

    inputs: tuple[str, ...]
    target: Path
    rules: str
    key: bytes
    part: Part = Part.ALL


class Rules(NamedTuple):
    """A project with its profile compiled."""

    project: Project
    profile: Profile


@dataclass(frozen=True, slots=True, repr=False)
class Entry(Confidential):
    """An input that could be read."""

    path: str
    source: FileSource
    header: Found
    identifiers: Identifiers


@dataclass(frozen=True, slots=True, repr=False)
class Known(Confidential):
    """What must not be found in the outputs of a patient: for the text cleaner, and for the gate."""

    identifiers: Identifiers
    gate: Gate


class Line(NamedTuple):
    """What became of one input; `output` is relative to the output folder, empty when there is none."""

    input: str
    disposition: Disposition
    reason: str = ""
    output: str = ""
    sha256: str = ""
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        return f"<Line, {self.disposition}, hidden>"


def inputs_of(path: Path) -> list[str]:
    """Every file below a folder, or the file itself, in a fixed order; links to folders are not followed."""
    if not path.is_dir():
        return [str(path)]
    found: list[str] = []
    for folder, folders, files in os.walk(path):
        folders.sort()
        found.extend(f"{folder}/{name}" for name in sorted(files))
    return [name for name in found if os.path.isfile(name)]  # noqa: PTH113 - pipes block


def check_places(source: Path, target: Path, report: Path | None) -> None:
    """Raise `OutputInside` when outputs would be read as inputs, or input paths written among outputs."""
    source, target = source.resolve(), target.resolve()
    if target == source or source in target.parents or target in source.parents:
        raise OutputInside("input and output folder lie inside one another")
    if report is not None and target in report.resolve().parents:
        raise OutputInside("the report names inputs and must not lie in the output folder")


def run(
    inputs: Sequence[str], target: Path, rules: str, project: Project, master: bytes, jobs: int
) -> Iterator[list[Line]]:
    """De-identify all inputs into `target`, in `jobs` processes; the lines of each chunk, in order.

    With one process there is a second one as soon as frames have to be decoded. A script that calls this
    keeps its own doings under `if __name__ == "__main__"`, since children import it.
    """
    target.mkdir(parents=True, exist_ok=True)
    key = project_key(master, project.name)
    chunks = [
        Job(tuple(inputs[start : start + CHUNK_FILES]), target, rules, key)
        for start in range(0, len(inputs), CHUNK_FILES)
    ]
    pool = Pool(jobs, preload=[__name__])
    try:
        if jobs == 1:
            yield from _with_a_child(pool, chunks)
            return
        for start in range(0, len(chunks), jobs * 4):
            window = chunks[start : start + jobs * 4]
            for job, answer in zip(window, pool.map(process, window), strict=True):
                yield _one_by_one(pool, job) if isinstance(answer, Crashed) else answer
    finally:
        pool.close()


def process(job: Job) -> list[Line]:
    """The lines of one chunk, or of its part."""
    return [line for line in _lines(job) if line is not None]


def _lines(job: Job) -> list[Line | None]:
    """The lines of one chunk in order; None for an input that is not in its part."""
    rules = _rules(job.rules)
    with ExitStack() as stack:
        entries = [_entered(stack, path) for path in job.inputs]
        known = known_of((entry for entry in entries if isinstance(entry, Entry)), rules.profile)
        return [
            (_line(entry, job, rules, known) if isinstance(entry, Entry) else entry)
            if job.part is Part.ALL or job.part is _part_of(entry, rules.profile)
            else None
            for entry in entries
        ]


def _part_of(entry: Entry | Line, profile: Profile) -> Part:
    if isinstance(entry, Line):
        return Part.PLAIN
    header = entry.header
    is_coded = header.fragments is not None or header.has(ENCAPSULATED_DOCUMENT)
    return Part.CODED if is_coded or _is_looked_at(header, profile) else Part.PLAIN


def _is_looked_at(header: Found, profile: Profile) -> bool:
    """Whether pictures will be read; an object without an answer is judged, and held, like all others."""
    try:
        risk = risk_of(header, profile_for(header, profile)) if isinstance(header, Header) else None
    except RULE_FAULTS:
        return False
    return isinstance(risk, Passed) and risk.value is not Look.NOTHING


def _with_a_child(pool: Pool, chunks: Sequence[Job]) -> Iterator[list[Line]]:
    """The lines of each chunk, made here but for what a damaged codestream could end this process with.

    The child is some chunks behind, so that neither waits for the other.
    """
    behind: deque[tuple[Job, list[Line | None], Future[list[list[Line | None] | Crashed]]]] = deque()
    with ThreadPoolExecutor(1) as calls:
        for job in chunks:
            lines = _lines(replace(job, part=Part.PLAIN))
            wanted = [replace(job, part=Part.CODED)] if None in lines else []
            behind.append((job, lines, calls.submit(pool.map, _lines, wanted)))
            if len(behind) > MOST_BEHIND:
                yield _joined(pool, *behind.popleft())
        while behind:
            yield _joined(pool, *behind.popleft())


def _joined(
    pool: Pool, job: Job, lines: list[Line | None], child: "Future[list[list[Line | None] | Crashed]]"
) -> list[Line]:
    """The lines of a chunk, those of the child in the gaps."""
    answers = child.result()
    if not answers:
        return [line for line in lines if line is not None]
    answer = answers[0]
    if isinstance(answer, Crashed):
        waiting = [place for place, line in enumerate(lines) if line is None]
        alone = _one_by_one(pool, replace(job, inputs=tuple(job.inputs[place] for place in waiting)))
        answer = [*lines]
        for place, line in zip(waiting, alone, strict=True):
            answer[place] = line
    gone = Refused(QuarantineReason.STORE_CORRUPT, (Finding("file", "cannot be read"),))
    return [
        here or there or _stopped(path, gone)
        for path, here, there in zip(job.inputs, lines, answer, strict=True)
    ]


def _one_by_one(pool: Pool, job: Job) -> list[Line]:
    """A chunk whose process died, each input by itself, so that only the one to blame is held."""
    jobs = [replace(job, inputs=(path,)) for path in job.inputs]
    lines = []
    for path, answer in zip(job.inputs, pool.map(process, jobs), strict=True):
        lines.extend(
            [_stopped(path, Held(HoldReason.DECODE_CRASH))] if isinstance(answer, Crashed) else answer
        )
    return lines


def _entered(stack: ExitStack, path: str) -> Entry | Line:
    try:
        source = stack.enter_context(FileSource.open(path))
        header = opened(source)
        if not isinstance(header, Passed):
            return _stopped(path, header)
        return Entry(path, source, header.value, identifiers_in(header.value, source))
    except OSError:
        return _stopped(path, Refused(QuarantineReason.STORE_CORRUPT, (Finding("file", "cannot be read"),)))
    except RULE_FAULTS:
        return _stopped(path, Held(HoldReason.RULE_FAILED))


def known_of(entries: Iterable[Entry], profile: Profile) -> dict[str, Known | None]:
    """All the chunk says of each of its patients; None when no gate can be made of it."""
    said: dict[str, Identifiers] = {}
    for entry in entries:
        patient = entry.header.text(PATIENT_ID)
        said[patient] = said[patient].joined(entry.identifiers) if patient in said else entry.identifiers
    return {patient: _known(profile.hidden(identifiers)) for patient, identifiers in said.items()}


def _known(identifiers: Identifiers) -> Known | None:
    try:
        return Known(words_of(identifiers), gate_for(Identifiers(), identifiers))
    except RULE_FAULTS:
        return None


def _line(entry: Entry, job: Job, rules: Rules, patients: Mapping[str, Known | None]) -> Line:
    show_life()
    try:
        link = _link(entry, rules.project, job.key)
    except RULE_FAULTS:
        link = Held(HoldReason.RULE_FAILED)
    if not isinstance(link, Passed):
        return _stopped(entry.path, link)
    known = patients[entry.header.text(PATIENT_ID)]
    if known is None:
        return _stopped(entry.path, Held(HoldReason.RULE_FAILED))
    pseudonym = link.value.pseudonym

    def name_of(rebuilt: Rebuilt) -> str:
        return f"{pseudonym}/{rebuilt.study}/{rebuilt.series}/{rebuilt.sop_instance}.dcm"

    making = Making(rules.profile, link.value, known.identifiers, known.gate)
    with made(entry.header, entry.source, job.target, making, name_of, durable=False) as outcome:
        if not isinstance(outcome, Passed):
            return _stopped(entry.path, outcome)
        rebuilt, written = outcome.value
        name = name_of(rebuilt)
        if not _is_placed(written, job.target / name):
            return _stopped(entry.path, Held(HoldReason.CONFLICTING_COPY))
        return Line(entry.path, Disposition.RELEASED, output=name, sha256=written.digest)


def _link(entry: Entry, project: Project, key: bytes) -> Outcome[Link]:
    """What replaces the object's patient, when the object may come in and the project wants it."""
    facts = entry.header
    accepted = accept(facts)
    if not isinstance(accepted, Passed):
        return accepted
    unwanted = project.include.refuses(facts.text(MODALITY), facts.text(SOP_CLASS), facts.text(MANUFACTURER))
    if unwanted is not None:
        return Refused(unwanted)
    identity = identity_in(facts, entry.source)
    if not isinstance(identity, Passed):
        return identity
    if project.identity.scheme is Scheme.SUPPLIED:
        return Held(HoldReason.MISSING_PSEUDONYM)
    prefix, days = project.identity.prefix, project.dates.max_shift_days
    return Passed(_link_of(key, project.name, prefix, days, identity.value))


def _is_placed(written: Written, place: Path) -> bool:
    """Give the output its name; False when another file has it, which is left as it is."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        place.hardlink_to(written.path)
    except FileExistsError:
        with FileSource.open(place) as present:
            return digest_of(present.descriptor) == written.digest
    return True


def _stopped(path: str, outcome: Held | Refused) -> Line:
    reason = outcome.reason
    return Line(path, disposition_of(reason), reason.value, findings=tuple(outcome.findings))


@lru_cache(maxsize=64)
def _link_of(key: bytes, project: ProjectName, prefix: str, days: int, identity: PatientIdentity) -> Link:
    return make_link(key, project, keyed_pseudonym(key, identity, prefix), days)


@lru_cache(maxsize=2)
def _rules(text: str) -> Rules:
    project = load_project(text)
    return Rules(project, compile_profile(project))
