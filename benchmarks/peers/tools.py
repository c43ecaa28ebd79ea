"""The tools of the comparison and how to come by them."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers import orthanc

SCRIPT = Path(__file__).with_name("scripts.py")
PINNED = {"idiscore": ("idiscore==1.2.0", "pydicom==2.4.5"), "deid": ("deid==0.4.13", "pydicom==3.0.2")}
"""Their pins conflict with ours, so each gets an environment of its own."""

Pairs = Sequence[tuple[Path, Path]]
Run = Callable[[Pairs], dict[str, str]]
"""De-identifies each input into its output; answers why inputs were refused."""


@dataclass(frozen=True)
class Tool:
    """A tool by name."""

    name: str
    run: Run


def tools(folder: Path) -> list[Tool]:
    """Every tool that this machine can run; says which it cannot, and why."""
    found = [
        Tool(
            "Kitware dicom-anonymizer 2.1.0", lambda pairs: scripted(Path(sys.executable), "kitware", pairs)
        ),
        Tool("dicognito 0.19.0", lambda pairs: scripted(Path(sys.executable), "dicognito", pairs)),
        Tool("gdcmanon", lambda pairs: gdcmanon(folder, pairs)),
        Tool("Orthanc", lambda pairs: with_orthanc(folder, pairs)),
    ]
    for name, pins in PINNED.items():
        python = environment(name, pins)
        if python is not None:
            found.append(Tool(" ".join(pins[0].split("==")), _scripted_by(python, name)))
    return found


def _scripted_by(python: Path, name: str) -> Run:
    return lambda pairs: scripted(python, name, pairs)


def environment(name: str, pins: Sequence[str]) -> Path | None:
    """The interpreter of a throw-away environment with these packages; None when PyPI is out of reach."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tirage-bench"
    place = cache / "-".join(pin.replace("==", "-") for pin in pins)
    python = place / "bin" / "python"
    if (place / "ready").exists():
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        print(f"{name} is left out: pip cannot install it ({reason[-1] if reason else 'no reason given'})")
        return None
    (place / "ready").touch()
    return python


def scripted(python: Path, tool: str, pairs: Pairs) -> dict[str, str]:
    """A Python tool, in its own process and environment."""
    return timed(python, tool, pairs)[0]


def timed(python: Path, tool: str, pairs: Pairs) -> tuple[dict[str, str], float]:
    """Why inputs were refused, and the seconds that the files took: start and imports do not count."""
    data = json.dumps([(str(source), str(target)) for source, target in pairs])
    done = subprocess.run(
        [str(python), str(SCRIPT), tool], input=data, capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    return dict(answer["refused"]), float(answer["seconds"])


def gdcmanon(folder: Path, pairs: Pairs) -> dict[str, str]:
    """GDCM's program, by the Basic Profile; the certificate encrypts what it could give back."""
    certificate = folder / "gdcm.pem"
    if not certificate.exists():
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=benchmark"]
        subprocess.run(
            [*make, "-keyout", str(folder / "key.pem"), "-out", str(certificate)],
            check=True,
            capture_output=True,
        )
    refused = {}
    for source, target in pairs:
        command = [
            "gdcmanon",
            "-e",
            "-c",
            str(certificate),
            "--continue",
            "-i",
            str(source),
            "-o",
            str(target),
        ]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode or not target.exists():
            target.unlink(missing_ok=True)
            refused[str(source)] = f"exit {done.returncode}"
    return refused


def with_orthanc(folder: Path, pairs: Pairs) -> dict[str, str]:
    """Orthanc's anonymisation of one instance, with what it does by default."""
    refused = {}
    with tempfile.TemporaryDirectory(dir=folder) as name, orthanc.running(Path(name)) as node:
        for source, target in pairs:
            try:
                stored = node.post("/instances", source.read_bytes())
                target.write_bytes(node._ask("POST", f"/instances/{stored['ID']}/anonymize", b"{}"))
            except (urllib.error.HTTPError, KeyError) as error:
                refused[str(source)] = type(error).__name__
    return refused
