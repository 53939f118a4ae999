"""Several processes on one database: who they are, what they own, and what others changed of it."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import OutsideText, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SETTLED = "'cancelled', 'done', 'expired', 'failed', 'refused', 'removed', 'uncertain', 'undeliverable'"
_UNFINISHED = sa.text(f"(status NOT IN ({_SETTLED}) OR NOT told)")
_TOUCHED = sa.text("touched_at IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "processes",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("host", OutsideText(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("lease_until", UtcDateTime, nullable=False),
    )
    op.add_column("jobs", sa.Column("touched_at", UtcDateTime))
    op.add_column("groups", sa.Column("owner", sa.String(64)))
    op.create_index("ix_jobs_unfinished", "jobs", ["owner"], sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED)
    op.create_index("ix_jobs_touched_at", "jobs", ["touched_at"], sqlite_where=_TOUCHED, postgresql_where=_TOUCHED)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_jobs_touched_at", "jobs")
    op.drop_index("ix_jobs_unfinished", "jobs")
    op.drop_column("groups", "owner")
    op.drop_column("jobs", "touched_at")
    op.drop_table("processes")
