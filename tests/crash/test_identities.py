"""Kill a decision at its commit: what waited is held as before, and the decision goes through afterwards."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.flow.nodes import TestNode
from tests.make import make_instance

from tirage.faults import VARIABLE

JANE = {"PatientID": "Q-17", "PatientName": "Roe^Jane", "PatientBirthDate": "19700102", "PatientSex": "F"}
JAYNE = JANE | {"PatientName": "Roe^Jayne"}


def tirage(node: TestNode, *arguments: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({VARIABLE: fault} if fault else {})
    command = [sys.executable, "-m", "tirage", "identity", *arguments, "--node", str(node.folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_a_decision_that_dies_leaves_the_conflict_and_is_made_again(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance(1, 1, **JANE))
    node.run(make_instance(1, 2, **JAYNE))
    listed = tirage(node, "list", "--json")
    conflict = json.loads(listed.stdout)[0]
    assert (conflict["reason"], conflict["differs"]) == ("ONE_FIELD_DIFFERS", "name (sounds alike)")
    number = str(conflict["number"])
    shown = tirage(node, "show", number, "--json")
    found = json.loads(shown.stdout)
    for value in ("Q-17", "Roe", "1970"):
        assert value not in listed.stdout + shown.stdout
    refused = tirage(node, "show", number, "--show-values")
    assert refused.returncode == 2
    deciding = ("decide", number, "same", "--as", str(found["options"][0]["other"]), "--why", "her passport")
    died = tirage(node, *deciding, fault="identity:before-commit:1:kill")
    assert died.returncode == -signal.SIGKILL
    assert node.run().reasons == {"ONE_FIELD_DIFFERS": 1}
    assert json.loads(tirage(node, "list", "--json").stdout) == [conflict]
    made = tirage(node, *deciding, "--json")
    assert made.returncode == 0, made.stderr
    assert node.run().released == 2
    undone = tirage(node, "undo", str(json.loads(made.stdout)["decision"]), "--why", "another passport")
    assert undone.returncode == 0, undone.stderr
    assert node.run().reasons == {"ONE_FIELD_DIFFERS": 1}
