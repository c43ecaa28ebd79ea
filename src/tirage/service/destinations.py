"""The destinations of project files, as what sends to them."""

from dataclasses import dataclass
from pathlib import Path

from tirage.errors import Permanent
from tirage.model.delivery import Destination
from tirage.network.scu.association import Peer
from tirage.network.send.dicom import DicomDestination
from tirage.network.send.files import Connect
from tirage.network.send.folder import FolderDestination
from tirage.network.send.server import ServerDestination
from tirage.network.send.sftp import SftpAccess
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
            case specs.SftpDestination():
                return self._sftp(spec)
            case specs.DicomDestination():
                peer = Peer(spec.host, spec.port, spec.called_ae, spec.calling_ae)
                return DicomDestination(spec.name, peer)
            case _:
                raise DestinationUnknown(f"cannot send to a destination of kind {spec.kind}")

    def _sftp(self, spec: specs.SftpDestination) -> Destination:
        access = SftpAccess(
            spec.host,
            spec.port,
            spec.user,
            spec.host_keys,
            "" if spec.password is None else self.vault.text(spec.password),
            None if spec.key is None else self.vault.path(spec.key),
            spec.proof is specs.SftpProof.SHA256SUM,
        )
        return _server(spec, access, None)


def _server(
    spec: specs.SftpDestination | specs.FtpsDestination, access: Connect, tables: str | None
) -> Destination:
    return ServerDestination(
        spec.name, access, spec.path, tables, spec.connections, spec.kilobytes_per_second * 1000
    )
