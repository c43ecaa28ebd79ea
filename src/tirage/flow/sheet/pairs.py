"""Which output was made of which input."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tirage.dicom.elements import FileSource, Malformed, read_header
from tirage.dicom.header import Header
from tirage.model.records import Confidential, Finding

_ALIKE = (
    0x00080016,  # SOPClassUID
    0x00080060,  # Modality
    0x00200011,  # SeriesNumber
    0x00200012,  # AcquisitionNumber
    0x00200013,  # InstanceNumber
    0x00200032,  # ImagePositionPatient
    0x00280008,  # NumberOfFrames
    0x00280010,  # Rows
    0x00280011,  # Columns
)
"""What de-identification leaves as it is and instances of a study differ in."""


@dataclass(frozen=True, slots=True, repr=False)
class Pair(Confidential):
    """An input and its output; without one, why there is none, as far as known."""

    before: Path
    after: Path | None = None
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def reported(report: Path, source: Path, target: Path) -> list[Pair]:
    """The pairs that a report of `tirage deid run` names, of inputs that lie in `source`."""
    pairs = []
    for text in report.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        before = Path(line["input"])
        if source.resolve() not in (before.resolve(), *before.resolve().parents):
            continue
        findings = tuple(Finding(each["where"], each["kind"]) for each in line.get("findings", ()))
        after = target / line["output"] if line["output"] else None
        pairs.append(Pair(before, after, line["reason"], findings))
    return pairs


def alike(sources: Sequence[str], targets: Sequence[str]) -> list[Pair]:
    """Pairs of files that agree in what outlives de-identification, as no two others do.

    An input that cannot be told from another has no pair: a guess would show a study that is not so.
    """
    if len(sources) == len(targets) == 1:
        return [Pair(Path(sources[0]), Path(targets[0]))]
    before, after = _by_looks(sources), _by_looks(targets)
    found = {
        paths[0]: Path(after[look][0])
        for look, paths in before.items()
        if len(paths) == 1 and len(after.get(look, ())) == 1
    }
    return [
        Pair(Path(path), found.get(path), "" if path in found else "no output that is surely its own")
        for path in sources
    ]


def _by_looks(paths: Iterable[str]) -> dict[tuple[bytes, ...], list[str]]:
    looks = defaultdict(list)
    for path in paths:
        with FileSource.open(path) as source:
            try:
                header = read_header(source)
            except Malformed:
                continue
        looks[_look(header)].append(path)
    return looks


def _look(header: Header) -> tuple[bytes, ...]:
    places = (header.find(tag) for tag in _ALIKE)
    return tuple(b"" if index is None else header.value(index).strip(b" \0") for index in places)
