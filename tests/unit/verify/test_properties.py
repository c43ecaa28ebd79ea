"""Whatever the name, wherever it is planted: found, and in no message."""

import string
import traceback
from collections.abc import Iterator

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.unit.verify.files import EXPLICIT, IMPLICIT, clean, findings

from tirage.dicom.sources import BytesSource
from tirage.model.records import Identifiers, View
from tirage.verify.fold import words
from tirage.verify.reader import Unreadable, read_contents
from tirage.verify.scan import compile_gate
from tirage.verify.vocabulary import PARTICLES, TERMS

# Letters of the character set that goes with each codec (PS3.3 C.12.1.1.2).
REPERTOIRES = {
    "ISO_IR 100": ("latin-1", "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþß"),
    "ISO_IR 101": ("iso8859-2", "ąćęłńóśźżčďěňřšťůžáéíőűăâîșț".replace("ș", "ş").replace("ț", "ţ")),
    "ISO_IR 144": ("iso8859-5", "абвгдежзиклмнопрстуфхцчшщыьэюя"),
    "ISO_IR 126": ("iso8859-7", "αβγδεζηθικλμνξοπρστυφχψω"),
    "ISO_IR 192": ("utf-8", "äöüßéèçñøåłžабвαβγ山田太郎王小东홍길동"),
    "GB18030": ("gb18030", "王小东李明张伟刘芳"),
}
KEYWORDS = ("ImageComments", "StudyDescription", "ProtocolName", "OperatorsName", "AdditionalPatientHistory")
PLACES = {*KEYWORDS, "RequestAttributesSequence[0]", "file"}


@st.composite
def planted(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """(character set, codec, name, the same name written in another way)."""
    charset = draw(st.sampled_from(sorted(REPERTOIRES)))
    codec, letters = REPERTOIRES[charset]
    alphabet = letters + string.ascii_lowercase
    family = draw(st.text(alphabet, min_size=3, max_size=14))
    given_name = draw(st.text(alphabet, min_size=2, max_size=10))
    case = draw(st.sampled_from((str.upper, str.lower, str.title, str)))
    joint = draw(st.sampled_from(("^", " ", ", ", "_", "-", ".")))
    order = draw(st.permutations((family, given_name)))
    written = case(joint.join(order))
    try:
        written.encode(codec)
    except UnicodeEncodeError:
        written = joint.join(order)
    return charset, codec, f"{family}^{given_name}".title(), written


@settings(max_examples=250, deadline=None)
@given(planted(), st.sampled_from(KEYWORDS), st.booleans(), st.sampled_from((EXPLICIT, IMPLICIT)))
@example(("ISO_IR 100", "latin-1", "Weiß^Zoë", "WEISS ZOË"), "ImageComments", False, EXPLICIT)
def test_a_name_in_any_text_of_any_character_set_is_found(
    case: tuple[str, str, str, str], keyword: str, is_nested: bool, syntax: str
) -> None:
    charset, _, name, written = case
    assume(all(word not in PARTICLES | TERMS for word in words(name)))
    dataset = clean(SpecificCharacterSet=charset)
    target = Dataset() if is_nested else dataset
    setattr(target, keyword, f"a {written} b" if keyword != "OperatorsName" else written)
    if is_nested:
        dataset.RequestAttributesSequence = Sequence([target])
    found = findings(Identifiers(words=frozenset({name})), dataset, syntax=syntax)
    assert keyword in {finding.where.rpartition(".")[2] for finding in found}
    # Nothing but words that were there before the name: drawn names may be words of the message themselves.
    assert {part for finding in found for part in finding.where.split(".")} <= PLACES
    assert {finding.kind for finding in found} == {"name of a person"}
    assert {finding.view for finding in found} <= {None, *View}


@settings(max_examples=150, deadline=None)
@given(
    st.text(string.ascii_uppercase + string.digits + "-/. ", min_size=7, max_size=16),
    st.sampled_from(("", "-", " ", ".", "/")),
)
def test_an_identifier_is_found_with_any_separators(code: str, mark: str) -> None:
    bare = "".join(words(code))
    assume(len(bare.lstrip("0")) > 6)
    assume(bare.casefold() not in TERMS)  # a word of the standard is no identifier that could be told apart
    written = mark.join(bare[start : start + 3] for start in range(0, len(bare), 3))
    found = findings(Identifiers(codes=frozenset({code})), clean(ImageComments=written))
    assert "ImageComments" in {finding.where for finding in found}


def _damaged(data: bytes, draws: list[tuple[int, int]]) -> Iterator[bytes]:
    for position, value in draws:
        changed = bytearray(data)
        changed[position % len(changed)] = value
        yield bytes(changed)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1_500), st.integers(0, 255)), min_size=1, max_size=20))
def test_damaged_files_end_in_an_answer(draws: list[tuple[int, int]]) -> None:
    from tirage.demo.instances import encode

    data = encode(clean(), EXPLICIT)
    gate = compile_gate(Identifiers(words=frozenset({"Roe^Jane"})))
    for changed in _damaged(data, draws):
        assert isinstance(findings(gate, changed), list)


def test_what_is_unreadable_is_told_without_its_bytes() -> None:
    data = (
        b"\0" * 128 + b"DICM" + b"\x02\0\x10\0UI\x14\0" + b"1.2.840.10008.1.2.1\0" + b"\x10\0\x10\0Roe^Jane"
    )
    with pytest.raises(Unreadable) as caught:
        read_contents(BytesSource(data))
    assert "Roe" not in "".join(traceback.format_exception_only(caught.value))


def test_gates_and_their_parts_hide_what_they_look_for() -> None:
    gate = compile_gate(Identifiers(words=frozenset({"Okonkwo^Adaeze"}), codes=frozenset({"812345678"})))
    parts = [gate, gate.everywhere, gate.squeezed, gate.bulk]
    for part in parts:
        assert "hidden" in repr(part)
        assert "konkwo" not in repr(part)
