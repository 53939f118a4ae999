"""How the panel of /easel setup looks: a page for each kind of rule, a server's or the owner's for all servers."""

from collections.abc import Mapping
from typing import Any

from discord import ui

from bot.domain.engine_info import ENGINES
from bot.domain.feature_names import feature_name
from bot.domain.requests import Mode
from bot.domain.server_rules import Flagged, Key, Name, ServerRules
from bot.jobs.reasons_why import REQUESTS
from bot.language import Sentence, _
from bot.storage.walls import Wall
from bot.text import shorten
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
from bot.ui.panels.setup_review import review_rows
from bot.ui.text.rule_lines import scope_text, value_text

NAME, OWNERS_NAME = "setup", "ownersetup"
SERVER = "server"
ABOUT_OWNERS = "owner"
LINES, TEXT_LIMIT = 20, 3000  # of the rules that are shown
STARS_OFFERED = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100)  # for a wall
PAGES: dict[str, Sentence] = {
    "channels": _("Channels"),
    "roles": _("Roles"),
    "features": _("Engines, commands and speeds by role"),
    "limits": _("Budgets, cooldowns and words"),
    "more": _("Buttons, age, consent, log and wall"),
    "review": _("Review by moderators"),
}
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


def panel_name(rules: ServerRules) -> str:
    """Return what the panel is called in its custom ids."""
    return OWNERS_NAME if rules.is_owners else NAME


def pages_of(rules: ServerRules) -> Mapping[str, Sentence]:
    """Return the pages there are: channels and roles are a server's, and who reviews what is made there."""
    of_servers = ("channels", "roles", "review") if rules.is_owners else ()
    return {name: label for name, label in PAGES.items() if name not in of_servers}


def view_of(rules: ServerRules, wall: Wall | None, page: str, feature: str, locale: str) -> ui.LayoutView:
    """Build a page of the panel; `feature` is what was chosen on the page of features."""
    pages = choices([(name, label.render(locale)) for name, label in pages_of(rules).items()], page)
    menu = PanelMenu(panel_name(rules), "page", "", pages, _("What to set up").render(locale))
    text: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(_text(rules, wall, locale))
    return panel_of(text, row_of(menu), *_rows(rules, wall, page, feature, locale))


def _rows(rules: ServerRules, wall: Wall | None, page: str, feature: str, locale: str) -> list[Row]:
    match page:
        case "features":
            return _feature_rows(rules, feature, locale)
        case "limits":
            buttons = (("numbers", _("Budgets and cooldowns...")), ("words", _("Words...")))
            name = panel_name(rules)
            return [row_of(*(PanelButton(name, what, label=label.render(locale)) for what, label in buttons))]
        case "more":
            return [*_more_rows(rules, locale), *(() if rules.is_owners else _wall_rows(wall, locale))]
        case "review":
            return review_rows(NAME, rules, locale)
        case "roles":
            labels = (_("Only these roles may use Easel"), _("These roles may not"))
            chosen = (chosen_of(rules, "role", may=True), chosen_of(rules, "role", may=False))
            return [
                row_of(PanelRoles(NAME, what, "role", ids, label.render(locale)))
                for what, ids, label in zip(("allow", "deny"), chosen, labels, strict=True)
            ]
        case _:
            labels = (_("Only in these channels and categories"), _("Not in these channels and categories"))
            chosen = (chosen_of(rules, "channel", may=True), chosen_of(rules, "channel", may=False))
            return [
                row_of(PanelChannels(NAME, what, "channel", ids, label.render(locale)))
                for what, ids, label in zip(("allow", "deny"), chosen, labels, strict=True)
            ]


