"""What the record tells of studies that arrived, on SQLite and on PostgreSQL alike."""

from sqlalchemy import Engine, insert
from tests.requesting import (
    DAY,
    LOADED,
    add_object,
    add_origin,
    add_receipts,
    add_release,
    add_study,
    digest,
)

from tirage.model.delivery import Delivery
from tirage.model.identifiers import ProjectName
from tirage.store.arrivals import Arrival, answers, arrivals
from tirage.store.database import reading, writing
from tirage.store.schema import output

LUNGS = ProjectName("lungs")


def test_a_study_has_arrived_when_a_destination_has_something_of_it(engine: Engine) -> None:
    with writing(engine) as connection:
        origin, release = add_origin(connection), add_release(connection, 1, 3)
        one, two = add_study(connection, "1.2"), add_study(connection, "1.3")
        add_object(connection, 1, origin, "1.2.1", one, release_id=release)
        add_object(connection, 2, origin, "1.2.2", one, release_id=release)
        add_object(connection, 3, origin, "1.3.1", two, release_id=release)
        add_receipts(connection, release, [1])
        add_receipts(connection, release, [2, 3], "failed")
        made = {
            "project": "lungs",
            "policy": digest(1),
            "received_id": 1,
            "digest": digest(1),
            "size_bytes": 1,
            "study": "2.25.7",
            "made_at": LOADED,
        }
        texts = ("pseudonym", "sop_class", "sop_instance", "series", "modality", "transfer_syntax")
        connection.execute(insert(output).values(**made, **dict.fromkeys(texts, "")))
    with reading(engine) as connection:
        assert arrivals(connection, LUNGS) == {"1.2": Arrival(LOADED + 3 * DAY, "2.25.7")}
        assert arrivals(connection, ProjectName("other")) == {}
        said = answers(connection, release, "share")
    assert said == {
        digest(1): (Delivery.DELIVERED, ""),
        digest(2): (Delivery.FAILED, ""),
        digest(3): (Delivery.FAILED, ""),
    }
