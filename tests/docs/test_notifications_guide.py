"""The configuration of the guide is taken as it stands, and its check of a signature is right."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.cli.running import run
from tests.docs.blocks import ROOT
from tests.flow.nodes import TestNode
from tests.peers.hook import HookServer
from tests.peers.mailbox import Mailbox

from tirage.network.webhook import signature
from tirage.policy.notify import OF_PROJECTS
from tirage.policy.project import load_project
from tirage.settings import make_settings

GUIDE = (ROOT / "docs" / "guides" / "notifications.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    return str(text)


def test_the_settings_and_the_project_file_are_in_order(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, tomllib.loads(_block("toml")), {})
    assert settings.mail is not None
    project = load_project(_block("yaml"))
    assert project.notify.digest == "hourly"


def test_every_event_is_explained() -> None:
    assert set(re.findall(r"^\| `([a-z-]+)` \|", GUIDE, re.MULTILINE)) == set(OF_PROJECTS)


def test_the_check_of_a_signature_believes_what_was_signed_and_nothing_else() -> None:
    names: dict[str, Any] = {}
    exec(_block("python"), names)
    is_genuine: Callable[[bytes, Mapping[str, str], bytes], bool] = names["is_genuine"]
    at = "1800000000"
    headers = {"Tirage-Timestamp": at, "Tirage-Signature": f"sha256={signature('s', at, b'{}')}"}
    assert is_genuine(b"s", headers, b"{}")
    assert not is_genuine(b"s", headers, b"{ }")
    assert not is_genuine(b"t", headers, b"{}")
    assert not is_genuine(b"s", headers | {"Tirage-Timestamp": "1800000001"}, b"{}")


def test_who_types_what_the_guide_says_reaches_everybody(tmp_path: Path) -> None:
    with Mailbox() as box, HookServer("shared") as hook:
        mailing = _block("toml").replace("mail.hospital.example", "127.0.0.1").replace("587", str(box.port))
        mailing = re.sub(r"^(user|password) = .*\n", "", mailing, flags=re.MULTILINE)
        mailing = mailing.replace('"starttls"', '"none"')
        rules = _block("yaml").replace("https://hooks.hospital.example/tirage", hook.url)
        node = TestNode(tmp_path, databases=mailing, rules=rules)
        node.settings.secrets.mkdir(mode=0o700, exist_ok=True)
        (node.settings.secrets / "hook").write_text("shared")
        (node.settings.secrets / "hook").chmod(0o600)
        done = run("notify", "test", "lung", "--node", node.folder)
        assert done.code == 0, done.out + done.err
        assert done.out.count("handed over") == 3
        assert len(box.mails) == 2
        assert hook.taken[0]["events"][0]["event"] == "test"
        shown = run("notify", "show", "lung", "--json", "--node", node.folder)
        assert json.loads(shown.out) == []
        assert run("notify", "status", "--node", node.folder).out.strip() == "Nobody was told anything yet."
    failed = run("notify", "test", "lung", "--node", node.folder)
    assert failed.code == 1
    assert failed.out.count("not reached: the server does not answer") == 3
