"""A node that delivered before hand-overs were kept delivers nothing again after its upgrade."""

import pytest
from sqlalchemy import Engine, insert, text

from tirage.model.delivery import Delivery, Proof
from tirage.store import deliveries
from tirage.store.database import reading, upgrade, writing
from tirage.store.schema import delivery, release

SINCE = (
    "DROP TABLE withdrawal_notice",
    "DROP TABLE withdrawn_study",
    "DROP TABLE withdrawal",
    "DROP TABLE notice_mark",
    "DROP TABLE notice",
    "DROP TABLE destination",
    "DROP TABLE handover",
    "ALTER TABLE delivery DROP COLUMN proof",
    "UPDATE alembic_version SET version_num = '0008'",
)
"""What takes a database back to the version before hand-overs."""


@pytest.mark.parametrize(
    ("last", "is_ended"), [(Delivery.ALREADY, True), (Delivery.CONFLICT, True), (Delivery.FAILED, False)]
)
def test_what_was_answered_to_the_last_file_is_taken_over(
    engine: Engine, last: Delivery, is_ended: bool
) -> None:
    with writing(engine) as connection:
        for statement in SINCE:
            connection.execute(text(statement))
        row = {
            "project": "lung",
            "version": 1,
            "state": "complete",
            "policy": "0" * 64,
            "members": 1,
            "size_bytes": 1,
            "frozen_at": 1,
            "lists": 1,
        }
        number = connection.execute(insert(release).returning(release.c.id), row).scalar_one()
        receipts = [
            {
                "release_id": number,
                "destination": "share",
                "output_digest": digit * 64,
                "status": status.value,
                "detail": "",
                "attempts": 1,
                "updated_at": 7,
            }
            for digit, status in (("1", Delivery.DELIVERED), ("2", last))
        ]
        connection.execute(insert(delivery), receipts)
    upgrade(engine)
    with reading(engine) as connection:
        ended = deliveries.ended(connection)
    assert set(ended) == ({(number, "share")} if is_ended else set())
    for said in ended.values():
        assert sum(each.files for each in said) == 2
        assert {each.proof for each in said} == {Proof.NONE}
