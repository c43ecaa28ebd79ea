"""The console's application: every resource of the API over this node, and the pages that read them."""

from fastapi import FastAPI

from tirage.service.build import Parts
from tirage.service.console.overview import NodeOverview
from tirage.settings import Settings
from tirage.web.api import make_api, overview
from tirage.web.api.access import Doors
from tirage.web.console import make_console
from tirage.web.console.pages.overview import pages as overview_pages


def make_application(settings: Settings, parts: Parts, doors: Doors) -> FastAPI:
    """The console of this node; `doors` knows who is signed in."""
    api = make_api(doors, [overview.router(NodeOverview(parts))])
    return make_console(api, [overview_pages], is_secure=False)
