"""OpenSSH from Debian as a file server, on loopback, with a configuration and keys of its own.

It runs as whoever runs the tests and changes no account of the machine, so that only keys open it: a password
would be the system's.
"""

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.ports import free_port, wait_for


@dataclass(frozen=True)
class Sshd:
    """A running server: its port, its public key, the user it lets in and the private key that opens it."""

    port: int
    host_key: str
    user: str
    key: Path


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> str:
    """Make a private key in a file; the public one as `kind base64`."""
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return " ".join(path.with_name(path.name + ".pub").read_text().split()[:2])


@contextmanager
def running(folder: Path, *settings: str, subsystem: str = "internal-sftp", port: int = 0) -> Iterator[Sshd]:
    """A server with its files in `folder`; `settings` are lines of its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    node_port = port or free_port()
    host, user = folder / "host_key", folder / "user_key"
    host_key = make_key(host) if not host.exists() else host.with_name("host_key.pub").read_text().strip()
    if not user.exists():
        make_key(user)
    shutil.copyfile(user.with_name("user_key.pub"), folder / "authorized_keys")
    lines = [
        *settings,
        f"ListenAddress 127.0.0.1:{node_port}",
        f"HostKey {host}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        f"PidFile {folder / 'sshd.pid'}",
        f"Subsystem sftp {subsystem}",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "PermitRootLogin prohibit-password",
        "LogLevel VERBOSE",
    ]
    (folder / "sshd_config").write_text("\n".join(lines) + "\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it puts its processes away before they are let in
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program, "sshd is missing: install the Debian package openssh-server"
    with (folder / "sshd.log").open("ab") as log:
        process = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
    try:
        wait_for(node_port)
        yield Sshd(node_port, host_key, getpass.getuser(), user)
    finally:
        process.terminate()
        process.wait(timeout=10)
