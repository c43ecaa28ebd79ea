"""Outputs have no kind of error against their IOD that their inputs had not, as dciodvfy judges."""

import re
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.golden.census import Census

AS_BEFORE = 0.995
"""The share of files that must have no new kind of error."""

pytestmark = pytest.mark.serial

_VALUE = re.compile(r" = <[^>]*>")
_PLACE = re.compile(r"\[\d+\]|<\d+>|\b\d[\d.]*\b")


def test_nearly_no_output_has_a_kind_of_error_that_its_input_had_not(census: Census) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.fail("dciodvfy is missing: install Debian's dicom3tools")
    pairs = census.released
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(_new_errors, pairs))
    worse = sum(bool(new) for new in found)
    kinds = Counter(kind for new in found for kind in new)
    share = 1 - worse / len(pairs)
    print(f"{share:.2%} of {len(pairs)} outputs have no new kind of error", *kinds.items(), sep="\n")
    assert len(pairs) > 20  # far more with the corpus
    assert share >= AS_BEFORE, kinds


def _new_errors(pair: tuple[Path, Path]) -> set[str]:
    return _errors(pair[1]) - _errors(pair[0])


def _errors(path: Path) -> set[str]:
    """The kinds of errors of a file: messages without values, and without which item of a sequence."""
    done = subprocess.run(["dciodvfy", "-new", path], capture_output=True, check=False)
    lines = (done.stdout + done.stderr).decode("latin-1").splitlines()
    return {_PLACE.sub("", _VALUE.sub("", line)) for line in lines if line.startswith("Error")}
