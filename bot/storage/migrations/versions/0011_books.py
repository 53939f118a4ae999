"""Budgets of many kinds, the ledger, the audit, and the rules of servers."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import NAME, UNITS, OutsideText, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PEOPLE = ("jobs", "groups")
NEW_COLUMNS = (("author_roles", sa.Text), ("parent_channel_id", sa.BigInteger), ("category_id", sa.BigInteger))
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    for table in PEOPLE:
        for name, kind in NEW_COLUMNS:
            op.add_column(table, sa.Column(name, kind()))
        op.add_column(table, sa.Column("is_age_restricted", sa.Boolean))
    op.add_column("reservations", sa.Column("accounts", sa.Text))
    op.add_column("reservations", sa.Column("is_closed", sa.Boolean))
    where = sa.text("(accounts IS NULL OR (state <> 'reserved' AND is_closed IS NULL))")
    op.create_index("ix_reservations_unwritten", "reservations", ["job_id"], sqlite_where=where, postgresql_where=where)
    _create_ledger()
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("actor", sa.String(24), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        *(sa.Column(name, OutsideText, nullable=False) for name in ("target", "before", "after", "reason")),
    )
    op.create_index("ix_audit_guild_id", "audit", ["guild_id"])
    op.create_table(
        "policies",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("name", NAME, primary_key=True),
        sa.Column("value", OutsideText, nullable=False),
        sa.Column("by", sa.BigInteger, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("member", sa.String(24), nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("units", UNITS, nullable=False),
        sa.Column("accounts", sa.Text, nullable=False),
    )
    for column in ("day", "member"):
        op.create_index(f"ix_ledger_{column}", "ledger", [column])
    op.create_index("ix_ledger_guild_id_day", "ledger", ["guild_id", "day"])


def downgrade() -> None:
    """Undo."""
    for table in ("policies", "audit", "ledger"):
        op.drop_table(table)
    op.drop_index("ix_reservations_unwritten", "reservations")
    for name in ("is_closed", "accounts"):
        op.drop_column("reservations", name)
    for table in PEOPLE:
        for name in ("is_age_restricted", *(name for name, _kind in NEW_COLUMNS)):
            op.drop_column(table, name)
