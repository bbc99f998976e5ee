"""The tables. ``entry`` is the audit trail; the others are indexes of it, and the audit compares them with it.

Moments are UTC texts of one length, so that both databases sort and compare them alike.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

CHAINS: Final = Table(
    "chain",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("owner", String(36)),  # the writer that appends to it; null once it was closed in order
    Column("key", String(8), nullable=False),  # name of the key of its digests; empty: plain SHA-256
    Column("base_number", Integer, nullable=False),  # the last entry that was removed after its time of keeping
    Column("base_digest", String(64), nullable=False),
    Column("head_number", Integer, nullable=False),
    Column("head_digest", String(64), nullable=False),
)

ENTRIES: Final = Table(
    "entry",
    METADATA,
    Column("chain", String(36), ForeignKey("chain.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", String(24), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    PrimaryKeyConstraint("chain", "number"),
    Index("ix_entry_kind_at", "kind", "at"),
)

DECISIONS: Final = Table(
    "decision",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("chain", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", String(24), nullable=False),
    Column("hook", String(64), nullable=False),
    Column("service", String(64), nullable=False),
    Column("client", String(200), nullable=False),
    Column("knowledge", String(64), nullable=False),
    Column("policy", String(200), nullable=False),
    Column("patient", String(32), nullable=False),
    Column("encounter", String(32), nullable=False),
    Column("setting", String(64), nullable=False),
    Column("orders", Integer, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Index("ix_decision_at", "at"),
    Index("ix_decision_encounter", "encounter"),
    Index("ix_decision_chain_number", "chain", "number"),
)

CARDS: Final = Table(
    "card",
    METADATA,
    Column("uuid", String(36), primary_key=True),
    Column("decision", String(36), ForeignKey("decision.id", ondelete="CASCADE"), nullable=False),
    Column("level", String(16), nullable=False),
    Column("topic", String(64), nullable=False),
    Index("ix_card_decision", "decision"),
)

FIRED: Final = Table(
    "fired",
    METADATA,
    Column("decision", String(36), ForeignKey("decision.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("card", String(36), nullable=False),  # empty: withheld
    Column("statement", String(200), nullable=False),
    Column("rule", String(16), nullable=False),
    Column("level", String(16), nullable=False),
    Column("drugs", String(500), nullable=False),
    Column("finding", String(32), nullable=False),
    Column("withheld", String(16), nullable=False),
    PrimaryKeyConstraint("decision", "place"),
    Index("ix_fired_card", "card"),
)

NOT_CHECKED: Final = Table(
    "not_checked",
    METADATA,
    Column("decision", String(36), ForeignKey("decision.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("lack", String(16), nullable=False),
    Column("part", String(64), nullable=False),
    PrimaryKeyConstraint("decision", "place"),
)

FEEDBACK: Final = Table(
    "feedback",
    METADATA,
    Column("chain", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("client", String(200), nullable=False),
    Column("card", String(36), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("outcome_at", String(30), nullable=False),
    Column("received", String(24), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("comment", Text),  # encrypted; null: dropped
    PrimaryKeyConstraint("chain", "number"),
    Index("uq_feedback_report", "client", "card", "outcome", "outcome_at", unique=True),
    Index("ix_feedback_card", "card"),
)
