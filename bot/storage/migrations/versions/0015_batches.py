"""Batches: groups whose jobs come from the lines of a file, and which can be paused.

Older versions take them for permutations, and insert rows without the new columns.
"""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import OutsideText

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("jobs", sa.Column("line_no", sa.Integer))
    op.add_column("jobs", sa.Column("line_name", OutsideText))
    for name in ("is_batch", "is_paused"):
        op.add_column("groups", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Undo."""
    for table, names in (("groups", ("is_paused", "is_batch")), ("jobs", ("line_name", "line_no"))):
        for name in names:
            op.drop_column(table, name)
