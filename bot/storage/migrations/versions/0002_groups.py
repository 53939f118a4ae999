"""Groups of jobs asked for together."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import OutsideText, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "groups",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("author_id", sa.BigInteger, nullable=False),
        sa.Column("author_locale", sa.String(16), nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("reach", sa.String(16), nullable=False),
        sa.Column("may_post", sa.Boolean, nullable=False),
        sa.Column("upload_limit", sa.Integer, nullable=False),
        sa.Column("title", OutsideText, nullable=False),
        sa.Column("card_id", sa.BigInteger),
        sa.Column("told", sa.Boolean, nullable=False, index=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("groups")
