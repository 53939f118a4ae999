"""The buttons by which moderators decide about a result that waits for them."""

import re
from typing import Any, Self

import discord
from discord import ui
from typing_extensions import override

from bot.domain.review import Decision
from bot.language import Sentence, _
from bot.ui.components.client import typed
from bot.ui.components.message_parts import custom_ids

LABELS: dict[Decision, tuple[Sentence, discord.ButtonStyle]] = {
    Decision.POST: (_("Approve"), discord.ButtonStyle.success),
    Decision.SPOILER: (_("Spoiler"), discord.ButtonStyle.secondary),
    Decision.REJECT: (_("Reject"), discord.ButtonStyle.danger),
}
_PREFIX = "easel-review"  # another one than results have: what stands in a review channel is no result


class ReviewButton(
    ui.DynamicItem[ui.Button[ui.View]],
    template=rf"{_PREFIX}:(?P<decision>{'|'.join(Decision)}):(?P<job>[0-9a-f]{{16}})",
):
    """One thing to decide about one job."""

    def __init__(self, decision: Decision, job_id: str, locale: str = "en-US") -> None:
        label, style = LABELS[decision]
        custom_id = f"{_PREFIX}:{decision}:{job_id}"
        super().__init__(ui.Button(custom_id=custom_id, label=label.render(locale), style=style))
        self.decision = decision
        self.job_id = job_id

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(Decision(match["decision"]), match["job"])

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        here = typed(interaction)
        await here.client.button_router.press_review(here, self.decision, self.job_id)


def review_view(job_id: str, locale: str) -> ui.View:
    """Build what moderators can decide."""
    view = ui.View(timeout=None)
    for decision in Decision:
        view.add_item(ReviewButton(decision, job_id, locale))
    return view


def is_for_moderators(message: discord.Message) -> bool:
    """Whether a message asks moderators about a job, whichever that is."""
    return any(custom_id.startswith(f"{_PREFIX}:") for custom_id in custom_ids(message))


def asks_about(message: discord.Message, job_id: str) -> bool:
    """Whether a message asks moderators about this job."""
    return f"{_PREFIX}:{Decision.POST}:{job_id}" in custom_ids(message)
