"""An imported project as the text of a project file, checked like any other."""

import yaml

from tirage.policy.imports.report import Fate, Imported
from tirage.policy.project import load_project


class _Plain(yaml.SafeDumper):
    """YAML without anchors: a project file has none."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def project_text(imported: Imported, source: str) -> str:
    """The project file; raises `ProjectInvalid` when what was imported does not make one."""
    counted = ", ".join(f"{len(imported.of(fate))} {fate}" for fate in Fate)
    head = [f"# Imported from {source}. Of its rules: {counted}.", "# Read it as if it were new before use."]
    head += [f"# NOT EXPRESSED: {_line(line.rule)}: {_line(line.words)}" for line in imported.of(Fate.ERROR)]
    body = yaml.dump(imported.project, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
    text = "\n".join(head) + "\n" + body
    load_project(text, source)
    return text


def _line(words: str) -> str:
    return " ".join(words.split())
