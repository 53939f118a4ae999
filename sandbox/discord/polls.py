"""Polls on the wire: what a request may ask for, and how a poll is shown to somebody."""

from datetime import UTC, datetime

from sandbox.discord.components import without_nulls
from sandbox.discord.errors import Problems
from sandbox.discord.model import Payload, Poll

DEFAULT_HOURS = 24
MOST_QUESTION, MOST_ANSWER = 300, 55  # characters. Source: https://docs.discord.com/developers/resources/poll


def poll_payload(poll: Poll, viewer_id: int) -> Payload:
    """Show a poll as REST gives it to somebody."""
    counts = [
        {"id": number, "count": len(users), "me_voted": viewer_id in users}
        for number, users in sorted(poll.voters.items())
        if users
    ]
    return {
        "question": poll.question,
        "answers": [{"answer_id": number, "poll_media": answer} for number, answer in enumerate(poll.answers, start=1)],
        "expiry": datetime.fromtimestamp(poll.ends_at, UTC).isoformat(),
        "allow_multiselect": poll.is_multiple,
        "layout_type": 1,
        "results": {"is_finalized": poll.is_over, "answer_counts": counts},
    }


def make_poll(body: Payload, now: float) -> Poll:
    """Make the poll that a request asks for.

    Raises ApiError when Discord would refuse it.
    """
    problems = Problems()
    question, answers = body["question"], [answer["poll_media"] for answer in body["answers"]]
    problems.length("poll.question.text", question.get("text"), 1, MOST_QUESTION, required=True)
    for index, answer in enumerate(answers):
        problems.length(f"poll.answers.{index}.poll_media.text", answer.get("text"), 1, MOST_ANSWER, required=True)
    problems.refuse()
    hours = body.get("duration") or DEFAULT_HOURS
    shown = [_shown(without_nulls(answer)) for answer in answers]
    return Poll({"text": question["text"]}, shown, now + hours * 3600, bool(body.get("allow_multiselect")))


def _shown(answer: Payload) -> Payload:
    emoji = answer.get("emoji")
    return answer if emoji is None else answer | {"emoji": {"id": emoji.get("id"), "name": emoji.get("name")}}
