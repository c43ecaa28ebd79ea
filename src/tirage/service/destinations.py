"""The destinations of project files, as what sends to them."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tirage.errors import Permanent
from tirage.model.delivery import Destination
from tirage.network.https import Service
from tirage.network.scu.association import Peer
from tirage.network.send.bids import BidsDestination
from tirage.network.send.bucket import Bucket
from tirage.network.send.dicom import DicomDestination
from tirage.network.send.folder import FolderDestination
from tirage.network.send.pace import Pace
from tirage.network.send.s3 import S3Destination
from tirage.network.send.xnat.destination import XnatDestination
from tirage.policy import destinations as specs
from tirage.store.vault import Vault


class DestinationUnknown(Permanent):
    """Nothing here can send to this kind of destination."""

    code = "DESTINATION_UNKNOWN"
    remedy = "Install the extra that `docs/guides/destinations.md` names for it."


@dataclass(frozen=True, slots=True)
class Senders:
    """Makes what sends to a destination; nothing is connected to before it is used.

    `lists` is the folder that project files name files of, `outbox` a folder of the research zone for what is
    packed before it is sent.
    """

    vault: Vault
    lists: Path
    outbox: Path

    def __call__(self, spec: specs.Destination) -> Destination:
        """What sends to the destination; raises a `Permanent` where a secret or certificate is missing."""
        match spec:
            case specs.FolderDestination():
                return FolderDestination(spec.name, Path(spec.path))
            case specs.DicomDestination():
                peer = Peer(spec.host, spec.port, spec.called_ae, spec.calling_ae)
                return DicomDestination(spec.name, peer)
            case specs.S3Destination():
                if find_spec("obstore") is None:
                    raise DestinationUnknown("cannot send to object stores: the extra `s3` is not installed")
                bucket = Bucket(
                    spec.bucket,
                    spec.endpoint or "",
                    spec.region,
                    spec.prefix,
                    self.vault.text(spec.access_key),
                    self.vault.text(spec.secret_key),
                    self.lists / spec.ca if spec.ca else None,
                )
                pace = Pace(spec.kilobytes_per_second * 1000)
                return S3Destination(spec.name, bucket, spec.connections, pace)
            case specs.BidsDestination():
                return BidsDestination(spec.name, Path(spec.path), spec.modalities, self.outbox)
            case specs.XnatDestination():
                return XnatDestination(
                    spec.name,
                    Service(spec.url, self.lists / spec.ca if spec.ca else None),
                    spec.user,
                    self.vault.text(spec.password),
                    spec.project,
                    self.outbox,
                    spec.to is specs.XnatPlace.PREARCHIVE,
                    spec.kilobytes_per_second,
                    spec.connections,
                )
            case _:
                raise DestinationUnknown(f"cannot send to a destination of kind {spec.kind}")
