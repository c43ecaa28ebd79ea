"""Looks at every frame of an object, and says which boxes to blank, or that a person must look."""

from collections import defaultdict

import numpy as np

from tirage import ocr
from tirage.deidentify.chunks import held
from tirage.deidentify.look.devices import device_boxes
from tirage.deidentify.look.planes import Kind, planes_of
from tirage.deidentify.look.seen import Seen
from tirage.deidentify.look.strokes import Plane
from tirage.deidentify.look.survey import EVERY, Endless, Sighting, Survey, blanked
from tirage.deidentify.look.ultrasound import outside, regions_of
from tirage.deidentify.look.words import Fate, Judge, Words
from tirage.dicom.decode import Undecodable
from tirage.dicom.frames import Frames
from tirage.dicom.header import Header
from tirage.model.outcomes import Outcome, Passed, Refused
from tirage.model.pixels import Box, Mask, inside
from tirage.model.reasons import HoldReason, QuarantineReason
from tirage.model.records import Finding, Identifiers
from tirage.policy.devices import device_rules
from tirage.policy.profile import Profile
from tirage.policy.regions import Unexplained

__all__ = ["Judge", "Seen", "inspect"]

_ROUNDS = 3
"""How often frames are looked at again after something was found."""

_MOST = 0.5
"""Share of what is looked at that may be blanked for its lettering."""

_OFTEN = 3
"""Frames from which on what goes is blanked in all of them."""


def inspect(header: Header, profile: Profile, cleaner: Judge, identifiers: Identifiers) -> Outcome[Seen]:
    """The boxes to blank in an object whose pixels may carry text; held when that cannot be said."""
    if not ocr.is_installed():
        return held("reading pictures needs the extra `ocr`: pip install 'tirage[ocr]'")
    import cv2

    # Pictures are small, and a process runs for every core: threads would wait for each other busily.
    cv2.setNumThreads(1)
    try:
        frames = Frames(header)
        return _Inspection(header, frames, profile, Words(cleaner, identifiers)).run()
    except Undecodable:
        return Refused(QuarantineReason.DECODE_FAIL, (Finding("PixelData", "cannot be decoded"),))
    except Endless:
        return held("more lettering than can be read")


class _Inspection:
    """One object being looked at."""

    def __init__(self, header: Header, frames: Frames, profile: Profile, words: Words) -> None:
        rows, columns = frames.rows, frames.columns
        rules = (*device_rules(), *profile.project.pixels.devices)
        self.regions = regions_of(header, rows, columns)
        self.fixed = inside(device_boxes(header, rules), rows, columns)
        if self.regions:
            self.fixed += outside(self.regions, rows, columns)
        self.frames, self.survey = frames, Survey(words)
        self.is_waived = HoldReason.PIXELS_UNCHECKED in profile.waived
        self.is_blanked = profile.project.pixels.unexplained is Unexplained.BLANK

    def run(self) -> Outcome[Seen]:
        mask = Mask(self.fixed)
        for _ in range(_ROUNDS):
            before = len(self.survey.seen)
            self._look(mask)
            mask = self._mask()
            if len(self.survey.seen) == before:
                break
            if not self._is_blanked_enough(mask):
                return held("most of the picture is lettering")
        else:
            return held("lettering is found again and again")
        left = [sighting for sighting in self.survey.seen if sighting.fate is Fate.UNEXPLAINED]
        if left and not self.is_blanked and not self.is_waived:
            return held("looks like text that cannot be read")
        return Passed(Seen(mask, self.regions, tuple(self._findings())))

    def _look(self, mask: Mask) -> None:
        """One look at every frame as it would be with `mask`, and at what all frames share."""
        darkest: Plane | None = None
        brightest: Plane | None = None
        for index in range(self.frames.count):
            for kind, plane in planes_of(self.frames, index):
                self.survey.look(plane, index, kind, mask.boxes(index))
                if kind is Kind.BRIGHTNESS and self.frames.count > 1:
                    darkest = plane if darkest is None else np.minimum(darkest, plane)
                    brightest = plane if brightest is None else np.maximum(brightest, plane)
        if darkest is not None and brightest is not None:
            self.survey.look(darkest, EVERY, Kind.BRIGHTNESS, mask.everywhere)
            self.survey.look(brightest, EVERY, Kind.BRIGHTNESS, mask.everywhere)

    def _mask(self) -> Mask:
        """What goes, as boxes: in all frames when it was seen in several, else where it was seen."""
        going = [sighting for sighting in self.survey.seen if self._goes(sighting)]
        staying = [sighting for sighting in self.survey.seen if sighting.fate is Fate.STAYS]
        for sighting in staying:
            # Half of a line gives away the other: what stands beside what goes, goes too.
            if any(is_beside(sighting, other) for other in going):
                sighting.fate = Fate.GOES
                going.append(sighting)
        everywhere = list(self.fixed)
        by_frame: defaultdict[int, list[Box]] = defaultdict(list)
        for sighting in going:
            if EVERY in sighting.frames or len(sighting.frames) >= min(_OFTEN, self.frames.count):
                everywhere.append(sighting.box)
            else:
                for index in sighting.frames:
                    by_frame[index].append(sighting.box)
        return Mask(tuple(everywhere), {index: tuple(boxes) for index, boxes in by_frame.items()})

    def _goes(self, sighting: Sighting) -> bool:
        return sighting.fate is Fate.GOES or (self.is_blanked and sighting.fate is Fate.UNEXPLAINED)

    def _is_blanked_enough(self, mask: Mask) -> bool:
        """Whether no frame loses more than half of what is looked at."""
        shape = self.frames.rows, self.frames.columns
        looked_at = blanked(np.ones(shape, np.uint8), self.fixed)
        total = int(looked_at.sum())
        return all(
            2 * int(blanked(looked_at, mask.boxes(index)).sum()) >= 2 * (1 - _MOST) * total
            for index in {0, *mask.by_frame}
        )

    def _findings(self) -> list[Finding]:
        found = [Finding("PixelData", "screen of the device, blanked")] if self.fixed else []
        if any(self._goes(sighting) for sighting in self.survey.seen):
            found.append(Finding("PixelData", "lettering, blanked"))
        return found


def is_beside(sighting: Sighting, other: Sighting) -> bool:
    """Whether two rows stand in one line of text of the same frame, no further apart than two letters."""
    if other.is_upright or not (sighting.frames & other.frames or EVERY in sighting.frames | other.frames):
        return False
    box, beside = sighting.box, other.box
    height = min(box.y1 - box.y0, beside.y1 - beside.y0)
    overlap = min(box.y1, beside.y1) - max(box.y0, beside.y0)
    gap = max(box.x0, beside.x0) - min(box.x1, beside.x1)
    return 2 * overlap > height and gap <= 2 * height
