"""Names for things, so that one kind of string is never taken for another."""

from pathlib import Path
from typing import NewType

Digest = NewType("Digest", str)
"""SHA-256 of a file's bytes, 64 lowercase hexadecimal digits; the content address of an object."""

Uid = NewType("Uid", str)
"""A DICOM unique identifier (PS3.5 9.1)."""

ReceivedId = NewType("ReceivedId", int)
"""Number of a received object in the order it was accepted; safe to log."""

ProjectName = NewType("ProjectName", str)
"""A project's short name: lowercase letters, digits and hyphens; safe to log."""

Pseudonym = NewType("Pseudonym", str)
"""A project-specific replacement for a patient's identifier."""

ResearchPath = NewType("ResearchPath", Path)
"""A file of a release: de-identified and passed by the gate. Destinations take no other path."""

PolicyDigest = NewType("PolicyDigest", str)
"""SHA-256 over everything that decides a project's output: its file, its profile, the tables' editions."""

IMPLEMENTATION_CLASS = Uid("2.25.30410017901793725036984914154413512036")
"""Names this implementation in file meta and associations (PS3.7 D.3.3.2); the same for every version."""

IMPLEMENTATION_VERSION = "TIRAGE"
"""Implementation Version Name; without a number, so that an upgrade changes no object's digest."""


def short(digest: Digest | PolicyDigest) -> str:
    """The first 12 digits of a digest: enough to find it, fit for a log line or a screen."""
    return digest[:12]
