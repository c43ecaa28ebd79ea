"""The projects of a node as their files say, looked at again while the node runs.

A file that is changed counts from the next look on. One that cannot be understood changes nothing: the rules
read before stay in force for every project until all files can be read again. A file that is taken away
leaves its project as it was until the node is started anew.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tirage.flow.context import Rules
from tirage.model.identifiers import ProjectName
from tirage.policy.problems import Problem
from tirage.policy.profile import compile_profile
from tirage.policy.project import ProjectInvalid, load_project

LOOK_S = 5.0


@dataclass(frozen=True, slots=True)
class News:
    """What a look found: projects whose rules are other ones now, or why the old rules stay.

    `problems` names files and lines, never what stands there.
    """

    changed: tuple[tuple[Rules | None, Rules], ...] = ()
    problems: str = ""


class Projects(Mapping[ProjectName, Rules]):
    """The rules in force, by project; raises `ProjectInvalid` when made from files that cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen, self._looks_at = "", 0.0
        contents = self._read()
        self._rules = _rules(contents)
        self._seen = _fingerprint(contents)

    def __getitem__(self, name: ProjectName) -> Rules:
        return self._rules[name]

    def __iter__(self) -> Iterator[ProjectName]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def look(self, *, now: bool = False) -> News | None:
        """Read the files again if they changed; None when nothing is new, or the last look was just now."""
        if not now and time.monotonic() < self._looks_at:
            return None
        self._looks_at = time.monotonic() + LOOK_S
        try:
            contents = self._read()
        except OSError:
            # A file that is just being replaced: the next look finds it.
            return None
        fingerprint = _fingerprint(contents)
        if fingerprint == self._seen:
            return None
        self._seen = fingerprint
        try:
            read = _rules(contents)
        except (ProjectInvalid, UnicodeDecodeError) as error:
            return News(problems=str(error) if isinstance(error, ProjectInvalid) else "a file is not UTF-8")
        before = self._rules
        # Replaced as a whole: whoever goes through the old one sees the old one to its end.
        self._rules = before | read
        changed = [
            (before.get(name), rules) for name, rules in read.items() if _differ(before.get(name), rules)
        ]
        return News(tuple(changed)) if changed else None

    def _read(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self._folder.glob("*.yaml"))}


def _differ(before: Rules | None, now: Rules) -> bool:
    return before is None or before.terms != now.terms


def _rules(contents: Mapping[str, bytes]) -> dict[ProjectName, Rules]:
    rules: dict[ProjectName, Rules] = {}
    for name, content in contents.items():
        text = content.decode("utf-8")
        project = load_project(text, name)
        if project.name in rules:
            raise ProjectInvalid(name, [Problem(1, "another file has a project of the same name")])
        rules[project.name] = Rules(project, compile_profile(project), text)
    return rules


def _fingerprint(contents: Mapping[str, bytes]) -> str:
    hasher = sha256()
    for name, content in contents.items():
        hasher.update(f"{name}\0{len(content)}\0".encode() + content)
    return hasher.hexdigest()
