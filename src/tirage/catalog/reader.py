"""Reads headers one after the other, the faster the more they resemble those just read."""

from dataclasses import dataclass

from tirage.dicom.elements import Limits, Source, read_header
from tirage.dicom.header import Header
from tirage.dicom.pattern import MOST_BYTES, Sample, can_be_learnt, learn
from tirage.dicom.sibling import Likeness, Sibling

_SERIES = 0x0020000E
# Series in progress at a time: a few associations, a few files each ahead.
_MOST_SERIES = 8
# Learning costs about two walks; a series that keeps missing is not worth it.
_MOST_MISSES = 6
_SLACK_BYTES = 1024


@dataclass(slots=True)
class _Series:
    """What is known of one series: its last walked header, its likeness once two were seen."""

    sample: Sample
    likeness: Likeness | None = None
    hits: int = 0
    misses: int = 0


class HeaderReader:
    """Keeps the likeness of the series it has seen last; one reader serves one thread."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._series: dict[str, _Series] = {}  # the latest last
        self._reach = 0

    def read(self, source: Source) -> Header | Sibling:
        """The header of `source`, walked or by likeness: with the same answers either way.

        Raises
        ------
        Malformed
            As `read_header`.
        """
        if self._reach:
            start = source.read(0, self._reach)
            for uid, series in reversed(self._series.items()):
                if series.likeness is None:
                    continue
                sibling = series.likeness.read(source, start, self._limits)
                if sibling is not None:
                    series.hits += 1
                    self._touch(uid)
                    return sibling
        header = read_header(source, self._limits)
        self._learn(source, header)
        return header

    def _learn(self, source: Source, header: Header) -> None:
        if not can_be_learnt(header):
            return
        uid = header.text(_SERIES)
        known = self._series.get(uid)
        if known is not None and known.misses > _MOST_MISSES + known.hits:
            self._touch(uid)
            return
        reach = header.pixel.offset if header.pixel is not None else source.size
        if reach > MOST_BYTES:
            return
        sample = Sample(header, source.read(0, reach), source.size)
        if known is None:
            self._series[uid] = _Series(sample)
            if len(self._series) > _MOST_SERIES:
                del self._series[next(iter(self._series))]
            return
        before = known.likeness.pattern if known.likeness else None
        pattern = learn(sample, before.sample, frozenset(before.varying)) if before else None
        pattern = pattern or learn(sample, known.sample)
        if pattern is not None:
            known.likeness = Likeness(pattern)
            self._reach = max(self._reach, reach + _SLACK_BYTES)
        known.sample = sample
        known.misses += 1
        self._touch(uid)

    def _touch(self, uid: str) -> None:
        self._series[uid] = self._series.pop(uid)
