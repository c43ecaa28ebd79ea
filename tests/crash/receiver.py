"""A process that receives, for tests to kill: `python -m tests.crash.receiver STORE ACKS COUNT SENDERS`.

It sweeps, then sends objects 0 … COUNT-1 to itself from SENDERS threads, and appends a line to the file ACKS
for each one after it was answered: `number answer`, or `number refused CODE`.
"""

import os
import sys
import threading
from pathlib import Path

from tests.arrivals import CT, EXPLICIT, PROJECT, SCANNER

from tirage.model.custody import StoreFull, StoreReadOnly, StoreUnavailable
from tirage.model.identifiers import Uid
from tirage.store.blobs import BlobStore
from tirage.store.database import open_database, upgrade
from tirage.store.intake import DurableIntake
from tirage.store.ownership import own

PIECE = 40_000


def content(number: int) -> bytes:
    """The data set of an object."""
    return f"object {number} ".encode() * 8_000


def send(intake: DurableIntake, number: int) -> str:
    """What an association would be answered for the object."""
    try:
        incoming = intake.begin(SCANNER, CT, Uid(f"1.2.3.{number}"), EXPLICIT)
        data = memoryview(content(number))
        for start in range(0, len(data), PIECE):
            incoming.write(data[start : start + PIECE])
        return incoming.commit().value
    except (StoreFull, StoreReadOnly, StoreUnavailable) as fault:
        return f"refused {fault.code}"


def main(folder: Path, acks: Path, count: int, senders: int) -> None:
    """Receive."""
    ledger = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with own(folder):
        engine = open_database(f"sqlite:///{folder}/tirage.db")
        upgrade(engine)
        blobs = BlobStore(folder / "originals", least_free=0.0)
        blobs.sweep()
        intake = DurableIntake(blobs, engine, lambda origin: (PROJECT,))

        def run(sender: int) -> None:
            for number in range(sender, count, senders):
                os.write(ledger, f"{number} {send(intake, number)}\n".encode())

        threads = [threading.Thread(target=run, args=(sender,)) for sender in range(senders)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        engine.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
