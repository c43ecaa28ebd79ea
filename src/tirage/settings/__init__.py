"""What a node is told about its own machine: `tirage.toml` in the node folder, overridden by `TIRAGE_*`.

What happens to data is not decided here but in the project files. Environment names are the section and key
joined by two underscores: `TIRAGE_LISTENER__PORT=11113`. Secrets are never written into the file: they are
references, `file:PATH` or `env:NAME`.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tirage.errors import Permanent
from tirage.settings.archives import Archive
from tirage.settings.console import Audit, Console
from tirage.settings.forms import Address, AeTitle, DatabaseAddress, Port, SecretReference, Section
from tirage.settings.mail import Mail

FILE_NAME = "tirage.toml"
PREFIX = "TIRAGE_"
OTHER_VARIABLES = frozenset({"TIRAGE_NODE", "TIRAGE_FAULT", "TIRAGE_CORPUS"})
"""Variables of ours that are not settings: the node folder, fault points of crash tests, the test corpus."""


class SettingsInvalid(Permanent):
    """`tirage.toml` or a `TIRAGE_*` variable cannot be understood."""

    code = "SETTINGS_INVALID"
    exit_code = 78
    remedy = "Correct the named key; every setting is explained in docs/settings.md."


class NodeMissing(Permanent):
    """The folder holds no `tirage.toml`, so it is not a node."""

    code = "NODE_MISSING"
    exit_code = 66
    remedy = "Create a node with `tirage init FOLDER`, or name an existing one with `--node FOLDER`."


class Peer(Section):
    """One system that may send to this node; an empty key allows any value of it, but not both are empty."""

    calling_ae: AeTitle | Literal[""] = Field(
        default="", description="AE title the sender calls itself; empty allows any."
    )
    address: Address | Literal[""] = Field(
        default="", description="Address or network it sends from, `10.1.0.0/16`; empty allows any."
    )

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if not self.calling_ae and not self.address:
            raise ValueError("name a calling AE title, an address, or both")
        return self


class Listener(Section):
    """The DICOM listener of `tirage serve`."""

    ae_title: AeTitle = Field(default="TIRAGE", description="AE title this node answers to.")
    also_called: tuple[AeTitle, ...] = Field(
        default=(), description="Further AE titles it answers to (project routes)."
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; `0.0.0.0` for the whole network."
    )
    port: Port = Field(default=11112, description="TCP port; 0 takes any free one.")
    allow: tuple[Peer, ...] = Field(
        default=(), description="Senders allowed beside loopback; nobody else is."
    )
    max_pdu_bytes: int = Field(
        default=131_072, ge=4_096, le=4_194_304, description="Largest PDU accepted, in bytes."
    )
    max_associations: int = Field(
        default=600, ge=1, description="Open associations before new ones are refused."
    )
    idle_timeout_s: float = Field(
        default=60, gt=0, description="Seconds without a byte before an association ends."
    )
    network_timeout_s: float = Field(
        default=30, gt=0, description="Seconds to wait for the first request or a reply."
    )
    processes: int = Field(default=1, ge=1, le=64, description="Processes that share the listening socket.")


class Http(Section):
    """Health and metrics for monitoring."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Port = Field(default=8790, description="TCP port; 0 takes any free one.")


class Storage(Section):
    """Where the two zones live on disk, relative to the node folder."""

    identified: Path = Field(
        default=Path("identified"), description="Folder of originals, catalogue and crosswalk."
    )
    research: Path = Field(
        default=Path("research"), description="Folder of de-identified objects and releases."
    )
    watermark_percent: float = Field(
        default=5,
        ge=0,
        le=50,
        description="Refuse new objects when less than this share of the disk is free.",
    )


class Databases(Section):
    """Where records are kept; leave out for the embedded databases in the identified zone."""

    catalogue: DatabaseAddress = Field(
        default="", description="Catalogue, custody and audit; default `tirage.db`."
    )
    crosswalk: DatabaseAddress = Field(default="", description="Encrypted crosswalk; default `crosswalk.db`.")
    flow: DatabaseAddress = Field(default="", description="State of running work; default `flow.db`.")


class Keys(Section):
    """References to keys."""

    master: SecretReference = Field(
        default="file:keys/master.key", description="Master key, made by `tirage keys new`."
    )
    signing: SecretReference = Field(
        default="file:keys/signing.key",
        description="Key that signs what leaves the node, made by `tirage keys new`.",
    )
    secrets: Path = Field(
        default=Path("keys/secrets"),
        description="Folder of the secrets that project files name, `secret:NAME` the file NAME.",
    )


class Flow(Section):
    """How work is done."""

    workers: int = Field(default=2, ge=1, le=256, description="Processes that de-identify in parallel.")
    chunk: int = Field(default=200, ge=1, le=5_000, description="Instances handled in one durable step.")
    executor: str = Field(
        default="node", pattern=r"^[a-z0-9-]{1,40}$", description="Name of this worker process."
    )


