"""`tirage project check` says what a project does, or every line that is wrong."""

from pathlib import Path

from tests.cli.running import run

from tirage.policy.project import example_text


def test_a_good_file_is_explained_in_words(tmp_path: Path) -> None:
    file = tmp_path / "cohort.yaml"
    file.write_text(example_text("ct-cohort"), encoding="utf-8")
    done = run("project", "check", file)
    assert done.code == 0
    for words in (
        "Ends: 2028-12-31",
        "Only these modalities: CT",
        "at most 180",
        "research-pacs",
        "1 signature",
    ):
        assert words in done.out
    assert "is in order" in done.out


def test_a_good_file_is_explained_to_programs(tmp_path: Path) -> None:
    file = tmp_path / "cohort.yaml"
    file.write_text(example_text("ct-cohort"), encoding="utf-8")
    told = run("project", "check", file, "--json").json
    assert told["project"]["project"]["name"] == "ct-cohort"
    assert len(told["digest"]) == 64
    assert sum(told["attributes"].values()) > 5000


def test_every_wrong_line_is_named_and_secrets_are_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("project:\n  name: trial-one\n  titel: x\npassword: hunter2\n", encoding="utf-8")
    done = run("project", "check", file)
    assert done.code == 78
    for words in ("line 1:", "line 3:", "did you mean `title`?", "line 4:"):
        assert words in done.err
    assert "hunter2" not in done.out + done.err


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    done = run("project", "check", tmp_path / "none.yaml")
    assert done.code == 66
    assert "PROJECT_MISSING" in done.err


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xff\xfe\x00\x01")
    assert run("project", "check", file).code == 66
