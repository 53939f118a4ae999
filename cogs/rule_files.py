"""Rules as a file, of one server or for all: handed out, and taken over."""

import io

import discord

from bot.client import EaselBot
from bot.domain.server_rules import RuleError, exported, imported
from bot.errors import UserError
from bot.jobs.rulebook import Rulebook
from bot.language import _, ngettext
from bot.storage.audit import ActKind
from bot.ui.components.interactions import tell

RULES_LIMIT = 200_000  # bytes of a file


async def hand_out(interaction: discord.Interaction[EaselBot], rulebook: Rulebook, scope: int) -> None:
    """Answer with the rules as JSON; `scope` is a server, or `OWNER`."""
    text = exported(rulebook.of_guild(scope))
    file = discord.File(io.BytesIO(text.encode()), "easel-rules.json")
    await interaction.response.send_message(file=file, ephemeral=True)


async def take_over(
    interaction: discord.Interaction[EaselBot], rulebook: Rulebook, scope: int, file: discord.Attachment
) -> None:
    """Replace all rules with those of a file.

    Raises:
        UserError: one is wrong, and none was changed.
    """
    if file.size > RULES_LIMIT:
        raise UserError(_("This file is too large to be rules."))
    await interaction.response.defer(ephemeral=True)
    try:
        rules = imported((await file.read()).decode("utf-8", "replace"))
        gone = dict.fromkeys(rulebook.of_guild(scope).values)
        await rulebook.set(scope, gone | rules, interaction.user.id, ActKind.IMPORT)
    except RuleError as exc:
        raise UserError(_("{reason} Nothing was changed.", reason=exc.sentence)) from exc
    await tell(interaction, ngettext("Imported: {count} rule.", "Imported: {count} rules.", count=len(rules)))
