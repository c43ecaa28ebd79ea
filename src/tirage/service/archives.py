"""The archives of the settings, as the flow may use them."""

from functools import partial

from sqlalchemy import Engine

from tirage.acquire.hours import hours_of
from tirage.acquire.turn import Patience
from tirage.flow.context import Access
from tirage.model.archives import Archive
from tirage.model.identifiers import ProjectName
from tirage.model.records import Origin
from tirage.network.archives.dicom import DicomArchive, DicomArchiveSettings, Retrieval
from tirage.network.archives.web import WebArchive, WebArchiveSettings
from tirage.network.dicomweb.address import WebPeer
from tirage.network.scu.association import Peer
from tirage.settings import Settings
from tirage.settings.archives import Archive as ArchiveSpec
from tirage.store.blobs import BlobStore
from tirage.store.intake import DurableIntake


def make_access(settings: Settings, spec: ArchiveSpec, originals: BlobStore, database: Engine) -> Access:
    """How an archive may be used; nothing is connected to before it is opened."""
    intake = DurableIntake(originals, database, _nobodys)
    sends_to_us = spec.kind == "dicom" and spec.retrieve == "move"
    return Access(
        name=spec.name,
        open=partial(make_archive, settings, spec, intake),
        hours=hours_of(spec.hours),
        patience=Patience(spec.attempts),
        at_a_time=spec.at_a_time,
        per_minute=spec.per_minute,
        sender=(spec.called_ae, spec.move_to) if sends_to_us else None,
    )


def make_archive(settings: Settings, spec: ArchiveSpec, intake: DurableIntake) -> Archive:
    """A client of an archive; what it receives itself goes to `intake`."""
    if spec.kind == "dicomweb":
        peer = WebPeer(
            spec.url,
            ca_file=settings.folder / spec.ca_file if spec.ca_file else None,
            token=settings.secret(spec.token) if spec.token else "",
            user=spec.user,
            password=settings.secret(spec.password) if spec.password else "",
        )
        return WebArchive(WebArchiveSettings(spec.name, peer, silence_s=spec.answer_timeout_s), intake)
    how = DicomArchiveSettings(
        spec.name,
        Peer(spec.host, spec.port, spec.called_ae, spec.calling_ae),
        Retrieval(spec.retrieve),
        spec.move_to,
        silence_s=spec.answer_timeout_s,
    )
    return DicomArchive(how, intake)


def _nobodys(origin: Origin) -> tuple[ProjectName, ...]:
    """What is fetched belongs to whoever expects it, which is known once it was read."""
    return ()
