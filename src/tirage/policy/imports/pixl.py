"""A PIXL project configuration with its tag operations, as a project of ours.

A tag-operation file is a list of `name`, `group`, `element`, `op`; what it does not list is deleted. An
override file is a list of `manufacturer` (a regular expression) and `tags`. The project configuration names
both under `tag_operation_files`.
"""

import re
from collections.abc import Mapping
from typing import Any

from tirage.policy.fields import Project
from tirage.policy.imports.report import Imported, Reporter, listed
from tirage.policy.imports.wishes import Grants, Wish, written_tag
from tirage.policy.options import DEFAULT, Option
from tirage.policy.part import MODALITY
from tirage.policy.private import safe_private
from tirage.policy.problems import Problem, ProjectInvalid
from tirage.policy.strict import Data, read

WISHES = {
    "keep": Wish.KEEP,
    "replace": Wish.DUMMY,
    "fixed": Wish.DUMMY,
    "delete": Wish.REMOVE,
    "empty": Wish.EMPTY,
    "mask": Wish.DUMMY,
    "replace_uid": Wish.UID,
    "hash_uid": Wish.UID,
    "secure_hash": Wish.DUMMY,
    "date_shift": Wish.SHIFT,
    "time_shift": Wish.EMPTY,
    "date_floor": Wish.EMPTY,
    "num_range": Wish.REMOVE,
}
OPTIONS = tuple(sorted(option.value for option in DEFAULT if option is not Option.SAFE_PRIVATE))
"""Not `safe-private`: what a scheme does not list is deleted there, private elements too."""


def import_pixl(texts: Mapping[str, str]) -> Imported:
    """The project made of the files of a PIXL project, by file name; raises `ProjectInvalid` on bad YAML.

    Exactly one of them may be the project configuration; without one, all are taken as tag operations.
    """
    return _Import(texts).run()


