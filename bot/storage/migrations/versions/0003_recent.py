"""A member's last jobs of one kind are found without reading all of them: suggestions ask at every keystroke."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEX = "ix_jobs_author_id_operation_created_at"


def upgrade() -> None:
    """Apply."""
    op.create_index(INDEX, "jobs", ["author_id", "operation", "created_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index(INDEX, "jobs")
