"""What moderators decide about results that wait for them."""

from bot.domain.review import Decision, Review
from bot.errors import UserError
from bot.language import _
from bot.services import Services
from bot.text import one_line
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import manages_messages
from bot.ui.components.modals import ModalContext, ModalKind, open_modal
from bot.ui.messages.review import decided_sentence


class ReviewDecisions:
    """Takes each press of a moderator; the first one counts, and all others are told so."""

    def __init__(self, services: Services) -> None:
        self._reviews = services.jobs.reviews
        self._store = services.store.reviews
        self._clock = services.clock

    async def press(self, interaction: Interaction, decision: Decision, job_id: str) -> None:
        """Decide, or ask for the reason first.

        Raises:
            UserError: they may not, or there is nothing to decide any more.
        """
        await self._waiting(interaction, job_id)
        if decision is Decision.REJECT:
            modal = ModalContext(ModalKind.REJECT, job_id)
            await open_modal(interaction, modal, _("Reject"), "", self._clock)
            return
        await interaction.response.defer()
        await self._decide(interaction, job_id, decision)

    async def reject(self, interaction: Interaction, job_id: str, reason: str, *, is_refunded: bool) -> None:
        """Reject for a reason; raises as `press` does, and for a reason that says nothing."""
        await self._waiting(interaction, job_id)
        if not one_line(reason):
            raise UserError(_("Please give a reason; the author reads it."))
        await interaction.response.defer()
        await self._decide(interaction, job_id, Decision.REJECT, reason.strip(), is_refunded=is_refunded)

    async def _waiting(self, interaction: Interaction, job_id: str) -> Review:
        review = await self._store.get(job_id)
        if not (interaction.permissions.manage_guild or manages_messages(interaction)):
            raise UserError(_("Only people who can manage this server, or messages in this channel, can do that."))
        if review is None or review.guild_id != interaction.guild_id:
            raise UserError(_("There is nothing to decide any more: the picture was removed."))
        if review.decision is not None:
            raise UserError(decided_sentence(review))
        return review

    async def _decide(
        self, interaction: Interaction, job_id: str, decision: Decision, reason: str = "", *, is_refunded: bool = False
    ) -> None:
        by = interaction.user.id
        if not await self._reviews.decide(job_id, decision, by, reason=reason, is_refunded=is_refunded):
            review = await self._store.get(job_id)
            if review is None or review.decision is None:
                raise UserError(_("There is nothing to decide any more: the picture was removed."))
            raise UserError(decided_sentence(review))
