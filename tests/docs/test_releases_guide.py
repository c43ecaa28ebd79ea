"""Whoever receives a release can do with it what its README and the guide say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.blocks import ROOT
from tests.flow.nodes import PROJECT, TestNode
from tests.make import make_instance

PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions as a researcher has them."""
    node = TestNode(tmp_path_factory.mktemp("share"))
    node.run(make_instance(instance=1, SliceThickness="2"), make_instance(2, modality="MR"))
    node.run(make_instance(instance=2, SliceThickness="2"))
    folder = node.root / "researcher"
    shutil.copytree(node.share / PROJECT, folder)
    return folder


def said(page: Path, folder: Path) -> str:
    """What the examples of a page print, one after the other, in the folder of a release."""
    program = "\n".join(PYTHON.findall(page.read_text(encoding="utf-8")))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_guides_notebook_runs(share: Path) -> None:
    shown = said(ROOT / "docs" / "guides" / "releases.md", share / "v0001").splitlines()
    assert shown[0].startswith("A synthetic project v0001 {'patients': 2, 'studies': 2")
    assert "CT SOMATOM Definition AS+ 1 series, 1 objects" in shown
    assert "1 files, from 1 series" in shown
    assert shown[-1] == "3 objects of 2 studies in 2 versions"


def test_a_releases_own_readme_runs_and_names_every_file(share: Path) -> None:
    folder = share / "v0002"
    assert ".dcm']" in said(folder / "README.md", folder)
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "It adds to v0001" in text
    files = {path.name for path in folder.iterdir() if path.is_file()}
    assert {name for name in files if f"`{name}`" not in text} == {"README.md"}
