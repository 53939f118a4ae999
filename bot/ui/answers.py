"""What happens when a dialog is answered."""

from dataclasses import replace

from bot.errors import UserError
from bot.jobs.models import FaceSwap
from bot.language import _
from bot.ui import doors
from bot.ui.builder import Builder
from bot.ui.buttons import reopen_view
from bot.ui.desk import Desk, Draft
from bot.ui.dialogs import Answer, Ask, read_answer
from bot.ui.imagining import Imagining
from bot.ui.interactions import Interaction, actor_of, report, tell

LAPSED = _("This dialog was open for more than 15 minutes and has lapsed. Your text is kept: open it again to send it.")


class Answers:
    """Takes the answers of all dialogs. What was typed is never lost: a refused dialog can be opened again with it."""

    def __init__(self, desk: Desk, builder: Builder) -> None:
        self._desk = desk
        self._builder = builder
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
            if interaction.response.is_done() or not answer.text:
                raise
            actor, dialog = actor_of(interaction), answer.dialog
            draft = Draft(actor.id, dialog.ask, dialog.about, dialog.key, dialog.extra, answer.text)
            view = reopen_view(await self._desk.keep_draft(draft), actor.locale)
            await tell(interaction, exc.sentence.render(actor.locale), view)

    async def _act(self, interaction: Interaction, answer: Answer) -> None:
        dialog, text = answer.dialog, answer.text or ""
        if answer.has_lapsed:
            raise UserError(LAPSED)
        await self._desk.let_in(interaction, doors.DIALOGS[dialog.ask])
        match dialog.ask:
            case Ask.EDIT:
                await self._imagining.revise(interaction, dialog.about, text, answer.files)
            case Ask.IMAGINE | Ask.PICTURE:
                draft = await self._desk.draft(dialog.about, actor_of(interaction))
                if draft.text:  # a question of an older version was asked about it
                    await self._imagining.revise(interaction, dialog.about, text)
                else:
                    await self._imagining.take(interaction, replace(draft, text=text))
            case Ask.FACE:
                await self._start_swap(interaction, answer)
            case Ask.BUILD_TEXT | Ask.BUILD_NO:
                await self._builder.receive(interaction, dialog.ask, dialog.about, text)
            case _:
                await self._imagining.take(interaction, _draft(interaction, answer))

    async def _start_swap(self, interaction: Interaction, answer: Answer) -> None:
        draft = await self._desk.draft(answer.dialog.about, actor_of(interaction))
        mode = await self._desk.preferences.mode(actor_of(interaction))
        sources = [*answer.files[:1], *draft.picture_urls]
        await self._desk.start(interaction, FaceSwap(), mode=mode, picture_urls=sources)


def _draft(interaction: Interaction, answer: Answer) -> Draft:
    """What a dialog about a job says; a pressed message that is a private panel is none to reply to."""
    dialog, pressed = answer.dialog, interaction.message
    return Draft(
        interaction.user.id,
        dialog.ask,
        dialog.about,
        dialog.key,
        dialog.extra,
        answer.text or "",
        picture_urls=answer.files,
        message_id=pressed.id if dialog.ask is Ask.PROMPT and pressed is not None else 0,
    )
