"""What the steps work with, put together by `tirage.service` alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine

from tirage.acquire.hours import Hours
from tirage.acquire.turn import Patience
from tirage.errors import Permanent, Transient
from tirage.flow.pool import Pool
from tirage.model.archives import Archive
from tirage.model.delivery import Destination
from tirage.model.identifiers import Digest, ProjectName
from tirage.policy.destinations import Destination as DestinationSpec
from tirage.policy.fields import Project
from tirage.policy.profile import Profile
from tirage.store.blobs import BlobStore
from tirage.store.crosswalk import Crosswalk
from tirage.store.times import Clock, micros


class ProjectGone(Permanent):
    """Work is left for a project whose file is no longer there."""

    code = "PROJECT_GONE"
    remedy = "Put the project's file back into the node's projects folder and restart."


class WorkInterrupted(Transient):
    """The worker ends in the middle of a long step; the next one goes on with it."""

    code = "WORK_INTERRUPTED"
    remedy = "Nothing to do: the work goes on when the node does."


class ArchiveGone(Permanent):
    """Work is left for an archive that the settings do not name any more."""

    code = "ARCHIVE_GONE"
    remedy = "Put the archive back into tirage.toml, or take its name out of the project's `archives`."


@dataclass(frozen=True, slots=True)
class Rules:
    """A project, its compiled profile, and the file's text, from which a child process compiles its own."""

    project: Project
    profile: Profile
    text: str

    @property
    def is_automatic(self) -> bool:
        """Whether releases of the project need nobody's word."""
        return self.project.release.automatic and self.signatures == 0

    @property
    def signatures(self) -> int:
        """How many people sign each release."""
        return self.project.review.signatures

    @property
    def terms(self) -> Digest:
        """What all the project's rules mean, in one digest; remarks in the file are no part of it."""
        meant = self.project.model_dump_json(by_alias=True)
        return Digest(sha256(f"{self.profile.digest}\n{meant}".encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Access:
    """How an archive may be used: `open` connects to it, `per_minute` is 0 without a limit.

    `sender` are the AE titles (calling, called) under which it sends to this node's listener; None where
    objects come over the connection that asks for them.
    """

    name: str
    open: Callable[[], Archive]
    hours: Hours
    patience: Patience
    at_a_time: int
    per_minute: int
    sender: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Context:
    """The stores, the rules and the tools of a worker.

    `chunk` is how many objects one durable step takes on; `software` names this version in manifests;
    `lists` is the folder of the files that projects name, `signing_key` the file of the key that seals.
    """

    database: Engine
    originals: BlobStore
    objects: BlobStore
    releases: Path
    crosswalk: Crosswalk
    rules: Mapping[ProjectName, Rules]
    destination: Callable[[DestinationSpec], Destination]
    archives: Mapping[str, Access]
    lists: Path
    signing_key: Path
    pool: Pool
    clock: Clock
    chunk: int
    software: str

    def rules_of(self, name: ProjectName) -> Rules:
        """The rules of a project; raises `ProjectGone`."""
        try:
            return self.rules[name]
        except KeyError as error:
            raise ProjectGone(f"no project file for {name}") from error

    def access_of(self, name: str) -> Access:
        """How an archive may be used; raises `ArchiveGone`."""
        try:
            return self.archives[name]
        except KeyError as error:
            raise ArchiveGone(f"no archive called {name} in the settings") from error

    def micros(self) -> int:
        """The time in microseconds since 1970."""
        return micros(self.clock())
