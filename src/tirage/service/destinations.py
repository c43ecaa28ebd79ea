"""The destinations of project files, as what sends to them."""

from dataclasses import dataclass
from pathlib import Path

from tirage.errors import Permanent
from tirage.model.delivery import Destination
from tirage.network.scu.association import Peer
from tirage.network.send.dicom import DicomDestination
from tirage.network.send.folder import FolderDestination
from tirage.network.send.ftps import FtpsAccess
from tirage.network.send.packed import PackedDestination
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
                return self._packed(spec, FolderDestination(spec.name, Path(spec.path)))
            case specs.SftpDestination():
                return self._packed(spec, self._sftp(spec))
            case specs.FtpsDestination():
                return self._packed(spec, self._ftps(spec))
            case specs.DicomDestination():
                peer = Peer(spec.host, spec.port, spec.called_ae, spec.calling_ae)
                return DicomDestination(spec.name, peer)
            case _:
                raise DestinationUnknown(f"cannot send to a destination of kind {spec.kind}")

    def _packed(self, spec: specs.Files, inner: Destination) -> Destination:
        """Packs for a destination and adds checksums, where it is to have them."""
        has_zips = spec.packing is specs.Packing.STUDY_ZIP
        if not has_zips and not spec.side_files:
            return inner
        sides = tuple(each.value for each in spec.side_files)
        return PackedDestination(inner, self.outbox, has_zips, sides, spec.connections)

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
        return ServerDestination(
            spec.name, access, spec.path, None, spec.connections, spec.kilobytes_per_second * 1000
        )

    def _ftps(self, spec: specs.FtpsDestination) -> Destination:
        access = FtpsAccess(
            spec.host,
            spec.port,
            spec.user,
            self.vault.text(spec.password),
            None if spec.ca is None else self.lists / spec.ca,
            spec.implicit,
        )
        return ServerDestination(
            spec.name, access, spec.path, spec.tables, spec.connections, spec.kilobytes_per_second * 1000
        )
