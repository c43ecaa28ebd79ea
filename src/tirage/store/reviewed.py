"""What people look at before a release and what they say of it, table by table; beside `store.schema`."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tirage.store.schema import Number, Sha256, Time, metadata

mark = Table(
    "mark",  # why an output is looked at whatever chance says
    metadata,
    Column("project", String(64), nullable=False),
    Column("policy", Sha256, nullable=False),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("what", String(32), nullable=False),  # model.reviews.Mark
    PrimaryKeyConstraint("project", "policy", "received_id", "what"),
)

sampling = Table(
    "sampling",  # of what the project's sample was drawn last
    metadata,
    Column("project", String(64), nullable=False),
    Column("policy", Sha256, nullable=False),
    Column("chance", LargeBinary(32), nullable=False),  # the key of the draw; never changed
    Column("objects", BigInteger, nullable=False),  # how many waited
    Column("newest", Time, nullable=False),  # when the latest of them was made
    Column("planned_at", Time, nullable=False),
    PrimaryKeyConstraint("project", "policy"),
)

stratum = Table(
    "stratum",  # a device and the kind of object it made
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("manufacturer", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("sop_class", String(64), nullable=False),
    Column("modality", String(16), nullable=False),
    UniqueConstraint("project", "manufacturer", "model", "sop_class", "modality", name="uq_stratum"),
)

sample = Table(
    "sample",  # an output that people look at
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("policy", Sha256, nullable=False),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("output_digest", Sha256, nullable=False),
    Column("stratum_id", ForeignKey("stratum.id"), nullable=False),
    Column("marks", Text, nullable=False),  # joined by a backslash; '' when chance alone chose it
    Column("readers", SmallInteger, nullable=False),  # how many are to read it
    Column("state", String(16), nullable=False),  # model.reviews.State
    Column("version", Integer, nullable=False),  # one higher with each reading
    Column("chosen_at", Time, nullable=False),
    Column("changed_at", Time, nullable=False),
    UniqueConstraint("project", "policy", "received_id", name="uq_sample"),
    Index(None, "project", "state", "id"),
    Index(None, "stratum_id", "state"),
    Index(None, "received_id"),
    sqlite_autoincrement=True,
)

reading = Table(
    "reading",  # what one person said of one sample; nobody reads one twice
    metadata,
    Column("id", Number, primary_key=True),
    Column("sample_id", ForeignKey("sample.id"), nullable=False),
    Column("reader", Text, nullable=False),
    Column("verdict", String(16), nullable=False),  # model.reviews.Verdict
    Column("boxes", Text, nullable=False),  # JSON: [frame, x0, y0, x1, y1] each
    Column("seconds", Integer, nullable=False),  # how long it was looked at, 0 when unknown
    Column("read_at", Time, nullable=False),
    UniqueConstraint("sample_id", "reader"),
)

device_rule = Table(
    "device_rule",  # a drawn box proposed for every object of its device
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("sample_id", ForeignKey("sample.id"), nullable=False),
    Column("modality", String(16), nullable=False),  # '' or null where the object does not say
    Column("sop_class", String(64), nullable=False),
    Column("manufacturer", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("rows", Integer),
    Column("columns", Integer),
    Column("x0", Integer, nullable=False),  # x1 and y1 are not part of it
    Column("y0", Integer, nullable=False),
    Column("x1", Integer, nullable=False),
    Column("y1", Integer, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("made_at", Time, nullable=False),
    UniqueConstraint("sample_id", "x0", "y0", "x1", "y1", name="uq_device_rule"),
    Index(None, "project", "id"),
    sqlite_autoincrement=True,
)
