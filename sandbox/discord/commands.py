"""The application's commands: what a sync may contain, and the registered objects it leaves behind."""

import asyncio
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from enum import IntEnum

from sandbox.discord.components import without_nulls
from sandbox.discord.errors import ApiError, Problems, invalid
from sandbox.discord.model import Payload

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
MOST_COMMANDS = {SLASH: 100, USER_MENU: 15, MESSAGE_MENU: 15}
MOST_CREATIONS = 200  # a day and place; a command that is overwritten under its name is none
DAY_S = 24 * 3600.0
MOST_TEXT = 8000  # characters of names, descriptions and choice values in one command
REGISTERED = frozenset({"id", "application_id", "guild_id", "version"})  # what Discord adds to a command
GLOBAL_ALONE = frozenset({"contexts", "integration_types", "dm_permission"})
# fmt: off
LOCALES = (
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
    "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
)
# fmt: on
NAME = re.compile(r"^[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}$")


class OptionType(IntEnum):
    """Discord's numbers for option types."""

    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


NESTED = {OptionType.SUBCOMMAND, OptionType.GROUP}
# a command holds groups, subcommands or values; a group subcommands; a subcommand values
INSIDE: dict[int | None, set[OptionType]] = {
    None: set(OptionType),
    OptionType.GROUP: {OptionType.SUBCOMMAND},
    OptionType.SUBCOMMAND: set(OptionType) - NESTED,
}
WITH_CHOICES = {OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER}


class CommandBook:
    """Global commands and those of single guilds (`None` and the guild's id as keys)."""

    def __init__(self, application_id: int, new_id: Callable[[], int], now: Callable[[], float]) -> None:
        self._application_id = application_id
        self._new_id = new_id
        self._now = now
        self._by_place: dict[int | None, list[Payload]] = {}
        self._created_at: dict[int | None, deque[float]] = defaultdict(lambda: deque(maxlen=MOST_CREATIONS))
        self.synced = asyncio.Event()

    def listed(self, guild_id: int | None = None) -> list[Payload]:
        """The commands registered for one guild, or the global ones."""
        return self._by_place.get(guild_id, [])

    def usable(self, guild_id: int | None) -> list[Payload]:
        """The commands that exist in a place: a guild's own come first."""
        own = [] if guild_id is None else self.listed(guild_id)
        return own + self.listed()

    def overwrite(self, commands: list[Payload], guild_id: int | None = None) -> list[Payload]:
        """Replace all commands of a place; one that did not change keeps its id and version."""
        commands = without_nulls(commands)
        check_commands(commands)
        old = {(command["type"], command["name"]): command for command in self.listed(guild_id)}
        fresh = sum((command.get("type", SLASH), command["name"]) not in old for command in commands)
        self._count_creations(fresh, guild_id)
        self._by_place[guild_id] = [self._registered(command, old, guild_id) for command in commands]
        self.synced.set()
        return self._by_place[guild_id]

    def add(self, command: Payload, guild_id: int | None = None) -> tuple[Payload, bool]:
        """Register one command, in the place of one of the same name; also tells whether there was none."""
        command = without_nulls(command)
        old = {(known["type"], known["name"]): known for known in self.listed(guild_id)}
        before = old.get((command.get("type") or SLASH, command["name"]))
        others = [known for known in self.listed(guild_id) if known is not before]
        _check_one(command, others)
        self._count_creations(int(before is None), guild_id)
        registered = self._registered(command, old, guild_id)
        self._by_place[guild_id] = [*others, registered]
        self.synced.set()
        return registered, before is None

    def get(self, command_id: str, guild_id: int | None = None) -> Payload:
        """One command by its id, or Discord's refusal."""
        found = next((command for command in self.listed(guild_id) if command["id"] == command_id), None)
        if found is None:
            raise ApiError(10063)
        return found

    def change(self, command_id: str, changes: Payload, guild_id: int | None = None) -> Payload:
        """Change what is named of one command; it keeps its id and its type."""
        before = self.get(command_id, guild_id)
        command = {name: value for name, value in before.items() if name not in REGISTERED}
        command = without_nulls(command | {name: value for name, value in changes.items() if name != "type"})
        others = [known for known in self.listed(guild_id) if known is not before]
        _check_one(command, others)
        registered = self._registered(command, {(command["type"], command["name"]): before}, guild_id)
        at = self.listed(guild_id).index(before)
        self._by_place[guild_id] = [*others[:at], registered, *others[at:]]
        return registered

    def remove(self, command_id: str, guild_id: int | None = None) -> None:
        """Take one command away."""
        self.listed(guild_id).remove(self.get(command_id, guild_id))

    def _count_creations(self, count: int, guild_id: int | None) -> None:
        created_at, now = self._created_at[guild_id], self._now()
        while created_at and now - created_at[0] > DAY_S:
            created_at.popleft()
        if len(created_at) + count > MOST_CREATIONS:
            raise ApiError(30034)
        created_at.extend([now] * count)

    def _registered(self, command: Payload, old: dict[tuple[int, str], Payload], guild_id: int | None) -> Payload:
        fresh: Payload = {
            "type": SLASH,
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
            "name_localizations": None,
            "description_localizations": None,
        } | command
        if guild_id is None:
            contexts = command.get("contexts")
            fresh["integration_types"] = command.get("integration_types") or [0]
            fresh["contexts"] = contexts
            fresh["dm_permission"] = command.get("dm_permission", contexts is None or 1 in contexts)
        else:
            # libraries send these for commands of one server, too, where they mean nothing
            fresh = {name: value for name, value in fresh.items() if name not in GLOBAL_ALONE}
            fresh["guild_id"] = str(guild_id)
        permissions = fresh["default_member_permissions"]
        fresh["default_member_permissions"] = None if permissions is None else str(permissions)
        before = old.get((fresh["type"], fresh["name"]), {})
        names = {"id", "version"}
        if {key: value for key, value in before.items() if key not in names} == fresh | {
            "application_id": str(self._application_id)
        }:
            return before
        return fresh | {
            "id": before.get("id") or str(self._new_id()),
            "application_id": str(self._application_id),
            "version": str(self._new_id()),
        }


