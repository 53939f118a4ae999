"""Commands in the languages of the catalogues: descriptions, choices, context menus. What people type stays English."""

import hashlib
import json
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from typing_extensions import override

from bot import __version__
from bot.language import catalogue_files, translation

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


def commands_digest(tree: app_commands.CommandTree[Any]) -> str:
    """Say in short what a sync would tell Discord: another word when a command or a catalogue changed.

    No catalogue is read into memory for it: most starts find nothing to tell, and all languages take 3 MB.
    """
    english = json.dumps([command.to_dict(tree) for command in tree.get_commands()], sort_keys=True, default=str)
    digest = hashlib.sha256(f"{__version__} {english}".encode())
    for file in catalogue_files():
        digest.update(file.read_bytes())
    return digest.hexdigest()
