"""Delivery by C-STORE when something goes wrong: broken lines, lost objects, wrong certificates."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian
from tests.make import write_instance
from tests.network.consigning import consign, of_file
from tests.peers import badpacs, orthanc, proxy
from tests.peers.badpacs import Act
from tests.peers.certificates import Authority, Certificate
from tests.peers.ports import free_port

from tirage.model.delivery import Consignment, Delivery, DestinationRefused, DestinationUnreachable, Proof
from tirage.network.certificates import Trust
from tirage.network.scu.association import Peer
from tirage.network.send.dicom import Asking, DicomDestination

RELEASED_BYTES = 10
"""The answer to the end of an association."""

QUICK = {"connect_timeout_s": 2.0, "answer_timeout_s": 3.0}


def at(port: int, asking: Asking = Asking.LIST, **options: object) -> DicomDestination:
    options = {"filing_waits_s": (), **options}
    return DicomDestination("pacs", Peer("127.0.0.1", port, "ANY", **QUICK), asking, **options)  # type: ignore[arg-type]


def outcome(
    destination: DicomDestination, consignments: list[Consignment]
) -> list[tuple[Delivery, str, bool]]:
    return [
        (receipt.status, receipt.detail, receipt.is_worth_retrying)
        for receipt in destination.deliver(consignments, lambda _: None)
    ]


@pytest.fixture
def objects(tmp_path: Path) -> list[Consignment]:
    return consign(tmp_path / "release")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 1.0])
def test_a_line_that_breaks_anywhere_leaves_everything_there_once_after_at_most_one_more_try(
    tmp_path: Path, share: float
) -> None:
    objects, others = (
        consign(tmp_path / str(series), series=series, rows=256, columns=256) for series in (1, 2)
    )
    with (
        orthanc.running(tmp_path / "orthanc", DicomAlwaysAllowFind=True, DicomCheckCalledAet=False) as pacs,
        proxy.running(pacs.dicom_port) as line,
    ):
        peer = Peer("127.0.0.2", pacs.dicom_port, "ANY", **QUICK)
        DicomDestination("pacs", peer, Asking.NOTHING).deliver(others, lambda _: None)
        sent, answered = line.up, line.down
        line.reset()
        if share < 1:
            line.cut_up = int(sent * share)
        else:
            line.cut_down = answered - RELEASED_BYTES - 1
        destination = DicomDestination("pacs", peer, filing_waits_s=())
        first = destination.deliver(objects, lambda _: None)
        assert (line.cut_up, line.cut_down) == (None, None), "the line did not break"
        assert all(each.status is Delivery.DELIVERED or each.is_worth_retrying for each in first)
        missing = [
            each
            for each, receipt in zip(objects, first, strict=True)
            if receipt.status is not Delivery.DELIVERED
        ]
        again = destination.deliver(missing, lambda _: None)
        assert {(each.status, each.proof) for each in again} <= {(Delivery.DELIVERED, Proof.LISTED)}
        assert len(pacs.get("/instances")) == len(objects) + len(others)


def test_what_is_answered_as_stored_and_not_listed_is_sent_once_more(objects: list[Consignment]) -> None:
    lost = objects[1].sop_instance
    with badpacs.running(Act(loses=lambda uid, times: uid == lost and times == 1)) as pacs:
        assert outcome(at(pacs.port), objects) == [(Delivery.DELIVERED, "", False)] * 3
    assert [pacs.came.count(each.sop_instance) for each in objects] == [1, 2, 1]


def test_what_is_never_listed_has_failed_and_is_worth_retrying(objects: list[Consignment]) -> None:
    lost = objects[1].sop_instance
    with badpacs.running(Act(loses=lambda uid, times: uid == lost)) as pacs:
        said = outcome(at(pacs.port), objects)
    assert said[1] == (Delivery.FAILED, "NOT_LISTED", True)
    assert {said[0], said[2]} == {(Delivery.DELIVERED, "", False)}
    assert pacs.came.count(lost) == 2


def test_a_duplicate_is_there_already_where_the_pacs_lists_it_in_its_series(
    objects: list[Consignment],
) -> None:
    with badpacs.running(Act(status=lambda uid, times: 0x0111)) as pacs:
        first = objects[0]
        pacs.kept.add((first.study, first.series, first.sop_instance))
        pacs.kept.add(("1.2", "1.3", objects[1].sop_instance))
        said = outcome(at(pacs.port), objects[:2])
    assert said == [(Delivery.ALREADY, "0x0111", False), (Delivery.CONFLICT, "0x0111", False)]


def test_a_status_alone_does_not_prove_that_a_duplicate_is_the_same(objects: list[Consignment]) -> None:
    with badpacs.running(Act(status=lambda uid, times: 0x0111)) as pacs:
        assert outcome(at(pacs.port, Asking.NOTHING), objects[:1]) == [(Delivery.CONFLICT, "0x0111", False)]


def test_each_object_has_the_status_it_was_answered_with(objects: list[Consignment]) -> None:
    statuses = dict(zip((each.sop_instance for each in objects), (0xB000, 0xA700, 0xC123), strict=True))
    with badpacs.running(Act(status=lambda uid, times: statuses[uid])) as pacs:
        pacs.kept.add((objects[0].study, objects[0].series, objects[0].sop_instance))
        said = outcome(at(pacs.port), objects)
    assert said == [
        (Delivery.DELIVERED, "0xB000", False),
        (Delivery.FAILED, "0xA700", True),
        (Delivery.FAILED, "0xC123", False),
    ]


def test_a_pacs_that_answers_no_queries_cannot_prove_by_its_list(objects: list[Consignment]) -> None:
    with badpacs.running(Act(finds=False)) as pacs:
        with pytest.raises(DestinationRefused, match="proof"):
            at(pacs.port).check()
        assert outcome(at(pacs.port), objects[:1]) == [(Delivery.FAILED, "NO_FIND", False)]
        [receipt] = at(pacs.port, Asking.NOTHING).deliver(objects[:1], lambda _: None)
    assert (receipt.status, receipt.proof) == (Delivery.DELIVERED, Proof.STATUS)


def test_a_list_that_cannot_be_had_now_is_asked_for_later(objects: list[Consignment]) -> None:
    with badpacs.running(Act(find_status=0xA700)) as pacs:
        assert outcome(at(pacs.port), objects[:1]) == [(Delivery.FAILED, "UNPROVED", True)]


def test_a_promise_is_taken_over_the_same_association_or_at_our_port(objects: list[Consignment]) -> None:
    port = free_port()
    for calls_back in (None, port):
        with badpacs.running(Act(calls_back=calls_back)) as pacs:
            destination = at(pacs.port, Asking.PROMISE, answer_port=port)
            destination.check()
            receipts = destination.deliver(objects, lambda _: None)
        assert {(each.status, each.proof) for each in receipts} == {(Delivery.DELIVERED, Proof.COMMITMENT)}


def test_what_is_not_promised_has_failed_with_its_reason(objects: list[Consignment]) -> None:
    port = free_port()
    act = Act(calls_back=port, reasons={objects[0].sop_instance: 0x0119, objects[1].sop_instance: 0x0213})
    act.loses = lambda uid, times: uid == objects[2].sop_instance and times == 1
    with badpacs.running(act) as pacs:
        said = outcome(at(pacs.port, Asking.PROMISE, answer_port=port), objects)
    assert said == [
        (Delivery.FAILED, "0x0119", False),
        (Delivery.FAILED, "0x0213", True),
        # Lost the first time (0x0112), sent once more and kept.
        (Delivery.DELIVERED, "", False),
    ]


def test_a_promise_that_does_not_come_is_asked_for_later(objects: list[Consignment]) -> None:
    with badpacs.running(Act(is_silent=True)) as pacs:
        said = outcome(at(pacs.port, Asking.PROMISE, answer_port=free_port(), patience_s=0.3), objects[:1])
    assert said == [(Delivery.FAILED, "NOT_COMMITTED", True)]


def test_no_storage_commitment_and_a_port_that_is_taken_are_said(objects: list[Consignment]) -> None:
    with badpacs.running(Act(commits=False)) as pacs:
        with pytest.raises(DestinationRefused, match="storage commitment"):
            at(pacs.port, Asking.PROMISE, answer_port=free_port()).check()
        said = outcome(at(pacs.port, Asking.PROMISE, answer_port=free_port()), objects[:1])
        assert said == [(Delivery.FAILED, "NO_COMMITMENT", False)]
    with (
        badpacs.running(Act()) as pacs,
        badpacs.running(Act()) as other,
        pytest.raises(DestinationUnreachable, match="commitment_port"),
    ):
        at(pacs.port, Asking.PROMISE, answer_port=other.port).check()


def test_two_deliveries_take_turns_at_one_port(tmp_path: Path, objects: list[Consignment]) -> None:
    port, others = free_port(), consign(tmp_path / "others", series=2)
    with badpacs.running(Act(calls_back=port)) as pacs, ThreadPoolExecutor(2) as pool:
        said = list(
            pool.map(
                lambda each: outcome(at(pacs.port, Asking.PROMISE, answer_port=port), each), (objects, others)
            )
        )
    assert said == [[(Delivery.DELIVERED, "", False)] * 3] * 2


def test_a_compressed_object_is_never_decoded_for_a_pacs_that_refuses_its_syntax(tmp_path: Path) -> None:
    objects = consign(tmp_path / "plain", 1)
    compressed = of_file(write_instance(tmp_path, 1, 1, 2, 1, transfer_syntax=DeflatedExplicitVRLittleEndian))
    with badpacs.running(Act()) as pacs:
        said = outcome(at(pacs.port), [compressed, *objects])
    assert said == [(Delivery.FAILED, "NOT_ACCEPTED", False), (Delivery.DELIVERED, "", False)]


def test_several_associations_share_the_work(tmp_path: Path) -> None:
    objects = consign(tmp_path / "release", 24)
    with badpacs.running(Act()) as pacs:
        said = outcome(at(pacs.port, Asking.NOTHING, connections=4), objects)
    assert set(said) == {(Delivery.DELIVERED, "", False)}
    assert sorted(pacs.came) == sorted(each.sop_instance for each in objects)
    assert pacs.associations == 4


def server_side(issued: Certificate, ca: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca)
    context.load_cert_chain(issued.certificate, issued.key)
    if ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.mark.parametrize(
    ("code", "words", "issued"),
    [
        ("CERTIFICATE_EXPIRED", "is expired", {"begins": -5, "ends": -1}),
        ("CERTIFICATE_NOT_YET_VALID", "not yet valid", {"begins": 1, "ends": 5}),
        ("CERTIFICATE_OTHER_HOST", "another host", {"host": "pacs.example"}),
        ("CERTIFICATE_OTHER_HOST", "another host", {"host": "127.0.0.2"}),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused_with_its_reason(
    tmp_path: Path, objects: list[Consignment], code: str, words: str, issued: dict[str, object]
) -> None:
    authority = Authority(tmp_path / "authority")
    pair = authority.issue("pacs", **issued)  # type: ignore[arg-type]
    with badpacs.running(Act(), server_side(pair)) as pacs:
        refused(pacs.port, Trust(authority.ca), objects, code, words)
    assert pacs.came == []


def test_a_certificate_of_another_authority_is_refused_with_its_reason(
    tmp_path: Path, objects: list[Consignment]
) -> None:
    authority, other = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    with badpacs.running(Act(), server_side(other.issue("pacs"))) as pacs:
        refused(pacs.port, Trust(authority.ca), objects, "CERTIFICATE_UNTRUSTED", "authority")


def test_a_peer_that_wants_to_know_us_and_one_without_tls_are_said(
    tmp_path: Path, objects: list[Consignment]
) -> None:
    authority = Authority(tmp_path / "authority")
    pair = authority.issue("pacs")
    with badpacs.running(Act(), server_side(pair, authority.ca)) as pacs:
        refused(
            pacs.port, Trust(authority.ca), objects, "CERTIFICATE_NOT_ACCEPTED", "this node's certificate"
        )
        node = authority.issue("node")
        ours = Trust(authority.ca, node.certificate, node.key)
        known = replace(at(pacs.port), peer=replace(at(pacs.port).peer, trust=ours))
        known.check()
        assert outcome(known, objects) == [(Delivery.DELIVERED, "", False)] * 3
    with badpacs.running(Act()) as plain:
        refused(plain.port, Trust(authority.ca), objects, "NO_TLS", "does not speak TLS")


def refused(port: int, trust: Trust, objects: list[Consignment], code: str, words: str) -> None:
    destination = replace(at(port), peer=replace(at(port).peer, trust=trust))
    with pytest.raises(DestinationRefused, match=words):
        destination.check()
    assert outcome(destination, objects) == [(Delivery.FAILED, code, False)] * len(objects)
