"""The prompt builder: a private panel that writes a prompt by menus. Its state is the prompt, kept as a draft."""

from typing import NamedTuple

import discord
from discord import ui
from pydantic import BaseModel, TypeAdapter

from bot.domain.job import Actor
from bot.domain.requests import Mode
from bot.errors import UserError
from bot.language import Sentence, _
from bot.prompts import (
    TABLE,
    Parameter,
    Prompt,
    apply_suffix,
    count,
    model_of,
    parse,
    value_of,
    with_parameter,
    without_parameter,
)
from bot.services import Services
from bot.storage.expiring import ExpiringValues, ForeignValueError
from bot.text import escape_inline
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import actor_of, place_of
from bot.ui.components.modals import ModalContext, ModalKind, open_modal
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
from bot.ui.flows.drafts import Draft
from bot.ui.flows.prompt_flow import PromptFlow
from bot.ui.text.costs import cost_line

NAME = "build"
LIFE_S = 24 * 3600.0
SHOWN = 1500  # characters of the prompt
PICTURES = 4  # of one job
ASPECTS = {
    "1:1": _("square"),
    "3:2": _("landscape"),
    "2:3": _("portrait"),
    "4:3": _("landscape"),
    "3:4": _("portrait"),
    "16:9": _("wide"),
    "9:16": _("tall"),
    "21:9": _("very wide"),
}
STYLIZES = {
    "0": _("none"),
    "50": _("low"),
    "100": _("medium"),
    "250": _("high"),
    "500": _("higher"),
    "750": _("very high"),
    "1000": _("most"),
}
CHAOS = {
    "0": _("none"),
    "10": _("a little"),
    "25": _("some"),
    "50": _("much"),
    "100": _("most"),
}
LAPSED = _("This prompt builder has expired after a day. Please open a new one with /build.")


class Built(BaseModel):
    """What a member has built so far."""

    user_id: int
    prompt: str = ""


_built = TypeAdapter(Built)


class Dial(NamedTuple):
    """A menu for one parameter; `title` names it in front of its values, `unset` is its first entry."""

    parameter: str
    title: Sentence
    unset: Sentence
    words: dict[str, Sentence]


DIALS = {
    "aspect": Dial("ar", _("Shape"), _("Shape: default"), ASPECTS),
    "stylize": Dial("stylize", _("Stylize"), _("Stylize: default"), STYLIZES),
    "chaos": Dial("chaos", _("Chaos"), _("Chaos: default"), CHAOS),
}


# Parameters that the panel sets, and so can take out; all others belong to what is typed.
CHOSEN = frozenset({"v", "niji", "style", "no", "repeat", *(dial.parameter for dial in DIALS.values())})


