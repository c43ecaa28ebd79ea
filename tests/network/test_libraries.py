"""Threads that need the DICOM libraries at the same moment."""

import subprocess
import sys

TOGETHER = """
import threading
from tirage.network import libraries
failed = []
begin = threading.Barrier(8)

def need():
    begin.wait()
    try:
        libraries.load()
        from pydicom import dcmread
        from pynetdicom import AE, evt
    except ImportError as error:
        failed.append(error)

threads = [threading.Thread(target=need) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failed, failed
"""


def test_threads_that_need_them_at_once_all_get_them_whole() -> None:
    done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
