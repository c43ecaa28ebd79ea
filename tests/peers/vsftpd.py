"""vsftpd from Debian as an FTPS server, on loopback, strict as it comes: connections resume one session.

Its one account is the anonymous one with a password, so that no account of the machine is touched. It runs as
whoever runs the tests.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.certificates import Certificate
from tests.peers.ports import free_port, wait_for

PASSWORD = "correct-horse"


@dataclass(frozen=True)
class Vsftpd:
    """A running server: its port, and the account it has."""

    port: int
    user: str = "anonymous"
    password: str = PASSWORD


@contextmanager
def running(
    folder: Path, certificate: Certificate, implicit: bool = False, port: int = 0, **settings: str
) -> Iterator[Vsftpd]:
    """A server with its own files in `folder`; `settings` are put over the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    node = Vsftpd(port or free_port())
    (folder / "passwords").write_text(PASSWORD + "\n")
    (folder / "empty").mkdir(exist_ok=True)
    configuration = {
        "listen": "YES",
        "listen_address": "127.0.0.1",
        "listen_port": str(node.port),
        "background": "NO",
        "run_as_launching_user": "YES",
        "secure_chroot_dir": str(folder / "empty"),
        "anonymous_enable": "YES",
        "secure_email_list_enable": "YES",
        "email_password_file": str(folder / "passwords"),
        "anon_root": str(folder),
        "write_enable": "YES",
        "anon_upload_enable": "YES",
        "anon_mkdir_write_enable": "YES",
        "anon_other_write_enable": "YES",
        "anon_world_readable_only": "NO",
        "anon_umask": "022",
        "seccomp_sandbox": "NO",
        "pasv_address": "127.0.0.1",
        "ssl_enable": "YES",
        "implicit_ssl": "YES" if implicit else "NO",
        "allow_anon_ssl": "YES",
        "force_anon_logins_ssl": "YES",
        "force_anon_data_ssl": "YES",
        "require_ssl_reuse": "YES",
        "strict_ssl_read_eof": "YES",
        "ssl_ciphers": "HIGH",
        "rsa_cert_file": str(certificate.certificate),
        "rsa_private_key_file": str(certificate.key),
        "vsftpd_log_file": str(folder / "vsftpd.log"),
        "xferlog_enable": "YES",
        "xferlog_std_format": "NO",
        "log_ftp_protocol": "YES",
        **settings,
    }
    path = folder / "vsftpd.conf"
    path.write_text("".join(f"{key}={value}\n" for key, value in configuration.items()))
    program = shutil.which("vsftpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program, "vsftpd is missing: install the Debian package vsftpd"
    process = subprocess.Popen([program, str(path)])
    try:
        wait_for(node.port)
        yield node
    finally:
        process.terminate()
        process.wait(timeout=10)
