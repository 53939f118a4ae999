"""The last prompts of members, read out of their requests inside of the database."""

from typing import Any

from sqlalchemy import Select, case, func, select

from bot.prompts import MAX_PROMPT
from bot.storage.dialects import PromptOf
from bot.storage.schema import as_kept, jobs

# A request's prompt alone; what is longer than any prompt may be is not even taken apart.
_REQUEST_LIMIT = 8 * MAX_PROMPT  # characters: a prompt written as JSON, with everything beside it
_REQUEST = as_kept(jobs.c.request)
_PROMPT = case((func.length(_REQUEST) <= _REQUEST_LIMIT, PromptOf(_REQUEST))).label("prompt")


def recent_prompts(author_id: int, limit: int, longest: int) -> Select[Any]:
    """Return the query for the prompts of a member's last `limit` jobs, newest first.

    Only Midjourney's, and none that is longer than `longest` characters.
    """
    query = (
        select(_PROMPT)
        .where(jobs.c.author_id == author_id, jobs.c.operation == "imagine")
        .order_by(jobs.c.created_at.desc())
        .limit(limit)
    ).subquery()
    return select(query.c.prompt).where(func.length(query.c.prompt) <= longest)
