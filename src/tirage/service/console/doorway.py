"""The ways into the console: an account of this node's own, and the hospital's sign-in where there is one."""

from fastapi import APIRouter
from sqlalchemy import Engine

from tirage.network.oidc import Provider
from tirage.service.console.entrance import Factors, NodeEntrance
from tirage.service.console.hospital import NodeHospital
from tirage.settings import Settings
from tirage.store import times
from tirage.store.passwords import Passwords
from tirage.store.sealing import Sealer
from tirage.web.console.pages import entrance, hospital


def doorway(
    settings: Settings, database: Engine, sealer: Sealer, passwords: Passwords, clock: times.Clock
) -> list[APIRouter]:
    """The pages before the door."""
    console = settings.console
    door = NodeEntrance(database, Factors(sealer), passwords, needs_factor=console.second_factor, clock=clock)
    oidc, behind_proxy = console.oidc, console.behind_proxy
    pages = [entrance.pages(door, behind_proxy=behind_proxy, has_hospital=oidc is not None)]
    if oidc is not None:
        secret = settings.secret(oidc.client_secret)
        provider = Provider(oidc.issuer, oidc.client_id, secret, oidc.redirect, lambda: clock().timestamp())
        way_in = NodeHospital(database, sealer, provider, oidc, clock)
        pages.append(hospital.pages(way_in, behind_proxy=behind_proxy))
    return pages
