"""Read a project file as YAML, refuse everything surprising, and remember the line of each value.

YAML's own types are not used: every scalar is text until the project's model gives it a type, so `NO`, `010`
and `12:30` mean what they look like.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from tirage.policy.problems import Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_NODES = 20_000
SECRET = re.compile(
    r"(password|passwd|passphrase|secret|token|credential|(^|(?<!host)[_-])key)s?$", re.IGNORECASE
)
REFERENCE = re.compile(r"(file|env|secret):\S+")

Data = str | None | list["Data"] | dict[str, "Data"]
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """The content of a file, the line of each path in it (1-based), and what is wrong with its form."""

    data: Data = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of the nearest enclosing value that is written in the file."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Document:
    """The document in `text`; its `data` is None when its form already forbids reading on."""
    document = Document()
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        document.problems.append(Problem(0, f"the file is larger than {MAX_BYTES // 1024} KiB"))
        return document
    document.problems.extend(_tabs(text))
    if document.problems:
        return document
    try:
        document.problems.extend(_forbidden(text))
        root = None if document.problems else yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        document.problems.append(_broken(error))
        return document
    except yaml.YAMLError:
        document.problems.append(Problem(0, "holds a character that is not text; save the file as UTF-8"))
        return document
    if root is not None:
        document.data = _value(root, (), document)
    if document.data is None and not document.problems:
        document.problems.append(Problem(0, "the file is empty"))
    return document


def _tabs(text: str) -> Iterator[Problem]:
    for number, line in enumerate(text.splitlines(), start=1):
        if "\t" in line[: len(line) - len(line.lstrip())]:
            yield Problem(number, "indented with a tab; YAML wants spaces")


def _forbidden(text: str) -> Iterator[Problem]:
    depth = nodes = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            yield Problem(line, f"refers to an anchor (*{event.anchor}); write the value out instead")
        elif anchor := getattr(event, "anchor", None):
            yield Problem(line, f"defines an anchor (&{anchor}); anchors are not used here")
        if getattr(event, "tag", None) is not None:
            yield Problem(line, "carries a YAML tag (!...); tags are not used here")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                yield Problem(line, "starts a second document (---); a file holds one project")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        nodes += isinstance(event, yaml.NodeEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            yield Problem(line, "is nested deeper, or holds more values, than a project ever needs")
            return


def _broken(error: yaml.MarkedYAMLError) -> Problem:
    mark: yaml.Mark | None = error.problem_mark or error.context_mark
    what = (error.problem or "cannot be read").replace("\n", " ")
    return Problem(mark.line + 1 if mark else 0, f"is not valid YAML: {what}")


def _value(node: yaml.Node, path: Path, document: Document) -> Data:
    """What a node holds; recursion is bounded by `MAX_DEPTH`."""
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        plain_empty = node.style is None and node.value in ("", "~", "null")
        return None if plain_empty else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), document) for index, item in enumerate(node.value)]
    assert isinstance(node, yaml.MappingNode)
    return _mapping(node, path, document)


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Data]:
    mapping: dict[str, Data] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.problems.append(Problem(line, "uses a list or mapping as a key"))
            continue
        key = str(key_node.value)
        if key == "<<":
            document.problems.append(Problem(line, "merges another mapping (<<); write the values out"))
            continue
        if key in mapping:
            first = document.lines[(*path, key)]
            document.problems.append(Problem(line, f"says `{key}` again; it is already on line {first}"))
            continue
        document.lines[(*path, key)] = line
        mapping[key] = _value(value_node, (*path, key), document)
        if _is_inline_secret(key, mapping[key]):
            advice = (
                f"`{key}` holds a secret; write `secret:NAME` and keep it in the node's folder of secrets"
            )
            document.problems.append(Problem(line, advice))
    return mapping


def _is_inline_secret(key: str, value: Data) -> bool:
    return (
        SECRET.search(key) is not None
        and value is not None
        and not (isinstance(value, str) and REFERENCE.fullmatch(value))
    )
