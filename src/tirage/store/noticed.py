"""The tables of notices: what each recipient is told, and what was last looked at; beside `store.schema`.

Addresses stand in it, so it belongs to the identified zone; no value of an object does.
"""

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint

from tirage.store.schema import Number, Time, metadata

notice = Table(
    "notice",  # one event for one recipient
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),  # '' for what concerns the node
    Column("recipient", Text, nullable=False),  # 'mail:ADDRESS' or 'hook:URL'
    Column("event", String(100), nullable=False),  # model.notices.Event.key
    Column("what", String(32), nullable=False),  # model.notices.Happening
    Column("detail", Text, nullable=False),  # JSON: names, counts, codes
    Column("at", Time, nullable=False),
    Column("batch", String(32), nullable=False),  # '' until it is fixed which events go out together
    Column("state", String(16), nullable=False),  # store.notices.State
    Column("attempts", Integer, nullable=False),
    Column("due_at", Time, nullable=False),  # not tried before
    Column("failing", String(32), nullable=False),  # a code, '' unless the last try failed
    UniqueConstraint("project", "recipient", "event"),
    Index(None, "state", "due_at"),
)

notice_mark = Table(
    "notice_mark",  # what a look that finds no lines in the audit compared with last
    metadata,
    Column("scope", String(140), primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    Column("at", Time, nullable=False),
)
