"""`python -m benchmarks.midi`: Tirage and the peers, scored on real files with invented identities.

`python -m benchmarks.midi prepare FOLDER` writes such files and their key; `score FOLDER OUT
MAPPING` scores the
output folder of any tool, where MAPPING is JSON: the output's path below OUT by the input's name.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from tests.golden.planted import runner

from benchmarks.machine import describe
from benchmarks.midi import key, prepare, score
from benchmarks.midi.key import ACTIONS, STRICTER
from benchmarks.peers.tools import tools

Scores = dict[str, tuple[int, int]]


def main() -> None:
    """Do what the first word says; without any, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="prepare FOLDER, or score FOLDER OUT MAPPING")
    parser.add_argument("--files", type=int, default=80)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    match arguments.words:
        case ["prepare", folder]:
            key.write(prepare.prepared(Path(folder) / "in", arguments.files), Path(folder) / "key.json")
        case ["score", folder, out, mapping]:
            entries = key.read(Path(folder) / "key.json")
            named = json.loads(Path(mapping).read_text(encoding="utf-8"))
            outputs = {name: Path(out) / path for name, path in named.items()}
            Console().print(markdown({"output": score.scored(entries, Path(folder) / "in", outputs)}, {}, ""))
        case []:
            text = measured(arguments.files)
            Console().print(text)
            if arguments.markdown:
                arguments.markdown.write_text(text, encoding="utf-8")
        case _:
            parser.error("prepare FOLDER, score FOLDER OUT MAPPING, or nothing")


def measured(files: int) -> str:
    """Every tool over the same files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "in"
        entries = prepare.prepared(source, files)
        found, _ = runner.tirage(source, folder / "tirage")
        ours = {Path(path).name: folder / "tirage" / output for path, output in found.items()}
        scores = {"Tirage": score.scored(entries, source, ours)}
        missing = {"Tirage": len(entries) - len(ours)}
        for tool in tools(folder):
            target = folder / tool.name.replace(" ", "-")
            target.mkdir()
            refused = tool.run([(source / entry.file, target / entry.file) for entry in entries])
            made = {path.name: path for path in target.iterdir() if str(source / path.name) not in refused}
            scores[tool.name] = score.scored(entries, source, made)
            missing[tool.name] = len(entries) - len(made)
        return markdown(scores, missing, f"{len(entries)} files. Machine: {describe(folder)}.")


def markdown(scores: Mapping[str, Scores], missing: Mapping[str, int], foot: str) -> str:
    """A table: actions down, tools across."""
    lines = ["| action | " + " | ".join(scores) + " |", "|---" * (len(scores) + 1) + "|"]
    for action in (*ACTIONS, *STRICTER):
        cells = []
        for found in scores.values():
            right, asked = found.get(action, (0, 0))
            cells.append(f"{right / asked:.1%}" if asked else "–")
        lines.append(
            f"| {'*' + action + '*' if action in STRICTER else action} | " + " | ".join(cells) + " |"
        )
    if missing:
        lines.append("| files without an output | " + " | ".join(map(str, missing.values())) + " |")
    return "\n".join([*lines, "", foot, ""])


if __name__ == "__main__":
    main()
