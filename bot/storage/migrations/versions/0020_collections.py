"""Collections: members' own named sets of what they made."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import OutsideText, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "collections",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("name", OutsideText, nullable=False),
        sa.Column("key", OutsideText, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ux_collections_member_id_key", "collections", ["member_id", "key"], unique=True)
    op.create_table(
        "collected",
        sa.Column(
            "collection_id", sa.String(32), sa.ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, index=True),
        sa.Column("added_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("collected")
    op.drop_table("collections")
