"""Who is who: keys to look identities up by, persons, conflicts, decisions, outputs made anew."""

import sqlalchemy as sa
from alembic import op

from tirage.link.match import search_keys
from tirage.model.records import PatientIdentity

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_SHOWN = sa.text("state <> 'closed'")
SHA256 = sa.LargeBinary(32)
PAGE = 5_000


def upgrade() -> None:
    """Create the tables, and fill in what follows from what was received and released before."""
    _tables()
    connection = op.get_bind()
    _keys(connection)
    _members(connection)


def _tables() -> None:
    op.create_table(
        "identity_key",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", "patient_id", name="pk_identity_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("anchor", NUMBER, nullable=False),
        sa.Column("is_apart", sa.Boolean, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["anchor"], ["patient.id"], name="fk_person_anchor"),
        sa.PrimaryKeyConstraint("project", "anchor", name="pk_person"),
    )
    op.create_table(
        "member",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("anchor", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_member_patient_id"),
        sa.PrimaryKeyConstraint("project", "patient_id", name="pk_member"),
    )
    op.create_index("ix_member_project_anchor", "member", ["project", "anchor"])
    op.create_index("ix_member_patient_id", "member", ["patient_id"])
    op.create_table(
        "identity_conflict",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("rival_id", NUMBER, nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_identity_conflict_patient_id"),
        sa.ForeignKeyConstraint(["rival_id"], ["patient.id"], name="fk_identity_conflict_rival_id"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_conflict"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_identity_conflict_state_id",
        "identity_conflict",
        ["state", "id"],
        sqlite_where=IS_SHOWN,
        postgresql_where=IS_SHOWN,
    )
    op.create_index("uq_identity_conflict", "identity_conflict", ["project", "patient_id"], unique=True)
    op.create_table(
        "identity_decision",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("undone_by", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_identity_decision_patient_id"),
        sa.ForeignKeyConstraint(
            ["undone_by"], ["identity_decision.id"], name="fk_identity_decision_undone_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity_decision"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_identity_decision_project_patient_id", "identity_decision", ["project", "patient_id"])
    op.create_table(
        "identity_change",
        sa.Column("decision_id", NUMBER, nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("before", NUMBER, nullable=True),
        sa.Column("after", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["identity_decision.id"], name="fk_identity_change_decision_id"
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_identity_change_patient_id"),
        sa.PrimaryKeyConstraint("decision_id", "patient_id", name="pk_identity_change"),
    )
    op.create_index("ix_identity_change_patient_id", "identity_change", ["patient_id"])
    op.create_table(
        "output_before",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("policy", SHA256, nullable=False),
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("digest", SHA256, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("pseudonym", sa.Text, nullable=False),
        sa.Column("sop_class", sa.String(length=64), nullable=False),
        sa.Column("sop_instance", sa.String(length=64), nullable=False),
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("study", sa.String(length=64), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("transfer_syntax", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project", "policy", "received_id", "digest", name="pk_output_before"),
    )
    op.create_index("ix_output_before_received_id", "output_before", ["received_id"])


def _keys(connection: sa.Connection) -> None:
    """Every identity received before can be looked up like a new one."""
    patient = sa.table(
        "patient", *map(sa.column, ("id", "patient_id", "issuer", "name", "birth_date", "sex"))
    )
    key = sa.table("identity_key", sa.column("key"), sa.column("patient_id"))
    last = 0
    while True:
        query = sa.select(patient).where(patient.c.id > last).order_by(patient.c.id).limit(PAGE)
        rows = connection.execute(query).all()
        if not rows:
            return
        connection.execute(
            key.insert(),
            [
                {"key": each, "patient_id": row.id}
                for row in rows
                for each in sorted(search_keys(PatientIdentity(*row[1:])))
            ],
        )
        last = rows[-1].id


def _members(connection: sa.Connection) -> None:
    """Until now one identifier was one person: whatever was made of its objects carries one pseudonym."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT output.project, patient.patient_id, patient.issuer, patient.id FROM output "
            "JOIN instance ON instance.received_id = output.received_id "
            "JOIN patient ON patient.id = instance.patient_id ORDER BY 1, 2, 3, 4"
        )
    ).all()
    anchors: dict[tuple[str, str, str], int] = {}
    for row in rows:
        anchors.setdefault((row[0], row[1], row[2]), row[3])
    person = sa.table("person", *map(sa.column, ("project", "anchor", "is_apart", "made_at")))
    member = sa.table("member", *map(sa.column, ("project", "patient_id", "anchor")))
    for start in range(0, len(rows), PAGE):
        page = rows[start : start + PAGE]
        founders = [row for row in page if anchors[row[0], row[1], row[2]] == row[3]]
        if founders:
            connection.execute(
                person.insert(),
                [{"project": r[0], "anchor": r[3], "is_apart": False, "made_at": 0} for r in founders],
            )
        connection.execute(
            member.insert(),
            [{"project": r[0], "patient_id": r[3], "anchor": anchors[r[0], r[1], r[2]]} for r in page],
        )
