"""The panel of /easel setup: the rules of a server, a page for each kind. It remembers nothing but what is stored."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from discord import ui

from bot.domain.engine_info import ENGINES
from bot.domain.requests import Mode
from bot.domain.server_rules import Key, Name, RuleError, ServerRules
from bot.errors import UserError
from bot.jobs.reasons_why import REQUESTS
from bot.language import Sentence, _
from bot.services import Services
from bot.storage.walls import Wall
from bot.text import escape_inline, shorten
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import locale_of
from bot.ui.components.modals import FIELD_LIMIT, ModalContext, ModalKind, open_modal
from bot.ui.components.panel_items import (
    PanelButton,
    PanelChannels,
    PanelMenu,
    PanelRoles,
    Row,
    Style,
    choices,
    panel_of,
    row_of,
)

NAME = "setup"
SERVER = "server"
LINES, TEXT_LIMIT = 20, 3000  # of the rules that are shown
STARS, STARS_OFFERED = 3, (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100)  # of a wall
PAGES: dict[str, Sentence] = {
    "channels": _("Channels"),
    "roles": _("Roles"),
    "features": _("Engines, commands and speeds by role"),
    "limits": _("Budgets, cooldowns and words"),
    "more": _("Buttons, age, consent, log and wall"),
}
NUMBERS = (Name.UNITS, Name.MEMBER, Name.COOLDOWN)
# What can be kept for roles, as custom ids and as rules name it.
FEATURES = {
    f"{kind[0]}{''.join(filter(str.isalnum, value))}": f"{kind}.{value}"
    for kind, values in (
        ("engine", list(ENGINES)),
        ("mode", [mode.value for mode in Mode]),
        ("operation", [request.name for request in REQUESTS.values()]),
    )
    for value in values
}


def manager_guild(interaction: Interaction) -> int:
    """Return the server, to somebody who may manage it.

    Raises:
        UserError: they may not, or this is none.
    """
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise UserError(_("Only people who can manage this server can do that."))
    return interaction.guild_id


class SetupPanel:
    """Shows a server's rules and changes them, for those who may manage it; asked again at each press."""

    def __init__(self, services: Services) -> None:
        self._rulebook = services.jobs.rulebook
        self._walls = services.store.walls
        self._clock = services.clock

    async def open(self, interaction: Interaction) -> None:
        """Answer with the first page."""
        guild_id = manager_guild(interaction)
        rules, wall = self._rulebook.of_guild(guild_id), await self._walls.get(guild_id)
        view = _view(rules, wall, "channels", "", locale_of(interaction))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Change what was pressed or chosen, and show how it is then."""
        guild_id = manager_guild(interaction)
        rules = self._rulebook.of_guild(guild_id)
        match given.what:
            case "words":
                modal, title = ModalContext(ModalKind.SETUP_WORDS, ""), _("Words that are not allowed")
                await open_modal(interaction, modal, title, _words_of(rules), self._clock)
            case "numbers":
                modal = ModalContext(ModalKind.SETUP_NUMBERS, "")
                await open_modal(interaction, modal, _("Budgets and cooldowns"), _numbers_of(rules), self._clock)
            case "page":
                await self._show(interaction, given.value, "")
            case "feature":
                await self._show(interaction, "features", given.value)
            case "wall" | "stars":
                await self._set_wall(interaction, given)
            case _:
                page, changes = _changes(rules, given)
                await self._set(interaction, page, changes, given.about if page == "features" else "")

    async def receive(self, interaction: Interaction, ask: ModalKind, text: str) -> None:
        """Take the text of one of the panel's modals.

        Raises:
            UserError: it is not written as rules are; nothing is changed.
        """
        rules = self._rulebook.of_guild(manager_guild(interaction))
        known = _words_of(rules) if ask is ModalKind.SETUP_WORDS else _numbers_of(rules)
        if not text.strip() and len(known) > FIELD_LIMIT:  # more than the field takes: it was empty from the beginning
            await self._show(interaction, "limits", "")
            return
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if ask is ModalKind.SETUP_WORDS:
            changes: Mapping[Key, Any] = {Key(SERVER, Name.WORDS): lines or None}
        else:
            changes = {key: None for key in rules.values if _is_number(key)} | dict(map(_number_in, lines))
        await self._set(interaction, "limits", changes, "")

    async def _set(self, interaction: Interaction, page: str, changes: Mapping[Key, Any], feature: str) -> None:
        try:
            await self._rulebook.set(manager_guild(interaction), changes, interaction.user.id)
        except RuleError as exc:
            raise UserError(_("Nothing was changed: {rule}.", rule=escape_inline(str(exc), 200))) from exc
        await self._show(interaction, page, feature)

    async def _set_wall(self, interaction: Interaction, given: PanelInput) -> None:
        """Choose the wall's channel, or how many stars it asks for; without a channel there is none."""
        guild_id, by = manager_guild(interaction), interaction.user.id
        was = await self._walls.get(guild_id)
        stars = was.stars if was else STARS
        if given.what == "wall" and not given.value:
            await self._walls.drop(guild_id, by)
        elif given.what == "wall":
            await self._walls.name(Wall(guild_id, int(given.value), stars), self._clock.now(), by)
        elif was is not None:
            await self._walls.name(replace(was, stars=int(given.value)), self._clock.now(), by)
        await self._show(interaction, "more", "")

    async def _show(self, interaction: Interaction, page: str, feature: str) -> None:
        guild_id = manager_guild(interaction)
        rules, wall = self._rulebook.of_guild(guild_id), await self._walls.get(guild_id)
        await interaction.response.edit_message(view=_view(rules, wall, page, feature, locale_of(interaction)))


