"""The relay that a job was sent to, where there are several; for those from before, the one that there was."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("jobs", sa.Column("relay", sa.String(16), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Take back."""
    op.drop_column("jobs", "relay")
