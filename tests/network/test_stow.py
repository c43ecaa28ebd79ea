"""Delivery by STOW-RS when something goes wrong, before a scripted server."""

import ssl
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.network.consigning import consign, of_file
from tests.peers import badstow
from tests.peers.badstow import BadStow, Said
from tests.peers.certificates import Authority

from tirage.model.delivery import Consignment, Delivery, DestinationRefused, Proof
from tirage.network.dicomweb.address import ClientCredentials, WebPeer
from tirage.network.send import batches
from tirage.network.send.stow import StowDestination


@pytest.fixture
def web() -> Iterator[BadStow]:
    with badstow.serving() as server:
        yield server


@pytest.fixture
def objects(tmp_path: Path) -> list[Consignment]:
    return consign(tmp_path / "release")


def at(web: BadStow, **options: object) -> StowDestination:
    return StowDestination("web", WebPeer(web.url), filing_waits_s=(), **options)  # type: ignore[arg-type]


def outcome(
    destination: StowDestination, consignments: list[Consignment]
) -> list[tuple[Delivery, str, bool]]:
    return [
        (receipt.status, receipt.detail, receipt.is_worth_retrying)
        for receipt in destination.deliver(consignments, lambda _: None)
    ]


DELIVERED = (Delivery.DELIVERED, "", False)


@pytest.mark.parametrize("status", [200, 202, 409])
def test_each_object_is_answered_for_by_itself_whatever_the_status(
    web: BadStow, objects: list[Consignment], status: int
) -> None:
    web.script = [Said(status, failed={objects[1].sop_instance: 0xC122, objects[2].sop_instance: 0xA700})]
    assert outcome(at(web), objects) == [
        DELIVERED,
        (Delivery.FAILED, "0xC122", False),
        (Delivery.FAILED, "0xA700", True),
    ]


def test_an_answer_that_says_nothing_is_decided_by_what_is_listed(
    web: BadStow, objects: list[Consignment]
) -> None:
    web.script = [Said(202, body=b"<NativeDicomModel/>")]
    receipts = at(web).deliver(objects, lambda _: None)
    assert {(each.status, each.proof) for each in receipts} == {(Delivery.DELIVERED, Proof.LISTED)}


def test_what_is_answered_as_stored_and_not_listed_is_sent_once_more(
    web: BadStow, objects: list[Consignment]
) -> None:
    lost = objects[1].sop_instance
    web.script = [Said(keeps=lambda uid: uid != lost)]
    assert outcome(at(web), objects) == [DELIVERED] * 3
    assert web.bodies[1:] == [[lost]]
    web.kept.clear()
    web.script = [Said(keeps=lambda uid: uid != lost)] * 2
    assert outcome(at(web), objects) == [DELIVERED, (Delivery.FAILED, "NOT_LISTED", True), DELIVERED]


def test_what_is_there_is_compared_byte_for_byte_and_never_sent_over(
    web: BadStow, tmp_path: Path, objects: list[Consignment]
) -> None:
    assert outcome(at(web), objects) == [DELIVERED] * 3
    other = bytearray(objects[1].path.read_bytes())
    other[-1] ^= 1
    objects[1].path.write_bytes(other)
    receipts = at(web).deliver([objects[0], of_file(objects[1].path)], lambda _: None)
    assert [(each.status, each.proof) for each in receipts] == [
        (Delivery.ALREADY, Proof.READ_BACK),
        (Delivery.CONFLICT, Proof.NONE),
    ]
    assert len(web.bodies) == 1


def test_what_was_stored_wrong_is_sent_once_more_and_then_has_failed(
    web: BadStow, objects: list[Consignment]
) -> None:
    flipped = Said(flips=objects[1].sop_instance)
    destination = at(web, reads_back=True)
    web.script = [flipped]
    receipts = destination.deliver(objects, lambda _: None)
    assert {(each.status, each.proof) for each in receipts} == {(Delivery.DELIVERED, Proof.READ_BACK)}
    assert web.bodies[1:] == [[objects[1].sop_instance]]
    web.kept.clear()
    web.script = [flipped] * 2
    assert outcome(destination, objects) == [DELIVERED, (Delivery.FAILED, "READ_BACK", False), DELIVERED]
    assert outcome(destination, objects)[1] == (Delivery.CONFLICT, "", False)


def test_a_duplicate_that_is_not_listed_in_its_series_is_compared_too(
    web: BadStow, objects: list[Consignment]
) -> None:
    for each in objects[:1]:
        web.kept[each.sop_instance] = ("1.2", "1.3", each.path.read_bytes())
    web.script = [Said(409, failed={objects[0].sop_instance: 0x0111})]
    assert outcome(at(web), objects[:1]) == [(Delivery.ALREADY, "", False)]


def test_a_body_that_is_too_large_is_split_until_it_fits(web: BadStow, tmp_path: Path) -> None:
    objects = consign(tmp_path / "release", 5)
    web.most_bytes = 2 * objects[0].path.stat().st_size + 1000
    assert outcome(at(web), objects) == [DELIVERED] * 5
    assert sorted(len(each) for each in web.bodies) == [1, 2, 2]
    web.kept.clear()
    web.most_bytes = 100
    assert outcome(at(web), objects[:2]) == [(Delivery.FAILED, "TOO_LARGE", False)] * 2


