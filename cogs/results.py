"""Finished jobs: /show, *Details and files*, *Remove*, and the reactions that do the same."""

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.job import Actor, Job, Place, Reach
from bot.errors import UserError
from bot.jobs.unpaid_work import TooOftenError
from bot.language import _
from bot.ui.components.guilds import Guilds
from bot.ui.components.interactions import (
    DM_UPLOAD_LIMIT,
    NETWORK_ERRORS,
    actor_of,
    manages_messages,
    place_of,
    roles_of,
    tell,
)
from bot.ui.flows.details import MOST_TOLD
from bot.ui.flows.own_messages import OwnMessage
from cogs.options import CHOICE_LIMIT
from cogs.own_results import OwnResults

ENVELOPE, CROSS, STAR = "✉", "❌", "⭐"


class ResultsCog(commands.Cog):
    """Shows finished jobs again, tells their details, and takes them away."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._own_results = OwnResults(bot.services.store, bot.services.clock)
        self._unpaid = bot.services.jobs.unpaid
        self._stars = bot.services.jobs.stars
        self._results = bot.flows.results
        self._details = bot.flows.details
        self._own_messages = bot.flows.own_messages
        self._guilds = Guilds(bot, bot.services.clock)

    @app_commands.command(description="Repost one of your pictures with working buttons")
    @app_commands.rename(job_id="id")
    @app_commands.describe(
        job_id="The job's id, or a word of its prompt to find it",
        private="Whether only you see it; default: as it was made",
    )
    async def show(
        self,
        interaction: discord.Interaction[EaselBot],
        job_id: app_commands.Range[str, 1, CHOICE_LIMIT],
        private: bool | None = None,
    ) -> None:
        """Post a finished job again."""
        job = await self._own_results.find(interaction, job_id)
        await self._results.post_again(interaction, job, is_private=private)

    @show.autocomplete("job_id")
    async def _own_jobs(
        self, interaction: discord.Interaction[EaselBot], current: str
    ) -> list[app_commands.Choice[str]]:
        return await self._own_results.suggested(interaction, current)

    async def details(self, interaction: discord.Interaction[EaselBot], message: discord.Message) -> None:
        """Tell the details of a result, privately, with what can be done with it."""
        jobs = (await self._own(message, place_of(interaction))).shown
        if not jobs:
            raise UserError(_("This message shows no picture of mine. Please choose one that does."))
        await self._details.answer(interaction, jobs)

    async def remove(self, interaction: discord.Interaction[EaselBot], message: discord.Message) -> None:
        """Take away a message of ours."""
        own = await self._own(message, place_of(interaction))
        actor, may_manage = actor_of(interaction), manages_messages(interaction)
        await self._own_messages.remove(own, actor, manages_messages=may_manage)
        await tell(interaction, _("Removed."))
        await self._own_messages.delete(message.channel.id, message.id)

    async def _own(self, message: discord.Message, place: Place) -> OwnMessage:
        if message.author != self._bot.user:
            raise UserError(_("This is not a message of mine. Please choose one that I posted."))
        return await self._own_messages.read(message, place)

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Send the details for an envelope; stop or remove for a cross; keep a star."""
        emoji = _emoji(payload)
        ours = self._bot.user is not None and payload.message_author_id in (None, self._bot.user.id)
        if emoji not in (ENVELOPE, CROSS, STAR) or not ours:
            return
        await self._react(emoji, payload)

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        """Take back the star that went; Discord does not say whose message it was."""
        if _emoji(payload) == STAR:
            await self._react(STAR, payload)

    async def _react(self, emoji: str, payload: discord.RawReactionActionEvent) -> None:
        if self._bot.user and payload.user_id == self._bot.user.id:
            return
        try:
            if emoji == STAR:
                await self._unpaid.admit(_actor(payload), _place(payload))
            channel = self._bot.get_partial_messageable(payload.channel_id, guild_id=payload.guild_id)
            own = await self._own(await channel.fetch_message(payload.message_id), _place(payload))
            if emoji == ENVELOPE:
                await self._send_details(own.shown[:MOST_TOLD], payload)
            elif emoji == CROSS:
                await self._cross(own, payload)
            else:
                await self._star(own, payload)
        except (UserError, *NETWORK_ERRORS):
            return  # a reaction cannot be answered; the menu says why it does not work

    async def _star(self, own: OwnMessage, payload: discord.RawReactionActionEvent) -> None:
        """Keep a star on the one result that a message shows, or take it back."""
        actor = _actor(payload)
        if len(own.jobs) == 1:
            change = self._stars.give if payload.event_type == "REACTION_ADD" else self._stars.take
            await change(actor, own.jobs[0])

    async def _send_details(self, jobs: Sequence[Job], payload: discord.RawReactionActionEvent) -> None:
        for job in jobs:
            try:
                await self._unpaid.admit(_actor(payload), _place(payload))
            except TooOftenError as exc:
                direct = await self._bot.create_dm(discord.Object(payload.user_id))
                await direct.send(exc.sentence.render(job.actor.locale))
                return
            await self._details.send(job, payload.user_id)

    async def _cross(self, own: OwnMessage, payload: discord.RawReactionActionEvent) -> None:
        actor = _actor(payload)
        may_manage = not own.is_of(actor) and await self._guilds.manages_messages(payload.guild_id, actor.id)
        if not own.goes_on:
            await self._own_messages.remove(own, actor, manages_messages=may_manage)
            await self._own_messages.delete(payload.channel_id, payload.message_id)
        else:
            await self._own_messages.stop(own, actor, manages_messages=may_manage)


def _emoji(payload: discord.RawReactionActionEvent) -> str:
    return payload.emoji.name.rstrip("\N{VARIATION SELECTOR-16}")


def _actor(payload: discord.RawReactionActionEvent) -> Actor:
    # Discord does not say who took a reaction back, but by their id.
    return Actor(payload.user_id, roles=roles_of(payload.member) if payload.member else ())


def _place(payload: discord.RawReactionActionEvent) -> Place:
    # Outside of servers the gateway tells of the bot's own direct messages alone.
    reach = Reach.DM if payload.guild_id is None else Reach.GUILD
    return Place(payload.channel_id, payload.guild_id, reach, may_post=False, upload_limit=DM_UPLOAD_LIMIT)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    cog = ResultsCog(bot)
    bot.tree.add_command(app_commands.ContextMenu(name="Details and files", callback=cog.details))
    bot.tree.add_command(app_commands.ContextMenu(name="Remove", callback=cog.remove))
    await bot.add_cog(cog)
