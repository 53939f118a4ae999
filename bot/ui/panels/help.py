"""/help: five topics with a way to try each, the welcome for a channel, and the hint after a member's first grid."""

from typing import NamedTuple

from discord import ui

from bot.language import Sentence, _
from bot.services import Services
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import actor_of, server_locale_of
from bot.ui.components.modals import ModalContext, ModalKind, open_modal
from bot.ui.components.panel_items import PanelButton, Style, panel_of, row_of
from bot.ui.flows.drafts import Draft, Drafts
from bot.ui.messages.hint import HELP, OPEN
from bot.ui.panels.builder import Builder
from bot.ui.panels.history import History
from bot.ui.panels.info import InfoPanel
from bot.ui.panels.privacy import PrivacyPanel

FIRST = "start"
PAINT = "paint"


class Topic(NamedTuple):
    """One page of the help: the label of its button, what it says, and by label what can be tried."""

    label: Sentence
    text: Sentence
    tries: dict[str, Sentence]


TOPICS = {
    FIRST: Topic(
        _("Start"),
        _(
            "### Your first picture\n"
            "1. Type `/imagine` and say what you want to see. Any language works; English works best.\n"
            "2. Watch it appear: four pictures in one grid, and a ping when they are done.\n"
            "3. Press **U1** to **U4** to take one picture out, **V1** to **V4** for four more like it, "
            "🔄 for another try.\n"
            "-# *Cancel Job* stops what still waits; what already runs may be charged all the same."
        ),
        {PAINT: _("Try it: make a picture")},
    ),
    "buttons": Topic(
        _("Buttons"),
        _(
            "### Under every picture\n"
            "- **U1 U2 U3 U4** take one picture out of the grid; **V1** to **V4** make four more like it.\n"
            "- Under a single picture: **Vary** changes it a little or a lot, **Vary (Region)** repaints a "
            "part, **Zoom** and the arrows extend it, **Animate** makes it move.\n"
            "- React with ✉️ to get the pictures as files, one by one, with ❌ to stop a job or remove a "
            "picture of yours.\n"
            "- Right-click a message (hold it on a phone) and choose *Apps*: the same for any picture in the "
            "chat.\n"
            "-# Old buttons keep working."
        ),
        {"history": _("Try it: open my pictures")},
    ),
    "prompts": Topic(
        _("Prompts"),
        _(
            "### Better prompts\n"
            "- Parameters go at the end: `--ar 16:9` is the shape, `--no text` leaves things out, `--v 7` is "
            "the model.\n"
            "- `/build` does the same by menus, and `/settings` remembers what you like.\n"
            "- `{red, blue} fox` makes one grid for each; you see the price and are asked first.\n"
            "- `/shorten` shows which words matter; `/compare` runs one prompt on several engines; `/batch` takes a "
            "file of prompts.\n"
            "-# A slip like `—ar16:9` is corrected by itself; about anything else you are asked before it "
            "costs anything."
        ),
        {"build": _("Try it: build a prompt")},
    ),
    "pictures": Topic(
        _("Own pictures"),
        _(
            "### With your own pictures\n"
            "- `/imagine` takes image prompts, and references for style or characters.\n"
            "- `/blend` mixes two to five, `/describe` writes prompts for one, `/faceswap` puts a face on "
            "another.\n"
            "- `/edit` changes a picture as you say: all of it, or a region that you draw.\n"
            "- `/animate` turns one into short videos.\n"
            "-# PNG, JPEG, WebP, GIF, AVIF or HEIC. Place and camera data are removed before anything is sent."
        ),
        {"picture": _("Try it: use a picture")},
    ),
    "limits": Topic(
        _("Costs and data"),
        _(
            "### What it costs, and what is kept\n"
            "- Each job costs units; `/info` shows what you have left, `/usage` what you spent.\n"
            "- `/jobs` lists what is unfinished, `/history` what is done; `/show` posts a picture again.\n"
            "- Whatever starts several jobs asks first. If nobody can say whether a job was charged, you are "
            "asked, and it is never sent twice by itself.\n"
            "- `/privacy` shows what is stored about you, to export or erase."
        ),
        {"info": _("Try it: your units and jobs"), "privacy": _("My data")},
    ),
}


class HelpPanel:
    """Explains the bot where people are, and opens what it explains."""

    def __init__(
        self,
        services: Services,
        drafts: Drafts,
        *,
        builder: Builder,
        history: History,
        info: InfoPanel,
        privacy: PrivacyPanel,
    ) -> None:
        self._clock = services.clock
        self._drafts = drafts
        self._panels: dict[str, Builder | History | InfoPanel | PrivacyPanel] = {
            "build": builder,
            "history": history,
            "info": info,
            "privacy": privacy,
        }

    async def open(self, interaction: Interaction) -> None:
        """Answer with the first topic."""
        view = topic_view(FIRST, actor_of(interaction).locale)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def welcome(self, interaction: Interaction) -> None:
        """Post the welcome for everybody, in the server's language."""
        await interaction.response.send_message(view=welcome_view(server_locale_of(interaction)))

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Turn to a topic, or open what a button names; nothing is started here."""
        match given.what:
            case "topic" if given.about in TOPICS:
                await interaction.response.edit_message(view=topic_view(given.about, actor_of(interaction).locale))
            case what if what == PAINT:
                await self._ask_for_prompt(interaction, with_pictures=False)
            case "picture":
                await self._ask_for_prompt(interaction, with_pictures=True)
            case name if name in self._panels:
                await self._panels[name].open(interaction)
            case _:
                await self.open(interaction)

    async def _ask_for_prompt(self, interaction: Interaction, *, with_pictures: bool) -> None:
        """Open a modal like that of a picture's menu; its answer goes the way of every typed prompt."""
        actor = actor_of(interaction)
        draft_id = await self._drafts.keep(Draft(actor.id, ModalKind.IMAGINE))
        modal = ModalContext(ModalKind.IMAGINE, draft_id, extra=int(with_pictures))
        sample = _("a paper boat in a puddle, seen from close by, morning light").render(actor.locale)
        await open_modal(interaction, modal, _("Imagine"), "" if with_pictures else sample, self._clock)


def topic_view(chosen: str, locale: str) -> ui.LayoutView:
    """Build the panel as it shows a topic."""
    topic = TOPICS[chosen]
    tries = [
        PanelButton(HELP, what, label=label.render(locale), style=Style.primary if number == 0 else Style.secondary)
        for number, (what, label) in enumerate(topic.tries.items())
    ]
    turns = [
        PanelButton(
            HELP,
            "topic",
            name,
            label=one.label.render(locale),
            style=Style.success if name == chosen else Style.secondary,
        )
        for name, one in TOPICS.items()
    ]
    return panel_of(ui.TextDisplay(topic.text.render(locale)), row_of(*tries), ui.Separator(), row_of(*turns))


def welcome_view(locale: str) -> ui.LayoutView:
    """Build the message that moderators post and pin."""
    text = _(
        "### Welcome to the studio\n"
        "Here you make pictures from words.\n"
        "- Type `/imagine` and say what you want to see: you get four pictures.\n"
        "- Press **U** to take one out, **V** for more like it, 🔄 for another try.\n"
        "- `/help` shows the rest: your own pictures, videos, better prompts, what it costs."
    )
    return panel_of(
        ui.TextDisplay(text.render(locale)),
        row_of(
            PanelButton(HELP, PAINT, label=_("Make a first picture").render(locale), style=Style.primary),
            PanelButton(HELP, OPEN, label=_("What else is there?").render(locale)),
        ),
    )
