"""The private panel of /settings. It remembers nothing: its buttons name what they set, the database says how it is."""

from discord import ui

from bot.domain.job import Actor
from bot.domain.requests import Mode
from bot.jobs.preferences import PromptDefaults, Switch, Variability
from bot.language import Sentence, _
from bot.services import Services
from bot.text import inline_code
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import actor_of
from bot.ui.components.panel_items import (
    NOTHING,
    PanelButton,
    PanelMenu,
    Row,
    Style,
    choices,
    models,
    panel_of,
    row_of,
)

NAME = "settings"
STYLIZE = {  # Source: docs/look.md 6
    "50": _("Stylize low"),
    "100": _("Stylize med"),
    "250": _("Stylize high"),
    "750": _("Stylize very high"),
}
VARIABILITY: dict[str, Sentence] = {
    Variability.HIGH: _("High Variation Mode"),
    Variability.LOW: _("Low Variation Mode"),
}
WHERE_RESULTS_GO = {
    "private": (Switch.PRIVATE, _("Private results")),
    "spoiler": (Switch.SPOILER, _("Spoilers")),
    "direct": (Switch.AUTO_DM, _("Also by direct message")),
}
SPEEDS = {Mode.RELAX: _("Relax mode"), Mode.FAST: _("Fast mode"), Mode.TURBO: _("Turbo mode")}
TEXT_LIMIT = 500  # characters of a suffix that are shown


class SettingsPanel:
    """Shows a member's settings and changes them."""

    def __init__(self, services: Services) -> None:
        self._preferences = services.preferences
        self._settings = services.settings

    async def open(self, interaction: Interaction) -> None:
        """Answer with the panel."""
        await interaction.response.send_message(view=await self.view(actor_of(interaction)), ephemeral=True)

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Set what a button or the menu says, and show how it is then."""
        actor = actor_of(interaction)
        await self._set(actor, given)
        await interaction.response.edit_message(view=await self.view(actor))

    async def _set(self, actor: Actor, given: PanelInput) -> None:
        taste, about = await self._preferences.taste(actor), given.about
        match given.what:
            case "model":
                await self._prefer(actor, taste, model="" if given.value == NOTHING else given.value)
            case "raw":
                await self._prefer(actor, taste, is_raw=about == "on")
            case "stylize":
                await self._prefer(actor, taste, stylize=int(about) if about else None)
            case "personal":
                await self._prefer(actor, taste, is_personal=about == "on")
            case "private" | "spoiler" | "direct":
                await self._preferences.prefer(WHERE_RESULTS_GO[given.what][0], actor, on=about == "on")
            case "remix":
                await self._preferences.prefer_remix(actor, on=about == "on")
            case "variability":
                await self._preferences.prefer_variability(actor, Variability(about) if about else None)
            case "mode":
                await self._preferences.prefer_mode(actor, Mode(about))
            case _:
                await self._preferences.reset(actor)

    async def _prefer(self, actor: Actor, taste: PromptDefaults, **changes: str | int | bool | None) -> None:
        await self._preferences.prefer_taste(actor, taste.model_copy(update=changes))

    async def view(self, actor: Actor) -> ui.LayoutView:
        """Build the panel as a member's settings stand."""
        preferences, locale = self._preferences, actor.locale
        taste = await preferences.taste(actor)
        mode = await preferences.mode(actor) or Mode.FAST
        own_model = _("Model: relay default").render(locale)
        versions = choices([(NOTHING, own_model), *models()], taste.model or None)
        menu = PanelMenu(NAME, "model", "", versions, _("Model").render(locale))
        return panel_of(
            ui.TextDisplay(_text(taste, await preferences.suffix(actor)).render(locale)),
            row_of(menu),
            row_of(
                _switch("raw", _("RAW Mode"), locale, is_on=taste.is_raw),
                _switch("personal", _("Personalization"), locale, is_on=taste.is_personal),
                _switch("remix", _("Remix mode"), locale, is_on=await preferences.has_remix(actor)),
            ),
            row_of(
                *[
                    _switch(what, label, locale, is_on=await preferences.is_on(one, actor))
                    for what, (one, label) in WHERE_RESULTS_GO.items()
                ]
            ),
            _one_of("stylize", STYLIZE, str(taste.stylize), locale),
            _one_of("variability", VARIABILITY, await preferences.variability(actor), locale),
            row_of(
                *(
                    PanelButton(NAME, "mode", one, label=label.render(locale), style=_colour(is_on=one is mode))
                    for one, label in SPEEDS.items()
                    if one in self._settings.limits.allowed_modes
                )
            ),
            row_of(PanelButton(NAME, "reset", label=_("Reset Settings").render(locale), style=Style.danger)),
        )


def _text(taste: PromptDefaults, suffix: str) -> Sentence:
    none = _("none")
    return _(
        "### Settings\n"
        "Adjust your settings here. Current suffix: {suffix}\n"
        "-# Added to your prompts: {parameters}. What you type wins over your suffix, which wins over "
        "these settings.",
        suffix=inline_code(suffix, TEXT_LIMIT) if suffix else none,
        parameters=inline_code(taste.parameters, TEXT_LIMIT) if taste.parameters else none,
    )


def _switch(what: str, label: Sentence, locale: str, *, is_on: bool) -> PanelButton:
    """Build a button that turns the other way."""
    return PanelButton(NAME, what, "off" if is_on else "on", label=label.render(locale), style=_colour(is_on=is_on))


def _one_of(
    what: str, labels: dict[str, Sentence] | dict[Variability, Sentence], chosen: str | None, locale: str
) -> Row:
    """Build buttons of which one at most is on; the one that is on turns itself off."""
    return row_of(
        *(
            PanelButton(
                NAME,
                what,
                "" if value == chosen else str(value),
                label=label.render(locale),
                style=_colour(is_on=value == chosen),
            )
            for value, label in labels.items()
        )
    )


def _colour(*, is_on: bool) -> Style:
    return Style.success if is_on else Style.secondary
