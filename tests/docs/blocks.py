"""The parts of `docs/` that are made from the code: `<!-- begin NAME -->` to `<!-- end NAME -->`."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from tests.docs.conformance import blanking, treatment
from typer import Context

import tirage
from tirage.cli.commands import COMMANDS, load
from tirage.errors import Permanent, TirageError, Transient
from tirage.settings.forms import Section

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"(<!-- begin (\S+) -->\n)(.*?)(<!-- end \2 -->)", re.DOTALL)
WIDTH = 80


SETTINGS = "tirage.settings"
"""Sections within sections of this module are told elsewhere on the page."""


def filled(page: str) -> str:
    """A page with every block made anew."""
    return BLOCK.sub(lambda found: f"{found[1]}{MAKERS[found[2]]()}{found[4]}", page)


def pages() -> list[Path]:
    """Every page of the documentation."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def settings() -> str:
    """Each section of `tirage.toml` with its keys, defaults and environment names."""
    from tirage.settings import Settings

    lines = []
    for section, field in Settings.model_fields.items():
        is_list = get_origin(field.annotation) is tuple
        kind: type[BaseModel] = (*get_args(field.annotation), field.annotation)[0]
        lines += _section(section, kind, is_list)
    return "\n".join(lines)


def _section(name: str, kind: type[BaseModel], is_list: bool) -> list[str]:
    """One table of the settings, and the tables in it that may be left out."""
    title = f"[[{name}]]" if is_list else f"[{name}]"
    lines = [f"### {title}", "", (kind.__doc__ or "").strip(), ""]
    lines += ["| key | default | meaning |", "|---|---|---|"]
    for key, one in kind.model_fields.items():
        lines.append(
            f"| `{key}` | {'needed' if one.is_required() else _shown(one.default)} | {one.description} |"
        )
    lines.append("")
    for key, one in kind.model_fields.items():
        for within in get_args(one.annotation):
            if isinstance(within, type) and issubclass(within, Section) and within.__module__ != SETTINGS:
                lines += _section(f"{name}.{key}", within, get_origin(one.annotation) is tuple)
    return lines


def peers() -> str:
    """The keys of one entry of `listener.allow`."""
    from tirage.settings import Peer

    rows = [f"| `{key}` | {one.description} |" for key, one in Peer.model_fields.items()]
    return "\n".join(["| key | meaning |", "|---|---|", *rows, ""])


def errors() -> str:
    """Each error class under its code, with what it means and what to do."""
    lines = []
    for kind in sorted(error_classes(), key=lambda kind: kind.code):
        retried = "yes" if issubclass(kind, Transient) else "no"
        means = (kind.__doc__ or "").strip().splitlines()[0]
        lines += [f"### {kind.code}", "", means, ""]
        lines += [
            f"**What to do:** {kind.remedy}",
            "",
            f"Exit code {kind.exit_code}; retried: {retried}.",
            "",
        ]
    return "\n".join(lines)


