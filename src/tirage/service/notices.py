"""Tells people what happened: notes it from the record, gathers it, sends it, and tries again."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Final

import structlog
from sqlalchemy import Connection, Engine

from tirage.deliver.notices import message
from tirage.errors import TirageError
from tirage.flow.context import Rules
from tirage.model.identifiers import ProjectName
from tirage.model.notices import Event, Happening, Message
from tirage.network import mail, webhook
from tirage.network.mail import MailServer
from tirage.network.notices import NoticeUndelivered
from tirage.network.webhook import Hook
from tirage.service import alarms, happenings
from tirage.service.projects import Projects
from tirage.service.timing import goes_out_at
from tirage.settings import Settings
from tirage.store import notices, times
from tirage.store.database import reading, repeated
from tirage.store.notices import Notice, State
from tirage.store.vault import Vault

LOOK_S: Final = 5.0
ALARMS_EVERY: Final = timedelta(minutes=5)
LEASE: Final = timedelta(minutes=5)
"""For this long nobody else tries what one worker is sending; then it is taken to have died."""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
GIVEN_UP_AFTER: Final = timedelta(days=7)
KEPT_FOR: Final = timedelta(days=90)
AT_MOST: Final = 200
"""Events in one message."""

GONE: Final = "RECIPIENT_GONE"


@dataclass(frozen=True, slots=True)
class Letter:
    """Notices that go out together, to one recipient."""

    notices: tuple[Notice, ...]
    message: Message

    @property
    def recipient(self) -> str:
        """Who gets it."""
        return self.notices[0].recipient

    @property
    def project(self) -> str:
        """What project it is about; '' for the node."""
        return self.notices[0].event.project


@dataclass(slots=True)
class Notices:
    """Notes, gathers and sends; several workers may, each letter is sent by one of them."""

    settings: Settings
    database: Engine
    rules: Projects
    clock: times.Clock = times.now

    def look(self) -> int:
        """Note what is new and send what is due; how many letters went out."""
        self.note()
        return sum(self.send(letter) for letter in self.due() if self.claim(letter))

    def note(self) -> None:
        """Read the record on from where it was read to, in transactions of their own."""
        at = times.micros(self.clock())
        while repeated(self.database, lambda c: happenings.read_lines(c, self.rules, at)):
            pass

        def unit(connection: Connection) -> None:
            for name, rules in self.rules.items():
                happenings.look_at_holds(connection, name, rules, at)
                happenings.look_at_schedule(connection, name, rules, at)
            notices.forget(connection, at - KEPT_FOR // times.MICROSECOND)

        repeated(self.database, unit)

    def look_at_node(self) -> None:
        """Note what is wrong with the node for its administrators."""
        repeated(self.database, lambda c: alarms.look(c, self.settings, self.clock()))

    def due(self, *, only: ProjectName | None = None) -> list[Letter]:
        """The letters that would go out now; what was sent together before stays together."""
        now = self.clock()
        with reading(self.database) as connection:
            found = notices.waiting(connection, times.micros(now))
        found = [each for each in found if only is None or each.event.project == only]

        def key(each: Notice) -> tuple[str, str, str]:
            return each.event.project, each.recipient, each.batch

        letters: list[Letter] = []
        for (project, recipient, batch), group in groupby(sorted(found, key=key), key):
            together = tuple(each for each in group if batch or self._is_due(project, each))
            if together:
                together = together if batch else together[:AT_MOST]
                letters.append(self._letter(together, recipient))
        return letters

    def claim(self, letter: Letter) -> bool:
        """Keep others from sending the letter; False when one of them does, or part of it."""
        now = self.clock()
        numbers = [each.id for each in letter.notices]
        batch = letter.notices[0].batch or f"{numbers[0]}-{numbers[-1]}"
        until = times.micros(now + LEASE)
        claimed = repeated(
            self.database, lambda c: notices.claim(c, letter.notices, batch, times.micros(now), until)
        )
        return claimed == frozenset(numbers)

    def send(self, letter: Letter) -> bool:
        """Send a letter that is claimed, and note how that went; False when it is to be tried again."""
        numbers = [each.id for each in letter.notices]
        if not self._is_wanted(letter.project, letter.recipient):
            repeated(self.database, lambda c: notices.settle(c, numbers, State.GIVEN_UP, GONE))
            return False
        try:
            self.hand_over(letter.recipient, letter.project, letter.message)
        except NoticeUndelivered as error:
            self._put_off(letter, error.why)
            return False
        repeated(self.database, lambda c: notices.settle(c, numbers, State.SENT))
        return True

    def hand_over(self, recipient: str, project: str, what: Message) -> None:
        """Send a message; raises `NoticeUndelivered`."""
        kind, _, address = recipient.partition(":")
        if kind == "mail":
            mail.send(self._server(), address, what)
        else:
            webhook.send(self._hook(project, address), what, lambda: self.clock().timestamp())

    def _is_due(self, project: str, each: Notice) -> bool:
        """Whether digest and quiet hours let it out; the node's own trouble knows no quiet hours."""
        rules = self.rules.get(ProjectName(project))
        if rules is None:
            return True
        now = self.clock().astimezone()
        happened = times.moment(each.event.at).astimezone()
        return goes_out_at(rules.project.notify, happened, now) <= now

    def _letter(self, together: tuple[Notice, ...], recipient: str) -> Letter:
        events = [each.event for each in together]
        return Letter(together, message(events, recipient, self.settings.console.address))

    def _is_wanted(self, project: str, recipient: str) -> bool:
        if not project:
            mailing = self.settings.mail
            return mailing is not None and recipient.removeprefix("mail:") in mailing.admin
        rules: Rules | None = self.rules.get(ProjectName(project))
        return rules is not None and recipient in happenings.recipients(rules)

    def _put_off(self, letter: Letter, why: str) -> None:
        now, numbers = self.clock(), [each.id for each in letter.notices]
        newest = times.moment(max(each.event.at for each in letter.notices))
        if now - newest > GIVEN_UP_AFTER:
            repeated(self.database, lambda c: notices.settle(c, numbers, State.GIVEN_UP, why))
            return
        tries = min(letter.notices[0].attempts, 10)
        until = times.micros(now + min(FIRST_WAIT * 2**tries, LONGEST_WAIT))
        repeated(self.database, lambda c: notices.postpone(c, numbers, until, why))
        _log().warning("notice waits", project=letter.project, kind=letter.recipient[:4], code=why)

    def _server(self) -> MailServer:
        named = self.settings.mail
        if named is None:
            raise NoticeUndelivered("NO_MAIL_SERVER")
        try:
            password = self.settings.secret(named.password) if named.password is not None else ""
        except TirageError:
            raise NoticeUndelivered("SECRET_MISSING") from None
        ca_file = self.settings.folder / named.ca_file if named.ca_file is not None else None
        return MailServer(
            named.host,
            named.port,
            named.security,
            named.user,
            password,
            named.sender,
            ca_file,
            named.timeout_s,
        )

    def _hook(self, project: str, url: str) -> Hook:
        hooks = self.rules[ProjectName(project)].project.notify.webhooks
        spec = next((each for each in hooks if each.url == url), None)
        if spec is None:
            raise NoticeUndelivered(GONE)
        try:
            secret = Vault(self.settings.secrets).text(spec.secret)
        except TirageError:
            raise NoticeUndelivered("SECRET_MISSING") from None
        return Hook(url, secret, self.settings.projects / spec.ca if spec.ca is not None else None)


def notifying(settings: Settings, database: Engine, rules: Projects, stop: threading.Event) -> None:
    """Note and send until stopped."""
    notices_of_node = Notices(settings, database, rules)
    looks_at = times.now()
    while not stop.wait(LOOK_S):
        try:
            if times.now() >= looks_at:
                looks_at = times.now() + ALARMS_EVERY
                notices_of_node.look_at_node()
            notices_of_node.look()
        except TirageError as error:
            _log().warning("notices wait", code=error.code)
        except OSError as error:
            _log().error("the node cannot be looked at", code=type(error).__name__)


def tried(of: Notices, project: ProjectName) -> Iterator[tuple[str, str]]:
    """Send a test to each recipient of a project; who, and '' or why it did not arrive."""
    at = times.micros(of.clock())
    for recipient in happenings.recipients(of.rules[project]):
        event = Event(f"test:{at}", Happening.TEST, project, at)
        try:
            of.hand_over(recipient, project, message([event], recipient, of.settings.console.address))
        except NoticeUndelivered as error:
            yield recipient, str(error)
        else:
            yield recipient, ""


def _log() -> structlog.typing.FilteringBoundLogger:
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger("tirage.notices")
    return log
