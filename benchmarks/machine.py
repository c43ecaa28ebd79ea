"""What the numbers were measured on."""

import os
import platform
import shutil
import subprocess
from pathlib import Path


def describe(folder: Path) -> str:
    """One line: processor, cores, memory, kernel, and the file system that holds `folder`."""
    return ", ".join(
        (
            _processor(),
            f"{len(os.sched_getaffinity(0))} cores",
            f"{_memory_gb()} GB",
            f"Linux {platform.release()}",
            f"Python {platform.python_version()}",
            f"{_file_system(folder)}",
        )
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _file_system(folder: Path) -> str:
    findmnt = shutil.which("findmnt")
    if findmnt is None:
        return "unknown file system"
    found = subprocess.run(
        [findmnt, "-no", "FSTYPE", "-T", str(folder)], capture_output=True, text=True, check=False
    )
    return f"{found.stdout.strip()} on disk" if found.stdout.strip() != "tmpfs" else "memory disk"
