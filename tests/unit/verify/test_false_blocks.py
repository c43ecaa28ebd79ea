"""How often the gate stops a clean output of a real file: never more than one in two hundred."""

from pathlib import Path

import pytest
from pydicom.data import get_testdata_files

from tirage.flow.folder import Job, process
from tirage.link.pseudonym import project_key
from tirage.model.identifiers import ProjectName
from tirage.model.reasons import HoldReason

PROJECTS = {
    "default": "",
    "without cleaning": "deidentify: {options: [modified-dates, safe-private, retain-patient]}\n",
}


@pytest.mark.parametrize("name", PROJECTS)
def test_the_gate_stops_hardly_any_output_of_a_real_file(
    name: str, real_files: list[Path], tmp_path: Path
) -> None:
    project = f"project: {{name: one-shot, title: x}}\nidentity: {{scheme: keyed}}\n{PROJECTS[name]}"
    shipped = [path for path in map(Path, get_testdata_files()) if path.is_file()]
    files = sorted({*real_files[::12], *shipped[::6]})
    key = project_key(bytes(32), ProjectName("one-shot"))
    lines = [line for file in files for line in process(Job((str(file),), tmp_path, project, key))]
    stopped = [line for line in lines if line.reason == HoldReason.IDENTIFIER_FOUND]
    places = sorted({(finding.where, finding.kind) for line in stopped for finding in line.findings})
    assert any(line.output for line in lines)
    assert len(stopped) <= max(1, len(lines) // 200), places
