"""The documentation says what the code does, and its links lead somewhere."""

import re
import unicodedata
from pathlib import Path

import pytest
from tests.docs.blocks import ROOT, error_classes, filled, pages

from tirage.model.advice import NEXT
from tirage.model.reasons import HoldReason, QuarantineReason, RejectReason

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def _anchors(page: Path) -> set[str]:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return {_anchor(heading) for heading in HEADING.findall(text)}


def _anchor(heading: str) -> str:
    plain = re.sub(r"[`*\[\]]", "", unicodedata.normalize("NFC", heading.strip().lower()))
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_generated_parts_are_what_the_code_says_today(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert filled(text) == text, "run `make docs`"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file), target


@pytest.mark.parametrize("kind", [QuarantineReason, HoldReason, RejectReason], ids=lambda kind: kind.__name__)
def test_every_reason_says_what_it_means_and_what_to_do_next(
    kind: type[QuarantineReason] | type[HoldReason] | type[RejectReason],
) -> None:
    text = (ROOT / "docs" / "holds.md").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=\n##|\Z)", text, re.DOTALL | re.MULTILINE))
    for reason in kind:
        meaning, _, following = entries[reason.value].partition("**Next:**")
        assert len(meaning.split()) >= 5, reason
        assert " ".join(following.split()) == NEXT[reason], "the console gives other advice"


def test_no_entry_explains_a_reason_that_does_not_exist() -> None:
    text = (ROOT / "docs" / "holds.md").read_text(encoding="utf-8")
    known = {*QuarantineReason.__members__, *HoldReason.__members__, *RejectReason.__members__}
    assert set(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == known


def test_every_error_has_a_code_of_its_own_a_sentence_and_a_remedy() -> None:
    classes = error_classes()
    codes = [kind.code for kind in classes]
    assert sorted(set(codes)) == sorted(codes), "two errors share a code"
    for kind in classes:
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", kind.code), kind
        assert kind.__doc__, kind
        assert kind.remedy.endswith((".", ";")), kind
        assert "remedy" in vars(kind), f"{kind.__name__} does not say what to do"


def test_every_exit_code_is_explained() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| (\d+) \|", text, re.MULTILINE))
    assert {str(kind.exit_code) for kind in error_classes()} <= explained


def test_the_glossary_has_the_words_of_the_design() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for word in (
        "Origin",
        "Patient identity",
        "Pseudonym",
        "Crosswalk",
        "Profile",
        "Hold",
        "Release",
        "Finding",
    ):
        assert f"| {word} |" in text
