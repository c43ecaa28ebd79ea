"""A CTP anonymizer script becomes a project at least as strict, and every rule gets a line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.policy.actions import Action
from tirage.policy.imports.ctp import import_ctp
from tirage.policy.imports.replacement import asked
from tirage.policy.imports.report import Fate
from tirage.policy.imports.wishes import Wish
from tirage.policy.imports.writing import project_text
from tirage.policy.problems import ProjectInvalid
from tirage.policy.profile import compile_profile
from tirage.policy.project import load_project
from tirage.policy.standard import tags_by_keyword

HERE = Path(__file__).parent / "ctp"
SCRIPT = (HERE / "trial.script").read_bytes()
CT = "1.2.840.10008.5.1.4.1.1.2"


def test_the_project_and_its_report_are_the_expected_ones() -> None:
    """To renew after a change that is meant: write what this test compares, and read the difference."""
    found = import_ctp(SCRIPT, "trial.script")
    report = "".join(f"{line.fate}: {line.rule}: {line.words}\n" for line in found.lines)
    assert report == (HERE / "trial.report.txt").read_text()
    assert project_text(found, "ctp trial.script") == (HERE / "trial.project.txt").read_text()


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("StudyDate", Action.SHIFT),
        ("SeriesDate", Action.REMOVE),
        ("SeriesDescription", Action.CLEAN),
        ("OperatorsName", Action.REMOVE),
        ("PatientSex", Action.EMPTY),
        ("PatientAge", Action.REMOVE),
        ("BodyPartExamined", Action.KEEP),
        ("EchoTime", Action.REMOVE),
        ("ImageComments", Action.CLEAN),
        ("RescaleSlope", Action.KEEP),
        ("SliceThickness", Action.EMPTY),
        ("Modality", Action.KEEP),
    ],
)
def test_the_imported_profile_treats(keyword: str, expected: Action) -> None:
    project = load_project(project_text(import_ctp(SCRIPT, "x"), "x"))
    assert compile_profile(project).for_sop_class(CT)[tags_by_keyword()[keyword]] is expected


def test_private_elements_stay_only_by_creator() -> None:
    found = compile_profile(load_project(project_text(import_ctp(SCRIPT, "x"), "x")))
    assert found.private(0x0019, "ACME CORP", 0x10) is Action.KEEP
    assert found.private(0x0019, "SIEMENS MR HEADER", 0x0C) is Action.REMOVE


def test_no_text_of_the_script_is_repeated_in_the_report() -> None:
    assert "Somebody Else" not in str(import_ctp(SCRIPT, "x").lines)


ATTACKS = {
    "document type": b'<!DOCTYPE script [<!ENTITY a "b">]><script/>',
    "external entity": b'<!DOCTYPE s SYSTEM "file:///etc/passwd"><script/>',
    "entity bomb": b'<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><script><p t="x">&b;</p></script>',
    "undeclared entity": b'<script><p t="x">&b;</p></script>',
    "processing instruction": b'<script><?php x ?><p t="x">1</p></script>',
    "another format": b"<html><p>1</p></html>",
    "unknown element": b'<script><x t="1"/></script>',
    "nested element": b'<script><e t="00080005"><e t="00080008"/></e></script>',
    "stray text": b"<script>SMITH</script>",
    "broken": b"<script><e>",
    "binary": bytes(range(256)),
    "empty": b"",
    "huge": b"<script>" + b" " * (4 << 20) + b"</script>",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_no_plain_script_is_refused(name: str) -> None:
    with pytest.raises(ProjectInvalid):
        import_ctp(ATTACKS[name], "x.script")


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("@keep()", Wish.KEEP),
        ("", Wish.REMOVE),
        ("@remove()", Wish.REMOVE),
        ("@keep()-@hash(this,4)", Wish.DUMMY),
        ("ANONYMOUS", Wish.DUMMY),
        ("@always()@keep()", Wish.KEEP),
        ("@if(this,exists){@keep()}{@remove()}", Wish.KEEP),
        ("@if(this,contains,X){@keep()}{@empty()}", Wish.EMPTY),
        ("@if(this,contains,X){@keep()}{@if(this,isblank){@remove()}{@keep()}}", Wish.REMOVE),
        ("@if(this,contains,X){@quarantine()}{@keep()}", Wish.KEEP),
        ("@if(this,contains,X){@keep()}", Wish.KEEP),
        ("@if(broken", Wish.DUMMY),
        ("@if(x){@keep()", Wish.REMOVE),
        ("@unheardof(this)", Wish.REMOVE),
    ],
)
def test_a_replacement_asks_for_the_strictest_of_its_branches(text: str, wish: Wish) -> None:
    assert asked(text).wish is wish


@given(st.text("@{}()keprmovifselct,this", max_size=60))
def test_any_replacement_gets_an_answer(text: str) -> None:
    assert asked(text).wish in Wish


def test_a_refusal_is_an_error() -> None:
    errors = import_ctp(SCRIPT, "x").of(Fate.ERROR)
    assert [line.rule.split()[1].rstrip(":") for line in errors] == ["Modality", "EchoTime", "PixelData"]
