"""Results whose pictures are covered until somebody clicks on them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what the version before writes is not covered."""
    op.add_column("jobs", sa.Column("is_spoiler", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("jobs", "is_spoiler")
