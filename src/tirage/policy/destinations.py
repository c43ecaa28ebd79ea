"""Where a project's releases go: one class for each kind of destination, and what all of them share.

A project file holds no secret. `secret:NAME` names a file of the node's secrets folder, so that a project can
name nothing else of the node's; certificates lie beside the project files.
"""

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from tirage.policy.part import Part, Text
from tirage.policy.requests import ListPath

NAME = r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$"
AE_TITLE = r"^[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?$"
HOURS = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
HOST_KEY = r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/=]{20,2000}$"


def _folder(path: str) -> str:
    if not PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("must be an absolute path without `..`")
    return path


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in PurePosixPath(path).parts or "\\" in path:
        raise ValueError("must be a relative path without `..`")
    return path


def _web(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("must begin with https:// and name a host")
    if parts.username or parts.password:
        raise ValueError("must hold no user name or password")
    return url.rstrip("/")


AeTitle = Annotated[str, Field(pattern=AE_TITLE)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,255}$")]
Port = Annotated[int, Field(ge=1, le=65_535)]
Folder = Annotated[Text, AfterValidator(_folder)]
Inside = Annotated[str, Field(max_length=300), AfterValidator(_inside)]
Url = Annotated[Text, AfterValidator(_web)]
Secret = Annotated[str, Field(pattern=r"^secret:[a-z0-9][a-z0-9-]{0,62}$")]
"""Which of the node's secrets is meant; never the secret."""


class Packing(StrEnum):
    """In which pieces objects are handed over."""

    FILES = "files"
    STUDY_ZIP = "study-zip"


class SideFile(StrEnum):
    """A checksum that stands beside each file in one of its own."""

    MD5 = "md5"
    SHA256 = "sha256"


class Sending(Part):
    """What every destination has: its name, when and how fast it is sent to, and when sending stops.

    `hours` are local time; `kilobytes_per_second` is 0 without a limit. After `pause_after` failed tries in a
    row, each after a longer wait than the one before (20 take about two hours), the destination is paused
    until somebody lets it go on.
    """

    name: Annotated[str, Field(pattern=NAME)]
    priority: Annotated[int, Field(ge=0, le=9)] = 5
    connections: Annotated[int, Field(ge=1, le=16)] = 1
    kilobytes_per_second: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    hours: Annotated[str, Field(pattern=HOURS)] | None = None
    pause_after: Annotated[int, Field(ge=1, le=1_000)] = 20


class Files(Sending):
    """What destinations have that take files under names."""

    packing: Packing = Packing.FILES
    side_files: tuple[SideFile, ...] = ()


class FolderDestination(Files):
    """A release is copied into a folder of its own below `path`."""

    kind: Literal["folder"]
    path: Folder


class SftpProof(StrEnum):
    """How a file at an SFTP server is proved to be the one that was sent."""

    READ_BACK = "read-back"
    SHA256SUM = "sha256sum"


class SftpDestination(Files):
    """A release is put on an SFTP server whose key is known beforehand."""

    kind: Literal["sftp"]
    host: Host
    port: Port = 22
    user: Text
    host_keys: Annotated[tuple[Annotated[str, Field(pattern=HOST_KEY)], ...], Field(min_length=1)]
    password: Secret | None = None
    key: Secret | None = None
    path: Folder
    proof: SftpProof = SftpProof.READ_BACK

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        if (self.password is None) == (self.key is None):
            raise ValueError("needs `password` or `key`, one of them")
        return self


class FtpsDestination(Files):
    """A release is put on an FTP server over TLS, its Parquet files below a folder of their own."""

    kind: Literal["ftps"]
    host: Host
    port: Port = 21
    implicit: bool = False
    user: Text
    password: Secret
    ca: ListPath | None = None
    path: Folder
    tables: Folder | None = None


class DicomProof(StrEnum):
    """How a PACS shows that it keeps what it answered for."""

    FIND = "find"
    COMMITMENT = "commitment"
    STATUS = "status"


class Tls(Part):
    """TLS to a DICOM peer: whom to believe, and who this node is (PS3.15 B.12)."""

    ca: ListPath
    certificate: ListPath | None = None
    key: Secret | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("needs `certificate` and `key`, or neither")
        return self


class DicomDestination(Sending):
    """A release is sent to a peer by C-STORE; `commitment_port` is where it answers storage commitment."""

    kind: Literal["dicom"]
    host: Host
    port: Port
    called_ae: AeTitle
    calling_ae: AeTitle = "TIRAGE"
    tls: Tls | None = None
    proof: DicomProof = DicomProof.FIND
    commitment_port: Port | None = None

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        if self.proof is DicomProof.COMMITMENT and self.commitment_port is None:
            raise ValueError("needs `commitment_port` for `proof: commitment`")
        if self.proof is DicomProof.COMMITMENT and self.tls is not None and self.tls.certificate is None:
            raise ValueError("needs `certificate` and `key` in `tls`: the PACS connects to this node")
        return self


class OAuth(Part):
    """Client credentials for a bearer token (RFC 6749 4.4)."""

    token_url: Url
    client: Text
    secret: Secret
    scope: Text | None = None


class Access(Part):
    """How a web service knows this node: user and password, a token, or client credentials."""

    user: Text | None = None
    password: Secret | None = None
    token: Secret | None = None
    oauth: OAuth | None = None

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("needs `user` and `password`, or neither")
        if sum(each is not None for each in (self.user, self.token, self.oauth)) > 1:
            raise ValueError("needs one of `user`, `token` and `oauth`")
        return self


class StowProof(StrEnum):
    """How a DICOMweb server shows that it has what it was sent."""

    LIST = "list"
    READ_BACK = "read-back"


class StowDestination(Sending):
    """A release is sent to a DICOMweb server by STOW-RS (PS3.18 10.5)."""

    kind: Literal["stow"]
    url: Url
    access: Access = Access()
    ca: ListPath | None = None
    batch_megabytes: Annotated[int, Field(ge=1, le=10_000)] = 64
    proof: StowProof = StowProof.LIST


class XnatPlace(StrEnum):
    """Where XNAT puts what it imports."""

    ARCHIVE = "archive"
    PREARCHIVE = "prearchive"


class XnatDestination(Sending):
    """A release is imported into a project of XNAT, a session for each study."""

    kind: Literal["xnat"]
    url: Url
    project: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    user: Text
    password: Secret
    ca: ListPath | None = None
    to: XnatPlace = XnatPlace.ARCHIVE


class S3Destination(Files):
    """A release is put into a bucket of an S3-compatible store, below `prefix`."""

    kind: Literal["s3"]
    endpoint: Url | None = None
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    prefix: Inside = ""
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "us-east-1"
    access_key: Secret
    secret_key: Secret
    ca: ListPath | None = None


class BidsDestination(Sending):
    """A release is converted to NIfTI and laid out as a BIDS data set of its own below the folder `path`."""

    kind: Literal["bids"]
    path: Folder
    modalities: Annotated[tuple[Literal["MR", "CT", "PT"], ...], Field(min_length=1)] = ("MR",)


Destination = Annotated[
    FolderDestination
    | SftpDestination
    | FtpsDestination
    | DicomDestination
    | StowDestination
    | XnatDestination
    | S3Destination
    | BidsDestination,
    Field(discriminator="kind"),
]
WAYS = {
    "folder": "copied into the folder",
    "sftp": "by SFTP to",
    "ftps": "by FTP over TLS to",
    "dicom": "by C-STORE to",
    "stow": "by STOW-RS to",
    "xnat": "imported into",
    "s3": "put into the bucket",
    "bids": "as NIfTI into the BIDS data set",
}
"""Every kind of destination and how it is reached."""


def address(spec: Destination) -> str:
    """Where a destination is, in words that a person who signs can check."""
    match spec:
        case FolderDestination() | BidsDestination():
            return spec.path
        case SftpDestination() | FtpsDestination():
            return f"{spec.user} at {spec.host}:{spec.port}{spec.path}"
        case DicomDestination():
            return f"{spec.called_ae} at {spec.host}:{spec.port}"
        case StowDestination():
            return spec.url
        case XnatDestination():
            return f"project {spec.project} at {spec.url}"
        case S3Destination():
            return f"{spec.bucket}/{spec.prefix} at {spec.endpoint or 'AWS ' + spec.region}"
