"""Which job a second try stands in for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("jobs", sa.Column("replaces", sa.String(32)))
    op.create_index("ix_jobs_replaces", "jobs", ["replaces"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_jobs_replaces", "jobs")
    op.drop_column("jobs", "replaces")
