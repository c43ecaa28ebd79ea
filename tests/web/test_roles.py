"""Which role may ask what: every route of the finished console against a table written here by hand.

The table says for each role what it may do, and for each route what it takes; neither is read from the code.
A route that is not in the table fails the test: whoever adds one says here who it is for.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from tests.flow.nodes import PROJECT, TestNode
from tests.make import make_instance
from tests.web.signed import Console

from tirage.model.people import Grant, Role
from tirage.store.database import reading
from tirage.store.schema import audit
from tirage.web.api import PREFIX, permission_of, routes

EVERYBODY = "operator linker reviewer approver auditor admin"
ROLES = {
    "see-node": EVERYBODY,
    "run-node": "operator admin",
    "see-patients": "operator linker",
    "resolve-holds": "operator",
    "write-notes": "operator linker",
    "link-patients": "linker",
    "erase-studies": "operator",
    "review": "reviewer",
    "see-releases": "operator reviewer approver auditor",
    "ask-release": "operator",
    "sign-release": "approver",
    "see-audit": "auditor",
    "manage-people": "admin",
    "known": EVERYBODY,
}
"""Who holds each permission. Whoever manages people sees no patients; whoever audits changes nothing."""

ROUTES = {
    "GET /overview": "see-node",
    "GET /overview/flow.svg": "see-node",
    "GET /node": "see-node",
    "GET /archives": "see-node",
    "POST /archives/{name}/test": "run-node",
    "PUT /archives/{name}/pause": "run-node",
    "GET /destinations": "see-node",
    "GET /withdrawals": "see-releases",
    "POST /withdrawals": "ask-release",
    "POST /destinations/{project}/{name}/test": "run-node",
    "PUT /destinations/{project}/{name}/pause": "run-node",
    "POST /destinations/{project}/{name}/give-up": "run-node",
    "GET /jobs": "see-node",
    "POST /jobs/{run}/retry": "run-node",
    "POST /jobs/{run}/cancel": "run-node",
    "POST /search": "see-patients",
    "GET /studies": "see-patients",
    "GET /studies/choice": "see-patients",
    "GET /studies/{number}": "see-patients",
    "GET /studies/{number}/timeline": "see-patients",
    "GET /studies/{number}/objects": "see-patients",
    "GET /objects/{number}": "see-patients",
    "GET /patients/{number}": "see-patients",
    "GET /notes": "see-patients",
    "GET /notes/{note}/history": "see-patients",
    "POST /notes": "write-notes",
    "PUT /notes/{note}": "write-notes",
    "DELETE /notes/{note}": "write-notes",
    "GET /corrections": "see-patients",
    "POST /corrections": "link-patients",
    "POST /corrections/{correction}/undo": "link-patients",
    "GET /holds/counts": "see-patients",
    "GET /holds/failed": "see-node",
    "GET /holds": "see-patients",
    "GET /holds/{project}/{reason}/{study}": "see-patients",
    "POST /holds/resolutions": "resolve-holds",
    "GET /objects/{received}/thumbnail": "see-patients",
    "GET /identities": "see-patients",
    "GET /identities/counts": "see-patients",
    "GET /identities/{number}": "see-patients",
    "POST /identities/{number}/decisions": "link-patients",
    "POST /identity-decisions/{decision}/undo": "link-patients",
    "GET /erasures": "erase-studies",
    "GET /erasures/{tombstone}": "erase-studies",
    "POST /erasures": "erase-studies",
    "POST /erasures/{tombstone}/lift": "erase-studies",
    "GET /review": "review",
    "GET /projects/{project}/review": "review",
    "GET /projects/{project}/review/samples": "review",
    "POST /projects/{project}/review/readings": "review",
    "GET /projects/{project}/review/rules": "review",
    "GET /samples/{number}": "review",
    "GET /samples/{number}/frames/{frame}/{side}.png": "review",
    "GET /samples/{number}/frames/{frame}/words": "review",
    "PUT /samples/{number}/reading": "review",
    "DELETE /samples/{number}/reading": "review",
    "POST /samples/{number}/boxes/{box}/promotion": "review",
    "GET /releases": "see-releases",
    "GET /releases/{number}": "see-releases",
    "POST /projects/{project}/releases": "ask-release",
    "POST /releases/{number}/signatures": "sign-release",
    "POST /releases/{number}/refusal": "sign-release",
    "GET /releases/{number}/manifest": "see-releases",
    "GET /releases/{number}/attrition.svg": "see-releases",
    "GET /account": "known",
    "POST /account/password": "known",
    "POST /account/factor/offer": "known",
    "GET /account/factor.svg": "known",
    "POST /account/factor": "known",
    "POST /account/tokens": "known",
    "DELETE /account/tokens/{number}": "known",
    "DELETE /account/sessions/{number}": "known",
    "GET /audit": "see-audit",
    "GET /audit/verdict": "see-audit",
    "GET /audit/export": "see-audit",
    "GET /people": "manage-people",
    "POST /people": "manage-people",
    "GET /people/{number}": "manage-people",
    "POST /people/{number}/reset": "manage-people",
    "PUT /people/{number}/grants": "manage-people",
    "DELETE /people/{number}/grants/{role}/{project}": "manage-people",
    "POST /people/{number}/disable": "manage-people",
    "POST /people/{number}/enable": "manage-people",
}
"""What each route takes."""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    node = TestNode(tmp_path_factory.mktemp("roles"))
    node.run(make_instance())
    with Console(node) as opened:
        yield opened


def api_of(console: Console) -> FastAPI:
    found: Any = next(
        mount.app for mount in console.application.routes if getattr(mount, "path", "") == PREFIX
    )
    return found


def served(console: Console) -> dict[str, str]:
    """Every route of the application, and the permission it says it takes."""
    return {
        f"{method} {route.path}": str(permission_of(route).permission or "known")
        for route in routes(api_of(console))
        for method in route.methods
    }


def address(path: str, number: int) -> str:
    """A path with something in place of its names."""
    return re.sub(
        r"\{(\w+)\}", lambda name: {"number": str(number), "role": "admin"}.get(name[1], "none"), path
    )


def test_every_route_is_in_the_table_and_takes_what_the_table_says(console: Console) -> None:
    assert served(console) == ROUTES


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_let_in_where_the_table_says_and_refused_everywhere_else(
    console: Console, role: Role
) -> None:
    client = console.script(f"a-{role}", role)
    wrong = []
    for route, permission in ROUTES.items():
        method, _, path = route.partition(" ")
        answer = client.request(method, PREFIX + address(path, 999))
        may = role in ROLES[permission].split()
        is_refused = answer.status_code == 403 and answer.json()["code"] == "FORBIDDEN"
        if is_refused == may or answer.status_code >= 500:
            wrong.append((route, answer.status_code))
    assert wrong == []


def test_nobody_comes_in_anywhere_without_an_account_or_with_a_made_up_one(console: Console) -> None:
    for headers in ({}, {"Authorization": "Bearer made-up"}, {"Cookie": "tirage=made-up"}):
        nobody = console.script("nobody")
        console.doors.people.clear()
        nobody.headers.pop("Authorization")
        for route in ROUTES:
            method, _, path = route.partition(" ")
            answer = nobody.request(method, PREFIX + address(path, 1), headers=headers)
            assert answer.status_code == 401, route


def test_things_of_another_project_are_not_found_and_the_try_is_written_down(console: Console) -> None:
    elsewhere = console.script("eve", *(Grant(role, "heart") for role in Role))
    own = console.script("ada", *(Grant(role, PROJECT) for role in Role))
    for path in ("/studies/1", "/studies/1/timeline", "/studies/1/objects", "/objects/1", "/patients/1"):
        assert elsewhere.get(PREFIX + path).status_code == 404, path
        assert own.get(PREFIX + path).status_code == 200, path
    reviewer = console.script("max", Role.REVIEWER)
    reviewer.get(f"{PREFIX}/people/1")
    reviewer.get(f"{PREFIX}/studies/mueller")
    with reading(console.opened.parts.database) as connection:
        lines = connection.execute(select(audit).where(audit.c.action == "refused")).all()
    tries = [line.detail for line in lines if line.actor == "eve"]
    assert '{"status":404,"what":"GET /studies/1"}' in tries
    assert [line.detail for line in lines if line.actor == "max"] == [
        '{"status":403,"what":"GET /people/1"}',
        '{"status":403,"what":"GET /studies/{number}"}',
    ]
