"""An index by which the children of a job are found, for the family of a picture."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_IS_SET = sa.text("parent_id IS NOT NULL")


def upgrade() -> None:
    """Add it."""
    op.create_index("ix_jobs_parent_id", "jobs", ["parent_id"], sqlite_where=_IS_SET, postgresql_where=_IS_SET)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_jobs_parent_id", "jobs")
