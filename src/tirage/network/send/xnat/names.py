"""What subjects, sessions, files and resources are called in XNAT."""

import hashlib
import re
from pathlib import PurePosixPath
from typing import Final

from tirage.model.identifiers import Uid

_UNFIT: Final = re.compile(r"[^A-Za-z0-9_-]")
_MARK: Final = 10
"""Letters of a digest: two of a million names meet once in a million projects."""


def subject_label(pseudonym: str) -> str:
    """The pseudonym; where XNAT would not take it as it is, with a mark that keeps it apart from others."""
    fit = _UNFIT.sub("_", pseudonym)
    return fit if fit == pseudonym else f"{fit}-{_mark(pseudonym)}"


def session_label(pseudonym: str, study: Uid) -> str:
    """The subject and a mark of the study: the same for a study in every release, on every node."""
    return f"{subject_label(pseudonym)}_{_mark(study)}"


def file_name(sop_instance: Uid) -> str:
    """The name of an object: XNAT keeps the names of a ZIP's entries, and so lists objects by their UID."""
    return f"{sop_instance}.dcm"


def resource_label(name: str) -> str:
    """The resource of a list that is delivered as `project/version/…`: `TIRAGE_project_version`."""
    project, version, *_ = PurePosixPath(name).parts
    return _UNFIT.sub("_", f"TIRAGE_{project}_{version}")


def resource_name(name: str) -> str:
    """The name of a list inside its resource."""
    return "/".join(PurePosixPath(name).parts[2:])


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_MARK]
