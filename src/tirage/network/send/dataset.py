"""The files of a BIDS data set that are about all of it, and what the BIDS validator says of it."""

import json
import os
import subprocess
import tempfile
from collections import Counter
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from tirage.network.send.nifti import program

BIDS_VERSION: Final = "1.10.0"
VALIDATION_S: Final = 3600
VALIDATOR: Final = "bids-validator-deno"

VERDICT: Final = "code/tirage/release/bids-validator.json"


class NotJudged(Exception):
    """The BIDS validator did not end, or not with an answer."""


README: Final = """# {name}

Images of the release {name}, converted from DICOM to NIfTI by dcm2niix and named after BIDS {bids}.

- Subjects are named after their pseudonyms: a character that is no letter or digit, and `Z`, is written as
  `Z` and its code. Sessions are studies.
- `code/tirage` says of each study which DICOM objects (SHA-256) each image was made from, and which series
  have no image here and why. `code/tirage/release` holds the release's manifest and seal.
- `ct` and `pet` folders are named in the same way, and are not looked at by the BIDS validator: BIDS has no
  name for the one, and asks for facts of the other that DICOM objects do not hold.
- `task-unspecified`: the objects do not say which task a functional series was taken for.
"""
IGNORED: Final = "sub-*/ses-*/ct\nsub-*/ses-*/pet\n"
SUBJECTS: Final = {"participant_id": {"Description": "Label of the subject, made from its pseudonym"}}


def replace(path: Path, content: bytes) -> None:
    """Write a small file as a whole or not at all; raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).chmod(0o644)
        Path(partial).replace(path)
    finally:
        with suppress(FileNotFoundError):
            Path(partial).unlink()


def describe(root: Path, name: str) -> None:
    """Write what a data set says of itself and its list of subjects, as far as that has changed.

    The list is made from the folders that are there, a row each, so that it is right whoever wrote last.
    """
    subjects = sorted(each.name for each in root.glob("sub-*") if each.is_dir())
    description = {
        "Name": name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "tirage", "Version": version("tirage")}, {"Name": "dcm2niix"}],
    }
    wanted = {
        "dataset_description.json": _json(description),
        "README.md": README.format(name=name, bids=BIDS_VERSION).encode(),
        ".bidsignore": IGNORED.encode(),
        "participants.json": _json(SUBJECTS),
        "participants.tsv": "\n".join(["participant_id", *subjects, ""]).encode(),
    }
    for file, content in wanted.items():
        path = root / file
        if not path.exists() or path.read_bytes() != content:
            replace(path, content)


def errors(root: Path) -> int:
    """How many errors the BIDS validator finds, 0 where it is not installed; raises `NotJudged`.

    Which they are is written into the data set, without a name of a file.
    """
    validator = program(VALIDATOR)
    if validator is None:
        return 0
    try:
        done = subprocess.run(  # noqa: S603
            [str(validator), str(root), "--format", "json", "--ignoreWarnings"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=VALIDATION_S,
            check=False,
        )
        issues = json.loads(done.stdout)["issues"]["issues"]
        found = Counter(str(issue["code"]) for issue in issues if issue["severity"] == "error")
    except (subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        raise NotJudged from None
    replace(root / VERDICT, _json({"errors": found.total(), "codes": dict(sorted(found.items()))}))
    return found.total()


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()
