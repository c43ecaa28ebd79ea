"""Every real file ends somewhere for a reason, nearly all of them released, and none costs too much."""

import time

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from tests.golden.census import Census, everything, is_readable
from tests.make import make_instance

from tirage.dicom.elements import BytesSource, Malformed, read_header
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason

DEEP = 50_000
REFUSED_WITHIN_S = 0.5
"""Ten times what it may cost on a quiet machine (50 ms): the tests share theirs with others."""

pytestmark = pytest.mark.serial


def test_every_real_file_ends_in_one_disposition_and_none_in_a_fault_of_ours(census: Census) -> None:
    print(census.reasons())
    assert [line.input for line in census.lines] == [str(path) for path in everything()]
    for line in census.lines:
        assert bool(line.reason) == (line.disposition is not Disposition.RELEASED)
        assert bool(line.output) == (line.disposition is Disposition.RELEASED)
    reasons = {line.reason for line in census.lines}
    assert not reasons & {HoldReason.RULE_FAILED.value, HoldReason.DECODE_CRASH.value}, census.reasons()


def test_of_the_readable_files_at_least_99_of_100_are_released(census: Census) -> None:
    stopped = [path for line, path in zip(census.lines, everything(), strict=True) if line.reason]
    readable = [path for path in stopped if is_readable(path)]
    released = len(census.released)
    share = released / (released + len(readable))
    names = sorted(path.name for path in readable)
    assert share >= 0.99, (
        f"{share:.2%} of {released + len(readable)} released; not: {names}\n{census.reasons()}"
    )


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_sequences_nested_50_000_deep_are_refused_at_once(syntax: str) -> None:
    level = {
        ExplicitVRLittleEndian: b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff",
        ImplicitVRLittleEndian: b"\x40\x00\x75\x02\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff",
    }[syntax]
    data = make_instance(transfer_syntax=syntax, RequestAttributesSequence=None, PixelData=None)
    nested = BytesSource(data + level * DEEP)
    begun = time.perf_counter()
    with pytest.raises(Malformed):
        read_header(nested)
    assert time.perf_counter() - begun < REFUSED_WITHIN_S
