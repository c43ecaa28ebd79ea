"""Every benchmark, one after another: `make bench`, or `make bench ARGS=receive` for one of them.

What was measured is written into `docs/benchmarks.md`, between the marks of each benchmark.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

BENCHMARKS = (
    "planted",
    "midi",
    "deidentify",
    "mixed",
    "receive",
    "catalogue",
    "catalogue_scale",
    "identity",
    "console",
    "tiles",
    "cohort",
    "fetch",
    "storing",
    "delivery",
)
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    """Run the benchmarks named on the command line, all of them without any."""
    for name in sys.argv[1:] or BENCHMARKS:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark {name}: there are {', '.join(BENCHMARKS)}")
        print(f"\n## {name}\n", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "table.md"
            command = [sys.executable, "-m", f"benchmarks.{name}", "--markdown", str(table)]
            subprocess.run(command, check=True)
            write(name, table.read_text(encoding="utf-8"))


def write(name: str, table: str) -> None:
    """Put what was measured between the marks of the benchmark."""
    begin, end = f"<!-- measured {name} -->\n", f"<!-- /measured {name} -->"
    page = PAGE.read_text(encoding="utf-8")
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    PAGE.write_text(marked.sub(lambda _: f"{begin}{table.strip()}\n{end}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
