"""The discord.py bot: cogs, buttons, commands in sync, and one error path for all of them."""

import logging
from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from typing_extensions import override
from yarl import URL

from bot.clock import Clock
from bot.crypto import TokenCipher
from bot.domain.engine_info import OTHER_ENGINES
from bot.fairness import LoopThrottle
from bot.gateway.sharded_client import ShardedClient
from bot.jobs import policy
from bot.jobs.access import Members
from bot.jobs.extras import Extras
from bot.jobs.original_addresses import OriginalAddresses
from bot.jobs.presenter import Presenter
from bot.pictures.folder import Pictures
from bot.services import Services
from bot.settings import Settings
from bot.ui.components.client import Interaction
from bot.ui.components.command_translator import CommandTranslator, commands_digest
from bot.ui.components.guild_members import GuildMembers
from bot.ui.components.interactions import report
from bot.ui.components.job_buttons import JobButton
from bot.ui.components.panel_items import PanelButton, PanelChannels, PanelMenu, PanelRoles
from bot.ui.components.picture_menu import JobMenu
from bot.ui.components.region_buttons import RegionButton
from bot.ui.components.review_buttons import ReviewButton
from bot.ui.delivery.presenter import DiscordPresenter
from bot.ui.flows import entry_points
from bot.ui.flows.build import build_flows
from bot.ui.routers.buttons import ButtonRouter
from bot.ui.routers.modals import ModalRouter
from bot.ui.routers.panels import PanelRouter
from bot.ui.routers.replies import ReplyRouter

logger = logging.getLogger(__name__)

COGS = (
    "cogs.imagine",
    "cogs.blend",
    "cogs.describe",
    "cogs.shorten",
    "cogs.faceswap",
    "cogs.animate",
    "cogs.edit",
    "cogs.jobs",
    "cogs.preferences",
    "cogs.panels",
    "cogs.privacy",
    "cogs.results",
    "cogs.replies",
    "cogs.moderation",
    "cogs.owner",
    "cogs.compare",
    "cogs.batch",
)
# The commands of the other engines, loaded where their engine is on.
ENGINE_COGS = {info.name: info.cog for info in OTHER_ENGINES}
SYNC_NOTE = "synced_commands"
# Seconds; for edits of old messages Discord may ask for an hour, in which no other edit would leave for that channel.
LONGEST_WAIT_S = 60.0


class EaselTree(app_commands.CommandTree["EaselBot"]):
    """Lets commands in by their rules, and answers every error."""

    @override
    async def interaction_check(self, interaction: Interaction, /) -> bool:
        await self.client.throttle.enter()
        command = interaction.command
        if command is not None and interaction.type is discord.InteractionType.application_command:
            rule = entry_points.COMMANDS.get(command.qualified_name, entry_points.Rule.STARTS)
            try:
                await entry_points.check_entry(self.client.services, interaction, rule)
            except Exception as exc:  # noqa: BLE001 - the library would only log it
                await report(interaction, exc)
                return False
        return True

    @override
    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        await report(interaction, error)


