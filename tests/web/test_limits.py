"""Whatever a request says of itself, it is bounded; what is sent twice happens once."""

import threading
from pathlib import Path

import pytest
from fastapi import APIRouter, Depends
from starlette.testclient import TestClient
from tests.flow.nodes import TestNode
from tests.web.signed import Console, OpenDoors

from tirage.model.people import Permission, Role, Who
from tirage.service.console.repeats import NodeRepeats
from tirage.store.database import open_database, upgrade
from tirage.store.sealing import Sealer
from tirage.web.api import PREFIX, make_api, routes
from tirage.web.api.access import allowed
from tirage.web.api.bodies import MOST_BYTES, Bodies
from tirage.web.api.repeats import Answer


class Counting:
    """A resource that counts how often it was changed."""

    def __init__(self) -> None:
        self.changes = 0
        self.router = APIRouter()

        @self.router.post("/things")
        def change(name: str = "", who: Who = Depends(allowed(Permission.RUN_NODE))) -> dict[str, int]:  # noqa: B008
            self.changes += 1
            return {"changes": self.changes}


@pytest.fixture
def repeats(tmp_path: Path) -> NodeRepeats:
    database = open_database(f"sqlite:///{tmp_path}/tirage.db")
    upgrade(database)
    return NodeRepeats(database, Sealer(b"k" * 32))


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def client(repeats: NodeRepeats, counting: Counting) -> TestClient:
    doors = OpenDoors()
    doors.let_in("ada", Role.OPERATOR)
    doors.let_in("bob", Role.OPERATOR)
    return TestClient(make_api(doors, repeats, [counting.router]), headers={"Authorization": "Bearer ada"})


def test_the_same_request_under_one_key_happens_once(client: TestClient, counting: Counting) -> None:
    key = {"Idempotency-Key": "one"}
    first, again = client.post("/things", headers=key), client.post("/things", headers=key)
    other = client.post("/things", headers={"Idempotency-Key": "two"})
    assert (first.json(), again.json(), other.json()) == ({"changes": 1}, {"changes": 1}, {"changes": 2})
    assert again.headers["Idempotency-Replayed"] == "true"


def test_one_key_for_two_requests_is_refused(client: TestClient, counting: Counting) -> None:
    key = {"Idempotency-Key": "one"}
    client.post("/things", headers=key)
    answer = client.post("/things?name=other", headers=key)
    assert (answer.status_code, answer.json()["code"], counting.changes) == (422, "KEY_USED", 1)


def test_a_key_is_its_accounts_own(client: TestClient, counting: Counting) -> None:
    for account in ("ada", "bob"):
        client.post("/things", headers={"Idempotency-Key": "one", "Authorization": f"Bearer {account}"})
    assert counting.changes == 2


def test_a_key_whose_request_is_under_way_is_told_so(client: TestClient, repeats: NodeRepeats) -> None:
    started = repeats.begin("ada", "one", b"f")
    assert started is None
    assert repeats.begin("ada", "one", b"f") == Answer(b"f", None, b"", "")
    repeats.end("ada", "one", None)
    assert repeats.begin("ada", "one", b"f") is None


def test_of_many_at_once_one_happens(client: TestClient, counting: Counting) -> None:
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(
                client.post("/things", headers={"Idempotency-Key": "one"}).status_code
            )
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counting.changes == 1
    assert set(answers) <= {200, 409}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": str(MOST_BYTES + 1)}, 413),
        ({"Content-Length": "9" * 30}, 413),
        ({"Content-Length": "many"}, 400),
        ({"Content-Encoding": "gzip"}, 415),
    ],
)
def test_a_request_that_claims_too_much_or_is_packed_is_refused_unread(
    client: TestClient, counting: Counting, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/things", headers=headers, content=b"x")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert counting.changes == 0


def test_a_body_without_an_end_is_cut_at_the_limit(client: TestClient) -> None:
    answer = client.post("/things", content=(b"x" * 65536 for _ in range(100_000)))
    assert answer.status_code == 413


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    import asyncio

    async def never(scope: object, receive: object, send: object) -> None:
        raise AssertionError("nothing is handed on")

    async def receive() -> dict[str, object]:
        await asyncio.sleep(60)
        return {}

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    asyncio.run(Bodies(never, patience_s=0.05)(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408


def test_a_route_that_does_not_say_who_may_use_it_does_not_start(repeats: NodeRepeats) -> None:
    open_to_all = APIRouter()

    @open_to_all.get("/open")
    def everything() -> str:
        return ""

    with pytest.raises(TypeError, match="/open"):
        make_api(OpenDoors(), repeats, [open_to_all])


def test_the_routes_that_are_looked_at_are_all_that_are_served(tmp_path: Path) -> None:
    with Console(TestNode(tmp_path)) as console:
        api = next(mount.app for mount in console.application.routes if getattr(mount, "path", "") == PREFIX)
        served = {
            (method.upper(), path) for path, methods in api.openapi()["paths"].items() for method in methods
        }
        looked_at = {(method, route.path) for route in routes(api) for method in route.methods}
    assert served == looked_at