def test_bodies_hold_no_more_than_was_said_and_several_go_at_once(web: BadStow, tmp_path: Path) -> None:
    objects = consign(tmp_path / "release", 6)
    size = objects[0].path.stat().st_size
    assert outcome(at(web, batch_bytes=2 * size, connections=3), objects) == [DELIVERED] * 6
    assert [len(each) for each in web.bodies] == [2, 2, 2]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_left_alone_for_as_long_as_it_says_and_then_sent_to_again(
    web: BadStow, objects: list[Consignment], status: int
) -> None:
    web.script = [Said(status, headers={"Retry-After": "0"})] * 2
    assert outcome(at(web), objects) == [DELIVERED] * 3
    assert len(web.bodies) == 3


def test_a_server_that_stays_busy_is_sent_to_later(
    web: BadStow, objects: list[Consignment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "WAITS_S", (0.01, 0.01))
    web.script = [Said(503)] * 3
    size = objects[0].path.stat().st_size
    assert outcome(at(web, batch_bytes=size), objects) == [(Delivery.FAILED, "BUSY", True)] * 3
    assert len(web.bodies) == 3, "the other bodies were sent all the same"
    web.script = [Said(503, headers={"Retry-After": "3600"})]
    assert outcome(at(web), objects) == [(Delivery.FAILED, "BUSY", True)] * 3
    assert len(web.bodies) == 4


def test_a_line_that_breaks_before_the_answer_changes_nothing(
    web: BadStow, objects: list[Consignment]
) -> None:
    web.script = [Said(drops=True)]
    assert outcome(at(web), objects) == [DELIVERED] * 3
    assert len(web.kept) == 3


@pytest.mark.parametrize(
    ("status", "detail", "again"),
    [
        (400, "HTTP_400", False),
        (403, "NOT_PERMITTED", False),
        (404, "NO_STOW", False),
        (415, "NOT_ACCEPTED", False),
        (507, "NO_SPACE", True),
    ],
)
def test_a_refusal_of_the_whole_body_has_a_reason(
    web: BadStow, objects: list[Consignment], status: int, detail: str, again: bool
) -> None:
    web.script = [Said(status)]
    assert outcome(at(web), objects) == [(Delivery.FAILED, detail, again)] * 3


def credentials(web: BadStow) -> WebPeer:
    address = web.url.removesuffix("/dicomweb") + "/token"
    return WebPeer(web.url, credentials=ClientCredentials(address, "node", "invented-secret", "store"))


def test_a_token_is_had_for_client_credentials_and_renewed_once(
    web: BadStow, objects: list[Consignment]
) -> None:
    web.tokens = ["never issued"]
    destination = replace(at(web), peer=credentials(web))
    destination.check()
    assert web.issued == [{"grant_type": "client_credentials", "scope": "store"}]

    web.script = [Said(401)]
    assert outcome(destination, objects) == [DELIVERED] * 3
    assert len(web.issued) == 3, "one token for each delivery, and one in place of the refused"
    assert "invented-secret" not in repr(destination)


def test_a_token_that_is_refused_twice_is_not_renewed_for_ever(
    web: BadStow, objects: list[Consignment]
) -> None:
    web.script = [Said(401)] * 2
    assert (
        outcome(replace(at(web), peer=credentials(web)), objects)
        == [(Delivery.FAILED, "NOT_PERMITTED", False)] * 3
    )
    assert len(web.issued) == 2


def test_a_bearer_token_is_sent_and_a_wrong_one_refused(web: BadStow, objects: list[Consignment]) -> None:
    web.tokens = ["good"]
    good, wrong = (replace(at(web), peer=WebPeer(web.url, token=each)) for each in ("good", "bad"))
    good.check()
    assert outcome(good, objects) == [DELIVERED] * 3
    with pytest.raises(DestinationRefused, match="token"):
        wrong.check()
    assert outcome(wrong, objects) == [(Delivery.FAILED, "NOT_PERMITTED", False)] * 3


@pytest.mark.parametrize(
    ("code", "words", "issued"),
    [
        ("CERTIFICATE_EXPIRED", "is expired", {"begins": -5, "ends": -1}),
        ("CERTIFICATE_NOT_YET_VALID", "not yet valid", {"begins": 1, "ends": 5}),
        ("CERTIFICATE_OTHER_HOST", "another host", {"host": "web.example"}),
        ("CERTIFICATE_UNTRUSTED", "authority", {}),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused_with_its_reason(
    tmp_path: Path, objects: list[Consignment], code: str, words: str, issued: dict[str, object]
) -> None:
    authority = Authority(tmp_path / "authority")
    believed = Authority(tmp_path / "other") if code == "CERTIFICATE_UNTRUSTED" else authority
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made = authority.issue("web", **issued)  # type: ignore[arg-type]
    context.load_cert_chain(made.certificate, made.key)
    with badstow.serving(context) as web:
        destination = StowDestination("web", WebPeer(web.url, believed.ca))
        with pytest.raises(DestinationRefused, match=words):
            destination.check()
        assert outcome(destination, objects) == [(Delivery.FAILED, code, False)] * 3
    assert web.bodies == []


def test_a_body_is_never_in_memory(tmp_path: Path) -> None:
    from tirage.network.dicomweb.stow import Body

    file = tmp_path / "large.dcm"
    with file.open("wb") as written:
        written.truncate(64 * 1024 * 1024)
    body = Body([file, file])
    tracemalloc.start()
    sent = sum(len(piece) for piece in body)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent == body.size_bytes()
    assert most < 4 * 1024 * 1024
