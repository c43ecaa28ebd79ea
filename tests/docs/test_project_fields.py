"""`docs/project.md` names every field of a project file, with its default, and no other."""

import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from tests.docs.blocks import ROOT

from tirage.policy.describe import describe
from tirage.policy.fields import Project
from tirage.policy.options import FACTS, Option
from tirage.policy.profile import compile_profile
from tirage.policy.project import EXAMPLES, example_text, load_project

PAGE = (ROOT / "docs" / "project.md").read_text(encoding="utf-8")
ROWS = {
    (name, default.strip())
    for name, default in re.findall(r"^\| `([a-z0-9_.]+)` \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE)
}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is not None:
        for argument in get_args(annotation):
            yield from _models(argument)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.default
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _fields(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        here = f"{path}{field.alias or name}"
        inner = list(_models(field.annotation))
        if not inner or get_origin(field.annotation) is tuple:
            yield here, _default(field)
        for one in inner:
            yield from _fields(one, f"{here}.")


def test_every_field_is_documented_with_its_default() -> None:
    assert set(_fields(Project)) == ROWS


@pytest.mark.parametrize("option", Option)
def test_every_option_is_documented_in_the_words_of_the_check(option: Option) -> None:
    assert re.search(rf"^\| `{option}` \| {re.escape(FACTS[option].words)}", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_in_order_and_can_be_explained(name: str) -> None:
    project = load_project(example_text(name), name)
    assert project.name == name
    sections = describe(project, compile_profile(project))
    assert all(section.lines for section in sections)


def test_the_example_on_the_page_is_the_one_that_is_shipped() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example_text("ct-cohort") in blocks
    assert example_text("many-devices") in blocks
