"""The sheet as one HTML file: nothing is loaded from elsewhere and no script runs."""

import os
from collections.abc import Sequence
from pathlib import Path

from tirage.flow.sheet.study import StudySheet


def render(studies: Sequence[StudySheet], title: str) -> str:
    """The page for these studies."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tirage.flow.sheet", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("sheet.html").render(studies=studies, title=title)


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file that its owner alone may read, in place of one that is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
