"""Bans of members and servers, by the owner."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import OutsideText, UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bans",
        sa.Column("subject", sa.String(16), primary_key=True),
        sa.Column("subject_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("reason", OutsideText, nullable=False),
        sa.Column("by", sa.BigInteger, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("bans")