class EaselBot(ShardedClient):
    """Leads what people do to commands and routers, and shows jobs through its presenter."""

    def __init__(
        self,
        settings: Settings,
        pictures: Pictures,
        cipher: TokenCipher,
        clock: Clock,
        originals: OriginalAddresses,
        extras: Extras,
        serve: Callable[[Presenter, Members], Services],
    ) -> None:
        """Build everything that stands on Discord's side.

        Args:
            settings: the owner's.
            pictures: the folder of kept pictures.
            cipher: what interactions' tokens are encrypted by.
            clock: the process's.
            originals: where people find what a message cannot hold.
            extras: says who gets what beside their picture.
            serve: builds what stands below, from who shows jobs and who knows members; both need the client.
        """
        super().__init__(
            settings.discord,
            clock,
            command_prefix=commands.when_mentioned,
            tree_cls=EaselTree,
            allowed_mentions=discord.AllowedMentions.none(),
            **_reach(settings),
            help_command=None,
            max_ratelimit_timeout=LONGEST_WAIT_S,
        )
        self.throttle = LoopThrottle()  # for commands
        self.presenter = DiscordPresenter(self, pictures, cipher, clock, originals, extras)
        self.services = serve(self.presenter, GuildMembers(self, clock))
        self.flows = build_flows(self, self.services)
        self.button_router: ButtonRouter = ButtonRouter(self.services, self.flows)
        self.panel_router: PanelRouter = PanelRouter(self.services, self.flows)
        self.modal_router = ModalRouter(self.services, self.flows, self.panel_router)
        self.reply_router = ReplyRouter(self.services)

    @override
    async def setup_hook(self) -> None:
        await self.load_cogs()
        await self.tree.set_translator(CommandTranslator())
        self.add_dynamic_items(JobButton, RegionButton, ReviewButton, JobMenu)
        self.add_dynamic_items(PanelButton, PanelMenu, PanelRoles, PanelChannels)
        await self._sync_commands()
        self._warn_if_public()

    async def load_cogs(self) -> None:
        """Load all commands; a broken cog stops the start."""
        for name in (
            *COGS,
            *(cog for engine, cog in ENGINE_COGS.items() if engine in self.services.settings.engines.on),
        ):
            await self.load_extension(name)

    async def on_settings_changed(self, settings: Settings) -> None:
        """Load the commands of engines that are on now, and no others; Discord is told where that changed something.

        Raises:
            discord.HTTPException: it was not.
        """
        wanted = {cog for engine, cog in ENGINE_COGS.items() if engine in settings.engines.on}
        loaded = self.extensions.keys() & set(ENGINE_COGS.values())
        for name in sorted(loaded - wanted):
            await self.unload_extension(name)
        for name in sorted(wanted - loaded):
            await self.load_extension(name)
        if loaded != wanted:
            await self._sync_commands()

    def _warn_if_public(self) -> None:
        is_public = self.application is not None and self.application.bot_public
        if warning := policy.open_doors(self.services.settings, is_public=is_public):
            logger.warning(warning)

    async def _sync_commands(self) -> None:
        """Tell Discord about the commands when they changed, or when it has others than we think."""
        note, count = f"{self.application_id}:{commands_digest(self.tree)}", len(self.tree.get_commands())
        if await self.services.store.database.processes.is_outdated():
            logger.warning("commands are left as a newer version of the bot has them, which works beside this one")
            return
        notes = self.services.store.notes
        if await notes.get(SYNC_NOTE) == note and len(await self.tree.fetch_commands()) == count:
            return
        await self.tree.sync()
        await notes.set(SYNC_NOTE, note)
        logger.info("commands synced count=%d", count)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Modals are answered from what their answer says, never from what we remember of asking."""
        if interaction.type is discord.InteractionType.modal_submit:
            await self.modal_router.receive(interaction)


def _reach(settings: Settings) -> dict[str, Any]:
    """What the bot hears of, and where its commands are: options of discord.py's client."""
    dm, foreign = settings.places.allow_dm, settings.places.allow_user_install
    return {
        "intents": _intents(settings),
        "allowed_contexts": app_commands.AppCommandContext(guild=True, dm_channel=dm, private_channel=foreign),
        "allowed_installs": app_commands.AppInstallationType(guild=True, user=foreign),
    }


def _intents(settings: Settings) -> discord.Intents:
    """Interactions need none, and servers stay untold; reactions and, only where the owner wants replies, messages."""
    wants_text = settings.places.message_replies
    return discord.Intents(
        guild_reactions=True,
        dm_reactions=True,
        guild_messages=wants_text,
        dm_messages=wants_text,
        message_content=wants_text,
    )


def point_at(settings: Settings) -> None:
    """Make discord.py talk to the configured addresses: class attributes of the library, so once per process."""
    Route.BASE = str(settings.discord.api_url).rstrip("/")
    if settings.discord.gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(str(settings.discord.gateway_url))