def _feature_rows(rules: ServerRules, feature: str, locale: str) -> list[Row]:
    named = [(one, _feature_label(*value.split(".", 1)).render(locale)) for one, value in FEATURES.items()]
    menus = [named[start : start + 25] for start in range(0, len(named), 25)]
    rows = [
        row_of(
            PanelMenu(
                panel_name(rules),
                "feature",
                str(number),
                choices(some, feature) if feature in dict(some) else _unchosen(some),
                _("Engine, command or speed").render(locale),
            )
        )
        for number, some in enumerate(menus)
    ]
    return rows if feature not in FEATURES else [*rows, *_people_rows(rules, feature, locale)]


def _feature_label(kind: str, name: str) -> Sentence:
    what = feature_name(kind, name)
    match kind:
        case "engine":
            return _("Engine: {what}", what=what)
        case "mode":
            return _("Speed: {what}", what=what)
    return _("Command: {what}", what=what)


def _people_rows(rules: ServerRules, feature: str, locale: str) -> list[Row]:
    """For whom an engine, a command or a speed is."""
    roles = rules.values.get(only(feature))
    label = _("Only for these roles; nobody chosen = for all").render(locale)
    buttons = (
        ("off", _("Off for everybody"), Style.danger if roles == [] else Style.secondary),
        ("for", _("For everybody"), Style.success if roles is None else Style.secondary),
    )
    name = panel_name(rules)
    off_or_on = row_of(
        *(PanelButton(name, what, feature, label=text.render(locale), style=style) for what, text, style in buttons)
    )
    # Roles are a server's: for all servers a feature is on or off.
    return [off_or_on] if rules.is_owners else [row_of(PanelRoles(name, "for", feature, roles or (), label)), off_or_on]


def _unchosen(named: list[tuple[str, str]]) -> list[Any]:
    options = choices(named, named[0][0])
    options[0].default = False
    return options


def _more_rows(rules: ServerRules, locale: str) -> list[Row]:
    def switch(what: str, label: Sentence, on: str, *, is_on: bool) -> PanelButton:
        style = Style.success if is_on else Style.secondary
        return PanelButton(panel_name(rules), what, "" if is_on else on, label=label.render(locale), style=style)

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
        row_of(
            *(
                switch("flagged", label, way, is_on=value(Name.FLAGGED) == way)
                for way, label in (
                    (Flagged.SPOILER, _("Cover what engines flag")),
                    (Flagged.RESTRICTED, _("Flagged: age-restricted channels only")),
                )
            )
        ),
        row_of(
            PanelChannels(panel_name(rules), "log", "", [log] if log else [], _("Log channel").render(locale), most=1)
        ),
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
    of_owner = _(
        "### Rules for all servers\n"
        "-# They bound the rules of every server, and hold for commands, buttons, replies and links alike."
    )
    of_server = _(
        "### Rules of this server\n"
        "-# They only narrow what the owner of Easel allows, and hold for commands, buttons, replies and links alike."
    )
    head = (of_owner if rules.is_owners else of_server).render(locale)
    lines = [_line(key, value) for key, value in sorted(rules.values.items())]
    lines += [f"- `wall` <#{wall.channel_id}> {wall.stars} ⭐"] if wall else []
    if not lines:
        lines = [_("No rules yet: everybody may use Easel everywhere.").render(locale)]
    more = [_("... and {count} more.", count=len(lines) - LINES).render(locale)] if len(lines) > LINES else []
    return shorten("\n".join([head, *lines[:LINES], *more]), TEXT_LIMIT)


def _line(key: Key, value: Any) -> str:
    where = "" if key.scope == SERVER else f"{scope_text(key.scope)} "
    return f"- {where}`{key.words}` {value_text(key, value)}"


def chosen_of(rules: ServerRules, kind: str, *, may: bool) -> list[int]:
    """Return the channels or roles that may use the bot, or those that may not."""
    return [one for one, is_allowed in rules.of(Name.ALLOW, kind) if is_allowed is may]


def only(feature: str) -> Key:
    """Return the rule of who may use a feature."""
    return Key(SERVER, f"{Name.ONLY}.{FEATURES.get(feature, '')}")
