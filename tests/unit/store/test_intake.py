"""Taking objects into keeping."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from tests.arrivals import CT, EXPLICIT, PROJECT, SCANNER
from tests.unit.store.conftest import Store

from tirage.model.custody import Acceptance, StoreReadOnly, StoreUnavailable
from tirage.model.identifiers import ProjectName, Uid
from tirage.store import audit, dispositions, intake, timeline
from tirage.store.database import reading, writing
from tirage.store.part10 import file_meta
from tirage.store.schema import received


def test_what_is_kept_is_our_file_meta_and_the_data_set(store: Store) -> None:
    assert store.send(b"data set") is Acceptance.STORED
    (digest,) = store.objects()
    kept = store.blobs.path(digest).read_bytes()
    assert kept == file_meta(CT, Uid("1.2.3.1"), EXPLICIT) + b"data set"
    with reading(store.engine) as connection:
        row = connection.execute(select(received)).one()
    assert (row.digest, row.object_digest, row.size_bytes) == (digest, digest, len(kept))


def test_the_same_object_is_one_whoever_sends_it_however_cut(store: Store) -> None:
    assert store.send(b"data set", pieces=1) is Acceptance.STORED
    assert store.send(b"data set", pieces=8) is Acceptance.DUPLICATE
    assert len(store.objects()) == 1


def test_ten_associations_sending_one_object_at_once_keep_one(store: Store) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = sorted(pool.map(lambda _: store.send(b"x" * 100_000), range(10)))
    assert answers == [Acceptance.DUPLICATE] * 9 + [Acceptance.STORED]
    assert len(store.objects()) == 1
    assert store.left_behind() == []
    with reading(store.engine) as connection:
        assert dispositions.duplicates(connection) == {PROJECT: 9}
        assert dispositions.tally(connection, PROJECT).received == 1


def test_other_bytes_under_one_uid_are_kept_beside_the_first(store: Store) -> None:
    assert store.send(b"one") is Acceptance.STORED
    assert store.send(b"two") is Acceptance.CONFLICT
    assert len(store.objects()) == 2


def test_many_associations_at_once_are_all_recorded_in_one_chain(store: Store) -> None:
    def send(sender: int) -> list[Acceptance]:
        return [store.send(f"{sender} {n}".encode(), f"1.2.{sender}.{n}") for n in range(12)]

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for answers in pool.map(send, range(8)) for answer in answers]
    assert answers == [Acceptance.STORED] * 96
    with reading(store.engine) as connection:
        tally = dispositions.tally(connection, PROJECT)
        assert (tally.received, tally.pending, tally.is_conserved) == (96, 96, True)
        assert (audit.length(connection), audit.verify_chain(connection)) == (96, None)


def test_an_aborted_object_was_never_here(store: Store) -> None:
    incoming = store.intake.begin(SCANNER, CT, Uid("1.2.3"), EXPLICIT)
    incoming.write(memoryview(b"half an obj"))
    incoming.abort()
    assert store.objects() == store.left_behind() == []


def test_no_project_means_held_at_the_node(store: Store) -> None:
    store.projects.clear()
    store.send(b"data set")
    with reading(store.engine) as connection:
        assert dispositions.tally(connection, ProjectName("")).reasons == {"NO_PROJECT": 1}


@pytest.mark.parametrize("uid", ["../../../tmp/pwned", "/etc/cron.d/x", "1.2\0.3", "9" * 500, "", "\udcff"])
def test_a_stated_uid_never_becomes_part_of_a_path(store: Store, uid: str) -> None:
    before = {path for path in store.blobs.root.parent.rglob("*") if path.is_dir()}
    assert store.send(b"data set", uid) is Acceptance.STORED
    (digest,) = store.objects()
    assert store.blobs.path(digest).parent.parent == store.blobs.root
    assert {path for path in store.blobs.root.parent.rglob("*") if path.is_dir()} == before


def test_an_object_the_database_will_not_take_does_not_refuse_its_neighbours(store: Store) -> None:
    with writing(store.engine) as connection:
        connection.execute(
            text(
                "CREATE TRIGGER sour BEFORE INSERT ON received WHEN new.stated_sop_instance = '1.6.6' "
                "BEGIN SELECT RAISE(ABORT, 'sour'); END"
            )
        )

    def send(uid: str) -> Acceptance | type[Exception]:
        try:
            return store.send(uid.encode(), uid)
        except StoreUnavailable as fault:
            return type(fault)

    uids = ["1.6.6", *(f"1.2.{number}" for number in range(20))]
    with ThreadPoolExecutor(len(uids)) as pool:
        answers = list(pool.map(send, uids))
    assert answers == [StoreUnavailable, *([Acceptance.STORED] * 20)]


def test_a_database_that_does_not_answer_refuses_and_recovers(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PATIENCE_S", 0.2)
    with store.intake._committing, pytest.raises(StoreUnavailable):
        store.send(b"data set")
    # Nobody was told it is safe, so the sender sends it again; meanwhile it may have been recorded.
    assert store.send(b"data set") in {Acceptance.STORED, Acceptance.DUPLICATE}


def test_after_a_failed_flush_nothing_more_is_taken(store: Store) -> None:
    store.send(b"before")
    store.blobs.close_for_writing(OSError(5, "input/output error"))
    with pytest.raises(StoreReadOnly):
        store.send(b"after", "1.2.9")
    assert len(store.objects()) == 1


def test_a_received_object_can_be_traced_by_its_digest(store: Store) -> None:
    store.send(b"data set")
    (digest,) = store.objects()
    with reading(store.engine) as connection:
        (number,) = timeline.find(connection, digest[:10])
        assert timeline.trace(connection, number)[0].what == "received"
