"""What members made, to be found again by words, kind and engine; and what they starred.

It is filled from the jobs there are while the bot runs (`bot.storage.library`): a start does not wait for it.
"""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import SearchedText, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ENDS = "'cancelled', 'done', 'expired', 'failed', 'refused', 'removed'"
_UNLISTED = sa.text(f"(status IN ({_ENDS}) AND (listed_as IS NULL OR listed_as <> status))")
# The words of SQLite's search, kept beside their rows by triggers. Source: https://www.sqlite.org/fts5.html 4.4.3.
_FTS5 = (
    """CREATE VIRTUAL TABLE library_words USING fts5(
        words, content='library', content_rowid='no', prefix='2 3', tokenize='unicode61 remove_diacritics 0'
    )""",
    """CREATE TRIGGER library_inserted AFTER INSERT ON library BEGIN
        INSERT INTO library_words(rowid, words) VALUES (new.no, new.words);
    END""",
    """CREATE TRIGGER library_deleted AFTER DELETE ON library BEGIN
        INSERT INTO library_words(library_words, rowid, words) VALUES ('delete', old.no, old.words);
    END""",
    """CREATE TRIGGER library_updated AFTER UPDATE OF words ON library BEGIN
        INSERT INTO library_words(library_words, rowid, words) VALUES ('delete', old.no, old.words);
        INSERT INTO library_words(rowid, words) VALUES (new.no, new.words);
    END""",
)


def upgrade() -> None:
    """Apply."""
    op.add_column("jobs", sa.Column("listed_as", sa.String(32)))
    op.create_index(
        "ix_jobs_unlisted",
        "jobs",
        ["author_id", "created_at"],
        sqlite_where=_UNLISTED,
        postgresql_where=_UNLISTED,
    )
    op.create_table(
        "library",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("author_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("words", SearchedText, nullable=False),
    )
    for columns in (["created_at"], ["kind", "created_at"], ["engine", "created_at"]):
        indexed = ["author_id", *columns, "job_id"]
        op.create_index(f"ix_library_{'_'.join(indexed)}", "library", indexed)
    op.create_table(
        "favourites",
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, index=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_library_words", "library", ["words"], postgresql_using="gin")
        return
    for statement in _FTS5:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text("DROP TABLE library_words"))
    op.drop_table("favourites")
    op.drop_table("library")
    op.drop_index("ix_jobs_unlisted", "jobs")
    op.drop_column("jobs", "listed_as")
