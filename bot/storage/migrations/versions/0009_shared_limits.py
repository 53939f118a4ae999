"""What processes on one database share beside jobs: turns at what one does for all, and engines that are left alone."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "turns",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("until", UtcDateTime, nullable=False),
    )
    op.create_table(
        "holds",
        sa.Column("engine", sa.String(32), primary_key=True),
        sa.Column("wait", sa.String(32), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("holds")
    op.drop_table("turns")
