"""Runs Tirage over a folder of planted objects with the project that holds without one."""

import os
from pathlib import Path

from tirage.cli.deid.project import DEFAULT_PROJECT
from tirage.flow.folder import inputs_of, run
from tirage.policy.project import load_project

MASTER = bytes(range(32))


def tirage(source: Path, target: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Outputs (path relative to the target) and reasons of what has none, both by input path."""
    outputs, reasons = {}, {}
    project = load_project(DEFAULT_PROJECT)
    for lines in run(inputs_of(source), target, DEFAULT_PROJECT, project, MASTER, jobs=1):
        for line in lines:
            if line.output:
                outputs[line.input] = line.output
            else:
                found = ",".join(f"{each.where}:{each.kind}" for each in line.findings)
                reasons[line.input] = f"{line.disposition.value}/{line.reason} {found}".strip()
    return outputs, reasons


def outputs_of(paths: dict[str, str], found: dict[str, str], target: Path) -> dict[str, tuple[str, bytes]]:
    """Path and bytes of each output by the name of its object."""
    return {
        name: (found[path], (target / found[path]).read_bytes())
        for name, path in paths.items()
        if path in found and os.path.isfile(target / found[path])  # noqa: PTH113
    }
