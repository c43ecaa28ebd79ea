"""Delivery as NIfTI into a BIDS data set: one for each release, below the destination's folder.

What was made from which objects is recorded beside the images, study by study, so that a repeated delivery
finds what is there and a different one disturbs nothing.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, Final

from tirage.deliver.labels import session_label, subject_label
from tirage.deliver.sequences import Kind, kind_of
from tirage.deliver.sidecars import write as sidecar
from tirage.model.delivery import Consignment, Delivery, DestinationRefused, Progress, Proof, Receipt
from tirage.model.identifiers import ResearchPath
from tirage.network.send import dataset
from tirage.network.send.checksum import file_digest
from tirage.network.send.files import Fault
from tirage.network.send.folder import DETAIL_OF_ERROR, FolderDestination
from tirage.network.send.nifti import Image, NotConverted, convert, converter, pack
from tirage.network.send.sources import frames_of, staged

RECORDS: Final = PurePosixPath("code/tirage")
LISTS: Final = RECORDS / "release"
VERSION: Final = re.compile(r"[^/]+/v[0-9]+")
"""Where a data set is; other files stand beside data sets."""

Answer = tuple[Delivery, str, bool]


@dataclass
class _Series:
    """A series on its way: its objects, and what came of it."""

    uid: str
    objects: list[Consignment]
    answer: Answer | None = None
    images: list[tuple[Kind, Image]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def sources(self) -> list[str]:
        return sorted(each.digest for each in self.objects)

    @property
    def order(self) -> tuple[int, str]:
        number = self.images[0][1].facts.get("SeriesNumber") if self.images else None
        return (number if isinstance(number, int) else 0, self.uid)


@dataclass(frozen=True, slots=True)
class BidsDestination:
    """A `Destination`: converts `modalities` of a release below `root`, in `scratch` first."""

    name: str
    root: Path
    modalities: tuple[str, ...]
    scratch: Path

    def check(self) -> None:
        """Write and remove a file, and look for dcm2niix.

        Raises `DestinationUnreachable` or `DestinationRefused`.
        """
        FolderDestination(self.name, self.root).check()
        if converter() is None:
            raise DestinationRefused("dcm2niix is not installed: install tirage with the extra `bids`")

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Convert each study; the lists of a release follow when the BIDS validator accepts the data set."""
        answers: dict[int, Receipt] = {}
        studies: dict[tuple[str, str, str], list[int]] = {}
        for index, each in enumerate(consignments):
            parts = PurePosixPath(each.name).parts
            studies.setdefault(("/".join(parts[:2]), each.subject, each.study), []).append(index)
        for (release, _, study), indices in studies.items():
            objects = [consignments[index] for index in indices]
            if not _is_name(objects):
                receipts = [_receipt(each, (Delivery.FAILED, "BAD_NAME", False)) for each in objects]
            elif study:
                receipts = self._study(release, objects)
            elif VERSION.fullmatch(release):
                receipts = self._lists(release, objects)
            else:
                receipts = self._files(self.root, objects)
            answers |= dict(zip(indices, receipts, strict=True))
            for receipt in receipts:
                progress(receipt)
        return [answers[index] for index in range(len(consignments))]

    def _lists(self, release: str, lists: list[Consignment]) -> list[Receipt]:
        root = self.root / release
        try:
            if not self.root.is_dir():
                return [_receipt(each, (Delivery.FAILED, "UNREACHABLE", True)) for each in lists]
            root.mkdir(parents=True, exist_ok=True)
            dataset.describe(root, release)
        except OSError as error:
            return [_receipt(each, _fault(error)) for each in lists]
        try:
            if any(root.glob("sub-*")) and dataset.errors(root):
                return [_receipt(each, (Delivery.FAILED, "NOT_VALID", False)) for each in lists]
        except dataset.NotJudged:
            return [_receipt(each, (Delivery.FAILED, "NOT_JUDGED", True)) for each in lists]
        except OSError as error:
            return [_receipt(each, _fault(error)) for each in lists]
        moved = [
            _renamed(each, str(LISTS / PurePosixPath(*PurePosixPath(each.name).parts[2:]))) for each in lists
        ]
        return self._files(root, moved)

    def _files(self, root: Path, files: list[Consignment]) -> list[Receipt]:
        """Files as they are, such as a notice of what was withdrawn, which is no release's."""
        placed = FolderDestination(self.name, root).deliver(files, lambda _: None)
        return [
            _receipt(each, (got.status, got.detail, got.is_worth_retrying))
            for each, got in zip(files, placed, strict=True)
        ]

    def _study(self, release: str, objects: list[Consignment]) -> list[Receipt]:
        wanted = [each for each in objects if each.modality in self.modalities]
        series: dict[str, _Series] = {}
        for each in wanted:
            series.setdefault(each.series, _Series(each.series, [])).objects.append(each)
        try:
            if wanted:
                self._answer(self.root / release, release, list(series.values()))
        except Fault as fault:
            for one in series.values():
                one.answer = one.answer or (Delivery.FAILED, fault.detail, False)
        except OSError as error:
            for one in series.values():
                one.answer = one.answer or _fault(error)
        other: Answer = (Delivery.SKIPPED, "OTHER_MODALITY", False)
        return [
            _receipt(
                each, (series[each.series].answer or other) if each.modality in self.modalities else other
            )
            for each in objects
        ]

    def _answer(self, root: Path, release: str, series: list[_Series]) -> None:
        """Find or make the images of a study's series, and answer each."""
        if not self.root.is_dir():
            for one in series:
                one.answer = (Delivery.FAILED, "UNREACHABLE", True)
            return
        root.mkdir(parents=True, exist_ok=True)
        first = series[0].objects[0]
        stem = f"sub-{subject_label(first.subject)}_ses-{session_label(first.study)}"
        path = root / RECORDS / f"{stem}.json"
        record = _record(path, first.study)
        for one in series:
            one.answer = _known(root, record, one)
        new = [one for one in series if one.answer is None]
        if not new:
            return
        if converter() is None:
            for one in new:
                one.answer = (Delivery.FAILED, "NO_CONVERTER", True)
            return
        self.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="bids-", dir=self.scratch) as folder:
            for number, one in enumerate(new):
                staged(one.objects, Path(folder) / str(number) / "dicom")
            for number, one in enumerate(new):
                _convert(one, Path(folder) / str(number))
            _name(stem, record, new)
            for one in new:
                self._place(root, record, one, Path(folder) / "packed")
        dataset.replace(path, (json.dumps(record, indent=2, sort_keys=True) + "\n").encode())
        dataset.describe(root, release)

    def _place(self, root: Path, record: dict[str, Any], series: _Series, packed: Path) -> None:
        entry = {"sources": series.sources, "files": {}}
        if series.answer is not None:
            if series.answer[0] is Delivery.SKIPPED:
                record["series"][series.uid] = entry | {"skipped": series.answer[1]}
            return
        files: list[Consignment] = []
        for (kind, image), name in zip(series.images, series.names, strict=True):
            made = packed / name
            made.parent.mkdir(parents=True, exist_ok=True)
            pack(image.path, made.with_name(f"{made.name}.nii.gz"))
            made.with_name(f"{made.name}.json").write_text(sidecar(image.facts, kind))
            for gradient in (image.bval, image.bvec):
                if gradient is not None:
                    shutil.copyfile(gradient, made.with_name(f"{made.name}{gradient.suffix}"))
            files += [
                Consignment(ResearchPath(each), file_digest(each), f"{name}{each.name[len(made.name) :]}")
                for each in sorted(made.parent.glob(f"{made.name}.*"))
            ]
        receipts = FolderDestination(self.name, root).deliver(files, lambda _: None)
        series.answer = _all_of(receipts)
        if series.answer[0] in (Delivery.DELIVERED, Delivery.ALREADY):
            entry["files"] = {each.name: each.digest for each in files}
            record["series"][series.uid] = entry


