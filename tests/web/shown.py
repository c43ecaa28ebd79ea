"""An application on a port of this machine, and Chromium in front of it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, sync_playwright

from tirage.web.api.access import COOKIE


@contextmanager
def served(application: FastAPI) -> Iterator[str]:
    """The application's address while it is served."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def chromium(
    address: str, account: str, *, width: int = 1280, height: int = 800, dark: bool = False
) -> Iterator[Page]:
    """A page of a browser in which `account` is signed in."""
    program = which("chromium")
    assert program, "install Debian's chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
        )
        context.add_cookies([{"name": COOKIE, "value": account, "url": address}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        try:
            yield page
        finally:
            browser.close()
