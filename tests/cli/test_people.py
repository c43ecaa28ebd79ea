"""Accounts and the audit without a browser."""

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from tests.cli.running import run
from tests.flow.nodes import TestNode
from tests.make import make_instance

from tirage.service.heads import Heads
from tirage.store import heads
from tirage.store.database import reading, writing
from tirage.store.schema import audit


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    return TestNode(tmp_path)


def test_accounts_are_made_granted_and_closed_by_command(node: TestNode) -> None:
    at = ("--node", node.folder)
    made = json.loads(run("people", "add", "root", *at, "--json").out)
    assert len(made["code"]) == 43
    assert run("people", "add", "root", *at).code == 73
    run("people", "add", "ada", *at)
    assert "granted" in run("people", "grant", "ada", "operator", "--project", "lung", *at).out
    listed = json.loads(run("people", "list", *at, "--json").out)
    assert [(each["name"], each["roles"]) for each in listed] == [
        ("ada", ["operator:lung"]),
        ("root", ["admin:*"]),
    ]
    assert "withdrawn" in run("people", "revoke", "ada", "operator", "--project", "lung", *at).out
    assert run("people", "revoke", "root", "admin", *at).code == 73
    assert run("people", "disable", "ada", *at).code == 0
    assert "ACCOUNT_MISSING" in run("people", "disable", "nobody1", *at).err


def test_the_audit_is_proved_signed_and_exported_by_command(node: TestNode) -> None:
    node.run(make_instance())
    at = ("--node", node.folder)
    assert json.loads(run("audit", "head", *at, "--json").out)["seq"] > 0
    whole = run("audit", "verify", *at)
    assert (whole.code, "whole" in whole.out) == (0, True)
    lines = [json.loads(line) for line in run("audit", "export", *at).out.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert run("audit", "export", "--as", "dicom", *at).out.count("<AuditMessage>") == len(lines)
    with node.open() as opened, writing(opened.parts.database) as connection:
        connection.execute(delete(audit).where(audit.c.seq == len(lines)))
    broken = run("audit", "verify", *at)
    assert (broken.code, "AUDIT_BROKEN" in broken.err, f"line {len(lines)} " in broken.err) == (
        65,
        True,
        True,
    )


def test_a_worker_signs_when_something_is_released_and_every_hour(node: TestNode) -> None:
    node.run(make_instance())
    with node.open() as opened:
        database = opened.parts.database
        Heads(node.settings, database).look()
        with reading(database) as connection:
            first = heads.heads(connection)
        Heads(node.settings, database).look()
        with reading(database) as connection:
            assert heads.heads(connection) == first, "nothing new was written"
        assert list(heads.read(node.settings.heads_file)) == first
        with writing(database) as connection:
            connection.execute(update(audit).where(audit.c.seq == 1).values(actor="else"))
        assert run("audit", "verify", "--node", node.folder).code == 65
