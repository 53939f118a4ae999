"""Polls: what a message asks, who answered, and how it stands."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.discord.components import without_nulls
from sandbox.discord.errors import Problems
from sandbox.discord.model import Payload

DEFAULT_HOURS = 24
MOST_QUESTION, MOST_ANSWER = 300, 55  # characters. Source: https://docs.discord.com/developers/resources/poll


@dataclass
class Poll:
    """A poll; `voters` are user ids by the number of their answer, `ends_at` is in seconds of the sandbox's clock."""

    question: Payload
    answers: list[Payload]
    ends_at: float
    is_multiple: bool
    is_over: bool = False
    voters: dict[int, list[int]] = field(default_factory=dict)

    def payload(self, viewer_id: int) -> Payload:
        """The poll as REST gives it to somebody."""
        counts = [
            {"id": number, "count": len(users), "me_voted": viewer_id in users}
            for number, users in sorted(self.voters.items())
            if users
        ]
        return {
            "question": self.question,
            "answers": [
                {"answer_id": number, "poll_media": answer} for number, answer in enumerate(self.answers, start=1)
            ],
            "expiry": datetime.fromtimestamp(self.ends_at, UTC).isoformat(),
            "allow_multiselect": self.is_multiple,
            "layout_type": 1,
            "results": {"is_finalized": self.is_over, "answer_counts": counts},
        }

    def vote(self, user_id: int, answers: list[int]) -> tuple[list[int], list[int]]:
        """Let these be a user's answers; returns which were added and which were taken back."""
        before = {number for number, users in self.voters.items() if user_id in users}
        for number in range(1, len(self.answers) + 1):
            users = self.voters.setdefault(number, [])
            if number in answers and user_id not in users:
                users.append(user_id)
            elif number not in answers and user_id in users:
                users.remove(user_id)
        return sorted(set(answers) - before), sorted(before - set(answers))


def make_poll(body: Payload, now: float) -> Poll:
    """The poll that a request asks for.

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
