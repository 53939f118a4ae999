"""Which pictures are kept; those that were kept before are listed when stock is taken."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "pictures",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("job_id", sa.String(64), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False, index=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, server_default=sa.text("''")),
        sa.Column("kept_at", UtcDateTime, nullable=False, index=True),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("pictures")