def _words_of(rules: ServerRules) -> str:
    """The words that are not allowed, a line for each."""
    return "\n".join(rules.values.get(Key(SERVER, Name.WORDS), ()))


def _changes(rules: ServerRules, given: PanelInput) -> tuple[str, dict[Key, Any]]:
    """The page on which something was pressed, and what it changes."""
    ids = [int(one) for one in given.value.split() if one.isdigit()]
    match given.what:
        case "allow" | "deny":
            wanted = given.what == "allow"
            gone = {
                Key(f"{given.about}:{one}", Name.ALLOW): None
                for one, may in _known(rules, given.about)
                if may is wanted
            }
            return f"{given.about}s", gone | {Key(f"{given.about}:{one}", Name.ALLOW): wanted for one in ids}
        case "for":
            return "features", {_only(given.about): ids or None}
        case "off":
            return "features", {_only(given.about): []}
        case "log":
            return "more", {Key(SERVER, Name.LOG): ids[0] if ids else None}
        case "consent":
            return "more", {Key(SERVER, Name.CONSENT): True if given.about == "on" else None}
        case "press" | "age":
            return "more", {Key(SERVER, given.what): given.about or None}
    raise UserError(_("This panel is from another version. Open it again with {command}.", command="`/easel setup`"))


def _known(rules: ServerRules, kind: str) -> list[tuple[int, Any]]:
    return list(rules.of(Name.ALLOW, kind))


def _only(feature: str) -> Key:
    return Key(SERVER, f"{Name.ONLY}.{FEATURES.get(feature, '')}")


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


# How it looks.


def _view(rules: ServerRules, wall: Wall | None, page: str, feature: str, locale: str) -> ui.LayoutView:
    pages = choices([(name, label.render(locale)) for name, label in PAGES.items()], page)
    menu = PanelMenu(NAME, "page", "", pages, _("What to set up").render(locale))
    text: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(_text(rules, wall, locale))
    return panel_of(text, row_of(menu), *_rows(rules, wall, page, feature, locale))


def _rows(rules: ServerRules, wall: Wall | None, page: str, feature: str, locale: str) -> list[Row]:
    match page:
        case "features":
            return _feature_rows(rules, feature, locale)
        case "limits":
            buttons = (("numbers", _("Budgets and cooldowns...")), ("words", _("Words...")))
            return [row_of(*(PanelButton(NAME, what, label=label.render(locale)) for what, label in buttons))]
        case "more":
            return [*_more_rows(rules, locale), *_wall_rows(wall, locale)]
        case "roles":
            known = _known(rules, "role")
            return [
                row_of(
                    PanelRoles(NAME, what, "role", [one for one, may in known if may is wanted], label.render(locale))
                )
                for what, wanted, label in (
                    ("allow", True, _("Only these roles may use Easel")),
                    ("deny", False, _("These roles may not")),
                )
            ]
        case _:
            known = _known(rules, "channel")
            return [
                row_of(
                    PanelChannels(
                        NAME, what, "channel", [one for one, may in known if may is wanted], label.render(locale)
                    )
                )
                for what, wanted, label in (
                    ("allow", True, _("Only in these channels and categories")),
                    ("deny", False, _("Not in these channels and categories")),
                )
            ]


