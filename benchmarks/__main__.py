"""Every benchmark, one after another: `make bench`, or `make bench ARGS=receive` for one of them."""

import subprocess
import sys

BENCHMARKS = ("deidentify", "receive", "catalogue", "catalogue_scale")


def main() -> None:
    """Run the benchmarks named on the command line, all of them without any."""
    for name in sys.argv[1:] or BENCHMARKS:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark {name}: there are {', '.join(BENCHMARKS)}")
        print(f"\n## {name}\n", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main()
