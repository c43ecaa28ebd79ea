"""Test data: synthetic DICOM objects by number, never read from a real archive.

`make_instance(patient=1, study=1, series=1, instance=1, **attributes)`: the same numbers give the same bytes,
the same patient number the same person. An attribute given as None is left out.
"""

import os
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from tirage.demo import instances
from tirage.demo.people import Person, person

__all__ = ["Person", "corpus", "make_dataset", "make_instance", "person", "write_instance"]


def make_dataset(
    patient: int = 1,
    study: int = 1,
    series: int = 1,
    instance: int = 1,
    *,
    modality: str = "CT",
    rows: int = 32,
    columns: int = 32,
    private: bool = True,
    **attributes: Any,
) -> Dataset:
    """A pydicom data set; `modality` is CT, MR, US, DX or SR, `attributes` go by keyword.

    Pictures are small unless asked otherwise: 512 × 512 for a CT of realistic size (528 KB).
    """
    if modality == "US":
        rows, columns = max(rows, 120), max(columns, 480)
    return instances.dataset(
        patient,
        study,
        series,
        instance,
        modality=modality,
        rows=rows,
        columns=columns,
        private=private,
        attributes=attributes,
    )


def make_instance(
    patient: int = 1,
    study: int = 1,
    series: int = 1,
    instance: int = 1,
    *,
    modality: str = "CT",
    transfer_syntax: str = ExplicitVRLittleEndian,
    rows: int = 32,
    columns: int = 32,
    private: bool = True,
    **attributes: Any,
) -> bytes:
    """The bytes of a DICOM file, with preamble and file meta information."""
    content = make_dataset(
        patient,
        study,
        series,
        instance,
        modality=modality,
        rows=rows,
        columns=columns,
        private=private,
        **attributes,
    )
    return instances.encode(content, transfer_syntax)


def write_instance(folder: Path, *args: Any, **attributes: Any) -> Path:
    """A DICOM file in `folder`, named by its numbers; arguments as for `make_instance`."""
    names = ("patient", "study", "series", "instance")
    numbers = dict(zip(names, args, strict=False)) | {
        name: attributes[name] for name in names if name in attributes
    }
    stem = "-".join(str(numbers.get(name, 1)) for name in names)
    path = folder / f"{attributes.get('modality', 'CT')}-{stem}.dcm"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_instance(*args, **attributes))
    return path


def corpus() -> list[Path]:
    """Real scanner files: those of `$TIRAGE_CORPUS` or `../shared/corpus`, else the ones pydicom ships."""
    beside = Path(__file__).parents[2] / "shared" / "corpus"
    folder = Path(os.environ.get("TIRAGE_CORPUS", beside))
    if folder.is_dir():
        return sorted(path for path in folder.rglob("*.dcm") if path.is_file())
    from pydicom.data import get_testdata_files

    return sorted(Path(name) for name in get_testdata_files("*.dcm"))
