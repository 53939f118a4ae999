"""The panel of /easel setup: the rules of a server, a page for each kind. It remembers nothing but what is stored."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.domain.server_rules import OWNER, Key, Name, RuleError, ServerRules
from bot.errors import UserError
from bot.language import _
from bot.services import Services
from bot.storage.walls import Wall
from bot.text import escape_inline
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import locale_of
from bot.ui.components.modals import FIELD_LIMIT, SETUP_TITLES, ModalContext, ModalKind, open_modal
from bot.ui.components.owners import check_owner
from bot.ui.components.standing import Standing
from bot.ui.panels.setup_review import WHAT, review_changes
from bot.ui.panels.setup_view import (
    ABOUT_OWNERS,
    SERVER,
    chosen_of,
    only,
    pages_of,
    view_of,
)

STARS = 3  # of a new wall
NUMBERS = (Name.UNITS, Name.MEMBER, Name.COOLDOWN)


def manager_guild(interaction: Interaction) -> int:
    """Return the server, to somebody who may manage it.

    Raises:
        UserError: they may not, or this is none.
    """
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise UserError(_("Only people who can manage this server can do that."))
    return interaction.guild_id


async def scope_of_owner(interaction: Interaction) -> int:
    """Return what stands for all servers, to somebody who owns the application.

    Raises:
        UserError: they do not.
    """
    await check_owner(interaction.client, interaction.user.id)
    return OWNER


async def scope_of_manager(interaction: Interaction) -> int:
    """Return the server, as `manager_guild` does."""
    return manager_guild(interaction)


class SetupPanel:
    """Shows rules and changes them, for those who may set them; asked again at each press."""

    def __init__(self, services: Services, scope_of: Callable[[Interaction], Awaitable[int]]) -> None:
        """`scope_of` tells whose rules somebody may set: a server's, or the owner's for all servers."""
        self._rulebook = services.jobs.rulebook
        self._walls = services.store.walls
        self._clock = services.clock
        self._scope_of = scope_of

    async def open(self, interaction: Interaction) -> None:
        """Answer with the first page."""
        rules = self._rulebook.of_guild(await self._scope_of(interaction))
        view = view_of(rules, await self._wall_of(rules), next(iter(pages_of(rules))), "", locale_of(interaction))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Change what was pressed or chosen, and show how it is then."""
        rules = self._rulebook.of_guild(await self._scope_of(interaction))
        match given.what:
            case "words":
                await self._open(interaction, ModalKind.SETUP_WORDS, rules, _words_of(rules))
            case "numbers":
                await self._open(interaction, ModalKind.SETUP_NUMBERS, rules, _numbers_of(rules))
            case "page":
                await self._show(interaction, rules.guild_id, given.value, "")
            case "feature":
                await self._show(interaction, rules.guild_id, "features", given.value)
            case "wall" | "stars":
                await self._set_wall(interaction, given)
            case what if what in WHAT:
                await self._set(interaction, rules.guild_id, "review", review_changes(rules, given), "")
            case _:
                page, changes = _changes(rules, given)
                feature = given.about if page == "features" else ""
                await self._set(interaction, rules.guild_id, page, changes, feature)

    async def receive(self, interaction: Interaction, ask: ModalKind, text: str) -> None:
        """Take the text of one of the panel's modals.

        Raises:
            UserError: it is not written as rules are; nothing is changed.
        """
        rules = self._rulebook.of_guild(await self._scope_of(interaction))
        known = _words_of(rules) if ask is ModalKind.SETUP_WORDS else _numbers_of(rules)
        if not text.strip() and len(known) > FIELD_LIMIT:  # more than the field takes: it was empty from the beginning
            await self._show(interaction, rules.guild_id, "limits", "")
            return
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if ask is ModalKind.SETUP_WORDS:
            changes: Mapping[Key, Any] = {Key(SERVER, Name.WORDS): lines or None}
        else:
            changes = {key: None for key in rules.values if _is_number(key)} | dict(map(_number_in, lines))
        await self._set(interaction, rules.guild_id, "limits", changes, "")

    async def _set(
        self, interaction: Interaction, scope: int, page: str, changes: Mapping[Key, Any], feature: str
    ) -> None:
        try:
            await self._rulebook.set(scope, changes, interaction.user.id)
        except RuleError as exc:
            raise UserError(_("{reason} Nothing was changed.", reason=exc.sentence)) from exc
        await self._show(interaction, scope, page, feature)

    async def _set_wall(self, interaction: Interaction, given: PanelInput) -> None:
        """Choose the wall's channel, or how many stars it asks for; without a channel there is none."""
        guild_id, by = manager_guild(interaction), interaction.user.id
        was = await self._walls.get(guild_id)
        stars = was.stars if was else STARS
        if given.what == "wall" and not given.value:
            await self._walls.drop(guild_id, by)
        elif given.what == "wall":
            await Standing(interaction.client).check_may_post(guild_id, int(given.value))
            await self._walls.name(Wall(guild_id, int(given.value), stars), self._clock.now(), by)
        elif was is not None:
            await self._walls.name(replace(was, stars=int(given.value)), self._clock.now(), by)
        await self._show(interaction, guild_id, "more", "")

    async def _open(self, interaction: Interaction, ask: ModalKind, rules: ServerRules, text: str) -> None:
        await open_modal(interaction, ModalContext(ask, _about(rules)), SETUP_TITLES[ask], text, self._clock)

    async def _show(self, interaction: Interaction, scope: int, page: str, feature: str) -> None:
        rules = self._rulebook.of_guild(scope)
        view = view_of(rules, await self._wall_of(rules), page, feature, locale_of(interaction))
        # Where a refused modal was opened again, what told of the refusal becomes the panel: its words have to go.
        await interaction.response.edit_message(content=None, view=view)

    async def _wall_of(self, rules: ServerRules) -> Wall | None:
        return None if rules.is_owners else await self._walls.get(rules.guild_id)


