"""The API does what its own description says, whatever it is sent: generated requests on a real node."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.schemas import APIOperation, BaseSchema
from tests.flow.nodes import TestNode
from tests.make import make_instance
from tests.web.signed import Console

from tirage.model.people import Role
from tirage.web.api import PREFIX

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    node = TestNode(tmp_path_factory.mktemp("schema"))
    node.run(make_instance(1, 1), make_instance(2, 2, PatientID=""), b"not DICOM")
    with Console(node) as console:
        console.doors.let_in("everybody", *Role)
        api = next(each.app for each in console.application.routes if getattr(each, "path", "") == PREFIX)
        yield schemathesis.openapi.from_asgi("/openapi.json", api)


def test_every_operation_answers_as_described(api: BaseSchema) -> None:
    operations = [each.ok() for each in api.get_all_operations()]
    assert operations
    for operation in operations:
        _try(operation)


def _try(operation: APIOperation) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=25,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: schemathesis.Case) -> None:
        response = case.call(headers={"Authorization": "Bearer everybody"})
        case.validate_response(response, checks=CHECKS)

    answers()
