"""How fast sixty tiles of the review stand in a browser: `python -m benchmarks.tiles`.

Each time with nothing made beforehand: the console renders the pictures from the released objects. The peer
is a page of the same sixty pictures as files behind Python's `http.server`: what the browser itself takes.
"""

import argparse
import functools
import http.server
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page
from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tests.web.browsing import served, window
from tests.web.signed import Console

from benchmarks.machine import describe
from tirage.model.people import Grant, Role

TILES, ROUNDS, GOAL_S = 60, 5, 2.0
SAMPLED = RULES.replace(
    "review:\n", f"review:\n  sampling:\n    per_stratum: {TILES}\n    double_percent: 0\n"
)
SHOWN = """() => Promise.all(Array.from(document.querySelectorAll("img"), (each) => {
  each.loading = "eager";
  return each.decode().then(() => each.naturalWidth);
}))"""


def shown_after(page: Page, address: str) -> float:
    """Seconds until every picture of a page is shown."""
    began = time.monotonic()
    page.goto(address, wait_until="domcontentloaded")
    widths = page.evaluate(SHOWN)
    assert sum(width == 256 for width in widths) == TILES, "some tiles are missing"
    return time.monotonic() - began


def ours(node: TestNode, folder: Path) -> float:
    """Seconds for the page of the review; its pictures are kept in `folder`."""
    with Console(node) as console:
        console.doors.let_in("ada", Grant(Role.REVIEWER, PROJECT))
        with served(console.application) as address, window(address, "ada") as page:
            page.goto("/review")
            seconds = shown_after(page, f"{address}/review/{PROJECT}?most={TILES}")
            tiles = page.eval_on_selector_all(".tile img", "found => found.map((each) => each.src)")
            for number, source in enumerate(tiles):
                (folder / f"{number}.png").write_bytes(page.request.get(source).body())
    return seconds


def peer(folder: Path) -> float:
    """Seconds for a page of the same pictures as files."""
    pictures = "".join(f'<img src="{number}.png">' for number in range(TILES))
    (folder / "index.html").write_text(f"<!doctype html><title>Tiles</title>{pictures}")
    with files(folder) as address, window(address, "nobody") as page:
        page.goto("about:blank")
        return shown_after(page, f"{address}/index.html")


@contextmanager
def files(folder: Path) -> Iterator[str]:
    """The files of a folder over HTTP."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def main() -> None:
    """Release sixty objects, show them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", type=Path, help="write the table here")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tirage-tiles-") as name:
        node, pictures = TestNode(Path(name) / "node", rules=SAMPLED), Path(name) / "pictures"
        pictures.mkdir()
        node.run(*[make_instance(instance=number, rows=512, columns=512) for number in range(1, TILES + 1)])
        rounds = [(ours(node, pictures), peer(pictures)) for _ in range(ROUNDS)]
        mine, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
        verdict = "" if mine <= GOAL_S else " SHORT"
        lines = [
            "| the page | median, s | times | goal, s |",
            "|---|---|---|---|",
            f"| {TILES} pictures as files | {theirs:.2f} | 1.0 | |",
            f"| {TILES} tiles of the review, made for it | {mine:.2f} | {mine / theirs:.1f} "
            f"| {GOAL_S:.0f}{verdict} |",
            "",
            f"{ROUNDS} rounds, objects of 512 x 512. Machine: {describe(Path(name))}.",
            "",
        ]
    print("\n".join(lines))
    if chosen.markdown:
        chosen.markdown.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
