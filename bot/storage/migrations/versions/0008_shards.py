"""Several processes for one bot: which holds which shard of Discord's gateway, and whose turn it is to identify."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "shards",
        sa.Column("total", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("heir", sa.String(64)),
        sa.Column("is_leaving", sa.Boolean, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
    )
    op.create_table(
        "identify",
        sa.Column("key", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("identify")
    op.drop_table("shards")
