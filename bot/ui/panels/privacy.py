"""The private panel of /privacy: what is kept of a member, to take along or to erase."""

from discord import ui

from bot.errors import UserError
from bot.language import Sentence, _, ngettext
from bot.operation.privacy_policy import engine_hosts, first_of, relay_hosts
from bot.services import Services
from bot.settings import Settings
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import actor_of
from bot.ui.components.modals import ERASE_WORD, ModalContext, ModalKind, open_modal
from bot.ui.components.panel_items import PanelButton, Style, panel_of, row_of
from bot.ui.flows.data_exports import DataExports

NAME = "privacy"


class PrivacyPanel:
    """Tells a member what is kept, and does what the buttons say."""

    def __init__(self, services: Services) -> None:
        self._data = services.personal_data
        self._exports = DataExports(services)
        self._clock = services.clock
        self._settings = services.settings

    async def open(self, interaction: Interaction) -> None:
        """Answer with the panel."""
        view = self._view(actor_of(interaction).locale)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Export, ask before erasing, have the word typed that it takes, or go back."""
        actor = actor_of(interaction)
        match given.what:
            case "export":
                await self._exports.give(interaction)
            case "ask":
                await interaction.response.edit_message(view=_question(actor.locale))
            case "erase":
                await open_modal(interaction, ModalContext(ModalKind.ERASE, ""), _("Erase my data…"), "", self._clock)
            case _:
                await interaction.response.edit_message(view=self._view(actor.locale))

    async def receive(self, interaction: Interaction, typed: str) -> None:
        """Erase, once the word was typed.

        Raises:
            UserError: it was another one.
        """
        actor = actor_of(interaction)
        if typed.strip().casefold() != ERASE_WORD.render(actor.locale).casefold():
            raise UserError(_("Nothing was erased. To erase your data, type “{word}”.", word=ERASE_WORD))
        await interaction.response.defer()
        erased = await self._data.erase(actor)
        text = ngettext(
            "Erased: {count} job with its pictures, and your settings.",
            "Erased: {count} jobs with their pictures, and your settings.",
            count=erased.jobs,
        )
        lines = [text.render(actor.locale)]
        if erased.going_on:
            rest = ngettext(
                "Not erased yet: {count} job that is still running. It is erased within an hour after it ends.",
                "Not erased yet: {count} jobs that are still running. They are erased within an hour after they end.",
                count=erased.going_on,
            )
            lines.append(rest.render(actor.locale))
        await interaction.edit_original_response(view=panel_of(ui.TextDisplay("\n".join(lines))))

    def _view(self, locale: str) -> ui.LayoutView:
        row = row_of(
            PanelButton(NAME, "export", label=_("Export my data").render(locale)),
            PanelButton(NAME, "ask", label=_("Erase my data…").render(locale), style=Style.danger),
        )
        pages = (
            (_("Privacy policy"), self._settings.owner.privacy_url),
            (_("Terms of use"), self._settings.owner.terms_url),
        )
        for label, url in pages:
            if url is not None:
                row.add_item(ui.Button(label=label.render(locale), url=str(url)))
        return panel_of(ui.TextDisplay(privacy_text(self._settings).render(locale)), row)


def privacy_text(settings: Settings) -> Sentence:
    """Tell what is kept, for how long, and who else sees it, as the owner has set it."""
    kept, for_ever = settings.storage, _("until you erase them")
    jobs_days = first_of(kept.keep_prompts_days, kept.keep_jobs_days)
    pictures_days = first_of(kept.keep_pictures_days, jobs_days)
    return _(
        "### Your data\n"
        "Easel keeps your Discord id, your prompts and settings, when and where you asked for something, "
        "its pictures, and the units it cost.\n"
        "- Jobs are kept: {jobs}. Pictures are kept: {pictures}. Drafts: a day.\n"
        "- Your prompts and pictures go to the relay at {relay} and, as messages, to Discord. Nobody else "
        "gets them.\n"
        "- *Remove* on one of your pictures deletes its message, its prompt and its files.\n"
        "- *Erase my data* deletes all of it. Messages already posted stay: first remove those that should "
        "go, since their buttons no longer work afterwards.\n"
        "-# What stays: that a moderator blocked you, or the owner banned you, and how many units you spent today, this"
        " week and this month. The owner's books keep what was spent, without your name.",
        jobs=ngettext("{count} day", "{count} days", count=jobs_days) if jobs_days else for_ever,
        pictures=ngettext("{count} day", "{count} days", count=pictures_days) if pictures_days else for_ever,
        relay=_recipients(settings),
    )


def _recipients(settings: Settings) -> str | Sentence:
    """Name whoever gets prompts and pictures beside Discord."""
    named: str | Sentence = ", ".join(relay_hosts(settings))
    if makers := engine_hosts(settings):
        named = _("{relay}, for some engines to {makers}", relay=named, makers=", ".join(makers))
    if settings.bucket.url:
        named = _("{relay}, pictures also to the storage at {storage}", relay=named, storage=settings.bucket.host)
    return named


def _question(locale: str) -> ui.LayoutView:
    question = _(
        "Erase all your finished jobs, their pictures and your settings? This cannot be undone, and the "
        "buttons of your pictures will no longer work."
    )
    return panel_of(
        ui.TextDisplay(question.render(locale)),
        row_of(
            PanelButton(NAME, "erase", label=_("Erase").render(locale), style=Style.danger),
            PanelButton(NAME, "back", label=_("Back").render(locale)),
        ),
    )
