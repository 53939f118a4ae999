"""Results for their authors' eyes alone."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what the version before writes is for everybody."""
    op.add_column("jobs", sa.Column("is_private", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("jobs", "is_private")
