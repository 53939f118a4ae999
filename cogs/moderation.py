"""/easel: what moderators can do (Manage Server)."""

from datetime import timedelta
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot.client import EaselBot
from bot.domain.job import Actor, Place
from bot.domain.requests import Mode
from bot.errors import UserError
from bot.jobs.budgets import moment
from bot.jobs.reasons_why import REQUESTS
from bot.language import Sentence, _, ngettext
from bot.operation.relay_books import read_kept_books
from bot.services import Services
from bot.storage.audit import last_acts
from bot.storage.usage import UsageBy
from bot.storage.walls import Wall
from bot.ui.components.interactions import locale_of, place_of, roles_of, tell
from bot.ui.components.owners import check_owner
from bot.ui.components.standing import Standing
from bot.ui.messages.job_list import COUNTED, LIST_LIMIT, guild_list_text
from bot.ui.panels.setup import STARS, manager_guild
from bot.ui.routers.panels import PanelRouter
from bot.ui.text.relay_lines import relays_text
from bot.ui.text.rule_lines import rule_text
from bot.ui.text.usage_lines import acts_text
from cogs import rule_files
from cogs.options import suggested


class _TextChannel(app_commands.Transformer):
    """A text channel as Discord names it: none is kept here that could be looked up."""

    @property
    @override
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    @override
    def channel_types(self) -> list[discord.ChannelType]:
        return [discord.ChannelType.text, discord.ChannelType.news]

    @override
    async def transform(self, interaction: discord.Interaction, value: Any, /) -> app_commands.AppCommandChannel:
        named: app_commands.AppCommandChannel = value
        return named


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ModerationCog(commands.GroupCog, group_name="easel", group_description="For moderators"):
    """Pauses a server, blocks its members, and lists its jobs."""

    def __init__(self, services: Services, panels: PanelRouter) -> None:
        self._controls = services.jobs.controls
        self._moderation = services.jobs.moderation
        self._live = services.jobs.live
        self._settings = services.settings
        self._store = services.store
        self._clock = services.clock
        self._help = panels.help
        self._usage = panels.usage
        self._setup = panels.setup
        self._owner_page = panels.owner_page
        self._rulebook = services.jobs.rulebook
        self._reasons = services.jobs.reasons
        self._reviews = services.jobs.reviews

    @app_commands.command(description="Pause new jobs on this server")
    async def pause(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Pause the server."""
        guild_id = manager_guild(interaction)
        if self._moderation.is_paused(guild_id):
            raise UserError(_("This server is already paused."))
        await self._moderation.pause(guild_id, interaction.user.id)
        await tell(interaction, _("Paused. Running jobs continue; nothing new starts until /easel resume."))

    @app_commands.command(description="Resume after a pause")
    async def resume(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Resume the server."""
        guild_id = manager_guild(interaction)
        if not self._moderation.is_paused(guild_id):
            raise UserError(_("This server is not paused."))
        await self._controls.resume_server(guild_id, interaction.user.id)
        await tell(interaction, _("Resumed."))

    @app_commands.command(description="Block a member from starting jobs")
    @app_commands.describe(member="The member to block")
    async def block(self, interaction: discord.Interaction[EaselBot], member: discord.User) -> None:
        """Block a member, and stop what waits of theirs."""
        guild_id = manager_guild(interaction)
        if member.bot or member.id == interaction.user.id:
            raise UserError(_("Please choose somebody else: you can block neither yourself nor a bot."))
        if self._moderation.is_blocked(guild_id, member.id):
            raise UserError(_("{member} is already blocked.", member=member.mention))
        await self._controls.block(guild_id, member.id, interaction.user.id)
        await tell(interaction, _("{member} is blocked; their waiting jobs were stopped.", member=member.mention))

    @app_commands.command(description="Unblock a member")
    @app_commands.describe(member="The member to unblock")
    async def unblock(self, interaction: discord.Interaction[EaselBot], member: discord.User) -> None:
        """Unblock a member."""
        guild_id = manager_guild(interaction)
        if not self._moderation.is_blocked(guild_id, member.id):
            raise UserError(_("{member} is not blocked.", member=member.mention))
        await self._moderation.unblock(guild_id, member.id, interaction.user.id)
        await tell(interaction, _("{member} can use Easel again.", member=member.mention))

    @app_commands.command(description="List this server's unfinished jobs and unknown outcomes")
    async def jobs(self, interaction: discord.Interaction[EaselBot]) -> None:
        """List the server's jobs."""
        jobs = await self._store.of_guild(manager_guild(interaction), COUNTED)
        await tell(interaction, guild_list_text(jobs, locale_of(interaction)))

    @app_commands.command(description="Post a short welcome in this channel, for you to pin")
    async def welcome(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Post the welcome."""
        manager_guild(interaction)
        await self._help.welcome(interaction)

    @app_commands.command(description="Show pictures with enough stars in a channel; without a channel: no more")
    @app_commands.describe(channel="The channel they are shown in", stars="How many members must have starred one")
    async def wall(
        self,
        interaction: discord.Interaction[EaselBot],
        channel: app_commands.Transform[app_commands.AppCommandChannel | None, _TextChannel] = None,
        stars: app_commands.Range[int, 1, 100] | None = None,
    ) -> None:
        """Choose the wall, or how many stars it asks for."""
        guild_id, walls = manager_guild(interaction), self._store.walls
        if channel is None and stars is None:
            await walls.drop(guild_id, interaction.user.id)
            await tell(interaction, _("Nothing more is shown on a wall. What stands there stays."))
            return
        was = await walls.get(guild_id)
        channel_id = channel.id if channel is not None else was.channel_id if was is not None else None
        if channel_id is None:
            raise UserError(_("There is no wall yet. Please choose its channel, too."))
        await Standing(interaction.client).check_may_post(guild_id, channel_id)
        wall = Wall(guild_id, channel_id, stars or (was.stars if was else STARS))
        await walls.name(wall, self._clock.now(), interaction.user.id)
        sentence = ngettext(
            "From now on, pictures that {count} member has starred (⭐) are shown in {channel}.",
            "From now on, pictures that {count} members have starred (⭐) are shown in {channel}.",
            count=wall.stars,
            channel=f"<#{channel_id}>",
        )
        await tell(interaction, sentence)

    @app_commands.command(description="Show what this server spent, by member, role, channel or engine")
    @app_commands.describe(by="What to group it by", days="How many days back, up to 366")
    async def usage(
        self,
        interaction: discord.Interaction[EaselBot],
        by: Literal["member", "role", "channel", "engine"] = "member",
        days: app_commands.Range[int, 1, 366] = 30,
    ) -> None:
        """Tell what the server spent."""
        await self._usage.open_server(interaction, manager_guild(interaction), UsageBy(by), days)

    @app_commands.command(description="Show what moderators changed on this server, and who did it")
    async def log(self, interaction: discord.Interaction[EaselBot]) -> None:
        """List the last acts."""
        acts = await last_acts(self._store.database, manager_guild(interaction), LIST_LIMIT)
        await tell(interaction, acts_text(acts, locale_of(interaction)))

    @app_commands.command(description="Set who may use what, where and how much on this server")
    async def setup(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the rules, to be changed."""
        await self._setup.open(interaction)

    @app_commands.command(description="The rules of this server as a file, for another server or to edit")
    async def rules(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Hand out the rules as JSON."""
        await rule_files.hand_out(interaction, self._rulebook, manager_guild(interaction))

    @app_commands.command(name="import", description="Replace the rules of this server with those of a file")
    @app_commands.describe(file="A file from /easel rules")
    async def import_rules(self, interaction: discord.Interaction[EaselBot], file: discord.Attachment) -> None:
        """Take over rules; none is changed where one is wrong."""
        await rule_files.take_over(interaction, self._rulebook, manager_guild(interaction), file)

    @app_commands.command(description="Give a member units beside the budgets of this server")
    @app_commands.describe(member="Who may spend them", units="How many", days="For how many days, up to 366")
    async def grant(
        self,
        interaction: discord.Interaction[EaselBot],
        member: discord.User,
        units: app_commands.Range[int, 1, 1_000_000],
        days: app_commands.Range[int, 1, 366] = 30,
    ) -> None:
        """Grant units with an end."""
        guild_id, until = manager_guild(interaction), self._clock.now() + timedelta(days=days)
        if not self._rulebook.has_member_budget(guild_id, roles_of(member)):
            raise UserError(
                _(
                    "There is no `member` budget on this server that holds for {member}, so granted units would change"
                    " nothing. Set one first with {command}.",
                    member=member.mention,
                    command="`/easel setup`",
                )
            )
        await self._rulebook.grant(guild_id, f"member:{member.id}", units, until, interaction.user.id)
        await tell(
            interaction,
            ngettext(
                "{member} may spend {count} unit more on this server; what is left lapses {when}.",
                "{member} may spend {count} units more on this server; what is left lapses {when}.",
                count=units,
                member=member.mention,
                when=moment(until),
            ),
        )

    @app_commands.command(description="Which rule decides whether a member may use a command here")
    @app_commands.describe(member="The member", command="The command, such as imagine", mode="In which speed")
    async def why(
        self,
        interaction: discord.Interaction[EaselBot],
        member: discord.Member,
        command: str,
        mode: Literal["relax", "fast", "turbo"] = "fast",
    ) -> None:
        """Tell what stands against a member."""
        manager_guild(interaction)
        if command not in REQUESTS:
            raise UserError(_("There is no such command. Choose one from the list."))
        actor = Actor(member.id, locale_of(interaction), roles_of(member))
        why = await self._reasons.of(actor, place_of(interaction), command, Mode(mode))
        if why is None:
            await tell(interaction, self._nothing(actor, place_of(interaction), member))
            return
        await tell(interaction, _("{rule} decides: {sentence}", rule=rule_text(why.rule), sentence=why.sentence))

    @app_commands.command(description="For the owner of this bot: a private link to jobs, units and settings")
    async def web(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Open the panel with the link to the owner's page."""
        await self._owner_page.open(interaction)

    def _nothing(self, actor: Actor, place: Place, member: discord.Member) -> Sentence:
        if self._reviews.applies(actor, place):
            return _(
                "Nothing stands against {member}, but moderators look at the result before it is posted.",
                member=member.mention,
            )
        return _("Nothing stands against {member}.", member=member.mention)

    @app_commands.command(description="For the owner of this bot: what the relay's key has left, and what jobs cost")
    async def relay(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Tell what relays say of their keys."""
        await check_owner(interaction.client, interaction.user.id)
        kept = await read_kept_books(self._store.notes, self._settings)
        await tell(interaction, relays_text(kept, self._live.held, self._clock, locale_of(interaction)))

    @why.autocomplete("command")
    async def _commands(
        self, _interaction: discord.Interaction[EaselBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return suggested(REQUESTS, typed)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(ModerationCog(bot.services, bot.panel_router))
