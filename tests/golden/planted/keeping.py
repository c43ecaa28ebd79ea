"""Checks of what should survive, made from what was put in."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.valuerep import DA
from tests.golden.planted.search import decoded
from tests.golden.planted.values import Check

Outputs = Mapping[str, Dataset]


def at(content: Dataset, path: str) -> Any:
    """The value at a path such as `ReferencedStudySequence.0.ReferencedSOPInstanceUID` or `00191100C`."""
    value: Any = content
    for step in path.split("."):
        if step.isdigit() and len(step) < 4:
            value = value[int(step)]
        elif re.fullmatch("[0-9A-F]{8}", step):
            value = value[int(step, 16)].value
        else:
            value = value[step].value
    return value


def same(path: str) -> Check:
    """The value is as before."""
    return lambda after, before, _: at(after, path) == at(before, path) and at(after, path) not in (None, "")


def says(path: str, *words: str) -> Check:
    """The text still has these words."""
    return lambda after, _, __: all(word.lower() in str(at(after, path)).lower() for word in words)


def private(group: int, creator: str, element: int) -> Check:
    """A private element has its value still, under its creator."""

    def check(after: Dataset, before: Dataset, _: Outputs) -> bool:
        def value(content: Dataset) -> Any:
            return content.private_block(group, creator)[element].value

        found, wanted = value(after), value(before)
        if isinstance(found, bytes) != isinstance(wanted, bytes):
            return str(found) == str(wanted)
        return bool(found == wanted)

    return check


def interval(first: str, second: str) -> Check:
    """As many days lie between two dates as before."""

    def days(content: Dataset) -> int:
        start, end = (DA(str(at(content, path))[:8]) for path in (first, second))
        if start is None or end is None:
            raise ValueError("no date")
        return (end - start).days

    return lambda after, before, _: days(after) == days(before)


def refers(path: str, other: str, keyword: str = "SOPInstanceUID") -> Check:
    """A reference names what another object of the study is called now."""
    return lambda after, _, outputs: at(after, path) == outputs[other][keyword].value


def pixels(*boxes: tuple[int, int, int, int]) -> Check:
    """Every pixel outside of the boxes (top, left, bottom, right) is as before, in every frame."""

    def check(after: Dataset, before: Dataset, _: Outputs) -> bool:
        new, old = decoded(after), decoded(before)
        if new is None or old is None or new.shape != old.shape:
            return False
        if new.dtype.itemsize == 2 and int(before.BitsStored) < 16:
            cut = (1 << int(before.BitsStored)) - 1
            new, old = new.astype(np.int64) & cut, old.astype(np.int64) & cut
        outside = np.ones(new.shape[1:3], bool)
        for top, left, bottom, right in boxes:
            outside[top:bottom, left:right] = False
        return bool((new[:, outside] == old[:, outside]).all())

    return check


def region(top: int, left: int, bottom: int, right: int) -> Check:
    """The pixels within a box are as before, in every frame."""

    def check(after: Dataset, before: Dataset, _: Outputs) -> bool:
        new, old = decoded(after), decoded(before)
        if new is None or old is None or new.shape != old.shape:
            return False
        return bool((new[:, top:bottom, left:right] == old[:, top:bottom, left:right]).all())

    return check


def content_item(wanted: Callable[[Dataset], bool]) -> Check:
    """Some content item of a report, at any depth, is as wanted."""

    def search(item: Dataset) -> bool:
        return wanted(item) or any(search(child) for child in item.get("ContentSequence", []))

    return lambda after, _, __: any(search(item) for item in after.ContentSequence)
