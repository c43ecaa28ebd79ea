"""The `redcap` section of a project file: few words, no secret, and names that can be meant."""

import pytest

from tirage.policy.describe import describe
from tirage.policy.profile import compile_profile
from tirage.policy.project import ProjectInvalid, load_project

HEAD = "project:\n  name: lung\n  title: Lungs\n"
REDCAP = "redcap:\n  url: https://redcap.example.org/api/\n  token: secret:redcap\n  project: LUNG\n"
SCHEDULE = 'schedule:\n  cron: "0 3 * * *"\n'


def problems(text: str) -> str:
    with pytest.raises(ProjectInvalid) as invalid:
        load_project(text)
    return str(invalid.value)


def test_a_few_words_are_enough_and_are_told_before_anything_is_done() -> None:
    project = load_project(HEAD + REDCAP)
    assert project.redcap is not None
    assert project.redcap.fields.pseudonym == "transfer_name"
    told = str(describe(project, compile_profile(project)))
    assert "Requests for LUNG are read from REDCap at https://redcap.example.org/api" in told


def test_a_token_is_named_and_never_written_out() -> None:
    token = "0123456789ABCDEF0123456789ABCDEF"
    said = problems(HEAD + REDCAP.replace("secret:redcap", token))
    assert "line 6: `token` holds a secret" in said
    assert token not in said


def test_a_schedule_needs_something_to_load() -> None:
    assert "`schedule` needs `cohort`" in problems(HEAD + SCHEDULE)
    assert load_project(HEAD + REDCAP + SCHEDULE).schedule is not None


def test_a_field_name_that_redcap_cannot_have_is_refused() -> None:
    assert "line 9" in problems(HEAD + REDCAP + "  fields:\n    study: Study UID\n")
