"""Results that moderators look at first: which wait for them, where they are shown, and what was decided."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_IS_OPEN = sa.text("(decision IS NULL OR NOT is_settled)")


def upgrade() -> None:
    """Apply; what the version before finishes is posted as always."""
    op.add_column("jobs", sa.Column("in_review", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "reviews",
        sa.Column("job_id", sa.String(32), primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("decides_at", UtcDateTime, nullable=False),
        sa.Column("otherwise", sa.String(16), nullable=False),
        sa.Column("decision", sa.String(16)),
        sa.Column("decided_by", sa.BigInteger),
        sa.Column("claimed_at", UtcDateTime),
        sa.Column("is_settled", sa.Boolean, nullable=False),
    )
    op.create_index("ix_reviews_open", "reviews", ["decides_at"], sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)


def downgrade() -> None:
    """Undo."""
    op.drop_table("reviews")
    op.drop_column("jobs", "in_review")
