"""The guide's object store and BIDS data set are delivered to as they are written there."""

import re
from pathlib import Path

import yaml
from pydantic import TypeAdapter
from tests.contract.test_destination import consign
from tests.docs.blocks import ROOT
from tests.peers import s3

from tirage.model.delivery import Delivery
from tirage.policy.destinations import BidsDestination, Destination, S3Destination
from tirage.service.destinations import Senders
from tirage.store.vault import Vault

GUIDE = (ROOT / "docs" / "guides" / "destinations.md").read_text(encoding="utf-8")


def configured(kind: str) -> Destination:
    """The guide's first destination of a kind."""
    specs = [
        spec
        for block in re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
        for spec in yaml.safe_load(block).get("destinations", [])
        if spec["kind"] == kind
    ]
    parsed: Destination = TypeAdapter(Destination).validate_python(specs[0])
    return parsed


def senders(folder: Path, *secrets: str) -> Senders:
    keys = folder / "secrets"
    keys.mkdir(mode=0o700)
    for name in secrets:
        (keys / name).touch(mode=0o600)
        (keys / name).write_text(f"{name}\n")
    return Senders(Vault(keys), folder, folder / "outbox")


def test_the_object_store_of_the_guide_is_delivered_to(tmp_path: Path) -> None:
    spec = configured("s3")
    assert isinstance(spec, S3Destination)
    with s3.running() as store:
        near = spec.model_copy(update={"endpoint": store.endpoint, "bucket": s3.BUCKET})
        destination = senders(tmp_path, "store-access", "store-secret")(near)
        destination.check()
        receipts = destination.deliver(consign(tmp_path), lambda _: None)
    assert [receipt.status for receipt in receipts] == [Delivery.DELIVERED] * 3


def test_the_data_set_of_the_guide_is_delivered_to(tmp_path: Path) -> None:
    spec = configured("bids")
    assert isinstance(spec, BidsDestination)
    root = tmp_path / "bids"
    root.mkdir()
    destination = senders(tmp_path)(spec.model_copy(update={"path": str(root)}))
    destination.check()
    receipts = destination.deliver(consign(tmp_path), lambda _: None)
    assert [receipt.status for receipt in receipts] == [Delivery.DELIVERED] * 3
    assert len(list(root.rglob("*_ct.nii.gz"))) == 1
