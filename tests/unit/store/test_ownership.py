"""One node to a folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from tirage.store.ownership import StoreInUse, own

HOLDER = (
    "import sys, pathlib\nfrom tirage.store.ownership import own\n"
    "with own(pathlib.Path(sys.argv[1]), shared=sys.argv[2] == 'shared'):\n"
    "    print('held', flush=True)\n    sys.stdin.read()\n"
)


def hold(folder: Path, how: str) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def end(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate()


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    first = hold(tmp_path, "alone")
    with pytest.raises(StoreInUse), own(tmp_path):
        pass
    assert (tmp_path / "node.lock").read_text() == f"{first.pid}\n"
    end(first)
    with own(tmp_path):
        pass


def test_workers_share_a_folder_that_nobody_holds_alone(tmp_path: Path) -> None:
    first = hold(tmp_path, "shared")
    with own(tmp_path, shared=True):
        pass
    with pytest.raises(StoreInUse), own(tmp_path):
        pass
    end(first)


def test_a_worker_is_refused_by_a_node_that_holds_the_folder_alone(tmp_path: Path) -> None:
    first = hold(tmp_path, "alone")
    with pytest.raises(StoreInUse), own(tmp_path, shared=True):
        pass
    end(first)