def _is_name(objects: list[Consignment]) -> bool:
    """Whether names begin with project and version, and objects have a subject."""
    paths = [PurePosixPath(each.name) for each in objects]
    return all(
        len(path.parts) > 2 and ".." not in path.parts and not path.is_absolute() for path in paths
    ) and all(each.subject or not each.study for each in objects)


def _record(path: Path, study: str) -> dict[str, Any]:
    """What is written of a study; one that cannot be read is another study's, and stays."""
    if not path.exists():
        return {"study": study, "series": {}}
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError:
        return {"study": "", "series": {}}
    return record


def _known(root: Path, record: dict[str, Any], series: _Series) -> Answer | None:
    """The answer for a series that was delivered before; None where there is something to do."""
    found = record["series"].get(series.uid)
    if record["study"] != series.objects[0].study or (found and found["sources"] != series.sources):
        return Delivery.CONFLICT, "", False
    if not found:
        return None
    if "skipped" in found:
        return Delivery.SKIPPED, found["skipped"], False
    there = {name: root / name for name in found["files"]}
    if any(path.exists() and file_digest(path) != found["files"][name] for name, path in there.items()):
        return Delivery.CONFLICT, "", False
    if all(path.exists() for path in there.values()):
        return Delivery.ALREADY, "", False
    del record["series"][series.uid]
    return None


