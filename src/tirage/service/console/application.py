"""The console's application: every resource of the API over this node, and the pages that read them."""

from fastapi import FastAPI

from tirage.service.build import Parts
from tirage.service.console.corrections import NodeCorrections
from tirage.service.console.erasures import NodeErasures
from tirage.service.console.holds import NodeHolds
from tirage.service.console.identities import NodeIdentities
from tirage.service.console.notes import NodeNotes
from tirage.service.console.overview import NodeOverview
from tirage.service.console.repeats import NodeRepeats
from tirage.service.console.studies import NodeSearch, NodeStudies
from tirage.service.console.thumbnails import Thumbnails
from tirage.settings import Settings
from tirage.store.keys import load_master_key
from tirage.store.sealing import Sealer
from tirage.web.api import (
    corrections,
    erasures,
    holds,
    identities,
    make_api,
    notes,
    overview,
    search,
    studies,
)
from tirage.web.api.access import Doors
from tirage.web.console import make_console
from tirage.web.console.pages.erasures import pages as erasure_pages
from tirage.web.console.pages.holds import pages as hold_pages
from tirage.web.console.pages.identities import pages as identity_pages
from tirage.web.console.pages.notes import pages as note_pages
from tirage.web.console.pages.overview import pages as overview_pages
from tirage.web.console.pages.studies import pages as studies_pages


def make_application(settings: Settings, parts: Parts, doors: Doors) -> FastAPI:
    """The console of this node; `doors` knows who is signed in."""
    repeats = NodeRepeats(parts.database, Sealer(load_master_key(settings.master_key).secret))
    database = parts.database
    resources = [
        overview.router(NodeOverview(parts)),
        search.router(NodeSearch(database)),
        studies.router(NodeStudies(database)),
        holds.router(NodeHolds(settings, parts, Thumbnails())),
        erasures.router(NodeErasures(parts)),
        notes.router(NodeNotes(parts)),
        corrections.router(NodeCorrections(parts)),
        identities.router(NodeIdentities(parts)),
    ]
    pages = [overview_pages, studies_pages, hold_pages, erasure_pages, note_pages, identity_pages]
    return make_console(make_api(doors, repeats, resources), pages, is_secure=False)
