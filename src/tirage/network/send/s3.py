"""Delivery into a bucket of an S3-compatible object store.

An object appears under its key when it is complete, never half: stores promise so much. Small ones are
created on condition that the key is free; large ones are sent in parts after looking, and given up before
they are completed where their source is not what was released.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from tirage.model.delivery import (
    Consignment,
    Delivery,
    DestinationRefused,
    DestinationUnreachable,
    Progress,
    Proof,
    Receipt,
)
from tirage.network.send.bucket import WORDS, Bucket, code_of
from tirage.network.send.etag import PART_BYTES, Sums, parts_of, sums_of
from tirage.network.send.files import Fault
from tirage.network.send.pace import Pace

if TYPE_CHECKING:
    from obstore.store import S3Store

PROBE: Final = ".tirage-check"
PARTS_AT_ONCE: Final = 2
SENDINGS: Final = 2
"""How often an object is sent whose copy in the store is not what was sent."""
LONGEST_KEY_BYTES: Final = 1024


class S3Destination:
    """A `Destination`: puts a release into `bucket`, `connections` objects at a time."""

    def __init__(self, name: str, bucket: Bucket, connections: int = 1, pace: Pace | None = None) -> None:
        self.name = name
        self._bucket = bucket
        self._connections = connections
        self._pace = pace or Pace(0)

    def check(self) -> None:
        """Put, read and remove an object; raises `DestinationUnreachable` or `DestinationRefused`."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            store = self._opened()
            obstore.put(store, PROBE, b"", use_multipart=False)
            obstore.head(store, PROBE)
            # Who may only write leaves the empty object there: it is always the same one.
            with suppress(BaseError):
                obstore.delete(store, PROBE)
        except Fault as failed:
            raise DestinationRefused("the file that `ca` names cannot be used") from failed
        except (BaseError, OSError) as error:
            code, is_passing = code_of(error)
            kind = DestinationUnreachable if is_passing else DestinationRefused
            # What the store said names its keys: it goes no further.
            raise kind(f"the object store refuses: {WORDS[code]}") from None

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Put each file under its name below the bucket's prefix."""
        if not consignments:
            return []
        try:
            store = self._opened()
        except Fault as failed:
            receipts = [_failure(each, failed) for each in consignments]
            for receipt in receipts:
                progress(receipt)
            return receipts
        receipts = []
        with ThreadPoolExecutor(self._connections) as senders:
            for receipt in senders.map(lambda each: self._receipt(store, each), consignments):
                receipts.append(receipt)
                progress(receipt)
        return receipts

    def _opened(self) -> S3Store:
        from obstore.exceptions import BaseError

        try:
            return self._bucket.opened()
        except (BaseError, OSError):
            raise Fault("BAD_CERTIFICATE_FILE") from None

    def _receipt(self, store: S3Store, consignment: Consignment) -> Receipt:
        from obstore.exceptions import BaseError

        try:
            status, proof = self._place(store, consignment)
        except Fault as failed:
            return _failure(consignment, failed)
        except (BaseError, OSError) as error:
            return _failure(consignment, Fault(*code_of(error)))
        return Receipt(consignment.digest, status, proof=proof)

    def _place(self, store: S3Store, consignment: Consignment) -> tuple[Delivery, Proof]:
        from obstore.exceptions import AlreadyExistsError

        key = _key(consignment.name)
        if _size(store, key) is not None:
            return _compared(store, key, consignment)
        for _ in range(SENDINGS):
            try:
                sums = self._put(store, key, consignment)
            except AlreadyExistsError:
                return _compared(store, key, consignment)
            if (proof := _proof(store, key, sums)) is not Proof.NONE:
                return Delivery.DELIVERED, proof
            _remove(store, key)
        raise Fault("READ_BACK")

    def _put(self, store: S3Store, key: str, consignment: Consignment) -> Sums:
        import obstore

        sums = Sums()

        def parts() -> Iterator[bytes]:
            try:
                for part in parts_of(consignment.path):
                    sums.add(part)
                    self._pace.take(len(part))
                    yield part
            except OSError:
                raise Fault("SOURCE_UNREADABLE") from None
            if sums.digest != consignment.digest:
                raise Fault("SOURCE_CHANGED")

        attributes = {"sha256": str(consignment.digest)}
        if _length(consignment) <= PART_BYTES:
            content = b"".join(parts())
            obstore.put(store, key, content, mode="create", use_multipart=False, attributes=attributes)
        else:
            obstore.put(
                store,
                key,
                parts(),
                use_multipart=True,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
                attributes=attributes,
            )
        return sums


def _key(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name or parts[-1] == PROBE:
        raise Fault("BAD_NAME")
    if len(name.encode()) > LONGEST_KEY_BYTES:
        raise Fault("BAD_NAME")
    return "/".join(parts)


def _length(consignment: Consignment) -> int:
    try:
        return consignment.path.stat().st_size
    except OSError:
        raise Fault("SOURCE_UNREADABLE") from None


def _size(store: S3Store, key: str) -> int | None:
    import obstore

    try:
        return obstore.head(store, key)["size"]
    except FileNotFoundError:
        return None


def _proof(store: S3Store, key: str, sums: Sums) -> Proof:
    """What shows that the store has these bytes: its own sum of them, else the bytes read back."""
    import obstore

    found = obstore.head(store, key)
    if found["size"] != sums.size_bytes:
        return Proof.NONE
    if (found["e_tag"] or "").strip('"').lower() == sums.etag:
        return Proof.CHECKSUM
    hashed = hashlib.sha256()
    for piece in obstore.get(store, key).stream(min_chunk_size=PART_BYTES):
        hashed.update(piece)
    return Proof.READ_BACK if hashed.hexdigest() == sums.digest else Proof.NONE


def _compared(store: S3Store, key: str, consignment: Consignment) -> tuple[Delivery, Proof]:
    try:
        sums = sums_of(consignment.path)
    except OSError:
        raise Fault("SOURCE_UNREADABLE") from None
    if sums.digest != consignment.digest:
        raise Fault("SOURCE_CHANGED")
    proof = _proof(store, key, sums)
    return (Delivery.CONFLICT, proof) if proof is Proof.NONE else (Delivery.ALREADY, proof)


def _remove(store: S3Store, key: str) -> None:
    """Take away what this delivery put there and the store did not keep well."""
    import obstore
    from obstore.exceptions import BaseError

    try:
        obstore.delete(store, key)
    except (BaseError, OSError):
        raise Fault("READ_BACK") from None


def _failure(consignment: Consignment, failed: Fault) -> Receipt:
    return Receipt(consignment.digest, Delivery.FAILED, failed.detail, failed.is_worth_retrying)
