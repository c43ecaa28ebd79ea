"""A list that cannot be read stops what needs it; it never counts as a list that names nobody."""

from pathlib import Path

import pytest

from tirage.policy.project import Project, load_project
from tirage.store.optouts import OptOutUnreadable, read


def project(*lists: str) -> Project:
    named = ", ".join(lists)
    return load_project(f"project: {{name: lungs, title: Lungs}}\nfetch: {{opt_out: [{named}]}}\n")


def test_all_lists_count_together(tmp_path: Path) -> None:
    (tmp_path / "local.txt").write_text("PAT-1\n")
    (tmp_path / "national.csv").write_bytes("NHS Number\r\n943 476 5919\r\n".encode("utf-16"))
    people = read(tmp_path, project("local.txt", "national.csv"))
    assert people.has(["PAT-1"])
    assert people.has(["9434765919"])
    assert not people.has(["PAT-2"])


def test_a_list_that_names_nobody_has_its_heading(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("patient_id\n")
    assert not read(tmp_path, project("list.csv")).has(["PAT-1"])


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"PK\x03\x04\xff\xfe", b"PAT-1\0\n"], ids=range(5))
def test_a_list_that_is_missing_empty_or_no_text_is_a_fault(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(OptOutUnreadable) as fault:
        read(tmp_path, project("list.txt"))
    assert "PAT-1" not in str(fault.value)


def test_a_project_without_lists_reads_none(tmp_path: Path) -> None:
    assert read(tmp_path, load_project("project: {name: lungs, title: Lungs}\n")).keys == frozenset()