def _convert(series: _Series, folder: Path) -> None:
    """Make the images of a series; its answer says why there are none, where there are none."""
    target = folder / "nifti"
    target.mkdir()
    try:
        images = convert(folder / "dicom", target)
        frames = frames_of(folder / "dicom")
    except NotConverted:
        series.answer = (Delivery.FAILED, "NOT_CONVERTED", False)
        return
    is_mosaic = all("MOSAIC" in each.facts.get("ImageType", ()) for each in images)
    made = sum(each.volumes if is_mosaic else each.slices * each.volumes for each in images)
    if made != frames:
        series.answer = (Delivery.FAILED, "NOT_CONVERTED", False)
        return
    for image in images:
        kind = kind_of(image.facts, image.volumes, image.bval is not None)
        if kind is None:
            series.answer = (Delivery.SKIPPED, "NO_BIDS_NAME", False)
            return
        series.images.append((kind, image))


def _name(stem: str, record: dict[str, Any], new: list[_Series]) -> None:
    """Give every image its name before any is placed: one that fails keeps its name for the next try."""
    taken = {name for each in record["series"].values() for name in each["files"]}
    for series in sorted(new, key=lambda each: each.order):
        if series.answer is None:
            for kind, _ in series.images:
                series.names.append(_free(stem, kind, taken))
                taken.add(f"{series.names[-1]}.nii.gz")


def _free(stem: str, kind: Kind, taken: set[str]) -> str:
    """The next name of its kind in the study, without what comes after the suffix."""
    subject, session = stem.split("_")
    for run in count(1):
        parts = [stem, *kind.entities, f"run-{run}", kind.suffix]
        name = f"{subject}/{session}/{kind.datatype}/{'_'.join(parts)}"
        if f"{name}.nii.gz" not in taken:
            return name
    raise AssertionError


def _all_of(receipts: list[Receipt]) -> Answer:
    for status in (Delivery.FAILED, Delivery.CONFLICT, Delivery.DELIVERED):
        for receipt in receipts:
            if receipt.status is status:
                return status, receipt.detail, receipt.is_worth_retrying
    return Delivery.ALREADY, "", False


def _fault(error: OSError) -> Answer:
    return Delivery.FAILED, *DETAIL_OF_ERROR.get(error.errno or 0, ("IO_ERROR", True))


def _renamed(consignment: Consignment, name: str) -> Consignment:
    return Consignment(consignment.path, consignment.digest, name)


def _receipt(consignment: Consignment, answer: Answer) -> Receipt:
    status, detail, again = answer
    has_arrived = status in (Delivery.DELIVERED, Delivery.ALREADY)
    return Receipt(consignment.digest, status, detail, again, Proof.READ_BACK if has_arrived else Proof.NONE)
