"""Scores outputs against a key: how many of the asked things are so, by action."""

import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from tests.golden.planted.search import UNREADABLE, decoded, likeness, views
from tests.golden.planted.suite import lenient

from benchmarks.midi.key import Entry

Answer = tuple[str, bool]
"""An action and whether it was done."""
MARGIN = 12
FREELY_ANNOTATED = ("US", "OT")
"""Real ones have text of their own, which a tool does right to blank: nothing is asked of the rest."""


def scored(entries: list[Entry], source: Path, outputs: Mapping[str, Path]) -> dict[str, tuple[int, int]]:
    """Right and asked by action; `outputs` by the input's name. Nothing is asked of an input without."""
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    with lenient():
        pairs = [
            (entry, pydicom.dcmread(source / entry.file), pydicom.dcmread(outputs[entry.file], force=True))
            for entry in entries
            if entry.file in outputs
        ]
        for entry, before, after in pairs:
            for answers in (_header(entry, after), _pixels(entry, before, after)):
                for action, is_right in answers:
                    asked[action] += 1
                    right[action] += is_right
        for entry, *_ in pairs:
            data = outputs[entry.file].read_bytes()
            asked["bytes clean"] += 1
            seen = list(views(data))
            right["bytes clean"] += not any(
                needle.lower().encode() in view for needle in entry.needles for view in seen
            )
            asked["no new IOD error"] += 1
            right["no new IOD error"] += not errors(outputs[entry.file]) - errors(source / entry.file)
        for action, is_right in _across(pairs):
            asked[action] += 1
            right[action] += is_right
    return {action: (right[action], asked[action]) for action in asked}


def _header(entry: Entry, after: Dataset) -> Iterator[Answer]:
    for keyword in entry.retained:
        yield "tag retained", keyword in after
    for keyword in entry.not_null:
        yield "text not null", after.get(keyword) not in (None, "")
    for keyword, text in entry.texts.items():
        words = str(after.get(keyword, "")).lower()
        yield "text retained", all(word in words for word in text.lower().split())
    for keyword, needles in entry.removed.items():
        text = str(after.get(keyword, "")).lower()
        yield "text removed", not any(needle.lower() in text for needle in needles)
    for keyword, day in entry.dates.items():
        moved = str(after.get(keyword, ""))
        yield "date shifted", bool(re.fullmatch(r"\d{8}", moved)) and moved != day
    for keyword, uid in entry.uids.items():
        yield "UID changed", str(after.get(keyword, "")) not in ("", uid)
    days = {keyword: _days(str(after.get(keyword, ""))) for keyword in entry.dates}
    start, moved_start = _days(entry.dates["StudyDate"]), days["StudyDate"]
    for keyword, day in entry.dates.items():
        if keyword != "StudyDate":
            moved = days[keyword]
            kept = moved is not None and moved_start is not None and start is not None
            yield "interval kept", kept and moved - moved_start == (_days(day) or 0) - start  # type: ignore[operator]


def _pixels(entry: Entry, before: Dataset, after: Dataset) -> Iterator[Answer]:
    if "PixelData" not in before:
        return
    old, new = decoded(before), decoded(after) if "PixelData" in after else None
    if old is None:
        return
    is_like = new is not None and new.shape == old.shape
    outside = np.ones(old.shape[1:3], bool)
    if entry.box:
        top, left, bottom, right = entry.box
        outside[max(top - MARGIN, 0) : bottom + MARGIN, max(left - MARGIN, 0) : right + MARGIN] = False
        if is_like:
            first, shown = (each[0][top:bottom, left:right] for each in (old, new))
            mask = _ink(first)
            yield "pixels hidden", likeness(shown, mask) < 0.3
    if before.Modality in FREELY_ANNOTATED:
        return
    same = is_like and (new[:, outside] == old[:, outside])
    share = float(np.mean(same)) if is_like else 0.0
    yield "pixels retained", share > 0.99
    yield "pixels outside boxes identical", share == 1.0


def _ink(box: np.ndarray) -> np.ndarray:
    grey = box.max(axis=-1) if box.ndim == 3 else box
    return grey == grey.max()


def _across(pairs: list[tuple[Entry, Dataset, Dataset]]) -> Iterator[Answer]:
    """What can be said of all files together: one for one maps, and references that lead somewhere."""
    made: dict[str, set[str]] = defaultdict(set)
    patients: dict[str, set[str]] = defaultdict(set)
    known = {str(before.SOPInstanceUID): str(after.get("SOPInstanceUID", "")) for _, before, after in pairs}
    for entry, _, after in pairs:
        patients[entry.patient].add(str(after.get("PatientID", "")))
        for keyword, uid in entry.uids.items():
            made[uid].add(str(after.get(keyword, "")))
    yield from (("UID consistent", len(found) == 1) for found in made.values())
    yield from (("patient id consistent", len(found) == 1 and found != {""}) for found in patients.values())
    for _, before, after in pairs:
        wanted = [known[uid] for uid in _references(before) if uid in known]
        found = set(_references(after)) if wanted else set()
        yield from (("references resolve", uid in found) for uid in wanted)


def _references(content: Dataset) -> list[str]:
    try:
        return [str(each.value) for each in content.iterall() if each.keyword == "ReferencedSOPInstanceUID"]
    except UNREADABLE:
        return []


def _days(text: str) -> int | None:
    try:
        return datetime.strptime(text[:8], "%Y%m%d").toordinal()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def errors(path: Path) -> set[str]:
    """dciodvfy's errors, without values."""
    done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, check=False)
    lines = (done.stdout + done.stderr).decode("latin-1").splitlines()
    return {re.sub(r" = <[^>]*>", "", line) for line in lines if line.startswith("Error")}
