"""The layout keeps its own rules: imports, sizes, names, exceptions, state."""

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tirage"
MODULES = sorted(SOURCE.rglob("*.py"))
STAGES = ("acquire", "catalog", "link", "deidentify", "verify", "review", "deliver")
BROAD_EXCEPT_ALLOWED = {"cli/main.py", "flow/steps/guard.py"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "base", "misc"}
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def _relative(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_imports_point_one_way() -> None:
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_module_is_longer_than_400_lines_and_half_are_under_120() -> None:
    sizes = {_relative(path): _lines(path) for path in MODULES if "/versions/" not in path.as_posix()}
    assert {name: size for name, size in sizes.items() if size > 400} == {}
    assert statistics.median(size for size in sizes.values() if size > 1) <= 120


def test_no_folder_or_module_has_a_name_that_says_nothing() -> None:
    names = {part for path in MODULES for part in path.relative_to(SOURCE).with_suffix("").parts}
    assert names & FORBIDDEN_NAMES == set()


def test_broad_excepts_exist_in_two_places_alone() -> None:
    found = {_relative(path) for path in MODULES for _ in _broad_handlers(path)}
    assert found <= BROAD_EXCEPT_ALLOWED


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_opens_no_file_and_asks_no_clock(stage: str) -> None:
    asking = re.compile(
        r"\bopen\(|\.read_(text|bytes)\(|\.write_(text|bytes)\(|\.now\(|\.today\(|time\.(time|monotonic)\("
    )
    for path in sorted((SOURCE / stage).rglob("*.py")):
        found = [line for line in path.read_text(encoding="utf-8").splitlines() if asking.search(line)]
        assert found == [], _relative(path)


def test_no_module_keeps_mutable_state() -> None:
    """Constants are written in capitals; a function that changed one would need `global`."""
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not any(isinstance(node, ast.Global) for node in ast.walk(tree)), _relative(path)
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if isinstance(target, ast.Name) and isinstance(node, ast.Assign):
                    is_constant = target.id.isupper() or target.id.startswith("_") or target.id == "__all__"
                    assert is_constant or not isinstance(node.value, MUTABLE), (
                        f"{_relative(path)}: {target.id}"
                    )


def test_every_module_and_public_function_says_what_it_answers() -> None:
    silent = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and not ast.get_docstring(tree):
            silent.append(_relative(path))
        for node in tree.body:
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{_relative(path)}: {node.name}")
    assert [name for name in silent if "/versions/" not in name] == []


def _broad_handlers(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            names = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
            if node.type is None or names & {"Exception", "BaseException"}:
                yield node.lineno
