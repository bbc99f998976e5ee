"""Decisions, the chain they hang in, and feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def of_decision(table: str) -> sa.ForeignKey:
    return sa.ForeignKey("decision.id", name=f"fk_{table}_decision", ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "chain",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("owner", sa.String(36)),
        text("key", 8),
        number("base_number"),
        text("base_digest", 64),
        number("head_number"),
        text("head_digest", 64),
        sa.PrimaryKeyConstraint("id", name="pk_chain"),
    )
    op.create_table(
        "entry",
        sa.Column("chain", sa.String(36), sa.ForeignKey("chain.id", name="fk_entry_chain"), nullable=False),
        number("number"),
        text("kind", 16),
        text("at", 24),
        sa.Column("body", sa.Text, nullable=False),
        text("digest", 64),
        sa.PrimaryKeyConstraint("chain", "number", name="pk_entry"),
    )
    op.create_index("ix_entry_kind_at", "entry", ["kind", "at"])
    op.create_table(
        "decision",
        text("id", 36),
        text("chain", 36),
        number("number"),
        text("at", 24),
        text("hook", 64),
        text("service", 64),
        text("client", 200),
        text("knowledge", 64),
        text("policy", 200),
        text("patient", 32),
        text("encounter", 32),
        text("setting", 64),
        number("orders"),
        number("milliseconds"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_at", "decision", ["at"])
    op.create_index("ix_decision_encounter", "decision", ["encounter"])
    op.create_index("ix_decision_chain_number", "decision", ["chain", "number"])
    op.create_table(
        "card",
        text("uuid", 36),
        sa.Column("decision", sa.String(36), of_decision("card"), nullable=False),
        text("level", 16),
        text("topic", 64),
        sa.PrimaryKeyConstraint("uuid", name="pk_card"),
    )
    op.create_index("ix_card_decision", "card", ["decision"])
    op.create_table(
        "fired",
        sa.Column("decision", sa.String(36), of_decision("fired"), nullable=False),
        number("place"),
        text("card", 36),
        text("statement", 200),
        text("rule", 16),
        text("level", 16),
        text("drugs", 500),
        text("finding", 32),
        text("withheld", 16),
        sa.PrimaryKeyConstraint("decision", "place", name="pk_fired"),
    )
    op.create_index("ix_fired_card", "fired", ["card"])
    op.create_table(
        "not_checked",
        sa.Column("decision", sa.String(36), of_decision("not_checked"), nullable=False),
        number("place"),
        text("lack", 16),
        text("part", 64),
        sa.PrimaryKeyConstraint("decision", "place", name="pk_not_checked"),
    )
    op.create_table(
        "feedback",
        text("chain", 36),
        number("number"),
        text("client", 200),
        text("card", 36),
        text("outcome", 16),
        text("outcome_at", 30),
        text("received", 24),
        text("reason", 200),
        sa.Column("comment", sa.Text),
        sa.PrimaryKeyConstraint("chain", "number", name="pk_feedback"),
    )
    op.create_index("uq_feedback_report", "feedback", ["client", "card", "outcome", "outcome_at"], unique=True)
    op.create_index("ix_feedback_card", "feedback", ["card"])


def downgrade() -> None:
    for table in ("feedback", "not_checked", "fired", "card", "decision", "entry", "chain"):
        op.drop_table(table)
