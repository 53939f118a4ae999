"""What asked for a job, and once-only keys that hold without a parent as well."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_USED = sa.text("once_key IS NOT NULL")
_ASKED = sa.text("asked_by IS NOT NULL")
# Jobs whose parents were erased may have had the same button of different parents: nobody can press it any more. The
# newest of each key keeps it.
_LET_GO = """
    UPDATE jobs SET once_key = NULL
    WHERE once_key IS NOT NULL AND parent_id IS NULL AND EXISTS (
        SELECT 1 FROM jobs AS newer
        WHERE newer.parent_id IS NULL AND newer.once_key = jobs.once_key
          AND (newer.created_at > jobs.created_at OR (newer.created_at = jobs.created_at AND newer.id > jobs.id))
    )
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("jobs", sa.Column("asked_by", sa.BigInteger))
    op.add_column("jobs", sa.Column("asked_no", sa.Integer))
    op.create_index(
        "ux_jobs_asked", "jobs", ["asked_by", "asked_no"], unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED
    )
    op.execute(_LET_GO)
    op.create_index(
        "ux_jobs_once_key",
        "jobs",
        [sa.text("coalesce(parent_id, '')"), "once_key"],
        unique=True,
        sqlite_where=_USED,
        postgresql_where=_USED,
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ux_jobs_once_key", "jobs")
    op.drop_index("ux_jobs_asked", "jobs")
    op.drop_column("jobs", "asked_no")
    op.drop_column("jobs", "asked_by")
