"""Where orders come in: answer first, with the job's card, and work afterwards."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import discord
from pydantic import TypeAdapter

from bot.clock import Clock
from bot.crypto import TokenCipher
from bot.domain.custom_ids import Family, Kind
from bot.domain.job import Actor, GroupKind, GroupState, Job, JobStatus, Place, Token
from bot.domain.requests import EngineRequest, Mode, Request
from bot.errors import PictureError, UserError
from bot.jobs.preferences import Preferences, Variability
from bot.jobs.service import JobService, Prepare, Prepared
from bot.language import Sentence, _
from bot.pictures.sources import KeptSource, Source
from bot.storage.expiring import ExpiringValues, ForeignValueError
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import NETWORK_ERRORS, actor_of, locale_of, place_of, token_of
from bot.ui.components.job_buttons import result_view, running_view
from bot.ui.components.message_links import NOBODY
from bot.ui.components.modals import ModalContext, ModalKind, build, button_kind
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.entry_points import Rule
from bot.ui.flows.mask_editor import MaskEditor
from bot.ui.messages.card_posts import follow_up_card
from bot.ui.messages.group_card import group_card_parts
from bot.ui.messages.result import result_parts
from bot.ui.text import job_lines

logger = logging.getLogger(__name__)

TOO_OLD = _("This was already answered, or it is too old. Please start again.")
UNKNOWN_PICTURE = _("This button belongs to a picture that is not known any more.")
DRAFT_LIFE_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Draft:
    """What a modal is about when no job says it, or what was typed into one that could not be taken."""

    user_id: int
    ask: ModalKind
    about: str = ""
    key: int = 0
    extra: int = 0
    text: str = ""
    picture_urls: tuple[KeptSource, ...] = ()
    references: tuple[str, ...] = ()  # the parameters that the last of the pictures go with
    task: str = ""  # what a picture is taken for (a name in `bot.ui.components.picture_menu.PICTURE_TASKS`)
    message_id: int = 0  # the message whose button was pressed
    engines: tuple[str, ...] = ()  # those that are compared
    request: EngineRequest | None = None  # what another engine should do, as yet without prompt and pictures
    inputs_of: str = ""  # the job whose pictures it goes by
    lacks_pictures: bool = False  # those that it should go by could not be taken
    is_raw: bool = False  # the member's own suffix does not stand in the text yet

    @property
    def modal(self) -> ModalContext:
        """The modal to open for it."""
        return ModalContext(self.ask, self.about, self.key, self.extra)


@dataclass(frozen=True, slots=True)
class Question:
    """The question that an order answers: what its message says from then on, and the draft that is used up with it."""

    says: Sentence
    draft_id: str = ""

    @property
    def note(self) -> str | None:
        """The name of the note that goes in the moment in which the order is admitted."""
        return note_of(self.draft_id) if self.draft_id else None


_draft: TypeAdapter[Draft] = TypeAdapter(Draft)


def note_of(draft_id: str) -> str:
    """The name under which a draft is kept."""
    return f"draft:{draft_id}"


class Desk:
    """Takes orders from commands, buttons and modals."""

    def __init__(
        self, service: JobService, originals: OriginalPictures, drawings: MaskEditor, cipher: TokenCipher, clock: Clock
    ) -> None:
        self.service = service
        self.originals = originals
        self.drawings = drawings
        self.preferences = Preferences(service.store, service.settings)
        self.clock = clock
        self._drafts = ExpiringValues(
            service.store.notes, clock, "draft", _draft, life_s=DRAFT_LIFE_S, owner_of=lambda draft: draft.user_id
        )
        self._cipher = cipher

    def who(self, interaction: Interaction) -> tuple[Actor, Place, Token]:
        """Person, place and token of an interaction."""
        return actor_of(interaction), place_of(interaction), self.token(interaction)

    def token(self, interaction: Interaction) -> Token:
        """The interaction's token, as it is kept."""
        return token_of(interaction, self._cipher, self.clock)

    async def let_in(self, interaction: Interaction, rule: Rule) -> None:
        """Hold who comes, and from where, against what a way in asks.

        Raises:
            UserError: one of its rules stands against it.
        """
        actor, place = actor_of(interaction), place_of(interaction)
        match rule:
            case Rule.STARTS:
                await self.service.access.check(actor, place)
            case Rule.FREE:
                await self.service.unpaid.admit(actor, place)
            case Rule.TEXT | Rule.ALWAYS:
                pass

    async def job(self, job_id: str) -> Job:
        """A job by its id.

        Raises:
            UserError: it is not known any more.
        """
        job = await self.service.store.get(job_id)
        if job is None:
            raise UserError(UNKNOWN_PICTURE)
        return job

    async def start(
        self,
        interaction: Interaction,
        request: Request,
        *,
        mode: Mode | None,
        picture_urls: Sequence[Source] = (),
        prepare: Prepare | None = None,
        follows: Job | None = None,
        question: Question | None = None,
    ) -> None:
        """Admit a request, answer with its card, let it run.

        Args:
            interaction: the command or modal, not yet answered.
            request: what is asked for.
            mode: the speed; None = the relay's own.
            picture_urls: pictures to take in before the submit.
            prepare: another way to make its pictures ready.
            follows: the finished job it came from, whose message it replies to.
            question: what this answers, on the pressed message; then the card is one more message.

        Raises:
            UserError: a rule stands against it.
        """
        actor, place, token = self.who(interaction)
        reply_to = follows.result_message_id if follows and follows.place.channel_id == place.channel_id else None
        job = await self.service.admission.request(
            actor,
            place,
            request,
            mode=mode,
            token=token,
            parent=follows,
            reply_to=reply_to,
            answers=question.note if question else None,
        )
        await self.show(interaction, job, self.taking_in(picture_urls) if picture_urls else prepare, question)

    async def press(
        self, interaction: Interaction, parent: Job, draft: Draft, prepare: Prepare | None, question: Question | None
    ) -> None:
        """Admit the job behind a button of a finished job, with the text of its modal, and let it run.

        Raises:
            UserError: a rule stands against it.
        """
        actor, place, token = self.who(interaction)
        job = await self.service.admission.press(
            actor,
            place,
            parent,
            draft.key,
            token=token,
            message_id=draft.message_id or parent.result_message_id or 0,
            answer=draft.text,
            strong=await self.strong(actor, button_kind(parent, draft.key)),
            answers=question.note if question else None,
        )
        await self.show(interaction, job, prepare, question)

    async def show(
        self, interaction: Interaction, job: Job, prepare: Prepare | None, question: Question | None
    ) -> None:
        """Close the question that a job answers, and show the job's card."""
        if question is not None:
            try:
                await self.close(interaction, question)
            except NETWORK_ERRORS:
                await self.service.withdraw(job)
                raise
        await self.answer_with_card(interaction, job, prepare)

    async def close(self, interaction: Interaction, question: Question) -> None:
        """Let the pressed message say what became of its question."""
        says = question.says.render(locale_of(interaction))
        await interaction.response.edit_message(content=says, view=None)

    def taking_in(self, sources: Sequence[Source]) -> Prepare:
        """Fetch and keep the pictures behind these addresses."""

        async def prepare(job: Job) -> Prepared:
            keep, of = self.service.pictures.keep_input, job.actor.id
            return Prepared(
                [await keep(f"{job.id}-input{number}", one, of=of) for number, one in enumerate(sources, start=1)]
            )

        return prepare

    def taking_again(self, earlier: Job) -> Prepare:
        """Take the pictures that an earlier job went by."""

        async def prepare(job: Job) -> Prepared:
            pictures = self.service.pictures
            if not self.has_inputs(earlier):
                raise PictureError(_("The picture is not kept any more. Please send it again."))
            keys = enumerate(earlier.request.pictures, start=1)
            return Prepared([await pictures.keep_again(f"{job.id}-input{number}", key) for number, key in keys])

        return prepare

    def has_inputs(self, job: Job) -> bool:
        """Whether the pictures that a job went by are all kept."""
        is_kept = job.status is not JobStatus.REMOVED and not job.lacks_pictures
        return is_kept and all(map(self.service.pictures.has, job.request.pictures))

    def taking_from(self, parent: Job, number: int) -> Prepare:
        """Take one of a finished job's pictures (0 is the first) as the input of another."""

        async def prepare(job: Job) -> Prepared:
            more = parent.result.more if parent.result else ()
            key = more[number - 1].picture if 0 < number <= len(more) else await self.originals.key(parent)
            if key is None or not self.service.pictures.has(key):
                raise PictureError(_("The picture is not kept any more. Please send it again."))
            return Prepared([await self.service.pictures.keep_again(f"{job.id}-input1", key, of=job.actor.id)])

        return prepare

    async def answer_with_card(self, interaction: Interaction, job: Job, prepare: Prepare | None = None) -> None:
        """Show the card as the interaction's answer, or as one more after it; without a card nothing starts."""
        try:
            if interaction.response.is_done():
                card_id: int | None = await follow_up_card(interaction.followup, job)
            else:
                answer = await interaction.response.send_message(
                    job_lines.first_line(job), view=running_view(job), allowed_mentions=NOBODY, suppress_embeds=True
                )
                card_id = answer.message_id
        except NETWORK_ERRORS:
            await self.service.withdraw(job)
            raise
        if card_id is None:
            await self.service.withdraw(job)
            raise RuntimeError("Discord did not say which message the card is")
        await self.service.card_shown(job, card_id, prepare)

    async def start_group(
        self,
        interaction: Interaction,
        kind: GroupKind,
        title: str,
        requests: Sequence[tuple[Request, Mode | None]],
        *,
        prepare: Prepare | None = None,
        question: Question | None = None,
        tries_again: Sequence[Job] = (),
    ) -> None:
        """Admit several requests as one group, answer with the group's card, let them run.

        Args:
            interaction: the command, button or modal, not yet answered.
            kind: what they are to each other.
            title: what was asked for, as typed.
            requests: each with its speed.
            prepare: how the pictures that all of them go by are made ready.
            question: what this answers, on the pressed message; then the card is one more message.
            tries_again: the jobs that these try again, in the same order.

        Raises:
            UsedButtonError: one of those is being tried again already.
            UserError: a rule stands against it; then nothing was started.
        """
        actor, place, token = self.who(interaction)
        group, members = await self.service.admission.request_group(
            actor,
            place,
            kind,
            title,
            requests,
            token=token,
            answers=question.note if question else None,
            tries_again=tries_again,
        )
        try:
            if question is not None:
                await self.close(interaction, question)
            card_id = await self._answer_with_board(interaction, GroupState(group, tuple(members)))
        except NETWORK_ERRORS:
            await self.service.withdraw_group(group, members)
            raise
        if card_id is None:
            await self.service.withdraw_group(group, members)
            raise RuntimeError("Discord did not say which message the card is")
        await self.service.group_shown(group, members, card_id, prepare)

    async def _answer_with_board(self, interaction: Interaction, board: GroupState) -> int | None:
        parts = await group_card_parts(board, self.service.pictures)
        if isinstance(parts.view, discord.ui.LayoutView):
            shown = await interaction.response.send_message(view=parts.view, allowed_mentions=NOBODY)
        elif interaction.response.is_done():
            card = await interaction.followup.send(
                parts.content or "", view=parts.view, allowed_mentions=NOBODY, suppress_embeds=True, wait=True
            )
            return int(card.id)
        else:
            shown = await interaction.response.send_message(
                parts.content, view=parts.view, allowed_mentions=NOBODY, suppress_embeds=True
            )
        return shown.message_id

    async def post_again(self, interaction: Interaction, job: Job, place: Place) -> None:
        """Answer with a finished job's message once more, its buttons live.

        Raises:
            PictureError: its picture is nowhere to be found any more.
        """
        await interaction.response.defer(thinking=True)
        if job.result is not None and not job.result.text:
            await self.originals.key(job)  # found anew where the kept file is lost
            job = await self.job(job.id)
        nearby = self.service.settings.origins_nearby()
        parts = await result_parts(
            self.service.pictures, job, place.upload_limit, of=interaction.user.id, nearby=nearby
        )
        view = result_view(job, await self.service.store.used_keys(job.id))
        await interaction.edit_original_response(
            content=parts.content, embeds=parts.embeds, attachments=parts.files, view=view
        )

    async def mark_used(self, message: discord.Message | None, parent: Job, place: Place) -> None:
        """Show on the pressed message which once-only buttons are used; only a nicety, so it may fail."""
        if message is None or not place.may_post:
            return
        try:
            used = await self.service.store.used_keys(parent.id)
            await message.edit(view=result_view(parent, used))
        except NETWORK_ERRORS as exc:
            logger.info("used mark not shown job_id=%s reason=%s", parent.id, type(exc).__name__)

    async def strong(self, actor: Actor, kind: Kind) -> bool | None:
        """How far the variation behind a button of this kind goes for a member; None leaves it to the relay."""
        variability = await self.preferences.variability(actor) if kind.family is Family.VARIATION else None
        return None if variability is None else variability is Variability.HIGH

    # Modals.

    async def open_modal(self, interaction: Interaction, modal: ModalContext, title: Sentence, text: str) -> None:
        """Answer with a modal."""
        locale = locale_of(interaction)
        await interaction.response.send_modal(build(modal, title, text, self.clock, locale))

    async def keep_draft(self, draft: Draft) -> str:
        """Keep what a modal is about, or what was typed into it; returns its id."""
        return await self._drafts.keep(draft)

    async def drop_draft(self, draft_id: str) -> None:
        """Forget a draft."""
        await self._drafts.drop(draft_id)

    async def draft(self, draft_id: str, actor: Actor) -> Draft:
        """A draft of this member.

        Raises:
            UserError: it is not kept any more, or somebody else's.
        """
        try:
            draft = await self._drafts.get(draft_id, actor.id)
        except ForeignValueError as exc:
            raise UserError(_("Only the person who opened this dialog may use it.")) from exc
        if draft is None:
            raise UserError(TOO_OLD)
        return draft
