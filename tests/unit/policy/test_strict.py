"""A project file is plain YAML, or it is refused with the line."""

import time

import pytest

from tirage.policy.strict import MAX_BYTES, read

ATTACKS = {
    "anchor": ("a: &x 1\n", 1, "anchor"),
    "alias": ("a: 1\nb: *x\n", 2, "anchor"),
    "bomb": ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", 1, "anchor"),
    "merge": ("a:\n  <<: {b: 1}\n", 2, "merges"),
    "tag": ("a: !!python/object/apply:os.system [ls]\n", 1, "tag"),
    "local tag": ("a: 1\nb: !secret x\n", 2, "tag"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "second document"),
    "duplicate": ("a: 1\nb: 2\na: 3\n", 3, "already on line 1"),
    "nested duplicate": ("x:\n  a: 1\n  a: 2\n", 3, "already on line 2"),
    "tab": ("a:\n\tb: 1\n", 2, "tab"),
    "broken": ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
    "list as key": ("? [a, b]\n: 1\n", 1, "as a key"),
    "inline secret": ("a: 1\npassword: hunter2\n", 2, "secret:NAME"),
    "inline key": ("api_key: abc\n", 1, "folder of secrets"),
    "secret list": ("tokens: [abc, def]\n", 1, "secret"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_surprising_is_refused_with_its_line(name: str) -> None:
    text, line, words = ATTACKS[name]
    problems = read(text).problems
    assert (line, True) in [(problem.line, words in problem.message) for problem in problems]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_a_file_with_nothing_in_it_is_a_problem(text: str) -> None:
    assert [problem.message for problem in read(text).problems] == ["the file is empty"]


def test_deep_nesting_is_refused_quickly() -> None:
    started = time.monotonic()
    document = read("[" * 20_000)
    assert time.monotonic() - started < 2
    assert document.data is None
    assert "nested deeper" in document.problems[0].message


def test_a_large_file_is_refused_unread() -> None:
    document = read("a: 1\n" + "#" * MAX_BYTES)
    assert [problem.line for problem in document.problems] == [0]


@pytest.mark.parametrize("text", ["a: \x00", "a: \x07", "\ufffe", "a: \ud800"])
def test_characters_that_are_not_text_are_refused_without_being_shown(text: str) -> None:
    document = read(text)
    assert document.data is None
    assert document.problems


def test_a_secret_is_never_repeated() -> None:
    document = read("password: hunter2\n")
    assert "hunter2" not in str(document.problems)


@pytest.mark.parametrize("value", ["file:/run/secrets/pacs", "env:PACS_PASSWORD"])
def test_a_reference_to_a_secret_is_fine(value: str) -> None:
    assert read(f"password: {value}\n").problems == []


def test_values_stay_what_was_written() -> None:
    document = read("country: NO\nport: 010\nat: 12:30\nversion: 1.10\nquoted: 'null'\nnone:\n")
    assert document.data == {
        "country": "NO",
        "port": "010",
        "at": "12:30",
        "version": "1.10",
        "quoted": "null",
        "none": None,
    }


def test_every_problem_is_told_at_once() -> None:
    document = read("a: 1\na: 2\npassword: x\nb: 1\nb: 2\n")
    assert [problem.line for problem in document.problems] == [2, 3, 5]


def test_lines_are_remembered_for_each_value() -> None:
    document = read("a:\n  - b: 1\n  - b: 2\n")
    assert document.line_of(("a", 1, "b")) == 3
    assert document.line_of(("a", 1, "missing")) == 3
