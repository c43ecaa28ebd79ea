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
        "waits for a signature",
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


IMPORTS = Path(__file__).parents[1] / "unit" / "policy" / "imports"


def test_a_foreign_profile_is_imported_checked_and_fails_when_something_could_not_be_said(
    tmp_path: Path,
) -> None:
    output = tmp_path / "trial.yaml"
    done = run("project", "import", "ctp", IMPORTS / "ctp" / "trial.script", "--output", output)
    assert done.code == 65
    assert "IMPORT_INCOMPLETE" in done.err
    assert "tightened" in done.out
    assert run("project", "check", output).code == 0


def test_an_import_without_errors_succeeds_and_is_told_to_programs(tmp_path: Path) -> None:
    script = tmp_path / "pixels.script"
    script.write_text('{ Rows.equals("480") * Manufacturer.contains("ACME") } (0,0,640,40)')
    done = run("project", "import", "ctp-pixel", script, "--json")
    assert done.code == 0
    assert [rule["fate"] for rule in done.json["rules"]] == ["expressed"]
    assert "devices" in done.json["project"]


def test_a_pixl_configuration_is_imported_with_its_files(tmp_path: Path) -> None:
    files = sorted((IMPORTS / "pixl").rglob("*.yaml"))
    done = run("project", "import", "pixl", *files, "--output", tmp_path / "out.yaml")
    assert done.code == 65
    assert "SIEMENS MR HEADER" in (tmp_path / "out.yaml").read_text()


def test_a_script_that_is_not_there_is_named_by_its_file_alone(tmp_path: Path) -> None:
    done = run("project", "import", "ctp", tmp_path / "gone.script")
    assert done.code == 66
    assert str(tmp_path) not in done.err