def _feature_rows(rules: ServerRules, feature: str, locale: str) -> list[Row]:
    named = [(one, _only(one).words.removeprefix(f"{Name.ONLY}.").replace(".", ": ", 1)) for one in FEATURES]
    menus = [named[start : start + 25] for start in range(0, len(named), 25)]
    rows = [
        row_of(
            PanelMenu(
                NAME,
                "feature",
                str(number),
                choices(some, feature) if feature in dict(some) else _unchosen(some),
                _("Engine, command or speed").render(locale),
            )
        )
        for number, some in enumerate(menus)
    ]
    return rows if feature not in FEATURES else [*rows, *_people_rows(rules, feature, locale)]


def _people_rows(rules: ServerRules, feature: str, locale: str) -> list[Row]:
    """For whom an engine, a command or a speed is."""
    roles = rules.values.get(_only(feature))
    label = _("Only for these roles; nobody chosen = for all").render(locale)
    buttons = (
        ("off", _("Off for everybody"), Style.danger if roles == [] else Style.secondary),
        ("for", _("For everybody"), Style.success if roles is None else Style.secondary),
    )
    return [
        row_of(PanelRoles(NAME, "for", feature, roles or (), label)),
        row_of(
            *(PanelButton(NAME, what, feature, label=text.render(locale), style=style) for what, text, style in buttons)
        ),
    ]


def _unchosen(named: list[tuple[str, str]]) -> list[Any]:
    options = choices(named, named[0][0])
    options[0].default = False
    return options


def _more_rows(rules: ServerRules, locale: str) -> list[Row]:
    def switch(what: str, label: Sentence, on: str, *, is_on: bool) -> PanelButton:
        style = Style.success if is_on else Style.secondary
        return PanelButton(NAME, what, "" if is_on else on, label=label.render(locale), style=style)

    def value(name: str) -> Any:
        return rules.values.get(Key(SERVER, name))

    log = value(Name.LOG)
    return [
        row_of(
            switch("press", _("Only authors press buttons"), "author", is_on=value(Name.PRESS) == "author"),
            switch("age", _("Age-restricted channels only"), "restricted", is_on=value(Name.AGE) == "restricted"),
            switch(
                "consent",
                _("Ask for consent to face swaps and trying clothes on"),
                "on",
                is_on=bool(value(Name.CONSENT)),
            ),
        ),
        row_of(PanelChannels(NAME, "log", "", [log] if log else [], _("Log channel").render(locale), most=1)),
    ]


def _wall_rows(wall: Wall | None, locale: str) -> list[Row]:
    """Where a wall is, and from how many stars on; the number is of a wall, and so asked for where there is one."""
    label = _("Wall channel").render(locale)
    channel = row_of(PanelChannels(NAME, "wall", "", [wall.channel_id] if wall else [], label, most=1))
    if wall is None:
        return [channel]
    numbers = sorted({*STARS_OFFERED, wall.stars})
    offered = choices([(str(one), f"{one} ⭐") for one in numbers], str(wall.stars))
    return [channel, row_of(PanelMenu(NAME, "stars", "", offered, _("Stars for the wall").render(locale)))]


def _text(rules: ServerRules, wall: Wall | None, locale: str) -> str:
    head = _(
        "### Rules of this server\n"
        "-# They only narrow what the owner of Easel allows, and hold for commands, buttons, replies and links alike."
    ).render(locale)
    lines = [_line(key, value) for key, value in sorted(rules.values.items())]
    lines += [f"- `wall` <#{wall.channel_id}> {wall.stars} ⭐"] if wall else []
    if not lines:
        lines = [_("No rules yet: everybody may use Easel everywhere.").render(locale)]
    more = [_("... and {count} more.", count=len(lines) - LINES).render(locale)] if len(lines) > LINES else []
    return shorten("\n".join([head, *lines[:LINES], *more]), TEXT_LIMIT)


def _line(key: Key, value: Any) -> str:
    kind, _colon, one = key.scope.partition(":")
    where = {"channel": f"<#{one}> ", "role": f"<@&{one}> "}.get(kind, "")
    if key.name.startswith(Name.ONLY):
        shown = ", ".join(f"<@&{role}>" for role in value) or "-"
    elif key.name == Name.WORDS:
        shown = str(len(value))
    else:
        shown = f"<#{value}>" if key.name == Name.LOG else escape_inline(str(value), 60)
    return f"- {where}`{key.words}` {shown}"
