"""What happens when a dialog is answered."""

from dataclasses import replace

from bot.errors import UserError
from bot.jobs import policy
from bot.jobs.models import FaceSwap, FailureKind, Job, Working
from bot.jobs.service import Prepare, Prepared
from bot.language import _
from bot.pictures.sources import Source
from bot.ui import cards
from bot.ui.builder import Builder
from bot.ui.buttons import reopen_view, running_view
from bot.ui.desk import Desk, Draft
from bot.ui.dialogs import Answer, Ask, button_kind, read_answer
from bot.ui.imagining import Imagining
from bot.ui.interactions import Interaction, actor_of, report, tell
from bot.ui.painting import Painting
from bot.ui.posting import NOBODY
from bot.ui.prefill import check_text, prefill
from bot.ui.region import cells_of

LAPSED = _("This dialog was open for more than 15 minutes and has lapsed. Your text is kept: open it again to send it.")


class Answers:
    """Takes the answers of all dialogs. What was typed is never lost: a refused dialog can be opened again with it."""

    def __init__(self, desk: Desk, builder: Builder) -> None:
        self._desk = desk
        self._builder = builder
        self._service = desk.service
        self._painting = Painting(desk)
        self._imagining = Imagining(desk)

    async def receive(self, interaction: Interaction) -> None:
        """Take a modal submit, if it is one of ours."""
        try:
            answer = read_answer(interaction, self._desk.clock)
            if answer is not None:
                await self._take(interaction, answer)
        except Exception as exc:  # noqa: BLE001 - a listener's error would only be logged
            await report(interaction, exc)

    async def _take(self, interaction: Interaction, answer: Answer) -> None:
        try:
            await self._act(interaction, answer)
        except UserError as exc:
            if interaction.response.is_done():
                raise
            actor, dialog = actor_of(interaction), answer.dialog
            draft = Draft(actor.id, dialog.ask, dialog.about, dialog.key, dialog.extra, answer.text or "")
            view = reopen_view(await self._desk.keep_draft(draft), actor.locale)
            await tell(interaction, exc.sentence.render(actor.locale), view)

    async def _act(self, interaction: Interaction, answer: Answer) -> None:
        if answer.has_lapsed:
            raise UserError(LAPSED)
        match answer.dialog.ask:
            case Ask.PROMPT | Ask.REGION | Ask.MASK:
                await self._start_action(interaction, answer)
            case Ask.ANSWER:
                await self._answer_relay(interaction, answer)
            case Ask.IMAGINE:
                await self._start_imagine(interaction, answer)
            case Ask.REWORD | Ask.SAY | Ask.PICTURE:
                await self._painting.receive(interaction, answer)
            case Ask.FACE:
                await self._start_swap(interaction, answer)
            case Ask.BUILD_TEXT | Ask.BUILD_NO:
                await self._builder.receive(interaction, answer.dialog.ask, answer.dialog.about, answer.text or "")

    async def _start_action(self, interaction: Interaction, answer: Answer) -> None:
        actor, place, token = self._desk.who(interaction)
        dialog = answer.dialog
        parent = await self._desk.job(dialog.about)
        kind = button_kind(parent, dialog.key)
        text = (answer.text or "").strip() or prefill(parent, kind)
        check_text(text, kind)
        is_panel = dialog.ask is not Ask.PROMPT  # then the pressed message is the private panel
        pressed = None if is_panel or interaction.message is None else interaction.message.id
        job = await self._service.admission.press(
            actor,
            place,
            parent,
            dialog.key,
            token=token,
            message_id=pressed or parent.result_message_id or 0,
            answer=text,
            strong=await self._desk.strong(actor, kind),
        )
        await self._desk.answer_with_card(interaction, job, self._mask_for(interaction, answer, parent))

    def _mask_for(self, interaction: Interaction, answer: Answer, parent: Job) -> Prepare | None:
        if answer.dialog.ask is Ask.PROMPT:
            return None

        async def prepare(job: Job) -> Prepared:
            pictures, name = self._service.pictures, f"{job.id}-mask"
            picture = await self._desk.originals.key(parent)
            if answer.dialog.ask is Ask.REGION:
                mask = await pictures.keep_cells_mask(name, picture, cells_of(answer.dialog.extra))
            else:
                mask = await pictures.keep_uploaded_mask(name, Source(answer.file or "", is_attachment=True), picture)
            if mask.was_scaled:
                note = _("Your mask had another size than the picture, so it was scaled to fit.")
                await tell(interaction, note.render(job.actor.locale))
            doubt = FailureKind.MASK_EMPTY if mask.is_empty else FailureKind.MASK_FULL if mask.is_full else None
            return Prepared([mask.key], doubt)

        return prepare

    async def _answer_relay(self, interaction: Interaction, answer: Answer) -> None:
        job = await self._desk.job(answer.dialog.about)
        policy.check_author(actor_of(interaction), job)
        await self._service.answer(job, (answer.text or "").strip() or job.prompt, self._desk.token(interaction))
        waiting = cards.running_line(job, Working())
        await interaction.response.edit_message(content=waiting, view=running_view(job), allowed_mentions=NOBODY)

    async def _start_imagine(self, interaction: Interaction, answer: Answer) -> None:
        draft_id, text = answer.dialog.about, answer.text or ""
        draft = await self._desk.draft(draft_id, actor_of(interaction))
        if draft.text:  # a question was asked about it
            await self._imagining.revise(interaction, draft_id, draft, text)
        else:
            await self._imagining.take(interaction, replace(draft, text=text))

    async def _start_swap(self, interaction: Interaction, answer: Answer) -> None:
        draft = await self._desk.draft(answer.dialog.about, actor_of(interaction))
        mode, _prompt = await self._desk.preferences.mode_for(actor_of(interaction), "")
        urls = [Source(answer.file or "", is_attachment=True), *draft.picture_urls]
        await self._desk.start(interaction, FaceSwap(), mode=mode, picture_urls=urls)
