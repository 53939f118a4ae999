"""What the server of a job speaks, for what all may read there."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for table in ("jobs", "groups"):
        op.add_column(table, sa.Column("guild_locale", sa.String(16)))


def downgrade() -> None:
    """Take back."""
    for table in ("jobs", "groups"):
        op.drop_column(table, "guild_locale")
