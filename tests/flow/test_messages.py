"""The audit as others read it: DICOM audit messages, over syslog, none lost and none that names a patient."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import Engine

from tests.peers.syslog import Repository, make_certificate
from tirage.network.syslog import Receiver, RepositoryAway
from tirage.policy.codes import registered
from tirage.service.messages import EVENTS, message
from tirage.service.syslog import forward
from tirage.store import audit, cursors
from tirage.store.audit import Line
from tirage.store.database import open_database, reading, upgrade, writing
from tirage.store.trail import Entry

CODED = {"csd-code", "codeSystemName", "originalText"}
PARTS = {
    "EventIdentification": ({"EventActionCode", "EventDateTime", "EventOutcomeIndicator"}, set()),
    "ActiveParticipant": (
        {"UserID", "UserIsRequestor"},
        {"NetworkAccessPointID", "NetworkAccessPointTypeCode"},
    ),
    "AuditSourceIdentification": ({"AuditSourceID"}, set()),
    "ParticipantObjectIdentification": (
        {"ParticipantObjectID", "ParticipantObjectTypeCode", "ParticipantObjectTypeCodeRole"},
        set(),
    ),
}
"""Elements of a message in their order, with the attributes each must have and may have (PS3.15 A.5.1)."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path}/tirage.db")
    upgrade(engine)
    yield engine
    engine.dispose()


def write(database: Engine, count: int) -> None:
    with writing(database) as connection:
        audit.append(connection, [Line("ada", "view", f"study:{each}") for each in range(count)], 1)


@pytest.mark.parametrize("action", [*EVENTS, "something-new"])
def test_each_line_is_a_message_of_the_standards_form(action: str) -> None:
    entry = Entry(7, 1_000_000, "ada", action, "study:17", '{"address":"10.0.0.7"}', "ab" * 32)
    root = ElementTree.fromstring(message(entry, "node"))
    assert root.tag == "AuditMessage"
    assert [part.tag for part in root] == list(PARTS)
    for part in root:
        must, may = PARTS[part.tag]
        assert must <= set(part.attrib) <= must | may
    head, person, source, about = root
    assert [each.tag for each in head] in (["EventID", "EventTypeCode"], ["EventID"] + ["EventTypeCode"] * 2)
    coded = [*head, *source, about[0]]
    assert all(set(each.attrib) == CODED for each in coded)
    assert head.attrib["EventActionCode"] in "CRUDE"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", head.attrib["EventDateTime"])
    assert person.attrib["UserID"] == "ada"
    assert [each.tag for each in about[1:]] == ["ParticipantObjectName"] + ["ParticipantObjectDetail"] * 3
    assert about.attrib["ParticipantObjectID"] == "study:17"


def test_events_and_their_types_are_the_standards_own() -> None:
    """PS3.16 CID 400 has the codes 110100 to 110114, CID 401 those from 110120 to 110142."""
    meanings = {code: text for (scheme, code), text in registered().items() if scheme == "DCM"}
    for action, event in EVENTS.items():
        assert 110100 <= int(event.code) <= 110114, action
        assert meanings[event.code] == event.text
        if event.kind is not None:
            assert 110120 <= int(event.kind[0]) <= 110142, action
            assert meanings[event.kind[0]] == event.kind[1]


def test_what_the_standard_has_no_event_for_does_not_pass_for_one() -> None:
    """PS3.15 A.5.3.1: Application Activity is start and stop."""
    entry = Entry(7, 1_000_000, "ada", "sign-release", "candidate:1", "{}", "ab" * 32)
    named, kind = ElementTree.fromstring(message(entry, "node"))[0]
    assert (named.attrib["codeSystemName"], named.attrib["csd-code"]) == ("99TIRAGE", "sign-release")
    assert kind.attrib["csd-code"] == "sign-release"


def test_the_log_itself_is_a_security_resource() -> None:
    """PS3.15 A.5.3.2: whoever reads the audit is told with object role 13 and this name."""
    entry = Entry(7, 1_000_000, "ada", "audit-export", "audit", "{}", "ab" * 32)
    about = ElementTree.fromstring(message(entry, "node"))[3]
    assert about.attrib["ParticipantObjectTypeCodeRole"] == "13"
    assert about.findtext("ParticipantObjectName") == "Security Audit Log"


def test_a_repository_gets_every_line_once_and_in_order(database: Engine, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    write(database, 700)
    with Repository(certificate, key) as repository:
        to = Receiver("127.0.0.1", repository.port, certificate, None, None, 5)
        assert [forward(database, to, "node") for _ in range(3)] == [500, 200, 0]
    numbers = [int(found[1]) for each in repository.messages if (found := re.search(rb'"study:(\d+)"', each))]
    assert numbers == list(range(700))
    assert repository.messages[0].startswith(
        b"<85>1 1970-01-01T00:00:00.000Z node tirage - IHE+RFC-3881 - \xef\xbb\xbf<?xml"
    )


def test_while_a_repository_is_down_lines_wait_in_the_chain(database: Engine, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    write(database, 3)
    with Repository(certificate, key) as repository:
        port = repository.port
    to = Receiver("127.0.0.1", port, certificate, None, None, 1)
    with pytest.raises(RepositoryAway):
        forward(database, to, "node")
    write(database, 2)
    with reading(database) as connection:
        assert cursors.failing(connection, f"127.0.0.1:{port}") == "REPOSITORY_AWAY"
    with Repository(certificate, key, port) as repository:
        assert forward(database, to, "node") == 5
    assert len(repository.messages) == 5
    with reading(database) as connection:
        assert cursors.failing(connection, f"127.0.0.1:{port}") == ""


def test_a_repository_that_does_not_read_is_left_after_the_time_agreed(
    database: Engine, tmp_path: Path
) -> None:
    certificate, key = make_certificate(tmp_path)
    write(database, 3)
    with Repository(certificate, key, hangs=True) as repository:
        to = Receiver("127.0.0.1", repository.port, certificate, None, None, 0.3)
        with pytest.raises(RepositoryAway):
            forward(database, to, "node")


def test_nothing_is_told_to_whoever_cannot_prove_to_be_the_repository(
    database: Engine, tmp_path: Path
) -> None:
    certificate, key = make_certificate(tmp_path)
    other, _ = make_certificate(tmp_path, "other")
    write(database, 3)
    with Repository(certificate, key) as repository:
        to = Receiver("127.0.0.1", repository.port, other, None, None, 5)
        with pytest.raises(RepositoryAway):
            forward(database, to, "node")
    assert repository.messages == []
