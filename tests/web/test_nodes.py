"""What the node is made of, whether it answers, and stopping or retrying what it does."""

from pathlib import Path

import pytest
from tests.flow.nodes import PROJECT, TestNode
from tests.make import make_instance
from tests.web.signed import Console

from tirage.flow.engine import Onlooker
from tirage.model.people import Grant, Role
from tirage.store import audit
from tirage.store.database import reading

API = "/api/v1"


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    return TestNode(tmp_path)


def test_a_worker_that_does_not_work_and_a_destination_that_is_gone_are_told(node: TestNode) -> None:
    node.run(make_instance())
    with Console(node) as console:
        client = console.script("ada", Role.OPERATOR)
        tiles = {tile["name"]: tile for tile in client.get(f"{API}/node").json()}
        good = client.post(f"{API}/destinations/lung/share/test").json()
        node.share.rename(node.share.with_name("elsewhere"))
        bad = client.post(f"{API}/destinations/lung/share/test").json()
        cards = client.get(f"{API}/destinations").json()
        assert client.post(f"{API}/destinations/lung/nowhere/test").status_code == 404
        assert client.post(f"{API}/archives/nowhere/test").status_code == 404
    assert (tiles["worker"]["is_ok"], tiles["database"]["is_ok"]) == (False, True)
    assert tiles["worker"]["remedy"]
    assert (good["is_ok"], bad["is_ok"]) == (True, False)
    assert bad["remedy"]
    (card,) = cards
    beside = sum(path.is_file() and path.suffix != ".dcm" for path in node.release().iterdir())
    assert (card["project"], card["name"], card["kind"]) == ("lung", "share", "folder")
    assert (card["address"], card["files"], card["lacks"]) == (str(node.share), {"delivered": 1 + beside}, [])
    assert (card["paused_by"], card["failures"]) == ("", 0)


def test_people_of_another_project_cannot_test_this_ones_destination(node: TestNode) -> None:
    with Console(node) as console:
        other = console.script("bob", Grant(Role.OPERATOR, "heart"))
        assert other.post(f"{API}/destinations/lung/share/test").status_code == 404
        assert other.get(f"{API}/destinations").json() == []
        assert other.post(f"{API}/jobs/prepare:lung:1:1:abc/cancel").status_code == 403


def test_a_run_that_failed_is_listed_and_set_going_again(node: TestNode) -> None:
    node.take_in(make_instance())
    node.share.rmdir()
    node.share.write_text("not a folder")
    with node.open() as opened:
        opened.run_until_idle(lambda stages: None, 60)
    with Console(node) as console:
        client = console.script("ada", Role.OPERATOR)
        failed = [job for job in client.get(f"{API}/jobs").json() if job["status"] == "error"]
        assert [job["kind"] for job in failed] == ["deliver"]
        assert failed[0]["error"]
        again = client.post(f"{API}/jobs/{failed[0]['id']}/retry").json()
        assert again["status"] == "enqueued"
        stopped = client.post(f"{API}/jobs/{failed[0]['id']}/cancel").json()
        assert stopped["status"] == "cancelled"
        assert "cancelled" in console.browser("ada", Role.OPERATOR).get("/jobs").text
        assert client.post(f"{API}/jobs/{failed[0]['id']}/retry").json()["status"] == "enqueued"
        assert client.post(f"{API}/jobs/none-such/retry").status_code == 404
        with reading(console.opened.parts.database) as connection:
            actions = connection.execute(audit.audit.select()).all()
    assert [each.action for each in actions if each.actor == "ada" and each.action.endswith("-job")] == [
        "retry-job",
        "cancel-job",
        "retry-job",
    ]
    node.share.unlink()
    node.share.mkdir()
    with node.open() as opened:
        assert opened.run_until_idle(lambda stages: None, 60)
    assert node.tally.released == 1
    assert {status for status, _ in node.deliveries()} == {"delivered"}
    with Onlooker(node.settings.flow_url) as onlooker:
        assert onlooker.runs("error", "cancelled", "enqueued", "pending") == []


def test_an_archive_is_paused_and_goes_on(tmp_path: Path) -> None:
    archive = '[[archives]]\nname = "pacs"\nhost = "127.0.0.1"\nport = 9\ncalled_ae = "PACS"\n'
    node = TestNode(tmp_path, databases=archive)
    with Console(node) as console:
        client = console.script("ada", Role.OPERATOR)
        silent = client.post(f"{API}/archives/pacs/test").json()
        paused = client.put(f"{API}/archives/pacs/pause", json={"is_paused": True}).json()
        page = console.browser("ada", Role.OPERATOR).get("/").text
        going = client.put(f"{API}/archives/pacs/pause", json={"is_paused": False}).json()
    assert (silent["is_ok"], paused["is_paused"], going["is_paused"]) == (False, True, False)
    assert "paused" in page


def test_the_picture_says_in_words_what_it_shows(node: TestNode) -> None:
    node.run(make_instance(), make_instance(2, 2, PatientID=""), b"not DICOM")
    with Console(node) as console:
        client = console.script("ada", Role.OPERATOR)
        picture = client.get(f"{API}/overview/flow.svg", params={"project": PROJECT})
        missing = client.get(f"{API}/overview/flow.svg", params={"project": "heart"})
    assert picture.headers["content-type"] == "image/svg+xml"
    for told in ("3 received", "1 held", "1 quarantined", "1 released", "1 delivered"):
        assert told in picture.text
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "path", ["/static/%2e%2e/__init__.py", "/static/../render.py", "/static/%2fetc%2fpasswd"]
)
def test_nothing_outside_the_static_files_is_served(node: TestNode, path: str) -> None:
    with Console(node) as console:
        assert console.browser("ada", Role.OPERATOR).get(path).status_code == 404


def test_a_range_that_makes_no_sense_is_refused_or_ignored(node: TestNode) -> None:
    with Console(node) as console:
        client = console.browser("ada", Role.OPERATOR)
        for value in ("bytes=99999999-", "bytes=5-1", "bytes=a-b", "lines=1-2", "bytes=" + "0-1," * 5000):
            answer = client.get("/static/console.css", headers={"Range": value})
            assert answer.status_code in (200, 400, 416), value


def test_every_answer_forbids_what_a_page_of_ours_never_needs(node: TestNode) -> None:
    with Console(node) as console:
        client = console.browser("ada", Role.OPERATOR)
        for path in ("/", "/nowhere", f"{API}/overview", "/static/console.css"):
            headers = client.get(path).headers
            assert "script-src 'self'" in headers["Content-Security-Policy"], path
            assert "unsafe-inline" not in headers["Content-Security-Policy"], path
            assert headers["X-Content-Type-Options"] == "nosniff", path
        assert client.get("/studies").headers["Cache-Control"] == "no-store"
