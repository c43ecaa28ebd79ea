"""What must not have been released is called back from everybody, once, and told to whoever has it."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tirage.faults import POINTS
from tirage.service import delivering, resolving, withdrawing
from tirage.service.withdrawing import Called, NothingReleased
from tirage.store.database import reading
from tirage.store.schema import instance, output, patient, study

LISTED = RULES + "fetch:\n  opt_out: [left.csv]\n"


def called(node: TestNode) -> list[Called]:
    with node.open() as opened:
        return withdrawing.listed(opened.parts)


def released(node: TestNode) -> list[tuple[str, str]]:
    """Pseudonym and study UID of everything made, in order of arrival."""
    with node.open() as opened, reading(opened.parts.database) as connection:
        rows = connection.execute(select(output).order_by(output.c.received_id))
        return list(dict.fromkeys((row.pseudonym, row.study) for row in rows))


def tombstone(folder: Path, number: int = 1) -> dict[str, object]:
    content = (folder / PROJECT / "withdrawals" / f"{number:04d}.json").read_bytes()
    seal = json.loads((folder / PROJECT / "withdrawals" / f"{number:04d}.json.sig").read_text())
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(seal["public"]))
    public.verify(base64.b64decode(seal["signature"]), content)
    return dict(json.loads(content))


def test_who_opts_out_after_a_release_is_called_back_from_everybody_who_has_it(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=LISTED)
    left = node.folder / "projects" / "left.csv"
    left.write_text("patient_id\n")
    node.run(make_instance(patient=1), make_instance(patient=2, study=2))
    (first, gone), _ = released(node)
    assert called(node) == []
    with node.open() as opened, reading(opened.parts.database) as connection:
        whose = (
            select(patient.c.patient_id)
            .join(instance, instance.c.patient_id == patient.c.id)
            .join(output, output.c.received_id == instance.c.received_id)
            .where(output.c.study == gone)
        )
        number = connection.execute(whose).scalar_one()
    left.write_text(f"patient_id\n{number}\n")
    node.run()
    (only,) = called(node)
    assert (only.withdrawal.cause, [each.study for each in only.studies]) == ("opt-out", [gone])
    assert [(each.destination, each.status, each.objects) for each in only.copies] == [
        ("", "", 1),
        ("share", "delivered", 1),
    ]
    assert only.told == {"share": "delivered"}
    for folder in (node.share, node.settings.releases):
        told = tombstone(folder)
        assert told["studies"] == [
            {"pseudonym": first, "study_uid": gone, "versions": ["v0001"], "path": f"{first}/{gone}"}
        ]
        assert number not in json.dumps(told)
    node.run()
    assert len(called(node)) == 1, "once is enough"


def test_what_was_called_back_goes_to_no_destination_any_more(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    with node.open() as opened:
        delivering.pause(opened.parts, PROJECT, "share", "account:ada")
    node.run(make_instance(patient=1), make_instance(patient=2, study=2))
    (subject, gone), (_, kept) = released(node)
    with node.open() as opened:
        made = withdrawing.recall(opened.parts, PROJECT, subject, None, "asked for", "account:ada")
        assert made.told == {}, "nobody has a copy"
        delivering.resume(opened.parts, PROJECT, "share", "account:ada")
    node.run()
    there = {path.parent.parent.name for path in node.share.rglob("*.dcm")}
    assert there == {kept}
    with node.open() as opened:
        files = delivering.standings(opened.parts)[0].files
    assert files["skipped"] == 1
    assert gone not in there


def test_a_study_is_called_back_once_unless_it_is_released_again(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance(instance=1))
    ((_, uid),) = released(node)
    with node.open() as opened:
        withdrawing.recall(opened.parts, PROJECT, None, uid, "asked for", "account:ada")
        with pytest.raises(NothingReleased):
            withdrawing.recall(opened.parts, PROJECT, None, uid, "asked for", "account:ada")
        with pytest.raises(NothingReleased):
            withdrawing.recall(opened.parts, PROJECT, "nobody", None, "asked for", "account:ada")
    node.run(make_instance(instance=2))
    with node.open() as opened:
        again = withdrawing.recall(opened.parts, PROJECT, None, uid, "asked for", "account:ada")
    assert again.withdrawal.number == 2
    node.run()
    assert tombstone(node.share, 2)["number"] == 2


def test_an_erased_study_is_called_back_by_itself(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance(instance=1))
    with node.open() as opened:
        with reading(opened.parts.database) as connection:
            number = connection.execute(select(study.c.id)).scalar_one()
        resolving.erase(opened.parts, number, "by mistake", "account:ada")
    node.run()
    (only,) = called(node)
    assert (only.withdrawal.cause, only.told) == ("erased", {"share": "delivered"})
    assert tombstone(node.share)["cause"] == "erased"


def test_a_crash_after_telling_tells_again_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "withdraw:after-send" in POINTS
    node = TestNode(tmp_path)
    node.run(make_instance(instance=1))
    ((_, uid),) = released(node)
    with node.open() as opened:
        withdrawing.recall(opened.parts, PROJECT, None, uid, "asked for", "account:ada")

    def fails(point: str) -> None:
        if point == "withdraw:after-send":
            raise OSError("as if the power went")

    with monkeypatch.context() as patched:
        patched.setattr("tirage.flow.steps.withdraw.reach", fails)
        node.run()
    assert called(node)[0].told == {"share": "pending"}
    before = tombstone(node.share)
    node.run()
    assert called(node)[0].told == {"share": "already"}
    assert tombstone(node.share) == before
