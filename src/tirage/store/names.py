"""Finding patients by a name spelt otherwise: folded names, compared by the runs of three letters they share.

SQLite keeps the runs in an FTS5 index, PostgreSQL in the extension `pg_trgm`; the migrations make both.
"""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import Connection, Integer, bindparam, column, func, select, text

from tirage.errors import Permanent
from tirage.store.database import is_postgres
from tirage.store.schema import patient

LEAST_LIKENESS = 0.4
_CANDIDATES = 200
_RARE_RUNS = text("SELECT term FROM patient_name_run WHERE term IN :runs ORDER BY doc LIMIT 6").bindparams(
    bindparam("runs", expanding=True)
)


class NamesNotIndexed(Permanent):
    """This PostgreSQL lacks the extension pg_trgm, so names cannot be searched."""

    code = "NAMES_NOT_INDEXED"
    exit_code = 78
    remedy = (
        "As an administrator of the database: CREATE EXTENSION pg_trgm; "
        "CREATE INDEX patient_name ON patient USING gin (folded gin_trgm_ops);"
    )


@dataclass(frozen=True, slots=True)
class Likeness:
    """A patient row by number, and how alike its name is, 0 to 1."""

    patient: int
    share: float


def fold(name: str) -> str:
    """A name for comparing: no case, no diacritics, no punctuation, words separated by one blank."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def alike(connection: Connection, name: str, most: int = 20) -> list[Likeness]:
    """Patients whose name is like `name`, the most alike first.

    Empty when fewer than three letters are given. Raises `NamesNotIndexed`.
    """
    folded = fold(name)
    wanted = _runs(folded)
    if len(folded) < 3:
        return []
    found = _on_postgres(connection, folded) if is_postgres(connection) else _on_sqlite(connection, folded)
    ranked = [Likeness(number, share(wanted, _runs(other))) for number, other in found]
    ranked = [each for each in ranked if each.share >= LEAST_LIKENESS]
    ranked.sort(key=lambda each: (-each.share, each.patient))
    return ranked[:most]


def share(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of their runs two names have in common, 0 to 1."""
    together = len(one | other)
    return len(one & other) / together if together else 0.0


def _runs(folded: str) -> frozenset[str]:
    # Each word on its own and with a blank at either end, so that the order of the words does not count.
    padded = (f" {word} " for word in folded.split())
    return frozenset(word[i : i + 3] for word in padded for i in range(len(word) - 2))


def _on_sqlite(connection: Connection, folded: str) -> list[tuple[int, str]]:
    # Runs inside words only: the index cannot tell where a name's words begin when their order changes.
    runs = sorted({word[i : i + 3] for word in folded.split() for i in range(len(word) - 2)})
    if not runs:
        return []
    terms = connection.execute(_RARE_RUNS, {"runs": runs}).scalars().all()
    if not terms:
        return []
    # Counting the rarest runs that a name has: a quarter of the time of the index's own ranking (bm25).
    matching = "SELECT rowid AS number FROM patient_name WHERE patient_name MATCH :t"
    union = text(" UNION ALL ".join(f"{matching}{place}" for place in range(len(terms))))
    hits = union.bindparams(**{f"t{place}": f'"{term}"' for place, term in enumerate(terms)})
    number = column("number", Integer)
    counted = hits.columns(number).subquery()
    most = (
        select(counted.c.number)
        .group_by(counted.c.number)
        .order_by(func.count().desc(), counted.c.number)
        .limit(_CANDIDATES)
    )
    rows = connection.execute(select(patient.c.id, patient.c.folded).where(patient.c.id.in_(most)))
    return [(row.id, row.folded) for row in rows]


def _on_postgres(connection: Connection, folded: str) -> list[tuple[int, str]]:
    has_extension = connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")).first()
    if not has_extension:
        raise NamesNotIndexed("the extension pg_trgm is missing")
    # The extension's own bound, 0.3, makes it compare thousands of names at a time.
    connection.execute(text(f"SET LOCAL pg_trgm.similarity_threshold = {LEAST_LIKENESS}"))
    likeness = text("similarity(folded, :name) DESC")
    query = (
        select(patient.c.id, patient.c.folded)
        .where(text("folded % :name"))
        .order_by(likeness)
        .limit(_CANDIDATES)
    )
    return [(row.id, row.folded) for row in connection.execute(query, {"name": folded})]
