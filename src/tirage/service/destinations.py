"""The destinations of project files, as what sends to them."""

from dataclasses import dataclass
from pathlib import Path

from tirage.errors import Permanent
from tirage.model.delivery import Destination
from tirage.network.certificates import Trust
from tirage.network.scu.association import Peer
from tirage.network.send.dicom import Asking, DicomDestination
from tirage.network.send.folder import FolderDestination
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
                return self._dicom(spec)
            case _:
                raise DestinationUnknown(f"cannot send to a destination of kind {spec.kind}")

    def _dicom(self, spec: specs.DicomDestination) -> Destination:
        peer = Peer(
            spec.host,
            spec.port,
            spec.called_ae,
            spec.calling_ae,
            trust=None if spec.tls is None else self._trust(spec.tls),
        )
        return DicomDestination(
            spec.name,
            peer,
            Asking(spec.proof.value),
            spec.commitment_port or 0,
            connections=spec.connections,
            bytes_per_s=spec.kilobytes_per_second * 1000,
        )

    def _trust(self, tls: specs.Tls) -> Trust:
        return Trust(
            self.lists / tls.ca,
            None if tls.certificate is None else self.lists / tls.certificate,
            None if tls.key is None else self.vault.path(tls.key),
        )
