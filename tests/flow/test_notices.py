"""People are told what happens: real mail servers, a web service that believes signatures alone."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance, person
from tests.peers.hook import HookServer
from tests.peers.mailbox import PASSWORD, USER, Mailbox
from tests.peers.ports import free_port
from tests.peers.syslog import make_certificate
from tirage.model.notices import Event, Happening
from tirage.service import Node
from tirage.service.notices import GIVEN_UP_AFTER, LEASE, Notices, notifying, tried
from tirage.settings import load_settings
from tirage.store import audit, notices, times
from tirage.store.audit import Line
from tirage.store.database import reading, writing
from tirage.store.notices import State

SECRET = "shared-with-the-receiver"
LEAD, MANAGER = "lead@example.org", "data.manager@example.org"
PEOPLE = f"""\
  people:
    - name: Lead
      role: lead
      email: {LEAD}
"""


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=5))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Told:
    """A node whose project tells people, its servers, and a clock."""

    node: TestNode
    clock: Clock
    hook: HookServer

    def look(self, opened: Node) -> int:
        parts = opened.parts
        return Notices(opened.settings, parts.database, parts.rules, self.clock).look()

    def release(self, opened: Node, version: int = 1) -> None:
        """A release as the worker notes it."""
        detail: audit.Detail = {"project": PROJECT, "version": version, "objects": 2}
        with writing(opened.parts.database) as connection:
            line = Line("worker", "release", f"release:{version}", detail)
            audit.append(connection, [line], times.micros(self.clock()))

    def standing(self, opened: Node) -> dict[str, tuple[dict[State, int], str]]:
        with reading(opened.parts.database) as connection:
            return {each.recipient: (each.counts, each.failing) for each in notices.standings(connection)}


def _told(root: Path, mailing: str, notify: str, hook: HookServer) -> Told:
    head, tail = RULES.split("sources:")
    node = TestNode(root, databases=mailing, rules=f"{head}{PEOPLE}sources:{tail}{notify}")
    node.settings.secrets.mkdir(mode=0o700, exist_ok=True)
    for name, text in (("hook", SECRET), ("mail", PASSWORD)):
        path = node.settings.secrets / name
        path.write_text(text)
        path.chmod(0o600)
    return Told(node, Clock(), hook)


def _mail(port: int, more: str = 'security = "none"') -> str:
    return f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsender = "tirage@example.org"\n{more}\n'


def _notify(hook: HookServer | None = None, to: str = "lead", more: str = "") -> str:
    hooks = f"  webhooks:\n    - url: {hook.url}\n      secret: secret:hook\n" if hook else ""
    return f"notify:\n  to: [{to}]\n{hooks}{more}"


@pytest.fixture
def hook() -> Iterator[HookServer]:
    with HookServer(SECRET) as running:
        yield running


def test_a_release_and_its_delivery_are_told_once_by_mail_and_webhook(
    tmp_path: Path, hook: HookServer
) -> None:
    with Mailbox() as box:
        told = _told(tmp_path, _mail(box.port), _notify(hook, f"lead, {MANAGER}"), hook)
        told.node.run(make_instance(1), make_instance(2))
        with told.node.open() as opened:
            told.clock.now += timedelta(minutes=1)
            assert told.look(opened) == 3
            assert told.look(opened) == 0
    assert sorted(str(mail["To"]) for mail in box.mails) == [MANAGER, LEAD]
    for mail in box.mails:
        text = mail.get_content()
        assert "release v0001 (2 objects) was made" in text
        assert "release v0001 (2 objects) arrived at share" in text
    [body] = hook.taken
    assert [each["event"] for each in body["events"]] == ["released", "delivered"]
    assert body["events"][1]["destination"] == "share"
    assert hook.headers[0]["tirage-message"] == body["id"]
    assert hook.doubted == 0


def test_no_message_holds_an_identifier_a_path_or_the_address_of_another(
    tmp_path: Path, hook: HookServer
) -> None:
    with Mailbox() as box:
        told = _told(tmp_path, _mail(box.port), _notify(hook, f"lead, {MANAGER}"), hook)
        broken = make_instance(3)[:-40]
        told.node.run(make_instance(1), make_instance(2), broken, b"no DICOM at all")
        with told.node.open() as opened:
            with writing(opened.parts.database) as connection:
                for what in ("delivery-failed", "pause-destination", "deliver"):
                    line = Line("worker", what, "release:1", _planted())
                    audit.append(connection, [line], times.micros(told.clock()))
            told.clock.now += timedelta(minutes=1)
            told.look(opened)
        everything = [f"{mail}" + mail.get_content() for mail in box.mails]
        everything += [json.dumps(body) for body in hook.taken]
        assert len(everything) == 3
        for text in everything:
            assert "ends too early" in text or "not a DICOM object" in text or "pixels" in text
        for mail in box.mails:
            other = MANAGER if mail["To"] == LEAD else LEAD
            assert other not in f"{mail}"
        manifest = json.loads((told.node.release() / "manifest.json").read_text())
        for number in (1, 2, 3):
            who = person(number)
            for text in (who.name, who.family, who.patient_id, who.other_id, who.address, who.phone):
                assert not [each for each in everything if text in each]
        for path in told.node.release().rglob("*.dcm"):
            subject, study = path.relative_to(told.node.release()).parts[:2]
            assert not [each for each in everything if subject in each or study in each]
        assert manifest
        assert not [each for each in everything if str(tmp_path) in each or "1.2.840" in each]


def _planted() -> dict[str, str | int]:
    who = person(1)
    return {
        "destination": who.family.lower(),
        "version": 1,
        "code": who.family.upper(),
        "patient": who.patient_id,
        "path": f"/data/{who.patient_id}",
        "objects": 1,
    }


def test_what_is_newly_held_is_told_with_its_reason_and_not_again(tmp_path: Path, hook: HookServer) -> None:
    with Mailbox() as box:
        more = "  events: [holds]\n"
        told = _told(tmp_path, _mail(box.port), _notify(None, "lead", more), hook)
        told.node.run(make_instance(1), b"no DICOM at all")
        with told.node.open() as opened:
            assert told.look(opened) == 1
            told.clock.now += timedelta(hours=1)
            assert told.look(opened) == 0
        told.node.run(b"nor is this one")
        with told.node.open() as opened:
            told.clock.now += timedelta(hours=1)
            assert told.look(opened) == 1
    assert "1 not a DICOM object (NOT_DICOM); 1 wait in all" in box.mails[0].get_content()
    assert "1 not a DICOM object (NOT_DICOM); 2 wait in all" in box.mails[1].get_content()


# The server's library sees TLS only where it was asked for after the connection was made.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("tls", [False, True])
def test_mail_goes_encrypted_and_signed_in(tmp_path: Path, hook: HookServer, tls: bool) -> None:
    certificate = make_certificate(tmp_path, "mail")
    with Mailbox(certificate, tls=tls, signs_in=True) as box:
        security = "tls" if tls else "starttls"
        told = _told(tmp_path / "n", _mail(box.port, _login(security, certificate[0])), _notify(), hook)
        assert _tried(told) == {f"mail:{LEAD}": ""}
    assert "this is a test" in box.mails[0].get_content()


def _login(security: str, ca: Path) -> str:
    return f'security = "{security}"\nuser = "{USER}"\npassword = "file:keys/secrets/mail"\nca_file = "{ca}"'


def _tried(told: Told) -> dict[str, str]:
    with told.node.open() as opened:
        of = Notices(opened.settings, opened.parts.database, opened.parts.rules, told.clock)
        return dict(tried(of, PROJECT))


def test_a_server_with_a_certificate_nobody_vouches_for_gets_no_password(
    tmp_path: Path, hook: HookServer
) -> None:
    certificate, other = make_certificate(tmp_path, "mail"), make_certificate(tmp_path, "other")
    with Mailbox(certificate, signs_in=True) as box:
        told = _told(tmp_path / "n", _mail(box.port, _login("starttls", other[0])), _notify(), hook)
        problem = _tried(told)[f"mail:{LEAD}"]
    assert "its certificate is not from an authority" in problem
    assert box.mails == []


def test_a_server_that_offers_no_encryption_gets_nothing(tmp_path: Path, hook: HookServer) -> None:
    with Mailbox() as box:
        told = _told(tmp_path, _mail(box.port, 'security = "starttls"'), _notify(), hook)
        assert "does not offer encryption" in _tried(told)[f"mail:{LEAD}"]
    assert box.mails == []


def test_a_wrong_password_and_an_unknown_address_are_told_in_words(tmp_path: Path, hook: HookServer) -> None:
    certificate = make_certificate(tmp_path, "mail")
    with Mailbox(certificate, signs_in=True) as box:
        mailing = _mail(box.port, _login("starttls", certificate[0]))
        told = _told(tmp_path / "n", mailing, _notify(), hook)
        (told.node.settings.secrets / "mail").write_text("another")
        problem = _tried(told)[f"mail:{LEAD}"]
        assert problem == "the server does not accept the user and password"
    with Mailbox(port=box.port, refused=frozenset({LEAD})) as refusing:
        told = _told(tmp_path / "m", _mail(refusing.port), _notify(), hook)
        assert _tried(told)[f"mail:{LEAD}"] == "the server does not take mail for this address"


def test_what_a_receiver_missed_arrives_when_it_is_back_and_others_wait_for_nobody(
    tmp_path: Path, hook: HookServer
) -> None:
    port = free_port()
    told = _told(tmp_path, _mail(port), _notify(hook), hook)
    with told.node.open() as opened:
        told.release(opened)
        assert told.look(opened) == 1
        assert len(hook.taken) == 1
        assert told.standing(opened)[f"mail:{LEAD}"] == ({State.WAITING: 1}, "UNREACHABLE")
        assert told.look(opened) == 0
        with Mailbox(port=port) as box:
            told.clock.now += timedelta(minutes=2)
            assert told.look(opened) == 1
        assert told.standing(opened)[f"mail:{LEAD}"] == ({State.SENT: 1}, "")
        assert len(hook.taken) == 1
    assert len(box.mails) == 1


def test_a_webhook_that_fails_or_leads_elsewhere_is_tried_again_with_the_same_message(
    tmp_path: Path,
) -> None:
    with HookServer(SECRET, statuses=(500, 302, 404)) as hook:
        told = _told(tmp_path, "", _notify(hook, ""), hook)
        with told.node.open() as opened:
            told.release(opened)
            failing = []
            while not hook.taken:
                told.look(opened)
                failing.append(told.standing(opened)[f"hook:{hook.url}"][1])
                told.clock.now += timedelta(hours=1)
    assert failing == ["HTTP_500", "HTTP_302", "HTTP_404", ""]


def test_a_worker_that_dies_after_sending_sends_the_same_message_again(
    tmp_path: Path, hook: HookServer
) -> None:
    told = _told(tmp_path, "", _notify(hook, ""), hook)
    with told.node.open() as opened:
        told.release(opened)
        of = Notices(opened.settings, opened.parts.database, opened.parts.rules, told.clock)
        of.note()
        [letter] = of.due()
        assert of.claim(letter)
        of.hand_over(letter.recipient, letter.project, letter.message)
        # Here it dies. What happens meanwhile joins no message that may have been sent.
        told.release(opened, 2)
        assert not of.claim(letter)
        told.clock.now += LEASE + timedelta(minutes=1)
        assert told.look(opened) == 2
        assert told.look(opened) == 0
    first, *later = (body["id"] for body in hook.taken)
    assert first in later
    assert len(set(later)) == 2


def test_a_recipient_who_was_taken_out_gets_nothing_that_waited(tmp_path: Path, hook: HookServer) -> None:
    told = _told(tmp_path, "", _notify(hook, ""), hook)
    with told.node.open() as opened:
        told.release(opened)
        Notices(opened.settings, opened.parts.database, opened.parts.rules, told.clock).note()
    path = told.node.folder / "projects" / "lung.yaml"
    path.write_text(path.read_text().split("notify:")[0])
    with told.node.open() as opened:
        assert told.look(opened) == 0
        assert told.standing(opened)[f"hook:{hook.url}"] == ({State.GIVEN_UP: 1}, "RECIPIENT_GONE")
    assert hook.taken == []


def test_what_cannot_be_sent_for_a_week_is_given_up_and_shown(tmp_path: Path, hook: HookServer) -> None:
    told = _told(tmp_path, _mail(free_port()), _notify(), hook)
    with told.node.open() as opened:
        told.release(opened)
        told.clock.now += GIVEN_UP_AFTER + timedelta(days=1)
        told.look(opened)
        assert told.standing(opened)[f"mail:{LEAD}"] == ({State.GIVEN_UP: 1}, "UNREACHABLE")


def test_administrators_are_told_of_a_certificate_thirty_days_before_it_runs_out(
    tmp_path: Path, hook: HookServer
) -> None:
    certificate, key = make_certificate(tmp_path, "console")
    with Mailbox() as box:
        mailing = _mail(box.port, 'security = "none"\nadmin = ["admin@example.org"]')
        console = f'[console]\nport = 0\ncertificate = "{certificate}"\nkey = "{key}"\n'
        told = _told(tmp_path / "n", mailing, "", hook)
        toml = told.node.folder / "tirage.toml"
        toml.write_text(toml.read_text().replace("[console]\nport = 0\n", console))
        told.node.settings = load_settings(told.node.folder)
        with told.node.open() as opened:
            of = Notices(opened.settings, opened.parts.database, opened.parts.rules, told.clock)
            for _ in range(2):
                of.look_at_node()
                of.look()
            told.clock.now += timedelta(hours=25)
            of.look_at_node()
            of.look()
    certain = [mail for mail in box.mails if "certificate" in mail.get_content()]
    assert [str(mail["To"]) for mail in certain] == ["admin@example.org"] * 2
    assert "the certificate of the console has 1 days left; renew it" in certain[0].get_content()


def test_a_digest_gathers_a_day_in_one_message(tmp_path: Path, hook: HookServer) -> None:
    told = _told(tmp_path, "", _notify(hook, "", '  digest: "daily at 08:00"\n'), hook)
    evening = datetime.now().astimezone().replace(hour=20, minute=0, second=0, microsecond=0)
    with told.node.open() as opened:
        for number in range(3):
            at = evening + timedelta(minutes=number)
            with writing(opened.parts.database) as connection:
                event = Event(
                    f"audit:9{number}", Happening.RELEASED, PROJECT, times.micros(at), {"version": 1}
                )
                notices.note(connection, event, [f"hook:{hook.url}"])
        told.clock.now = evening + timedelta(hours=11, minutes=59)
        assert told.look(opened) == 0
        told.clock.now += timedelta(minutes=2)
        assert told.look(opened) == 1
    assert len(hook.taken[0]["events"]) == 3


def test_a_delivery_that_keeps_failing_is_told_once_and_then_that_its_destination_is_paused(
    tmp_path: Path, hook: HookServer
) -> None:
    told = _told(tmp_path, "", _notify(hook, ""), hook)
    with told.node.open() as opened:
        with writing(opened.parts.database) as connection:
            for failures in (1, 2, 3):
                detail: audit.Detail = {"destination": "share", "code": "NO_SPACE", "failures": failures}
                line = Line(
                    "worker", "delivery-failed", "release:1", detail | {"project": PROJECT, "version": 1}
                )
                audit.append(connection, [line], times.micros(told.clock()))
            line = Line("worker", "pause-destination", "destination:lung/share", detail)
            audit.append(connection, [line], times.micros(told.clock()))
        assert told.look(opened) == 1
    assert [each["words"] for each in hook.taken[0]["events"]] == [
        "release v0001 could not be delivered to share: it has no room left (NO_SPACE)",
        "share is paused after 3 failures in a row: it has no room left (NO_SPACE)",
    ]


def test_a_node_that_works_sends_by_itself(tmp_path: Path, hook: HookServer) -> None:
    told = _told(tmp_path, "", _notify(hook, ""), hook)
    told.clock.now -= timedelta(minutes=10)
    stop = threading.Event()
    with told.node.open() as opened:
        told.release(opened)
        parts = opened.parts
        arguments = (opened.settings, parts.database, parts.rules, stop)
        thread = threading.Thread(target=notifying, args=arguments)
        thread.start()
        until = time.monotonic() + 60
        while not hook.taken and time.monotonic() < until:
            time.sleep(0.1)
        stop.set()
        thread.join()
    assert [each["event"] for each in hook.taken[0]["events"]] == ["released"]