class _Import:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.files = {name: _data(name, text) for name, text in texts.items()}
        self.report = Reporter()
        options = {"options": list(OPTIONS)}
        base = Project.model_validate({"project": {"name": "imported", "title": "x"}, "deidentify": options})
        self.grants = Grants(base, self.report, "PIXL")
        self.deidentify: dict[str, Any] = dict(options)
        self.listed: set[int] = set()

    def run(self) -> Imported:
        configurations = [data for data in self.files.values() if isinstance(data, dict)]
        if len(configurations) > 1:
            raise ProjectInvalid("import", [Problem(0, "more than one project configuration was given")])
        configuration = configurations[0] if configurations else {}
        about = _mapping(configuration.get("project"))
        name = re.sub(r"[^a-z0-9]+", "-", str(about.get("name", "imported")).lower()).strip("-")[:40]
        project: dict[str, Any] = {
            "project": {
                "name": name if re.match("[a-z]", name) else f"p-{name}",
                "title": "Imported from PIXL",
            }
        }
        if modalities := [text for text in _texts(about.get("modalities")) if re.fullmatch(MODALITY, text)]:
            project["include"] = {"modalities": modalities}
            self.report.expressed("project.modalities", f"only {listed(modalities)} come in")
        self._settings(configuration, project)
        base, overrides = self._chosen(configuration)
        final = {(_number(rule, "group"), _number(rule, "element")): rule for rule in base}
        for rule in final.values():
            self._rule(rule, None, "")
        for override in overrides:
            self._override(override)
        self.deidentify["only"] = [written_tag(tag) for tag in sorted(self.listed)]
        self.report.noted("everything else", "not listed: removed there, removed here")
        project["identity"] = {"scheme": "keyed"}
        project["deidentify"] = self.deidentify
        return Imported(project, self.report.lines)

    def _chosen(self, configuration: Mapping[str, Data]) -> tuple[list[Any], list[Any]]:
        """The rules of all base files, a later one deciding, and the overrides in their order."""
        named = configuration.get("tag_operation_files")
        if named is None:
            lists = [data for data in self.files.values() if isinstance(data, list)]
            rules = [rule for data in lists for rule in data]
        else:
            parts = named if isinstance(named, dict) else {"base": named}
            overriding = [name for name in _texts(parts.get("manufacturer_overrides")) if name != "none"]
            names = [(name, False) for name in _texts(parts.get("base"))]
            names += [(name, True) for name in overriding]
            rules = [rule for name, is_override in names for rule in self._file(name, is_override)]
        overrides = [rule for rule in rules if "tags" in _mapping(rule)]
        return [rule for rule in rules if "tags" not in _mapping(rule)], overrides

    def _file(self, name: str, is_override: bool) -> list[Any]:
        """The rules of a file the configuration names; overrides lie in a folder `manufacturer-overrides`."""
        found = [key for key in self.files if f"/{key}".endswith(f"/{name}")]
        found.sort(key=lambda key: ("manufacturer-overrides/" in key) != is_override)
        data = self.files[found[0]] if found else None
        if not isinstance(data, list):
            self.report.error(name, "named by the configuration and not given: its rules are missing here")
            return []
        return data

    def _rule(self, rule: Any, overlay: dict[str, Any] | None, scope: str) -> None:
        """Take one operation, of an overlay or else of all objects; the base list is complete by then."""
        group, element = _number(rule, "group"), _number(rule, "element")
        operation = str(rule.get("op", "")).lower().replace("-", "_") if isinstance(rule, dict) else ""
        wish = WISHES.get(operation)
        written = f"{scope}({group:04X},{element:04X}) {operation or 'no operation'}"
        if group < 0 or element < 0:
            self.report.error(f"{scope}{operation or 'a rule'}", "has no group and element")
            return
        if wish is None:
            self.report.error(written, "is no operation known here; the attribute is removed")
            wish = Wish.REMOVE
        if group % 2:
            creator = str(rule.get("private_creator") or "")
            self._private(
                group, element, creator, wish, written, self.deidentify if overlay is None else overlay
            )
            return
        tag = group << 16 | element
        if overlay is None:
            self.grants.grant(tag, wish, written, self.deidentify)
            if wish is not Wish.REMOVE:
                self.listed.add(tag)
        elif tag in self.listed:
            self.grants.grant(tag, wish, written, overlay)
        else:
            self.grants.grant_unlisted(tag, wish, written, overlay)

    def _private(
        self, group: int, element: int, creator: str, wish: Wish, rule: str, into: dict[str, Any]
    ) -> None:
        if 0x10 <= element <= 0xFF:
            self.report.expressed(rule, "a private creator stays where an element of its block does")
            return
        if wish is not Wish.KEEP:
            self.report.expressed(rule, "removed, like every private element that is not listed")
            return
        creators = (
            [creator]
            if creator
            else [
                owner for owned, owner, number in safe_private() if (owned, number) == (group, element & 0xFF)
            ]
        )
        for owner in creators:
            into.setdefault("private", []).append(
                {
                    "group": f"{group:04X}",
                    "creator": owner,
                    "element": f"{element & 0xFF:02X}",
                    "because": "PIXL keeps it",
                }
            )
        if creators:
            self.report.expressed(rule, f"kept when its creator is {listed(creators)}")
        else:
            self.report.tightened(rule, "removed: its creator is not said, and the safe list has none for it")

    def _override(self, override: Any) -> None:
        pattern = str(override.get("manufacturer", ""))
        names = plain_words(pattern)
        tags = override["tags"] if isinstance(override["tags"], list) else []
        if names is None:
            for rule in tags:
                wish = WISHES.get(str(_mapping(rule).get("op", "")).lower().replace("-", "_"))
                written = (
                    f"manufacturer {pattern}: ({_number(rule, 'group'):04X},{_number(rule, 'element'):04X})"
                )
                if wish is Wish.KEEP:
                    self.report.tightened(written, "not kept: the pattern is no plain word")
                else:
                    self._rule(rule, None, "for every manufacturer: ")
            return
        self.report.noted(f"manufacturer {pattern}", "fits anywhere in Manufacturer, whatever the case")
        overlay: dict[str, Any] = {"when": {"manufacturer": names}}
        for rule in tags:
            self._rule(rule, overlay, f"manufacturer {pattern}: ")
        if len(overlay) > 1:
            self.deidentify.setdefault("overlays", []).append(overlay)

    def _settings(self, configuration: Mapping[str, Data], project: dict[str, Any]) -> None:
        for key, value in configuration.items():
            match key:
                case "project" | "tag_operation_files":
                    pass
                case "series_filters" if _texts(value):
                    self.report.error(
                        key, "series are not refused by description here; exclude them upstream"
                    )
                case "allowed_manufacturers":
                    self._manufacturers(value, project)
                case "min_instances_per_series" if str(value) not in {"0", "1"}:
                    self.report.error(key, "series of fewer objects come in here, too")
                case "destination":
                    self.report.noted(key, "name `destinations` of your own")
                case _:
                    self.report.noted(key, "decides no output here")

    def _manufacturers(self, value: Data, project: dict[str, Any]) -> None:
        names: list[str] = []
        for entry in value if isinstance(value, list) else []:
            fields = _mapping(entry)
            pattern = str(fields.get("regex", ""))
            if _texts(fields.get("exclude_series_numbers")):
                self.report.error(f"manufacturer {pattern}", "series are not refused by number here")
            if pattern in (".*", "", "^.*$"):
                self.report.expressed("allowed_manufacturers", "any manufacturer comes in")
                return
            words = plain_words(pattern)
            if words is None:
                self.report.tightened(f"manufacturer {pattern}", "does not come in: no plain word")
            names += words or []
        if names:
            project.setdefault("include", {})["manufacturers"] = names
            self.report.expressed("allowed_manufacturers", f"only {listed(names)} come in")
        else:
            self.report.error(
                "allowed_manufacturers", "no pattern is a plain word: every manufacturer comes in"
            )


def plain_words(pattern: str) -> list[str] | None:
    """The words of a pattern that is nothing but words (`^siemens`, `ge|philips`), else None."""
    words = pattern.removeprefix("^").removesuffix("$").removesuffix(".*").strip("()").split("|")
    words = [word.removeprefix("^").strip() for word in words]
    return words if all(re.fullmatch(r"[\w ,-]+", word) for word in words) else None


def _data(name: str, text: str) -> Data:
    document = read(text)
    if document.data is None or document.problems:
        raise ProjectInvalid(name, document.problems)
    return document.data


def _mapping(data: Data) -> dict[str, Data]:
    return data if isinstance(data, dict) else {}


def _texts(data: Data) -> list[str]:
    if isinstance(data, list):
        return [text for text in data if isinstance(text, str)]
    return [data] if isinstance(data, str) else []


def _number(rule: Any, key: str) -> int:
    """Group or element of a rule, as `0x0008` or in plain decimal digits; -1 when there is none."""
    text = str(_mapping(rule).get(key, ""))
    return int(text, 0) if re.fullmatch(r"0[xX][0-9A-Fa-f]{1,4}|[1-9]\d{0,4}|0", text) else -1
