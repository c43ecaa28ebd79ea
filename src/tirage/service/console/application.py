"""The console's application: every resource of the API over this node, and the pages that read them."""

from fastapi import FastAPI

from tirage.network.oidc import Provider
from tirage.service.build import Parts
from tirage.service.console.account import NodeAccounts
from tirage.service.console.audit import NodeTrail
from tirage.service.console.entrance import Factors, NodeEntrance
from tirage.service.console.hospital import NodeHospital
from tirage.service.console.nodes import NodeParts
from tirage.service.console.overview import NodeOverview
from tirage.service.console.people import NodePeople
from tirage.service.console.refusals import NodeRefusals
from tirage.service.console.repeats import NodeRepeats
from tirage.service.console.studies import NodeSearch, NodeStudies
from tirage.settings import Settings
from tirage.store import times
from tirage.store.keys import load_master_key
from tirage.store.passwords import Passwords
from tirage.store.sealing import Sealer
from tirage.web.api import account, audit, make_api, node, overview, people, search, studies
from tirage.web.api.access import Doors
from tirage.web.api.refusals import Noted
from tirage.web.console import make_console
from tirage.web.console.pages import entrance, hospital
from tirage.web.console.pages.audit import pages as audit_pages
from tirage.web.console.pages.overview import pages as overview_pages
from tirage.web.console.pages.people import pages as people_pages
from tirage.web.console.pages.studies import pages as studies_pages


def make_application(
    settings: Settings, parts: Parts, doors: Doors, clock: times.Clock = times.now
) -> FastAPI:
    """The console of this node; `doors` knows who is signed in."""
    database = parts.database
    sealer = Sealer(load_master_key(settings.master_key).secret)
    repeats = NodeRepeats(database, sealer)
    factors, passwords = Factors(sealer), Passwords()
    door = NodeEntrance(
        database, factors, passwords, needs_factor=settings.console.second_factor, clock=clock
    )
    resources = [
        overview.router(NodeOverview(database)),
        node.router(NodeParts(settings, parts)),
        search.router(NodeSearch(database)),
        studies.router(NodeStudies(database)),
        account.router(NodeAccounts(database, factors, passwords, clock)),
        people.router(NodePeople(database, clock)),
        audit.router(NodeTrail(settings, database)),
    ]
    behind_proxy, oidc = settings.console.behind_proxy, settings.console.oidc
    pages = [
        overview_pages,
        studies_pages,
        people_pages,
        audit_pages,
        entrance.pages(door, behind_proxy=behind_proxy, has_hospital=oidc is not None),
    ]
    if oidc is not None:
        secret = settings.secret(oidc.client_secret)
        provider = Provider(oidc.issuer, oidc.client_id, secret, oidc.redirect, lambda: clock().timestamp())
        way_in = NodeHospital(database, sealer, provider, oidc, clock)
        pages.append(hospital.pages(way_in, behind_proxy=behind_proxy))
    api = make_api(doors, repeats, resources)
    api.add_middleware(Noted, refusals=NodeRefusals(database))
    return make_console(api, pages, is_secure=settings.console.is_secure)
