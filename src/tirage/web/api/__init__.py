"""`/api/v1`: everything a person may see or decide at a node, as resources. The console uses nothing else."""

from collections.abc import Sequence
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from tirage.web.api.access import Allowed, Doors
from tirage.web.api.bodies import Bodies
from tirage.web.api.problems import RESPONSES, answer_problems
from tirage.web.api.repeats import Once, Repeats

PREFIX = "/api/v1"


def make_api(doors: Doors, repeats: Repeats, routers: Sequence[APIRouter]) -> FastAPI:
    """The API of these resources; raises `TypeError` for a route that does not say who may use it."""
    api = FastAPI(
        title="Tirage console",
        version=version("tirage"),
        description=__doc__,
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PREFIX}],
        responses=RESPONSES,
    )
    api.state.doors, api.state.is_secure = doors, False
    answer_problems(api)
    # The last one added is the first that a request meets.
    api.add_middleware(Once, repeats=repeats)
    api.add_middleware(Bodies)
    api.state.routers = routers
    for route in routes(api):
        permission_of(route)
    for router in routers:
        api.include_router(router)
    return api


def routes(api: FastAPI) -> list[APIRoute]:
    """Every route of the API. The framework resolves included routers when asked, so they are asked here."""
    found = [route for router in api.state.routers for route in router.routes]
    assert all(isinstance(route, APIRoute) for route in found), "a router holds routes of its own alone"
    return found


def permission_of(route: APIRoute) -> Allowed:
    """What a route asks of whoever uses it; raises `TypeError` when it does not say."""
    found = [each.call for each in route.dependant.dependencies if isinstance(each.call, Allowed)]
    if len(found) != 1:
        raise TypeError(f"{route.path} must depend on exactly one `allowed(...)` or `KNOWN`")
    return found[0]
