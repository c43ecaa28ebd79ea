"""A real browser (Chromium of the system) before the console of a test node on loopback."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright
from tests.web.signed import Console

from tirage.model.people import Grant, Role
from tirage.web.api.access import COOKIE

PATIENCE_MS = 20_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    program = which("chromium")
    assert program, "install Debian's chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(application: FastAPI) -> Iterator[str]:
    """An application behind a port of its own; where it is reached."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(application, log_level="error", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def looking(
    browser: Browser,
    console: Console,
    address: str,
    account: str,
    *grants: Grant | Role,
    width: int = 1280,
    scheme: str = "light",
) -> Iterator[Page]:
    """A page of somebody who is signed in; a script error or a refused resource fails the test."""
    console.doors.let_in(account, *grants)
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.add_cookies([{"name": COOKIE, "value": account, "url": address}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    try:
        yield page
    finally:
        context.close()
    assert wrong == []


@contextmanager
def window(address: str, account: str, *, width: int = 1280, dark: bool = False) -> Iterator[Page]:
    """A page of a browser of its own in which `account`, whom the console knows, is signed in."""
    with chromium() as browser:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": COOKIE, "value": account, "url": address}])
        yield context.new_page()
