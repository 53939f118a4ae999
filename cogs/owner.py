"""/easel owner: what the owner of the application can do for all servers."""

import re
from datetime import timedelta

import discord
from discord import app_commands

from bot.client import EaselBot
from bot.domain.job import Subject
from bot.domain.server_rules import OWNER
from bot.errors import SettingsError, UserError
from bot.language import _
from bot.storage.audit import last_acts
from bot.ui.components.interactions import locale_of, tell
from bot.ui.components.owners import check_owner
from bot.ui.messages.job_list import LIST_LIMIT
from bot.ui.text.ban_lines import bans_text, whom
from bot.ui.text.changes_text import changes_text, complaints_text
from bot.ui.text.usage_lines import acts_text
from cogs import rule_files

_ID = re.compile(r"\d{15,20}", re.ASCII)  # of a server, as Discord copies it
Days = app_commands.Range[int, 1, 3650]


class OwnerCommands(app_commands.Group, name="owner", description="For the owner of this bot alone"):
    """Rules for all servers, and bans. Each command asks whether it is the owner who comes."""

    def __init__(self, bot: EaselBot) -> None:
        super().__init__()
        services = bot.services
        self._controls = services.jobs.controls
        self._bans = services.jobs.bans
        self._rulebook = services.jobs.rulebook
        self._store = services.store
        self._clock = services.clock
        self._reloading = services.reloading
        self._setup = bot.panel_router.owners_setup

    @app_commands.command(description="Set what bounds the rules of all servers")
    async def setup(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the rules for all servers, to be changed."""
        await self._setup.open(interaction)

    @app_commands.command(description="The rules for all servers as a file")
    async def rules(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Hand out the rules as JSON."""
        await check_owner(interaction.client, interaction.user.id)
        await rule_files.hand_out(interaction, self._rulebook, OWNER)

    @app_commands.command(name="import", description="Replace the rules for all servers with those of a file")
    @app_commands.describe(file="A file from /easel owner rules")
    async def import_rules(self, interaction: discord.Interaction[EaselBot], file: discord.Attachment) -> None:
        """Take over rules; none is changed where one is wrong."""
        await check_owner(interaction.client, interaction.user.id)
        await rule_files.take_over(interaction, self._rulebook, OWNER, file)

    @app_commands.command(description="Ban a member everywhere, or a server, which I leave")
    @app_commands.describe(
        reason="Why; only the owner reads it",
        member="The member to ban",
        server="Or the id of the server to ban",
        days="For how many days; without: for good",
    )
    async def ban(
        self,
        interaction: discord.Interaction[EaselBot],
        reason: app_commands.Range[str, 1, 400],
        member: discord.User | None = None,
        server: str = "",
        days: Days | None = None,
    ) -> None:
        """Ban, and stop what waits."""
        owners = await check_owner(interaction.client, interaction.user.id)
        subject, subject_id = _subject(member, server)
        if member is not None and (member.bot or member.id in owners):
            raise UserError(_("Please choose somebody else: you can ban neither an owner of Easel nor a bot."))
        until = None if days is None else self._clock.now() + timedelta(days=days)
        await self._controls.ban(subject, subject_id, interaction.user.id, reason=reason, until=until)
        banned = _("Banned: {whom}. What waited was stopped.", whom=whom(subject, subject_id))
        left = _("Banned: {whom}. What waited was stopped, and I leave it.", whom=whom(subject, subject_id))
        await tell(interaction, left if subject is Subject.GUILD else banned)

    @app_commands.command(description="Lift the ban of a member or a server")
    @app_commands.describe(member="The member", server="Or the id of the server", reason="Why; only the owner reads it")
    async def unban(
        self,
        interaction: discord.Interaction[EaselBot],
        member: discord.User | None = None,
        server: str = "",
        reason: app_commands.Range[str, 0, 400] = "",
    ) -> None:
        """Lift a ban."""
        await check_owner(interaction.client, interaction.user.id)
        subject, subject_id = _subject(member, server)
        if not await self._bans.lift(subject, subject_id, interaction.user.id, reason=reason):
            raise UserError(_("There is no such ban: {whom}.", whom=whom(subject, subject_id)))
        await tell(interaction, _("The ban is lifted: {whom}.", whom=whom(subject, subject_id)))

    @app_commands.command(description="List who is banned, until when and why")
    async def bans(self, interaction: discord.Interaction[EaselBot]) -> None:
        """List the bans that hold."""
        await check_owner(interaction.client, interaction.user.id)
        await self._bans.load()  # somebody may have been erased meanwhile
        await tell(interaction, bans_text(self._bans.standing(), locale_of(interaction)))

    @app_commands.command(description="Read the settings again: keys, limits, prices, engines; running jobs go on")
    async def reload(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Read the settings, and tell what has changed."""
        await check_owner(interaction.client, interaction.user.id)
        await interaction.response.defer(ephemeral=True)
        try:
            found = await self._reloading.reload_everywhere(interaction.user.id)
        except SettingsError as exc:
            raise UserError(_("The settings stay as they are:\n{wrong}", wrong=complaints_text(str(exc)))) from exc
        others = not self._store.database.processes.is_alone
        await tell(interaction, changes_text(found, locale_of(interaction), has_others=others))

    @app_commands.command(description="Show what was done for all servers, and by whom")
    async def log(self, interaction: discord.Interaction[EaselBot]) -> None:
        """List the last acts."""
        await check_owner(interaction.client, interaction.user.id)
        acts = await last_acts(self._store.database, None, LIST_LIMIT)
        await tell(interaction, acts_text(acts, locale_of(interaction)))


def _subject(member: discord.User | None, server: str) -> tuple[Subject, int]:
    """Whom a command is about.

    Raises:
        UserError: nobody, several, or something that is no server's id.
    """
    if (member is None) is (not server):
        raise UserError(_("Please name either a member or a server."))
    if member is not None:
        return Subject.MEMBER, member.id
    if not _ID.fullmatch(server.strip()):
        raise UserError(_("“{server}” is no server id; it is a long number.", server=server[:40]))
    return Subject.GUILD, int(server)


async def setup(bot: EaselBot) -> None:
    """Put the commands below /easel."""
    easel = bot.tree.get_command("easel")
    if not isinstance(easel, app_commands.Group):
        raise TypeError("/easel is not loaded")
    easel.add_command(OwnerCommands(bot))
