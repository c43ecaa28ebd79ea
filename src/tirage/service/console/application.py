"""The console's application: every resource of the API over this node, and the pages that read them."""

from fastapi import FastAPI

from tirage.service.build import Parts
from tirage.service.console.account import NodeAccounts
from tirage.service.console.audit import NodeTrail
from tirage.service.console.corrections import NodeCorrections
from tirage.service.console.destinations import NodeDestinations
from tirage.service.console.doorway import doorway
from tirage.service.console.entrance import Factors
from tirage.service.console.erasures import NodeErasures
from tirage.service.console.holds import NodeHolds
from tirage.service.console.identities import NodeIdentities
from tirage.service.console.nodes import NodeParts
from tirage.service.console.notes import NodeNotes
from tirage.service.console.overview import NodeOverview
from tirage.service.console.people import NodePeople
from tirage.service.console.pictures import Pictures
from tirage.service.console.refusals import NodeRefusals
from tirage.service.console.releases import NodeReleases
from tirage.service.console.repeats import NodeRepeats
from tirage.service.console.reviews import NodeReviews
from tirage.service.console.studies import NodeSearch, NodeStudies
from tirage.service.console.thumbnails import Thumbnails
from tirage.service.console.withdrawals import NodeWithdrawals
from tirage.service.vouching import NodeVouching
from tirage.settings import Settings
from tirage.store import times
from tirage.store.passwords import Passwords
from tirage.web.api import (
    account,
    audit,
    corrections,
    destinations,
    erasures,
    holds,
    identities,
    make_api,
    node,
    notes,
    overview,
    people,
    releases,
    review,
    search,
    studies,
    withdrawals,
)
from tirage.web.api.access import Doors
from tirage.web.api.refusals import Noted
from tirage.web.console import make_console
from tirage.web.console.pages.audit import pages as audit_pages
from tirage.web.console.pages.erasures import pages as erasure_pages
from tirage.web.console.pages.holds import pages as hold_pages
from tirage.web.console.pages.identities import pages as identity_pages
from tirage.web.console.pages.notes import pages as note_pages
from tirage.web.console.pages.overview import pages as overview_pages
from tirage.web.console.pages.people import pages as people_pages
from tirage.web.console.pages.releases import pages as release_pages
from tirage.web.console.pages.review import pages as review_pages
from tirage.web.console.pages.studies import pages as study_pages
from tirage.web.console.pages.withdrawals import pages as withdrawal_pages


def make_application(
    settings: Settings, parts: Parts, doors: Doors, clock: times.Clock = times.now
) -> FastAPI:
    """The console of this node; `doors` knows who is signed in."""
    database, sealer = parts.database, parts.sealer
    factors, passwords = Factors(sealer), Passwords()
    resources = [
        overview.router(NodeOverview(database)),
        node.router(NodeParts(settings, parts)),
        destinations.router(NodeDestinations(settings, parts)),
        search.router(NodeSearch(database)),
        studies.router(NodeStudies(database)),
        notes.router(NodeNotes(parts)),
        corrections.router(NodeCorrections(parts)),
        holds.router(NodeHolds(settings, parts, Thumbnails())),
        identities.router(NodeIdentities(parts)),
        erasures.router(NodeErasures(parts)),
        review.router(NodeReviews(settings, parts, Pictures())),
        releases.router(NodeReleases(settings, parts, NodeVouching(parts, factors, passwords, clock))),
        withdrawals.router(NodeWithdrawals(parts)),
        account.router(NodeAccounts(database, factors, passwords, clock)),
        people.router(NodePeople(database, clock)),
        audit.router(NodeTrail(settings, database)),
    ]
    pages = [
        overview_pages,
        study_pages,
        note_pages,
        hold_pages,
        identity_pages,
        erasure_pages,
        review_pages,
        release_pages,
        withdrawal_pages,
        people_pages,
        audit_pages,
        *doorway(settings, database, sealer, passwords, clock),
    ]
    api = make_api(doors, NodeRepeats(database, sealer), resources)
    api.add_middleware(Noted, refusals=NodeRefusals(database))
    return make_console(api, pages, is_secure=settings.console.is_secure)
