"""The discord.py bot: cogs, buttons, commands in sync, and one error path for all of them."""

import hashlib
import json
import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from typing_extensions import override
from yarl import URL

from bot.settings import Settings
from bot.ui.buttons import JobButton
from bot.ui.interactions import Interaction, report
from bot.ui.presses import Desk

logger = logging.getLogger(__name__)

COGS = ("cogs.imagine", "cogs.jobs")
SYNC_NOTE = "synced_commands"


class EaselTree(app_commands.CommandTree["EaselBot"]):
    """The command tree, answering every error."""

    @override
    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        await report(interaction, error)


class EaselBot(commands.AutoShardedBot):
    """The client. It takes orders at the `desk`; what they mean is decided below it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=discord.Intents(guilds=True),  # interactions need no other
            tree_cls=EaselTree,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=settings.allow_dm, private_channel=settings.allow_user_install
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=settings.allow_user_install),
            help_command=None,
            max_messages=None,
            chunk_guilds_at_startup=False,
        )
        self.desk: Desk  # set by the composition root before the bot connects

    @property
    def presses(self) -> Desk:
        """Where `JobButton` brings its presses."""
        return self.desk

    @override
    async def setup_hook(self) -> None:
        await self.load_cogs()
        self.add_dynamic_items(JobButton)
        await self._sync_commands()
        self._warn_if_public()

    async def load_cogs(self) -> None:
        """Load all commands; a broken cog stops the start."""
        for name in COGS:
            await self.load_extension(name)

    def _warn_if_public(self) -> None:
        if self.application is not None and self.application.bot_public and not self.settings.allowed_guilds:
            logger.warning(
                "the application is public and ALLOWED_GUILDS is empty: anybody may invite it and spend your credit"
            )

    async def _sync_commands(self) -> None:
        """Tell Discord about the commands when they changed, or when it has others than we think."""
        payload: list[dict[str, Any]] = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()
        note = f"{self.application_id}:{digest}"
        store = self.desk.service.store
        if await store.note(SYNC_NOTE) == note and len(await self.tree.fetch_commands()) == len(payload):
            return
        await self.tree.sync()
        await store.set_note(SYNC_NOTE, note)
        logger.info("commands synced count=%d", len(payload))

    async def on_ready(self) -> None:
        """Say that we are there; it may come several times in one run."""
        logger.info("ready user=%s guilds=%d", self.user, len(self.guilds))


def point_at(settings: Settings) -> None:
    """Make discord.py talk to the configured addresses: class attributes of the library, so once per process."""
    Route.BASE = str(settings.discord_api_url).rstrip("/")
    if settings.discord_gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(str(settings.discord_gateway_url))