def _words_of(rules: ServerRules) -> str:
    """The words that are not allowed, a line for each."""
    return "\n".join(rules.values.get(Key(SERVER, Name.WORDS), ()))


def _changes(rules: ServerRules, given: PanelInput) -> tuple[str, dict[Key, Any]]:
    """The page on which something was pressed, and what it changes."""
    ids = [int(one) for one in given.value.split() if one.isdigit()]
    match given.what:
        case "allow" | "deny":
            wanted = given.what == "allow"
            gone = {Key(f"{given.about}:{one}", Name.ALLOW): None for one in chosen_of(rules, given.about, may=wanted)}
            return f"{given.about}s", gone | {Key(f"{given.about}:{one}", Name.ALLOW): wanted for one in ids}
        case "for":
            return "features", {only(given.about): ids or None}
        case "off":
            return "features", {only(given.about): []}
        case "log":
            return "more", {Key(SERVER, Name.LOG): ids[0] if ids else None}
        case "consent":
            return "more", {Key(SERVER, Name.CONSENT): True if given.about == "on" else None}
        case "press" | "age" | "flagged":
            return "more", {Key(SERVER, given.what): given.about or None}
    raise UserError(_("This panel is from another version. Open it again with {command}.", command="`/easel setup`"))


def _is_number(key: Key) -> bool:
    return key.name.partition(".")[0] in NUMBERS


def _numbers_of(rules: ServerRules) -> str:
    """Numbers as their modal shows them, and takes them back."""
    lines = [
        f"{'' if key.scope == SERVER else f'{key.scope} '}{key.name} {value}"
        for key, value in sorted(rules.values.items())
        if _is_number(key)
    ]
    return "\n".join(lines)


def _number_in(line: str) -> tuple[Key, Any]:
    *scope, name, value = line.split() if len(line.split()) in (2, 3) else ("", "", "")
    key = Key(scope[0] if scope else SERVER, name)
    if not _is_number(key) or not value.isdecimal():
        raise UserError(
            _(
                "“{line}” is no budget and no cooldown; write it as {example}.",
                line=escape_inline(line, 60),
                example="`member.day 20`",
            )
        )
    return key, int(value)


def _about(rules: ServerRules) -> str:
    """What stands in a modal's custom id for whose rules it is about."""
    return ABOUT_OWNERS if rules.is_owners else ""
