"""One object in a child process: de-identified, verified, or held with a reason."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tirage.flow.steps.deidentify import deidentify_file
from tirage.flow.steps.guard import guarded
from tirage.model.identifiers import Digest, ProjectName
from tirage.model.outcomes import Outcome
from tirage.model.reasons import HoldReason
from tirage.model.records import Confidential, Identifiers, Link, Output
from tirage.policy.profile import Profile, compile_profile
from tirage.policy.project import load_project


@dataclass(frozen=True, slots=True, repr=False)
class Job(Confidential):
    """An original, the folder its output is made in, and the rules: the project's file and the link.

    `identifiers` are those of the patient, whatever the original itself says; `waived` are checks that a
    person has done.
    """

    original: Path
    source: Digest
    folder: Path
    rules: str
    project: ProjectName
    link: Link
    identifiers: Identifiers
    waived: frozenset[HoldReason] = frozenset()


def deidentify_one(job: Job) -> Outcome[Output]:
    """The output, or why there is none."""
    return guarded(
        lambda: deidentify_file(
            job.original,
            job.folder,
            _profile(job.rules, job.project, job.waived),
            job.link,
            job.identifiers,
        )
    )


@lru_cache(maxsize=32)
def _profile(text: str, name: str, waived: frozenset[HoldReason]) -> Profile:
    return compile_profile(load_project(text, name)).waiving(waived)
