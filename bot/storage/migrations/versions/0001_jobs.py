"""Jobs, budgets, reservations, notes."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import NAME, UNITS, OutsideText, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_USED = sa.text("once_key IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("group_id", sa.String(32)),
        sa.Column("parent_id", sa.String(32), sa.ForeignKey("jobs.id", name="fk_jobs_parent_id")),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("author_id", sa.BigInteger, nullable=False),
        sa.Column("author_locale", sa.String(16), nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("reach", sa.String(16), nullable=False),
        sa.Column("may_post", sa.Boolean, nullable=False),
        sa.Column("upload_limit", sa.Integer, nullable=False),
        sa.Column("mode", sa.String(16)),
        sa.Column("units", UNITS, nullable=False),
        sa.Column("task_id", OutsideText(255)),
        sa.Column("reply_to", sa.BigInteger),
        sa.Column("once_key", OutsideText(128)),
        sa.Column("card_id", sa.BigInteger),
        sa.Column("result_message_id", sa.BigInteger),
        sa.Column("token", sa.Text),
        sa.Column("token_expires_at", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("submitted_at", UtcDateTime),
        sa.Column("next_look_at", UtcDateTime),
        sa.Column("deadline_at", UtcDateTime),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("failure", sa.Text),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("waiting_for", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("epoch", sa.Integer, nullable=False, server_default=sa.text("0")),
    )
    for column in ("author_id", "group_id", "status", "task_id"):
        op.create_index(f"ix_jobs_{column}", "jobs", [column])
    op.create_index(
        "ux_jobs_once", "jobs", ["parent_id", "once_key"], unique=True, sqlite_where=_USED, postgresql_where=_USED
    )
    op.create_table(
        "budgets",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("used", UNITS, sa.CheckConstraint("used >= 0"), nullable=False),
    )
    op.create_table(
        "reservations",
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", name="fk_reservations_job_id"), primary_key=True),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("units", UNITS, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
    )
    op.create_table(
        "notes",
        sa.Column("name", NAME, primary_key=True),
        sa.Column("value", OutsideText, nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("notes", "reservations", "budgets", "jobs"):
        op.drop_table(table)
