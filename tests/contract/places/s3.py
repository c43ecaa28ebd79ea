"""An S3 store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import obstore
from tests.contract.places.place import Place, pixels
from tests.peers import s3
from tests.peers.ports import free_port

from tirage.network.send.bucket import Bucket
from tirage.network.send.s3 import S3Destination


@contextmanager
def opened(scratch: Path) -> Iterator[Place]:
    """A bucket, and a port where nobody listens."""
    with s3.running() as server:
        bucket = Bucket(s3.BUCKET, server.endpoint, "us-east-1", "from/tirage", "key", "secret")
        absent = replace(bucket, endpoint=f"http://127.0.0.1:{free_port()}")

        def arrived(folder: Path) -> list[str]:
            store, found = bucket.opened(), []
            for number, each in enumerate(entry for page in obstore.list(store) for entry in page):
                path = folder / f"arrived-{number}"
                path.write_bytes(obstore.get(store, each["path"]).bytes())
                found.append(pixels(path))
            return sorted(found)

        yield Place(S3Destination("store", bucket, 2), S3Destination("store", absent), arrived)
