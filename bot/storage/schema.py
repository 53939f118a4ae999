"""The tables. Migrations stand beside this file and a test holds the two together.

Several processes may share them: what has an `owner` is worked on by that process alone, as long as its lease holds.
"""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
    type_coerce,
)

from bot.domain.budgets import Entry
from bot.domain.job import Failure, GroupKind, JobStatus, Result, Subject
from bot.domain.library import LibraryKind
from bot.domain.requests import STORED_REQUEST, Mode
from bot.domain.review import Decision
from bot.pictures.keys import PictureKind
from bot.storage.column_types import (
    NAME,
    UNITS,
    CommonText,
    EnumText,
    Ids,
    ModelJson,
    OutsideText,
    SearchedText,
    UtcDateTime,
)
from bot.storage.conditions import OPEN_REVIEW, UNFINISHED, UNLISTED, UNWRITTEN
from bot.storage.table_parts import index_where_set, place_columns, unique_where_set

# The tables, and what the migrations find here of others.
__all__ = ["NAME", "UNITS", "OutsideText", "SearchedText", "UtcDateTime", "as_kept", "metadata"]

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s"}
)


# Counted by the database; SQLite does so for whole numbers of its own alone.
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("group_id", String(32), index=True),
    Column("parent_id", String(32), ForeignKey("jobs.id")),
    Column("engine", CommonText(32), nullable=False),
    Column("operation", String(32), nullable=False),
    Column("status", EnumText(JobStatus, 32), nullable=False, index=True),
    Column("author_id", BigInteger, nullable=False, index=True),
    Column("author_locale", CommonText(16), nullable=False),
    Column("author_roles", Ids),
    *place_columns(is_found_by_server=True),
    Column("mode", EnumText(Mode, 16)),
    Column("units", UNITS, nullable=False),
    Column("task_id", OutsideText(255), index=True),
    Column("reply_to", BigInteger),
    Column("once_key", OutsideText(128)),
    Column("replaces", String(32), index=True),
    Column("card_id", BigInteger),
    Column("result_message_id", BigInteger),
    Column("token", Text),
    Column("token_expires_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("submitted_at", UtcDateTime),
    Column("next_look_at", UtcDateTime),
    Column("deadline_at", UtcDateTime),
    Column("relay", CommonText(16), nullable=False, server_default=text("''")),
    Column("request", ModelJson(STORED_REQUEST), nullable=False),
    Column("result", ModelJson(TypeAdapter(Result))),
    Column("failure", ModelJson(TypeAdapter(Failure))),
    Column("stopped", Boolean, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("waiting_for", String(32), nullable=False),
    Column("owner", String(64)),
    Column("epoch", Integer, nullable=False, server_default=text("0")),
    Column("asked_by", BigInteger),
    Column("asked_no", Integer),
    Column("touched_at", UtcDateTime),  # when another process than its owner changed it
    Column("line_no", Integer),
    Column("line_name", OutsideText),
    Column("is_spoiler", Boolean, nullable=False, server_default=false()),
    Column("is_private", Boolean, nullable=False, server_default=false()),
    Column("in_review", Boolean, nullable=False, server_default=false()),
    Column("listed_as", String(32)),  # the status by which the library knows it
    # A once-only button of one parent is used up by one job at a time, whoever presses at the same instant; those
    # without a parent are used up alike. The first of both is the version's before, whose statements name it.
    unique_where_set("once_key", "ux_jobs_once", "parent_id", "once_key"),
    unique_where_set("once_key", "ux_jobs_once_key", text("coalesce(parent_id, '')"), "once_key"),
    # What Discord delivers twice, to two processes or to one, is one job.
    unique_where_set("asked_by", "ux_jobs_asked", "asked_by", "asked_no"),
    Index("ix_jobs_unfinished", "owner", sqlite_where=text(UNFINISHED)),
    index_where_set("touched_at", "ix_jobs_touched_at"),
    index_where_set("parent_id", "ix_jobs_parent_id"),  # what came of a picture
    Index("ix_jobs_unlisted", "author_id", "created_at", sqlite_where=text(UNLISTED)),
    # A member's last prompts are asked for at every keystroke.
    Index("ix_jobs_author_id_operation_created_at", "author_id", "operation", "created_at"),
)

# What members made, to be found again: one row for each job that is over. It follows from the jobs alone and is written
# after them (`bot.storage.library`), so that an older program beside this one leaves nothing out. SQLite searches it by
# `library_words`, a table of its own that triggers keep (migration 0010); PostgreSQL by the index over the words.
library = Table(
    "library",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("author_id", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("kind", EnumText(LibraryKind, 16), nullable=False),
    Column("engine", CommonText(32), nullable=False),
    Column("words", SearchedText, nullable=False),
    Index("ix_library_author_id_created_at_job_id", "author_id", "created_at", "job_id"),
    Index("ix_library_author_id_kind_created_at_job_id", "author_id", "kind", "created_at", "job_id"),
    Index("ix_library_author_id_engine_created_at_job_id", "author_id", "engine", "created_at", "job_id"),
    Index("ix_library_words", "words"),  # a GIN index, and PostgreSQL's alone
)

# Which results members have starred.
favourites = Table(
    "favourites",
    metadata,
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("created_at", UtcDateTime, nullable=False),
)

# Members' own named sets of what they made; `key` is the name as two names are the same.
collections = Table(
    "collections",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("member_id", BigInteger, nullable=False),
    Column("name", OutsideText, nullable=False),
    Column("key", OutsideText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ux_collections_member_id_key", "member_id", "key", unique=True),
)
collected = Table(
    "collected",
    metadata,
    Column("collection_id", String(32), ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("added_at", UtcDateTime, nullable=False),
)

# Where a server shows what its members starred, from how many stars on, and since when.
walls = Table(
    "walls",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("stars", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# What stands on walls, or is about to: one row for each job for ever, so that none is shown twice. It outlives its job,
# since the message has to go then.
wall_posts = Table(
    "wall_posts",
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger),  # none while it is being posted, or where it could not be
    Column("is_settled", Boolean, nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
)

# Results that wait, or waited, for a moderator. A row outlives its job, since the message has to go then.
reviews = Table(
    "reviews",
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger),  # none where the server has no review channel
    Column("message_id", BigInteger),  # none while it is being posted, or where it could not be
    Column("asked_at", UtcDateTime, nullable=False),
    Column("decides_at", UtcDateTime, nullable=False),  # when `otherwise` decides
    Column("otherwise", EnumText(Decision, 16), nullable=False),
    Column("decision", EnumText(Decision, 16)),
    Column("decided_by", BigInteger),  # 0 = nobody did in time
    Column("claimed_at", UtcDateTime),  # since when a process brings the message up to date
    Column("is_settled", Boolean, nullable=False),  # whether it is
    Index("ix_reviews_open", "decides_at", sqlite_where=text(OPEN_REVIEW)),
)

# Jobs asked for together: the card they share, and whether their author was told that all are over.
groups = Table(
    "groups",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", EnumText(GroupKind, 16), nullable=False),
    Column("author_id", BigInteger, nullable=False),
    Column("author_locale", CommonText(16), nullable=False),
    Column("author_roles", Ids),
    *place_columns(),
    Column("title", OutsideText, nullable=False),
    Column("card_id", BigInteger),
    Column("told", Boolean, nullable=False, index=True),
    Column("is_batch", Boolean, nullable=False, server_default=false()),
    Column("is_paused", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("owner", String(64)),
)

# Who works on this database, by the name that `owner` has; one that is gone stays until its lease is over.
processes = Table(
    "processes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", String(32), nullable=False),
    Column("host", OutsideText(255), nullable=False),
    Column("state", String(16), nullable=False),  # "live"; room for others
    Column("waiting", Integer, nullable=False),  # jobs in its queue, when it was last seen
    Column("seen_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime, nullable=False),
)

# What one process does for all of them, until when; and engines that take nothing now, which all of them leave alone.
turns = Table(
    "turns",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("until", UtcDateTime, nullable=False),
)
holds = Table(
    "holds",
    metadata,
    Column("engine", String(32), primary_key=True),
    Column("wait", String(32), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

# What is booked on accounts: by their scope, such as "member:ID" or "all", and the key of a day (UTC), week or month.
budgets = Table(
    "budgets",
    metadata,
    Column("scope", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("used", UNITS, CheckConstraint("used >= 0"), nullable=False),
)

# Units set aside for a job, until it ends.
reservations = Table(
    "reservations",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.id"), primary_key=True),
    Column("scope", String(64), nullable=False),
    Column("day", String(10), nullable=False),
    Column("units", UNITS, nullable=False),
    Column("state", String(16), nullable=False),  # reserved, settled, released
    Column("accounts", Text),  # all that they are booked on; the version before knew `scope` and "all" by day alone
    Column("is_closed", Boolean),  # whether the ledger says what became of them
    Index("ix_reservations_unwritten", "job_id", sqlite_where=text(UNWRITTEN)),
)

# What was booked and why, one line for each step; a line is never changed, but for whose it was.
ledger = Table(
    "ledger",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("day", String(10), nullable=False, index=True),  # on which it is booked, UTC
    Column("kind", EnumText(Entry, 16), nullable=False),
    Column("job_id", String(32), nullable=False),  # "" where it is about no job
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    Column("member", String(24), nullable=False, index=True),  # an id, or what stands for it once it was erased
    Column("roles", Text, nullable=False),
    Column("engine", String(32), nullable=False),
    Column("operation", String(32), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("units", UNITS, nullable=False),
    Column("accounts", Text, nullable=False),
    Index("ix_ledger_guild_id_day", "guild_id", "day"),
)

# What moderators and owners did, as they did it.
audit = Table(
    "audit",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("guild_id", BigInteger, index=True),  # None = for all servers
    Column("actor", String(24), nullable=False),
    Column("act", String(32), nullable=False),
    Column("target", OutsideText, nullable=False),
    Column("before", OutsideText, nullable=False),
    Column("after", OutsideText, nullable=False),
    Column("reason", OutsideText, nullable=False),
)

# The rules of a server (0 = of all servers, by the owner): for the server, or one of its channels or roles.
policies = Table(
    "policies",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("scope", String(64), primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("value", OutsideText, nullable=False),  # JSON
    Column("by", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# Whom the owner serves nowhere: members (erased ones by what stands for them, below 0) and servers.
bans = Table(
    "bans",
    metadata,
    Column("subject", EnumText(Subject, 16), primary_key=True),
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", OutsideText, nullable=False),
    Column("by", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),  # for good where it is None
)

# Connections to Discord's gateway, by the number of all of them; the process that holds one goes by its own lease.
shards = Table(
    "shards",
    metadata,
    Column("total", Integer, primary_key=True, autoincrement=False),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(64)),
    Column("heir", String(64)),  # who opens it beside its owner, and holds it from then on
    Column("is_leaving", Boolean, nullable=False),  # its owner ends, and waits for an heir
    Column("epoch", Integer, nullable=False),  # how often it changed hands
)

# When a shard whose id has this remainder may identify next: Discord takes one in five seconds.
identify = Table(
    "identify",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("next_at", UtcDateTime, nullable=False),
)

# What is to be erased of a member or of a server that the bot left, and when it is tried next: jobs up to `asked_at`.
erasures = Table(
    "erasures",
    metadata,
    Column("subject", EnumText(Subject, 16), primary_key=True),
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
)

notes = Table(
    "notes",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("value", OutsideText, nullable=False),
)


# Kept pictures, by the keys that requests and results name. Those of a bucket are listed before they are in it.
pictures = Table(
    "pictures",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("job_id", String(64), nullable=False, index=True),
    Column("kind", EnumText(PictureKind, 16), nullable=False, index=True),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False, server_default=text("''")),
    Column("kept_at", UtcDateTime, nullable=False, index=True),
)


def as_kept(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column that is read and compared as the text that stands in it, not as the value it means."""
    return type_coerce(column, Text())
