"""Threads that need the DICOM libraries at the same moment, each by another door."""

import subprocess
import sys

TOGETHER = """
import importlib, threading
from tirage.network import libraries

doors = ["pydicom", "pydicom.config", "pydicom.dataset", "pydicom.filereader", "pydicom.filewriter",
         "pynetdicom.association", "pynetdicom.dimse_messages", "tirage.network.scu.messages"]
failed = []
begin = threading.Barrier(len(doors))

def need(door):
    begin.wait()
    try:
        libraries.load()
        importlib.import_module(door)
    except (ImportError, AttributeError) as error:
        failed.append(error)

threads = [threading.Thread(target=need, args=(door,)) for door in doors]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failed, failed
"""


def test_threads_that_need_them_at_once_all_get_them_whole() -> None:
    done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
