"""The console's application: every resource of the API over this node, and the pages that read them."""

from fastapi import FastAPI

from tirage.service.build import Parts
from tirage.service.console.corrections import NodeCorrections
from tirage.service.console.erasures import NodeErasures
from tirage.service.console.holds import NodeHolds
from tirage.service.console.notes import NodeNotes
from tirage.service.console.overview import NodeOverview
from tirage.service.console.thumbnails import Thumbnails
from tirage.settings import Settings
from tirage.web.api import corrections, erasures, holds, make_api, notes, overview
from tirage.web.api.access import Doors
from tirage.web.console import make_console
from tirage.web.console.pages.erasures import pages as erasure_pages
from tirage.web.console.pages.holds import pages as hold_pages
from tirage.web.console.pages.notes import pages as note_pages
from tirage.web.console.pages.overview import pages as overview_pages


def make_application(settings: Settings, parts: Parts, doors: Doors) -> FastAPI:
    """The console of this node; `doors` knows who is signed in."""
    api = make_api(
        doors,
        [
            overview.router(NodeOverview(parts)),
            holds.router(NodeHolds(settings, parts, Thumbnails())),
            erasures.router(NodeErasures(parts)),
            notes.router(NodeNotes(parts)),
            corrections.router(NodeCorrections(parts)),
        ],
    )
    return make_console(api, [overview_pages, hold_pages, erasure_pages, note_pages], is_secure=False)