def check_commands(commands: list[Payload]) -> None:
    """Refuse a sync that Discord would refuse."""
    problems = Problems()
    kinds = Counter(command.get("type", SLASH) for command in commands)
    for kind, count in kinds.items():
        most = MOST_COMMANDS.get(kind, 0)
        if count > most:
            problems.add("", "APPLICATION_COMMANDS_MAX_COUNT", f"At most {most} commands of type {kind}.")
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        key = command.get("type", SLASH), command.get("name", "")
        if key in seen:
            problems.add(str(index), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        seen.add(key)
        _check_command(str(index), command, problems)
    problems.refuse()


def _check_one(command: Payload, others: list[Payload]) -> None:
    """Refuse one command that Discord would refuse beside the others."""
    kind = command.get("type") or SLASH
    same_kind = [other for other in others if other["type"] == kind]
    if len(same_kind) >= MOST_COMMANDS.get(kind, 0):
        raise ApiError(30032)
    if any(other["name"] == command.get("name") for other in same_kind):
        raise invalid("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
    try:
        check_commands([command])
    except ApiError as error:
        raise ApiError(error.code, (error.errors or {}).get("0", error.errors)) from error


def _check_command(path: str, command: Payload, problems: Problems) -> None:
    if command.get("type", SLASH) != SLASH:
        problems.length(f"{path}.name", command.get("name"), 1, 32, required=True)
        _check_localized(path, "name", command, 32, problems)
        if command.get("description"):
            problems.add(
                f"{path}.description", "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED", "Must be empty for menus."
            )
        return
    _check_names(path, command, problems)
    _check_options(f"{path}.options", command.get("options") or [], problems)
    if _text_size(command) > MOST_TEXT:
        problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({MOST_TEXT})")


def _check_names(path: str, thing: Payload, problems: Problems) -> None:
    problems.length(f"{path}.description", thing.get("description"), 1, 100, required=True)
    localized = thing.get("name_localizations") or {}
    named = {f"{path}.name": thing.get("name") or ""}
    named |= {f"{path}.name_localizations.{locale}": name for locale, name in localized.items()}
    _check_localized(path, "name", thing, 32, problems)
    _check_localized(path, "description", thing, 100, problems)
    for at, name in named.items():
        if not NAME.match(name) or name != name.lower():
            problems.add(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_localized(path: str, field: str, thing: Payload, most: int, problems: Problems) -> None:
    """Every locale is one of Discord's, and each text keeps the limit of the field, in characters."""
    texts = thing.get(f"{field}_localizations") or {}
    if set(texts) - set(LOCALES):
        problems.one_of(f"{path}.{field}_localizations", LOCALES)
    for locale, text in texts.items():
        problems.length(f"{path}.{field}_localizations.{locale}", text, 1, most)


def _check_options(path: str, options: list[Payload], problems: Problems, *, inside: int | None = None) -> None:
    """The options of a command, or those `inside` a group or subcommand."""
    problems.length(path, options, 0, 25)
    is_optional_seen = False
    names: set[tuple[str, str]] = set()
    if len({option.get("type") in NESTED for option in options}) > 1:
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands and values cannot stand together")
    for index, option in enumerate(options):
        at = f"{path}.{index}"
        _check_names(at, option, problems)
        own = {("", option.get("name") or ""), *(option.get("name_localizations") or {}).items()}
        if own & names:  # in any one language
            problems.add(f"{at}.name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
        names |= own
        kind = option.get("type")
        if kind not in INSIDE[inside]:
            problems.one_of(f"{at}.type", tuple(sorted(map(int, INSIDE[inside]))))
        elif kind in NESTED:
            _check_options(f"{at}.options", option.get("options") or [], problems, inside=kind)
            continue
        if option.get("required") and is_optional_seen:
            problems.add(
                at,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        is_optional_seen |= not option.get("required")
        _check_value_rules(at, option, problems)


def _check_value_rules(path: str, option: Payload, problems: Problems) -> None:
    choices = option.get("choices") or []
    problems.length(f"{path}.choices", choices, 0, 25)
    if choices and option.get("autocomplete"):
        problems.add(path, "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE_WITH_CHOICES", "Cannot have both")
    if (choices or option.get("autocomplete")) and option.get("type") not in WITH_CHOICES:
        problems.add(path, "APPLICATION_COMMAND_OPTION_CHOICES_TYPE", "This type of option has no choices")
    for index, choice in enumerate(choices):
        problems.length(f"{path}.choices.{index}.name", choice.get("name"), 1, 100, required=True)
        _check_localized(f"{path}.choices.{index}", "name", choice, 100, problems)
        if isinstance(choice.get("value"), str):
            problems.length(f"{path}.choices.{index}.value", choice["value"], 1, 100)
    if len({choice.get("name") for choice in choices}) < len(choices):
        problems.add(f"{path}.choices", "APPLICATION_COMMAND_OPTIONS_CHOICES_NAME_DUPLICATED", "Names must be unique")
    for what in ("value", "length"):
        low, high = option.get(f"min_{what}"), option.get(f"max_{what}")
        if low is not None and high is not None and low > high:
            problems.add(f"{path}.max_{what}", "NUMBER_TYPE_MIN", f"The value should be at least {low}.")
    problems.between(f"{path}.min_length", option.get("min_length"), 0, 6000)
    problems.between(f"{path}.max_length", option.get("max_length"), 1, 6000)


def _text_size(thing: Payload) -> int:
    # of each localised text the longest variant counts
    size = 0
    for field in ("name", "description"):
        variants = [thing.get(field) or "", *(thing.get(f"{field}_localizations") or {}).values()]
        size += max(map(len, variants))
    size += sum(len(str(choice.get("value", ""))) for choice in thing.get("choices") or [])
    nested = [*(thing.get("options") or []), *(thing.get("choices") or [])]
    return size + sum(map(_text_size, nested))
