"""From a scanner's objects to a bucket and a BIDS data set, through the whole node."""

from pathlib import Path

import obstore

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_dataset, make_instance
from tests.peers import s3
from tirage.network.send.bucket import Bucket
from tirage.network.send.dataset import VERDICT

STORES = """\
  - kind: s3
    name: object-store
    endpoint: {endpoint}
    bucket: research
    prefix: from/hospital
    access_key: secret:store-access
    secret_key: secret:store-secret
  - kind: bids
    name: neuro
    path: {bids}
    modalities: [MR, CT]
"""


def test_a_release_arrives_in_a_bucket_and_in_a_data_set(tmp_path: Path) -> None:
    bids = tmp_path / "bids"
    bids.mkdir()
    with s3.running() as store:
        stores = STORES.format(endpoint=store.endpoint, bids=bids)
        node = TestNode(tmp_path, rules=RULES + stores)
        node.settings.secrets.mkdir(parents=True, exist_ok=True)
        for name in ("store-access", "store-secret"):
            secret = node.settings.secrets / name
            secret.touch(mode=0o600)
            secret.write_text(name)
        node.run(*(make_instance(1, 1, 1, number, modality="MR") for number in (1, 2, 3)))
        bucket = Bucket(s3.BUCKET, store.endpoint, "us-east-1", "from/hospital", "a", "b").opened()
        stored = {
            each["path"]: obstore.get(bucket, each["path"]).bytes().to_bytes()
            for page in obstore.list(bucket)
            for each in page
        }
    release = node.release()
    assert stored == {
        f"{PROJECT}/{release.name}/{path.relative_to(release)}": path.read_bytes()
        for path in release.rglob("*")
        if path.is_file()
    }
    there = bids / PROJECT / release.name
    assert len(list(there.glob("sub-*/ses-*/*/*.nii.gz"))) == 1
    assert (there / VERDICT).exists()
    assert (there / "code/tirage/release/SHA256SUMS").exists()
    name = str(make_dataset(1).PatientName).split("^")[0].encode()
    assert not any(name in path.read_bytes() for path in there.rglob("*") if path.is_file())
    assert {status for status, _ in node.deliveries()} == {"delivered"}
