"""*Export my data*: what is kept of a member, by direct message or, where that is too much for one, by a link."""

import io
import logging
import math

import discord

from bot.errors import UserError
from bot.jobs.unpaid_work import TooOftenError
from bot.language import Sentence, _, ngettext
from bot.rate_limits import RateLimits
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS, locale_of
from bot.ui.components.message_links import NOBODY
from bot.ui.flows.details import NOT_SENT

logger = logging.getLogger(__name__)

NAME = "easel.zip"
MEGABYTE = 1024 * 1024
BURST, REFILL_PER_S = 5.0, 1 / 60  # of one member: each may upload all that a direct message takes


class DataExports:
    """Hands members what is kept of them."""

    def __init__(self, services: Services) -> None:
        self._export = services.personal_export
        self._links = services.original_addresses.links
        self._limits = RateLimits[int](services.clock, BURST, REFILL_PER_S)

    async def give(self, interaction: Interaction) -> None:
        """Send a member their data, or a link to it, and say so privately.

        Raises:
            UserError: they ask too often, or Discord does not take it.
        """
        if wait_s := self._limits.take(interaction.user.id):
            raise TooOftenError(
                _("That was too much at once. Please try again in {seconds} s.", seconds=math.ceil(wait_s))
            )
        await interaction.response.defer(ephemeral=True, thinking=True)
        said = await self._given(interaction)
        await interaction.edit_original_response(content=said.render(locale_of(interaction)))

    async def _given(self, interaction: Interaction) -> Sentence:
        member_id, links = interaction.user.id, self._links
        packed = await self._export.fitting(member_id, DM_UPLOAD_LIMIT, is_all=links is not None)
        if links is not None and (packed.left_out or len(packed.data) > DM_UPLOAD_LIMIT):
            url = links.write_export(member_id, await self._export.grant(member_id))
            return _("[Download your data as a ZIP](<{url}>). The link works for a day.", url=url)
        try:
            channel = await interaction.client.create_dm(discord.Object(member_id))
            await channel.send(file=discord.File(io.BytesIO(packed.data), NAME), allowed_mentions=NOBODY)
        except NETWORK_ERRORS as exc:
            logger.info("data not sent reason=%s", type(exc).__name__)
            raise UserError(NOT_SENT) from exc
        if not packed.left_out:
            return _("Sent to your direct messages.")
        return ngettext(
            "Sent to your direct messages, without {count} picture: Discord takes no more than {size} MB there.",
            "Sent to your direct messages, without {count} pictures: Discord takes no more than {size} MB there.",
            count=packed.left_out,
            size=DM_UPLOAD_LIMIT // MEGABYTE,
        )
