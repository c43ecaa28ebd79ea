"""Read a project file, or say by line what is wrong with it."""

from importlib.resources import files
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from tirage.policy.destinations import WAYS
from tirage.policy.fields import Project
from tirage.policy.overlay import overlay_problems, suggestion
from tirage.policy.problems import Problem, ProjectInvalid
from tirage.policy.strict import Document, Path, read

__all__ = ["Project", "ProjectInvalid", "example_text", "load_project"]

EXAMPLES = ("demo", "ct-cohort", "many-devices")


def load_project(text: str, name: str = "project") -> Project:
    """The project in `text`; raises `ProjectInvalid` with every problem at once. `name` is for messages."""
    document = read(text)
    if document.data is None:
        raise ProjectInvalid(name, document.problems)
    try:
        project = Project.model_validate(document.data)
    except ValidationError as error:
        found = [
            _problem(detail, document) for detail in error.errors(include_url=False, include_input=False)
        ]
        raise ProjectInvalid(name, [*document.problems, *found]) from None
    problems = [Problem(document.line_of(path), message) for path, message in overlay_problems(project)]
    if document.problems or problems:
        raise ProjectInvalid(name, [*document.problems, *problems])
    return project


def example_text(name: str) -> str:
    """The text of an example project file; `EXAMPLES` lists the names."""
    if name not in EXAMPLES:
        raise KeyError(name)
    return files("tirage.policy").joinpath("examples", f"{name}.yaml").read_text(encoding="utf-8")


def _problem(detail: Any, document: Document) -> Problem:
    """A finding of the model in plain words; never shows the value, which may be a secret."""
    path = _written(detail["loc"], document)
    line = document.line_of(path)
    name = ".".join(str(part) for part in path if isinstance(part, str)) or "the file"
    if detail["type"] != "missing" and _is_blank(path, document):
        return Problem(line, f"`{name}` has no value; give one or leave the line out")
    match detail["type"]:
        case "extra_forbidden":
            known = _keys_at(path[:-1])
            listed = suggestion(str(path[-1]), known) or f"; known here: {', '.join(known)}"
            return Problem(line, f"`{name}` is no known field{listed}")
        case "missing":
            return Problem(line, f"`{name}` is missing")
        case "value_error":
            return Problem(line, f"`{name}`: {detail['ctx']['error']}")
        case "enum" | "literal_error":
            return Problem(line, f"`{name}` must be one of {detail['ctx']['expected']}")
        case "union_tag_not_found":
            return Problem(line, f"`{name}` needs `kind`, one of {', '.join(sorted(WAYS))}")
        case "union_tag_invalid":
            return Problem(line, f"`{name}`: `kind` must be one of {', '.join(sorted(WAYS))}")
        case "int_parsing" | "int_from_float":
            return Problem(line, f"`{name}` must be a whole number")
        case "bool_parsing":
            return Problem(line, f"`{name}` must be `true` or `false`")
        case "list_type" | "tuple_type":
            return Problem(line, f"`{name}` must be a list: `[first, second]`, or one `- item` a line")
        case "model_type" | "model_attributes_type" | "dict_type":
            return Problem(line, f"`{name}` must hold fields of its own, indented below it")
        case "string_pattern_mismatch":
            return Problem(line, f"`{name}` has characters or a length that are not allowed here")
        case _:
            message = str(detail["msg"])
            return Problem(line, f"`{name}`: {message[:1].lower()}{message[1:]}")


def _written(location: tuple[int | str, ...], document: Document) -> Path:
    """The path as in the file: without the parts a tagged union adds."""
    path: Path = ()
    for part in location:
        if path and path[0] == "destinations" and len(path) == 2 and part in WAYS:
            continue
        path = (*path, part)
    return path


def _is_blank(path: Path, document: Document) -> bool:
    data: Any = document.data
    for part in path:
        if isinstance(data, dict):
            data = data.get(str(part), "")
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    return data is None


def _keys_at(path: Path) -> list[str]:
    """The fields the model knows below `path`."""
    kinds: list[Any] = [Project]
    for part in path:
        inner: list[Any] = []
        for kind in kinds:
            if isinstance(part, int) or not _is_model(kind):
                inner.append(kind)
                continue
            for field, info in kind.model_fields.items():
                if part in (field, info.alias):
                    inner.extend(_models_in(info.annotation))
        kinds = inner
    names = (
        info.alias or field for kind in kinds if _is_model(kind) for field, info in kind.model_fields.items()
    )
    return sorted(set(names))


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _models_in(annotation: Any) -> list[Any]:
    if get_origin(annotation) is None:
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
