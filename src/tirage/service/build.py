"""The parts of a node, made from its settings."""

from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from sqlalchemy import Engine

from tirage.flow.context import Access, Context
from tirage.flow.engine import Engine as FlowEngine
from tirage.flow.pool import Pool
from tirage.model.identifiers import ProjectName
from tirage.model.records import Origin
from tirage.network.receiver import Patience
from tirage.network.scp import ReceiveSettings
from tirage.network.upper_layer.admission import Admission, AllowedPeer
from tirage.service.archives import make_access
from tirage.service.destinations import Senders
from tirage.service.projects import Projects
from tirage.settings import Settings
from tirage.store import times
from tirage.store.blobs import BlobStore
from tirage.store.crosswalk import Crosswalk, open_crosswalk
from tirage.store.database import open_database, upgrade
from tirage.store.intake import DurableIntake, Routes
from tirage.store.sealing import Sealer
from tirage.store.vault import Vault

PRELOAD = ("tirage.flow.steps.single",)


def make_database(settings: Settings) -> Engine:
    """The catalogue's database, its tables brought to this version."""
    settings.identified.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = open_database(settings.catalogue_url)
    upgrade(database)
    return database


def make_routes(rules: Projects) -> Routes:
    """Which projects claim what comes from an origin."""

    def routes(origin: Origin) -> tuple[ProjectName, ...]:
        rules.look()
        return tuple(
            name for name, each in rules.items() if each.project.routes(origin.calling_ae, origin.called_ae)
        )

    return routes


def make_originals(settings: Settings) -> BlobStore:
    """The store of originals."""
    return BlobStore(settings.originals, settings.storage.watermark_percent / 100)


def make_objects(settings: Settings) -> BlobStore:
    """The store of outputs that no release holds yet."""
    return BlobStore(settings.objects, settings.storage.watermark_percent / 100)


@dataclass(frozen=True, slots=True)
class Parts:
    """What every process of a node needs: its records, its links, what it seals with, and its rules."""

    database: Engine
    links: Engine
    crosswalk: Crosswalk
    sealer: Sealer
    rules: Projects
    archives: dict[str, Access]
    lists: Path

    def close(self) -> None:
        """Close the databases."""
        self.database.dispose()
        self.links.dispose()


def make_parts(settings: Settings) -> Parts:
    """The parts of a node; refuses to start without the master key or with a wrong one."""
    links = open_database(settings.crosswalk_url)
    crosswalk, keys = open_crosswalk(links, settings.master_key)
    database = make_database(settings)
    originals = make_originals(settings)
    archives = {spec.name: make_access(settings, spec, originals, database) for spec in settings.archives}
    rules = Projects(settings.projects)
    return Parts(database, links, crosswalk, keys.sealer(), rules, archives, settings.projects)


def make_intake(settings: Settings, parts: Parts) -> DurableIntake:
    """Where the listener and imports hand objects over."""
    return DurableIntake(make_originals(settings), parts.database, make_routes(parts.rules))


def make_context(settings: Settings, parts: Parts) -> Context:
    """What a worker works with."""
    settings.releases.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Context(
        database=parts.database,
        originals=make_originals(settings),
        objects=make_objects(settings),
        releases=settings.releases,
        crosswalk=parts.crosswalk,
        rules=parts.rules,
        destination=make_senders(settings),
        archives=parts.archives,
        lists=parts.lists,
        signing_key=settings.signing_key,
        pool=Pool(settings.flow.workers, PRELOAD),
        clock=times.now,
        chunk=settings.flow.chunk,
        software=f"tirage {version('tirage')}",
    )


def make_engine(settings: Settings) -> FlowEngine:
    """The engine of durable runs: a file of this node, or PostgreSQL."""
    return FlowEngine(settings.flow_url, settings.flow.executor)


def make_senders(settings: Settings) -> Senders:
    """What sends to the destinations of project files."""
    return Senders(Vault(settings.secrets), settings.projects, settings.outbox)


def receive_settings(settings: Settings) -> ReceiveSettings:
    """How the listener receives."""
    listener = settings.listener
    peers = tuple(
        AllowedPeer(peer.calling_ae, (ip_network(peer.address, strict=False),) if peer.address else ())
        for peer in listener.allow
    )
    senders = [spec for spec in settings.archives if spec.kind == "dicom" and spec.retrieve == "move"]
    peers += tuple(AllowedPeer(spec.called_ae, _network(spec.host)) for spec in senders)
    titles = {listener.ae_title, *listener.also_called, *(spec.move_to for spec in senders)}
    return ReceiveSettings(
        Admission(frozenset(titles), peers),
        maximum_pdu_bytes=listener.max_pdu_bytes,
        associations=listener.max_associations,
        patience=Patience(listener.network_timeout_s, listener.idle_timeout_s, listener.network_timeout_s),
    )


def _network(host: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The address of an archive as a network; any when it is known by a name."""
    try:
        return (ip_network(host),)
    except ValueError:
        return ()
