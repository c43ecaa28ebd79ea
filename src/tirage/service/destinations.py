"""The destinations of project files, as what sends to them."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tirage.errors import Permanent
from tirage.model.delivery import Destination, DestinationRefused
from tirage.network import libraries
from tirage.network.certificates import Trust, context
from tirage.network.dicomweb.address import ClientCredentials, WebPeer
from tirage.network.https import Service
from tirage.network.scu.association import Peer
from tirage.network.send.bids import BidsDestination
from tirage.network.send.bucket import Bucket
from tirage.network.send.dicom import Asking, DicomDestination
from tirage.network.send.folder import FolderDestination
from tirage.network.send.ftps import FtpsAccess
from tirage.network.send.pace import Pace
from tirage.network.send.packed import PackedDestination
from tirage.network.send.s3 import S3Destination
from tirage.network.send.server import ServerDestination
from tirage.network.send.sftp import SftpAccess
from tirage.network.send.stow import MEGABYTE, StowDestination
from tirage.network.send.xnat.destination import XnatDestination
from tirage.policy import destinations as specs
from tirage.store.vault import Vault

STORING_S = 300.0
"""How long a DICOMweb server may take over a body once it has it."""


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
                return self._dicom(spec)
            case specs.StowDestination():
                return self._stow(spec)
            case specs.S3Destination():
                return self._packed(spec, self._s3(spec))
            case specs.BidsDestination():
                return BidsDestination(spec.name, Path(spec.path), spec.modalities, self.outbox)
            case specs.XnatDestination():
                return self._xnat(spec)

    def _dicom(self, spec: specs.DicomDestination) -> Destination:
        libraries.load()
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

    def _stow(self, spec: specs.StowDestination) -> Destination:
        libraries.load()
        access, oauth = spec.access, spec.access.oauth
        peer = WebPeer(
            spec.url,
            None if spec.ca is None else self._certificate(spec.ca),
            token="" if access.token is None else self.vault.text(access.token),
            user=access.user or "",
            password="" if access.password is None else self.vault.text(access.password),
            credentials=None
            if oauth is None
            else ClientCredentials(
                oauth.token_url, oauth.client, self.vault.text(oauth.secret), oauth.scope or ""
            ),
            answer_timeout_s=STORING_S,
        )
        return StowDestination(
            spec.name,
            peer,
            spec.batch_megabytes * MEGABYTE,
            spec.connections,
            spec.kilobytes_per_second * 1000,
            scratch=self.outbox,
            reads_back=spec.proof is specs.StowProof.READ_BACK,
        )

    def _s3(self, spec: specs.S3Destination) -> Destination:
        if find_spec("obstore") is None:
            raise DestinationUnknown("cannot send to object stores: the extra `s3` is not installed")
        bucket = Bucket(
            spec.bucket,
            spec.endpoint or "",
            spec.region,
            spec.prefix,
            self.vault.text(spec.access_key),
            self.vault.text(spec.secret_key),
            None if spec.ca is None else self._certificate(spec.ca),
        )
        pace = Pace(spec.kilobytes_per_second * 1000)
        return S3Destination(spec.name, bucket, spec.connections, pace)

    def _xnat(self, spec: specs.XnatDestination) -> Destination:
        return XnatDestination(
            spec.name,
            Service(spec.url, None if spec.ca is None else self._certificate(spec.ca)),
            spec.user,
            self.vault.text(spec.password),
            spec.project,
            self.outbox,
            spec.to is specs.XnatPlace.PREARCHIVE,
            spec.kilobytes_per_second,
            spec.connections,
        )

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
            None if spec.ca is None else self._certificate(spec.ca),
            spec.implicit,
        )
        return ServerDestination(
            spec.name, access, spec.path, spec.tables, spec.connections, spec.kilobytes_per_second * 1000
        )

    def _trust(self, tls: specs.Tls) -> Trust:
        """Certificates and key, read once so that a fault of theirs is not taken for the peer's."""
        trust = Trust(
            self._certificate(tls.ca),
            None if tls.certificate is None else self._certificate(tls.certificate),
            None if tls.key is None else self.vault.path(tls.key),
        )
        try:
            context(trust)
        except OSError:
            raise DestinationRefused(
                "`certificate` and `key` do not belong together, or are no PEM"
            ) from None
        return trust

    def _certificate(self, name: str) -> Path:
        path = self.lists / name
        try:
            context(Trust(path))
        except OSError:
            raise DestinationRefused(
                f"{name} is not beside the project files, or holds no certificate"
            ) from None
        return path
