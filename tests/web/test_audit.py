"""Auditors see what was done, check that it is all of it, and hand it out."""

from pathlib import Path

import orjson
from sqlalchemy import update
from tests.flow.nodes import TestNode
from tests.make import make_instance
from tests.web.signed import Console

from tirage.model.people import Grant, Role
from tirage.service.heads import sign_now
from tirage.store.database import writing
from tirage.store.schema import audit

API = "/api/v1/audit"


def test_an_auditor_finds_lines_and_comes_to_all_of_them_page_by_page(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    with Console(node) as console:
        console.script("ada", Role.OPERATOR).get("/api/v1/studies/1")
        client = console.script("eva", Role.AUDITOR)
        found = client.get(API, params={"actor": "ada"}).json()["items"]
        assert [(line["action"], line["subject"]) for line in found] == [("view", "study:1")]
        numbers, after = [], ""
        while True:
            page = client.get(API, params={"most": 2, "after": after}).json()
            numbers += [line["seq"] for line in page["items"]]
            after = page["next"]
            if not after:
                break
        assert numbers == list(range(numbers[0], 0, -1))
        shown = console.browser("eva", Role.AUDITOR).get("/audit?actor=ada&first=2020-01-01&last=nonsense")
        assert (shown.status_code, "study:1" in shown.text) == (200, True)
        assert console.script("lou", Grant(Role.AUDITOR, "lung")).get(API).status_code == 403


def test_the_audit_is_handed_out_as_lines_and_as_messages(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    with Console(node) as console:
        client = console.script("eva", Role.AUDITOR)
        lines = [orjson.loads(each) for each in client.get(f"{API}/export").content.splitlines()]
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        assert (lines[-1]["actor"], lines[-1]["action"]) == ("eva", "audit-export")
        messages = client.get(f"{API}/export", params={"form": "dicom", "after": 1}).content.splitlines()
        assert len(messages) == len(lines)
        assert all(each.startswith(b"<AuditMessage>") for each in messages)


def test_a_changed_line_is_named_on_the_page(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance())
    with Console(node) as console:
        database = console.opened.parts.database
        sign_now(node.settings, database, 1)
        browser = console.browser("eva", Role.AUDITOR)
        assert "Whole:" in browser.get("/audit?check=1").text
        with writing(database) as connection:
            connection.execute(update(audit).where(audit.c.seq == 2).values(actor="nobody"))
        page = browser.get("/audit?check=1").text
        assert "AUDIT_BROKEN" in page
        assert "line 2 is the first" in page
        with writing(database) as connection:
            connection.execute(update(audit).where(audit.c.seq == 2).values(actor="worker"))
