"""What people decide about objects that did not go on, table by table; beside `store.schema`.

Notes and corrections hold what identifies patients: the tables belong to the identified zone.
"""

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, String, Table

from tirage.store.schema import metadata

retry = Table(
    "retry",  # how often something of a study was put back to be judged anew: names the next run
    metadata,
    Column("project", String(64), nullable=False),
    Column("study_id", ForeignKey("study.id"), nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("project", "study_id"),
)