class Builder:
    """Shows the panel, keeps what is built, and sends it the way of every typed prompt."""

    def __init__(self, services: Services, prompts: PromptFlow) -> None:
        self._settings = services.settings
        self._clock = services.clock
        self._admission = services.jobs.admission
        self._preferences = services.preferences
        self._prompts = prompts
        self._drafts = ExpiringValues(
            services.store.notes,
            services.clock,
            NAME,
            _built,
            life_s=LIFE_S,
            owner_of=lambda built: built.user_id,
        )

    async def open(self, interaction: Interaction) -> None:
        """Answer with an empty panel."""
        actor = actor_of(interaction)
        built = Built(user_id=actor.id)
        draft_id = await self._drafts.keep(built)
        await interaction.response.send_message(
            view=await self._view(interaction, draft_id, built.prompt), ephemeral=True
        )

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Change what a menu or button says, ask for a text, or start."""
        actor, draft_id = actor_of(interaction), given.about
        built = await self._built(actor, draft_id)
        match given.what:
            case "text":
                modal = ModalContext(ModalKind.BUILD_TEXT, draft_id)
                await open_modal(interaction, modal, _("Describe your picture"), words_of(built.prompt), self._clock)
            case "no":
                modal, unwanted = ModalContext(ModalKind.BUILD_NO, draft_id), value_of(built.prompt, "no") or ""
                await open_modal(interaction, modal, _("What to leave out"), unwanted, self._clock)
            case "imagine":
                await self._prompts.take(interaction, Draft(actor.id, ModalKind.IMAGINE, text=built.prompt))
            case "clear":
                await self._change(interaction, draft_id, built, "")
            case what:
                await self._change(interaction, draft_id, built, changed(built.prompt, what, given.value))

    async def receive(self, interaction: Interaction, ask: ModalKind, draft_id: str, text: str) -> None:
        """Take the text of one of the panel's modals.

        Raises:
            UserError: the panel has lapsed, or the text cannot stand where it was meant to.
        """
        built, text = await self._built(actor_of(interaction), draft_id), text.strip()
        if ask is ModalKind.BUILD_TEXT:
            prompt = apply_suffix(text, parameters_of(built.prompt))
        elif text:
            prompt = with_parameter(built.prompt, "no", text)
        else:
            prompt = without_parameter(built.prompt, "no")
        await self._change(interaction, draft_id, built, prompt)

    async def _change(self, interaction: Interaction, draft_id: str, built: Built, prompt: str) -> None:
        await self._drafts.replace(draft_id, built.model_copy(update={"prompt": prompt}))
        await interaction.response.edit_message(view=await self._view(interaction, draft_id, prompt))

    async def _built(self, actor: Actor, draft_id: str) -> Built:
        """Get what this member has built so far.

        Raises:
            UserError: it has lapsed, or is somebody else's.
        """
        try:
            built = await self._drafts.get(draft_id, actor.id)
        except ForeignValueError as exc:
            raise UserError(_("Only the person who opened this panel can use it.")) from exc
        if built is None:
            raise UserError(LAPSED)
        return built

    async def _view(self, interaction: Interaction, draft_id: str, prompt: str) -> ui.LayoutView:
        """Build the panel for a prompt."""
        actor = actor_of(interaction)
        whole = await self._preferences.in_full(actor, prompt)
        mode, _words = await self._preferences.mode_for(actor, whole)
        jobs = count(whole)
        limits = self._settings.limits
        units = jobs * limits.units("imagine", mode or Mode.FAST)
        left = await self._admission.units_left.of(actor, place_of(interaction))
        locale, has_words = actor.locale, not parse(prompt).is_bare
        return panel_of(
            ui.TextDisplay(_text(whole, jobs, units, left, has_words=has_words, locale=locale)),
            _texts(draft_id, has_words=has_words, locale=locale),
            *(row_of(menu) for menu in menus(draft_id, prompt, whole, limits.max_jobs_per_prompt, locale)),
            _ends(draft_id, has_words=has_words, locale=locale),
        )


def words_of(prompt: str) -> str:
    """Return what is typed of a prompt: all but what the panel chooses; what is in braces is typed."""
    parsed = parse(prompt)
    return parsed.without(_chosen(parsed)).strip()


def parameters_of(prompt: str) -> str:
    """Return what the panel chooses of a prompt: the parameters of its menus, outside of braces."""
    return " ".join(parameter.text.strip() for parameter in _chosen(parse(prompt)))


def _chosen(prompt: Prompt) -> list[Parameter]:
    return [one for one in prompt.parameters if one.branch == 0 and one.spec and one.spec.name in CHOSEN]


def changed(prompt: str, what: str, value: str) -> str:
    """Change a prompt as was chosen in the menu of this name."""
    if what == "model":
        prompt = without_parameter(without_parameter(prompt, "v"), "niji")
        family, _space, version = value.partition(" ")
        return prompt if value == NOTHING else with_parameter(prompt, family, version)
    name = DIALS[what].parameter if what in DIALS else what
    return without_parameter(prompt, name) if value == NOTHING else with_parameter(prompt, name, value)


def menus(draft_id: str, prompt: str, whole: str, cap: int, locale: str) -> list[PanelMenu]:
    """Build the menus as they stand for a prompt.

    Args:
        draft_id: the panel's draft.
        prompt: what was built.
        whole: the same with what the member's own language adds.
        cap: jobs that one prompt may start.
        locale: the reader's language.
    """

    def menu(what: str, name: Sentence, options: list[discord.SelectOption]) -> PanelMenu:
        return PanelMenu(NAME, what, draft_id, options, name.render(locale))

    def dial(what: str) -> PanelMenu:
        return menu(what, DIALS[what].title, _dial(what, prompt, locale))

    return [
        dial("aspect"),
        menu("model", _("Model"), _model(prompt, locale)),
        menu("style", _("Style"), _style(prompt, whole, locale)),
        dial("stylize"),
        dial("chaos"),
        *([menu("repeat", _("Pictures"), _repeat(prompt, cap, locale))] if cap > 1 else []),
    ]


def _dial(what: str, prompt: str, locale: str) -> list[discord.SelectOption]:
    dial = DIALS[what]
    title = dial.title.render(locale)
    named = [(value, f"{title}: {value} ({word.render(locale)})") for value, word in dial.words.items()]
    unset = (NOTHING, dial.unset.render(locale))
    return choices([unset, *named], value_of(prompt, dial.parameter), unnamed=f"{title}: {{}}")


def _model(prompt: str, locale: str) -> list[discord.SelectOption]:
    own = _("Model: default").render(locale)
    model = model_of(parse(prompt))
    chosen = None if model is None else f"{model.family} {model.version}"
    return choices([(NOTHING, own), *models()], chosen)


def _style(prompt: str, whole: str, locale: str) -> list[discord.SelectOption]:
    """List the styles of the model; where it is not known, the one that most have."""
    model, spec = model_of(parse(whole)), TABLE.specs_by_name["style"]
    known = [style for use in spec.uses if model and use.covers(model) for style in use.choices]
    title = _("Style").render(locale)
    named = [(style, f"{title}: {style}") for style in (known if model else ["raw"])]
    unset = (NOTHING, _("Style: default").render(locale))
    return choices([unset, *named], value_of(prompt, "style"), unnamed=f"{title}: {{}}")


def _repeat(prompt: str, cap: int, locale: str) -> list[discord.SelectOption]:
    """Offer numbers of pictures, four by four, as many as fit a menu."""

    def label(times: int) -> str:
        return _("Pictures: {count}", count=times * PICTURES).render(locale)

    named = [(str(times), label(times)) for times in range(2, min(cap, 20) + 1)]
    return choices([(NOTHING, label(1)), *named], value_of(prompt, "repeat"), unnamed="--repeat {}")


def _texts(draft_id: str, *, has_words: bool, locale: str) -> Row:
    ask = Style.secondary if has_words else Style.primary
    return row_of(
        PanelButton(NAME, "text", draft_id, label=_("Prompt…").render(locale), style=ask),
        PanelButton(NAME, "no", draft_id, label=_("Leave out…").render(locale)),
    )


def _ends(draft_id: str, *, has_words: bool, locale: str) -> Row:
    return row_of(
        PanelButton(
            NAME, "imagine", draft_id, label=_("Imagine").render(locale), style=Style.success, disabled=not has_words
        ),
        PanelButton(NAME, "clear", draft_id, label=_("Clear").render(locale)),
    )


def _text(whole: str, jobs: int, units: int, left: int | None, *, has_words: bool, locale: str) -> str:
    title = "### " + _("Prompt builder").render(locale)
    shown = f"**{escape_inline(whole, SHOWN)}**" if whole else ""
    if not has_words:
        hint = _("Press “Prompt…” and describe your picture.").render(locale)
        return "\n".join(filter(None, [title, shown, hint]))
    return f"{title}\n{shown}\n-# {cost_line(locale, units, left, jobs=jobs)}"
