"""Whatever is done to the audit behind the node's back, the first bad line is named; on both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, delete, select, text, update
from sqlalchemy.exc import ProgrammingError

from tirage.flow.steps import people as steps
from tirage.model.custody import StoreUnavailable
from tirage.store import audit as chain
from tirage.store import heads, people
from tirage.store.audit import Line
from tirage.store.database import reading, writing
from tirage.store.heads import SignedHead, Verdict
from tirage.store.peopled import audit_head
from tirage.store.schema import audit
from tirage.store.signing import SigningKey, create_signing_key

Harm = Callable[[Connection], None]


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return create_signing_key(tmp_path / "signing.key")


@pytest.fixture
def kept(engine: Engine, key: SigningKey) -> list[SignedHead]:
    """Thirty lines, signed after 10, 20 and 30."""
    found = []
    for part in range(3):
        lines = [Line("ada", "view", f"study:{part * 10 + each}") for each in range(10)]
        with writing(engine) as connection:
            chain.append(connection, lines, 1_000_000 * (part + 1))
        with writing(engine) as connection:
            head = heads.sign(connection, key, 2_000_000)
            assert head is not None
            found.append(head)
    return found


def judged(engine: Engine, key: SigningKey, kept: list[SignedHead]) -> Verdict:
    with reading(engine) as connection:
        return heads.judge(connection, kept, {key.id: key.public})


def test_an_untouched_audit_is_whole(engine: Engine, key: SigningKey, kept: list[SignedHead]) -> None:
    assert judged(engine, key, kept) == Verdict(30, 3, 30, None, "")
    with writing(engine) as connection:
        assert heads.sign(connection, key, 3_000_000) is None, "nothing new, nothing to sign"


def flip(connection: Connection) -> None:
    connection.execute(update(audit).where(audit.c.seq == 17).values(subject="study:99"))


def lose(connection: Connection) -> None:
    connection.execute(delete(audit).where(audit.c.seq == 17))


def swap(connection: Connection) -> None:
    for old, new in ((17, 1000), (18, 17), (1000, 18)):
        connection.execute(update(audit).where(audit.c.seq == old).values(seq=new))


def cut(connection: Connection) -> None:
    connection.execute(delete(audit).where(audit.c.seq >= 17))


def close_the_gap(connection: Connection) -> None:
    """Take a line out and number the others anew, without their hashes."""
    lose(connection)
    for seq in range(18, 31):
        connection.execute(update(audit).where(audit.c.seq == seq).values(seq=seq - 1))


def rewrite(connection: Connection) -> None:
    """A new chain from line 17 on, whole in itself."""
    rows = connection.execute(select(audit).where(audit.c.seq >= 17).order_by(audit.c.seq)).all()
    cut(connection)
    chain.append(connection, [Line("nobody", row.action, row.subject) for row in rows], 5_000_000)


def rewrite_and_forget_heads(connection: Connection) -> None:
    rewrite(connection)
    connection.execute(delete(audit_head))


def rewrite_all(connection: Connection) -> None:
    connection.execute(delete(audit))
    connection.execute(delete(audit_head))
    chain.append(connection, [Line("nobody", "view", "study:1")] * 30, 5_000_000)


@pytest.mark.parametrize(
    ("harm", "bad", "why"),
    [
        (flip, 17, "changed"),
        (lose, 17, "missing"),
        (swap, 17, "changed"),
        (cut, 17, "missing"),
        (close_the_gap, 17, "changed"),
        (rewrite, 11, "rewritten"),
        (rewrite_and_forget_heads, 11, "rewritten"),
        (rewrite_all, 1, "rewritten"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_the_first_bad_line_is_named(
    engine: Engine, key: SigningKey, kept: list[SignedHead], harm: Harm, bad: int, why: str
) -> None:
    with writing(engine) as connection:
        harm(connection)
    found = judged(engine, key, kept)
    assert (found.bad, found.why) == (bad, why)


def test_a_head_that_somebody_else_signed_proves_nothing(
    engine: Engine, key: SigningKey, kept: list[SignedHead], tmp_path: Path
) -> None:
    theirs = create_signing_key(tmp_path / "theirs.key")
    with writing(engine) as connection:
        chain.append(connection, [Line("ada", "view", "study:1")], 9_000_000)
        heads.sign(connection, theirs, 9_000_000)
    assert judged(engine, key, kept).why == "key-unknown"
    with writing(engine) as connection:
        connection.execute(update(audit_head).where(audit_head.c.seq == 31).values(key_id=key.id))
    assert (judged(engine, key, kept).bad, judged(engine, key, kept).why) == (31, "head-forged")


def test_the_file_of_heads_is_added_to_and_a_damaged_one_is_said_so(
    engine: Engine, kept: list[SignedHead], tmp_path: Path
) -> None:
    path = tmp_path / "heads.jsonl"
    heads.write(path, kept[:1])
    heads.write(path, kept)
    assert list(heads.read(path)) == kept
    path.write_text("not a head\n")
    with pytest.raises(heads.AuditBroken):
        list(heads.read(path))


def test_where_the_audit_cannot_be_written_nothing_is_done(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO audit_away"))
    with pytest.raises((StoreUnavailable, ProgrammingError)), writing(engine) as connection:
        steps.create(connection, "root", "eve", 1)
    with reading(engine) as connection:
        assert people.is_empty(connection)