def error_classes() -> list[type[TirageError]]:
    """Every class of fault of the package but the two that only say whether to retry."""
    for module in pkgutil.walk_packages(tirage.__path__, "tirage."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    return [kind for kind in _below(TirageError) if kind not in (Transient, Permanent)]


def commands() -> str:
    """The help of every command, as it is printed at 80 columns."""
    lines = []
    for name, text in helps():
        lines += [f"## {name}", "", "```text", text, "```", ""]
    return "\n".join(lines)


def helps() -> Iterator[tuple[str, str]]:
    """Each command, subcommands after their group, and its help."""
    for entry in COMMANDS:
        yield from _helps(load(entry.name), f"tirage {entry.name}")


def fault_points() -> str:
    """Each place at which a crash is tried, what it leaves and what comes of that."""
    from tirage.faults import POINTS

    rows = [f"| `{name}` | {leaves} | {cure} |" for name, (leaves, cure) in POINTS.items()]
    return "\n".join(["| place | a crash there leaves | then |", "|---|---|---|", *rows, ""])


def syntaxes() -> str:
    """Transfer syntaxes received."""
    from tirage.dicom.syntaxes import transfer_syntaxes
    from tirage.network.offers import storage_offer

    known = transfer_syntaxes()
    rows = [f"| {known[uid].name} | `{uid}` |" for uid in storage_offer().transfer_syntaxes]
    return "\n".join(["| name | UID |", "|---|---|", *rows, ""])


def sop_classes() -> str:
    """Storage SOP classes received."""
    from pydicom.uid import UID

    from tirage.network.offers import storage_classes

    rows = sorted((UID(uid).name, uid) for uid in storage_classes())
    return "\n".join(["| name | UID |", "|---|---|", *(f"| {name} | `{uid}` |" for name, uid in rows), ""])


def query() -> str:
    """Attributes that archives are asked for at each level."""
    from pydicom.datadict import keyword_for_tag

    from tirage.network.archives import attributes as known

    levels = {
        "STUDY": (known.STUDY_LEVEL, known.STUDY_LEVEL_RARE),
        "SERIES": (known.SERIES_LEVEL, known.SERIES_LEVEL_RARE),
        "IMAGE": (known.IMAGE_LEVEL, ()),
    }
    rows = []
    for level, (always, rare) in levels.items():
        cells = (", ".join(f"`{keyword_for_tag(tag)}`" for tag in tags) for tags in (always, rare))
        rows.append(f"| {level} | {' | '.join(cells)} |")
    head = "| level | asked for | left out for an archive that refuses them |"
    return "\n".join([head, "|---|---|---|", *rows, ""])


def get_syntaxes() -> str:
    """Transfer syntaxes offered by C-GET, in their order."""
    from tirage.dicom.syntaxes import transfer_syntaxes
    from tirage.network.scu.get import BY_USE

    known = transfer_syntaxes()
    return ", ".join(known[uid].name for uid in BY_USE) + "\n"


def reasons() -> str:
    """How many words there are for each disposition, as an index."""
    from tirage.model.advice import MEANING
    from tirage.model.outcomes import disposition_of

    rows = [
        f"| [{reason}](#{reason.lower()}) | {disposition_of(reason)} | {MEANING[reason]} |"
        for reason in MEANING
    ]
    return "\n".join(["| reason | | in short |", "|---|---|---|", *rows, ""])


def outcomes() -> str:
    """How a requested row can end, what that means and what to do."""
    from tirage.flow.ledger.words import KINDS, WORDS

    rows = [
        f"| {outcome} | {KINDS[words.kind]} | {words.means} | {words.next} |"
        for outcome, words in WORDS.items()
    ]
    table = "\n".join(["| outcome | | means | what to do |", "|---|---|---|---|", *rows, ""])
    return table.replace("docs/holds.md", "[holds](../holds.md)")


def decisions() -> str:
    """Every decision record by its title."""
    found = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    rows = [
        f"- [{page.read_text(encoding='utf-8').splitlines()[0].lstrip('# ')}]({page.name})" for page in found
    ]
    return "\n".join([*rows, ""])


MAKERS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "peers": peers,
    "errors": errors,
    "commands": commands,
    "syntaxes": syntaxes,
    "sop-classes": sop_classes,
    "query": query,
    "get-syntaxes": get_syntaxes,
    "treatment": treatment,
    "blanking": blanking,
    "reasons": reasons,
    "outcomes": outcomes,
    "decisions": decisions,
    "fault-points": fault_points,
}


def _below(kind: type[TirageError]) -> Iterator[type[TirageError]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("tirage."):
            yield one
        yield from _below(one)


def _helps(command: Any, name: str) -> Iterator[tuple[str, str]]:
    context = Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    yield name, command.get_help(context).rstrip()
    for nested in getattr(command, "commands", {}).values():
        yield from _helps(nested, f"{name} {nested.name}")


def _shown(value: object) -> str:
    if value is None or value in ((), ""):
        return ""
    return f"`{value}`"
