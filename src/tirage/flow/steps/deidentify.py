"""De-identify one file: read its header, decide, write the output, let the gate read it, then keep it.

The output takes its final name as the last act; whatever happens before leaves nothing behind.
"""

import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path

from tirage.deidentify.apply import Rebuilt
from tirage.dicom.decode import Undecodable
from tirage.dicom.elements import FileSource, Header, Source
from tirage.flow.steps.reading import Found, desk_for, identifiers_in, opened, profile_for
from tirage.flow.steps.writing import write
from tirage.model.identifiers import Digest
from tirage.model.outcomes import Held, Outcome, Passed, Refused
from tirage.model.reasons import HoldReason, QuarantineReason
from tirage.model.records import Confidential, Identifiers, Link, Output
from tirage.ocr import is_installed
from tirage.policy.profile import Profile
from tirage.verify.scan import Gate, compile_gate, scan_file
from tirage.verify.shown import scan_pixels

RULE_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
)
"""What a rule that is wrong about its input raises; the object is held, never passed."""


@dataclass(frozen=True, slots=True, repr=False)
class Rules(Confidential):
    """By what an object is de-identified and judged; `identifiers` are the patient's, without UIDs."""

    profile: Profile
    link: Link
    identifiers: Identifiers
    gate: Gate


@dataclass(frozen=True, slots=True)
class Written:
    """A finished output under its temporary name."""

    path: Path
    digest: Digest
    size_bytes: int


def deidentify_file(
    source: Path,
    target_dir: Path,
    profile: Profile,
    link: Link,
    identifiers: Identifiers,
    *,
    durable: bool = True,
) -> Outcome[Output]:
    """De-identify `source` into `target_dir/<digest>.dcm` once the gate has passed its bytes.

    `identifiers` is what is known of the patient and study besides what the file itself says. `durable` asks
    for the bytes to be on disk before the file gets its name; the folder is the caller's to flush.
    """
    with FileSource.open(source) as file:
        header = opened(file)
        if not isinstance(header, Passed):
            return header
        try:
            known, own = profile.hidden(identifiers), profile.hidden(identifiers_in(header.value, file))
            rules = Rules(profile, link, words_of(known.joined(own)), gate_for(known, own))
        except RULE_FAULTS:
            return Held(HoldReason.RULE_FAILED)
        with made(header.value, file, target_dir, rules, durable=durable) as outcome:
            if not isinstance(outcome, Passed):
                return outcome
            rebuilt, written = outcome.value
            written.path.rename(target_dir / f"{written.digest}.dcm")
            return Passed(
                Output(
                    source=Digest(source.stem),
                    digest=written.digest,
                    size_bytes=written.size_bytes,
                    project=link.project,
                    policy=profile.digest,
                    pseudonym=link.pseudonym,
                    sop_class=rebuilt.sop_class,
                    sop_instance=rebuilt.sop_instance,
                    series=rebuilt.series,
                    study=rebuilt.study,
                    modality=rebuilt.modality,
                    transfer_syntax=rebuilt.transfer_syntax,
                )
            )


@contextmanager
def made(
    header: Found,
    source: Source,
    folder: Path,
    rules: Rules,
    name_of: Callable[[Rebuilt], str] | None = None,
    *,
    durable: bool,
) -> Iterator[Outcome[tuple[Rebuilt, Written]]]:
    """The object's output under a temporary name in `folder`, removed at the end unless it was renamed.

    `name_of` says what the file will be called, for the gate to judge too; by default it is its digest.
    """
    descriptor, temporary = tempfile.mkstemp(suffix=".part", dir=folder)
    path = Path(temporary)
    try:
        made = _made(header, source, descriptor, rules, name_of)
        if isinstance(made, Passed):
            rebuilt, digest = made.value
            if durable:
                os.fsync(descriptor)
            yield Passed((rebuilt, Written(path, digest, os.fstat(descriptor).st_size)))
        else:
            yield made
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)


def _made(
    header: Found,
    source: Source,
    descriptor: int,
    rules: Rules,
    name_of: Callable[[Rebuilt], str] | None,
) -> Outcome[tuple[Rebuilt, Digest]]:
    """Write the output to `descriptor` and let the gate read it."""
    try:
        desk = desk_for(profile_for(header, rules.profile), rules.link, rules.identifiers)
        rebuilt = desk.rebuild(header, source)
        if not isinstance(rebuilt, Passed):
            return rebuilt
        body = header.body if isinstance(header, Header) else source
        digest = write(descriptor, rebuilt.value.chunks, body)
        if digest is None:
            return Refused(QuarantineReason.TRUNCATED)
        # A digest says nothing of a patient, so a file that is called by it has no name to judge.
        output = FileSource(descriptor)
        findings = scan_file(rules.gate, output, name_of(rebuilt.value) if name_of else "")
        # What a person looked at in place of the program is read once more by the gate, where it can read.
        is_read = rebuilt.value.is_inspected or (bool(rules.profile.waived) and is_installed())
        if is_read and not findings:
            findings = scan_pixels(rules.gate, output)
    except Undecodable:
        return Refused(QuarantineReason.DECODE_FAIL)
    except RULE_FAULTS:
        return Held(HoldReason.RULE_FAILED)
    if findings:
        return Held(HoldReason.IDENTIFIER_FOUND, findings)
    return Passed((rebuilt.value, digest))


@lru_cache(maxsize=8)
def _gate(identifiers: Identifiers) -> Gate:
    return compile_gate(identifiers)


def words_of(identifiers: Identifiers) -> Identifiers:
    """What text must not say of a patient: UIDs in text are replaced whosever they are."""
    return replace(identifiers, uids=frozenset())


def gate_for(known: Identifiers, own: Identifiers) -> Gate:
    """A gate for both, compiled no more often than the patient's words change.

    UIDs change with every file; the gate takes them without being compiled again, but wants to know how
    those of the study begin.
    """
    names = [field.name for field in fields(Identifiers) if field.name != "uids"]
    if all(getattr(own, name) <= getattr(known, name) for name in names):
        return _with_uids(_gate(known), own.uids - known.uids)
    joined = known.joined(own)
    beginnings = frozenset(f"{uid.rpartition('.')[0]}.0" for uid in joined.uids)
    return _with_uids(_gate(replace(joined, uids=beginnings)), joined.uids)


def _with_uids(gate: Gate, uids: frozenset[str]) -> Gate:
    return gate.with_uids(uids) if uids else gate
