"""What happens when a modal is answered."""

from dataclasses import replace

from bot.domain.requests import FaceSwap
from bot.errors import DeniedError, UserError
from bot.language import _
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of, report, tell
from bot.ui.components.job_buttons import reopen_view
from bot.ui.components.modals import GIVE_BACK, Answer, ModalKind, read_answer
from bot.ui.flows import entry_points
from bot.ui.flows.build import Flows
from bot.ui.flows.drafts import Draft
from bot.ui.panels.setup_view import ABOUT_OWNERS
from bot.ui.routers.panels import PanelRouter

_FORGOTTEN = (ModalKind.REJECT, ModalKind.ERASE)  # when refused
LAPSED = _("This form has expired after 15 minutes. Your text is kept: open it again to send it.")


class ModalRouter:
    """Takes the answers of all modals.

    What was typed is not lost: a refused modal can be opened again with it, where another text may be taken.
    """

    def __init__(self, services: Services, flows: Flows, panels: PanelRouter) -> None:
        self._services = services
        self._drafts = flows.drafts
        self._starter = flows.starter
        self._prompts = flows.prompts
        self._builder = panels.builder
        self._privacy = panels.privacy
        self._setups = {"": panels.setup, ABOUT_OWNERS: panels.owners_setup}
        self._review_decisions = flows.review_decisions

    async def receive(self, interaction: Interaction) -> None:
        """Take a modal submit, if it is one of ours."""
        try:
            answer = read_answer(interaction, self._services.clock)
            if answer is not None:
                await self._take(interaction, answer)
        except Exception as exc:  # noqa: BLE001 - a listener's error would only be logged
            await report(interaction, exc)

    async def _take(self, interaction: Interaction, answer: Answer) -> None:
        try:
            await self._act(interaction, answer)
        except UserError as exc:
            is_forgotten = answer.modal.ask in _FORGOTTEN or isinstance(exc, DeniedError)
            if interaction.response.is_done() or not answer.text or is_forgotten:
                raise
            actor, modal = actor_of(interaction), answer.modal
            draft = Draft(actor.id, modal.ask, modal.about, modal.key, modal.extra, answer.text)
            view = reopen_view(await self._drafts.keep(draft), actor.locale)
            await tell(interaction, exc.sentence, view)

    async def _act(self, interaction: Interaction, answer: Answer) -> None:
        modal, text = answer.modal, answer.text or ""
        if answer.has_lapsed:
            raise UserError(LAPSED)
        await entry_points.check_entry(self._services, interaction, entry_points.MODALS[modal.ask])
        match modal.ask:
            case ModalKind.EDIT:
                await self._prompts.revise(interaction, modal.about, text, answer.files)
            case ModalKind.IMAGINE | ModalKind.PICTURE:
                draft = await self._drafts.get(modal.about, actor_of(interaction))
                if draft.text:  # a question of an older version was asked about it
                    await self._prompts.revise(interaction, modal.about, text)
                else:
                    await self._prompts.take(
                        interaction, replace(draft, text=text, picture_urls=answer.files or draft.picture_urls)
                    )
            case ModalKind.FACE:
                await self._start_swap(interaction, answer)
            case ModalKind.BUILD_TEXT | ModalKind.BUILD_NO:
                await self._builder.receive(interaction, modal.ask, modal.about, text)
            case ModalKind.SETUP_WORDS | ModalKind.SETUP_NUMBERS:
                await self._setups[modal.about].receive(interaction, modal.ask, text)
            case ModalKind.ERASE:
                await self._privacy.receive(interaction, text)
            case ModalKind.REJECT:
                is_refunded = answer.chosen == GIVE_BACK
                await self._review_decisions.reject(interaction, modal.about, text, is_refunded=is_refunded)
            case _:
                await self._prompts.take(interaction, _draft(interaction, answer))

    async def _start_swap(self, interaction: Interaction, answer: Answer) -> None:
        draft = await self._drafts.get(answer.modal.about, actor_of(interaction))
        mode = await self._services.preferences.mode(actor_of(interaction))
        sources = [*answer.files[:1], *draft.picture_urls]
        await self._starter.start(interaction, FaceSwap(), mode=mode, picture_urls=sources)


def _draft(interaction: Interaction, answer: Answer) -> Draft:
    """Make a draft of what a modal about a job says; a pressed message that is a private panel is none to reply to."""
    modal, pressed = answer.modal, interaction.message
    return Draft(
        interaction.user.id,
        modal.ask,
        modal.about,
        modal.key,
        modal.extra,
        answer.text or "",
        picture_urls=answer.files,
        message_id=pressed.id if modal.ask is ModalKind.PROMPT and pressed is not None else 0,
    )
