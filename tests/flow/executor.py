"""A process of its own that runs durable work, for tests to kill: `python executor.py DATABASE_URL FOLDER`.

The run `count` appends one byte to a file at each step; a file called `pause` makes its third step wait, so
that the test can kill it there.
"""

import sys
import time
from pathlib import Path

from tirage.errors import Permanent
from tirage.flow.engine import Engine


def main(url: str, folder: Path) -> None:
    engine = Engine(url)

    def step(number: int) -> int:
        with (folder / f"step{number}").open("ab") as file:
            file.write(b"x")
        while number == 3 and (folder / "pause").exists():
            time.sleep(0.05)
        return number

    def count(steps: int) -> int:
        return sum(engine.step(f"step{number}", step, number) for number in range(1, steps + 1))

    def fail(name: str) -> None:
        raise Permanent(f"a message about {name}")

    engine.register("count", count)
    engine.register("fail", fail)
    engine.start({"work": 2})
    (folder / f"up-{engine.executor}").touch()
    while not (folder / "stop").exists():
        for name in (folder / "ask").glob("*"):
            engine.enqueue("work", *name.name.split(","), 5 if name.name.startswith("count") else "somebody")
            name.unlink(missing_ok=True)
        adopted = engine.adopt()
        for dead in adopted:
            (folder / f"adopted-{dead}").touch()
        for run in engine.runs():
            (folder / f"{run.id}-{run.status}").touch()
        time.sleep(0.1)
    engine.stop(1)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
