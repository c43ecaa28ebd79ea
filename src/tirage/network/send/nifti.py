"""A series converted to NIfTI by dcm2niix, in a process with limits."""

import gzip
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tirage.deliver import sidecars

CONVERSION_S: Final = 1800
MEMORY_BYTES: Final = 16 * 1024**3
HEADER_BYTES: Final = 348
RESAMPLED: Final = re.compile(r"_(Eq|Tilt|Crop)(_[0-9]+)?$")
"""Ends of names of images that dcm2niix resamples and adds to the original."""
_WORDS: Final = ((4, 28), (148, 104), (328, 16))
"""Offset and length of the fields of free text (`nifti1.h`): names, descrip, aux_file, intent_name."""


class NotConverted(Exception):
    """dcm2niix made nothing of a series, or nothing that can be read."""


@dataclass(frozen=True, slots=True)
class Image:
    """One image that came of a series; `path` is not compressed, gradients are None without diffusion."""

    path: Path
    facts: dict[str, Any]
    slices: int
    volumes: int
    bval: Path | None
    bvec: Path | None


def converter() -> Path | None:
    """Where dcm2niix is: beside this Python, else on the path; None where it is not installed."""
    return program("dcm2niix")


def program(name: str) -> Path | None:
    """Where a program is that came with a Python package."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    return Path(found) if found else None


def convert(source: Path, target: Path) -> list[Image]:
    """The images of the objects in `source`, written into the empty folder `target`.

    Raises `NotConverted`, and `OSError` where the disk fails.
    """
    dcm2niix = converter()
    if dcm2niix is None:
        raise NotConverted("dcm2niix is not installed")
    command = [str(dcm2niix), "-b", "y", "-ba", "y", "-z", "n", "-d", "0", "-f", "image", "-o", str(target)]
    process = subprocess.Popen(  # noqa: S603
        [*command, str(source)],
        stdin=subprocess.DEVNULL,
        # What it says names files and descriptions.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(target), "PATH": os.defpath, "LC_ALL": "C"},
    )
    resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        code = process.wait(CONVERSION_S)
    except subprocess.TimeoutExpired:
        raise NotConverted("took too long") from None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    found = sorted(path for path in target.glob("*.nii") if not RESAMPLED.search(path.stem))
    if code or not found:
        raise NotConverted("no image")
    return [_image(path) for path in found]


def pack(image: Path, target: Path) -> None:
    """Compress an image without its free text, always to the same bytes; raises `OSError`."""
    with (
        image.open("rb") as plain,
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
    ):
        header = bytearray(plain.read(HEADER_BYTES))
        for offset, length in _WORDS:
            header[offset : offset + length] = bytes(length)
        packed.write(header)
        shutil.copyfileobj(plain, packed, 1024 * 1024)


def _image(path: Path) -> Image:
    try:
        facts = sidecars.read(path.with_suffix(".json").read_text(encoding="utf-8", errors="replace"))
        with path.open("rb") as file:
            dimensions = struct.unpack_from("<8h", file.read(HEADER_BYTES), 40)
    except (FileNotFoundError, ValueError, struct.error):
        raise NotConverted("an image without facts") from None
    used = dimensions[0]
    if not 2 <= used <= 7:
        raise NotConverted("an image without dimensions")
    slices = dimensions[3] if used > 2 else 1
    volumes = 1
    for each in dimensions[4 : used + 1]:
        volumes *= max(1, each)
    bval, bvec = path.with_suffix(".bval"), path.with_suffix(".bvec")
    has_gradients = bval.exists() and bvec.exists()
    return Image(path, facts, slices, volumes, *((bval, bvec) if has_gradients else (None, None)))