class Log(Section):
    """What the node writes about itself; never identifiers."""

    level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="Least important level kept."
    )
    file: Path | None = Field(
        default=None, description="File beside standard error, relative to the node folder."
    )


class Settings(BaseSettings):
    """Everything about one node. Relative paths are relative to the node folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, case_sensitive=False
    )

    listener: Listener = Listener()
    archives: tuple[Archive, ...] = Field(
        default=(), description="PACS and VNA that projects may fetch from, each a table `[[archives]]`."
    )
    http: Http = Http()
    console: Console = Console()
    audit: Audit = Audit()
    mail: Mail | None = Field(default=None, description="How notices are mailed.")
    storage: Storage = Storage()
    databases: Databases = Databases()
    keys: Keys = Keys()
    flow: Flow = Flow()
    log: Log = Log()
    _folder: Path = PrivateAttr(Path())

    @model_validator(mode="after")
    def _names_archives_once(self) -> Self:
        names = [archive.name for archive in self.archives]
        if len(names) != len(set(names)):
            raise ValueError("two archives have the same name")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, whose content arrives as arguments."""
        return env_settings, init_settings

    @property
    def folder(self) -> Path:
        """The node folder."""
        return self._folder

    @property
    def identified(self) -> Path:
        """Folder of the identified zone."""
        return self.folder / self.storage.identified

    @property
    def originals(self) -> Path:
        """Folder of received objects as received, by content address."""
        return self.identified / "originals"

    @property
    def research(self) -> Path:
        """Folder of the research zone."""
        return self.folder / self.storage.research

    @property
    def objects(self) -> Path:
        """Folder of de-identified objects, by content address."""
        return self.research / "objects"

    @property
    def releases(self) -> Path:
        """Folder of releases."""
        return self.research / "releases"

    @property
    def outbox(self) -> Path:
        """Folder of what is packed or converted before it is delivered."""
        return self.research / "outbox"

    @property
    def projects(self) -> Path:
        """Folder of project files."""
        return self.folder / "projects"

    @property
    def catalogue_url(self) -> str:
        """Database address of catalogue, custody and audit."""
        return self._database(self.databases.catalogue, "tirage.db")

    @property
    def crosswalk_url(self) -> str:
        """Database address of the crosswalk."""
        return self._database(self.databases.crosswalk, "crosswalk.db")

    @property
    def flow_url(self) -> str:
        """Database address of the state of running work."""
        return self._database(self.databases.flow, "flow.db")

    @property
    def master_key(self) -> Path:
        """Path of the master key file."""
        return self._key_file(self.keys.master)

    @property
    def signing_key(self) -> Path:
        """Path of the signing key's file."""
        return self._key_file(self.keys.signing)

    @property
    def secrets(self) -> Path:
        """Folder of the secrets that project files name."""
        return self.folder / self.keys.secrets

    @property
    def heads_file(self) -> Path:
        """Path of the file of signed ends of the audit."""
        return self.folder / self.audit.heads_file

    def _key_file(self, reference: str) -> Path:
        kind, _, place = reference.partition(":")
        if kind == "env":
            place = os.environ.get(place, "")
        return self.folder / place

    def secret(self, reference: str) -> str:
        """The text a `file:` or `env:` reference leads to, without surrounding white space."""
        kind, _, place = reference.partition(":")
        if kind == "env":
            if place not in os.environ:
                raise SettingsInvalid(f"the environment has no variable {place}")
            return os.environ[place].strip()
        try:
            return (self.folder / place).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsInvalid(
                f"the file of a file: reference cannot be read ({error.strerror})"
            ) from error

    def _database(self, address: str, name: str) -> str:
        if address.startswith(("file:", "env:")):
            address = self.secret(address)
        return address or f"sqlite:///{self.identified.resolve() / name}"


def load_settings(folder: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the node in `folder`.

    `environ` replaces the process environment in the check for unknown names. Raises `NodeMissing` without a
    `tirage.toml`, `SettingsInvalid` for anything in it that is not understood.
    """
    path = folder / FILE_NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NodeMissing("this folder is not a node: it has no tirage.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{FILE_NAME} is not valid TOML: {error}") from error
    return make_settings(folder, content, os.environ if environ is None else environ)


def make_settings(folder: Path, content: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Settings from the parsed content of a `tirage.toml`, checked against misspelt variables too."""
    sections = {name.upper() for name in Settings.model_fields}
    for name in environ:
        if name.startswith(PREFIX) and name not in OTHER_VARIABLES:
            section = name.removeprefix(PREFIX).split("__")[0]
            if section not in sections:
                raise SettingsInvalid(f"the variable {name} names no section of the settings")
    try:
        settings = Settings(**content)
    except ValidationError as error:
        raise SettingsInvalid(_explain(error)) from None
    settings._folder = folder
    return settings


def _explain(error: ValidationError) -> str:
    """Which keys are wrong and why, without the values, which may be secrets."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        what = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{key}: {what.removeprefix('Value error, ')}")
    return "; ".join(lines)
