"""Commands in the languages of the catalogues: descriptions, choices, context menus. What people type stays English."""

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from typing_extensions import override

from bot.language import translation

TYPED = frozenset({Location.group_name, Location.parameter_name})


class CommandTranslator(app_commands.Translator):
    """Looks texts of commands up in the catalogues."""

    @override
    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        is_command_name = context.location is Location.command_name and isinstance(context.data, app_commands.Command)
        if is_command_name or context.location in TYPED:
            return None
        return translation(string.message, locale.value)


async def translated_commands(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """Build what a sync tells Discord about all commands, in all languages."""
    translator = CommandTranslator()
    return [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]
