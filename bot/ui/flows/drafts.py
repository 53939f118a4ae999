"""What was typed or chosen before it is a job, kept for a day, so that questions about it can be answered later."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.clock import Clock
from bot.domain.job import Actor
from bot.domain.requests import Request
from bot.domain.visibility import AS_PREFERRED, Visibility
from bot.errors import UserError
from bot.language import Sentence, _
from bot.pictures.sources import KeptSource
from bot.storage.expiring import ExpiringValues, ForeignValueError, note_name
from bot.storage.key_values import KeyValues
from bot.ui.components.modals import ModalContext, ModalKind

TOO_OLD = _("This was already answered, or it has expired. Please start again.")
DRAFT_LIFE_S = 24 * 3600
KIND = "draft"  # of the notes that drafts are kept in


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
    request: Request | None = None  # what should be done, as yet without prompt and pictures
    inputs_of: str = ""  # the job whose pictures it goes by
    lacks_pictures: bool = False  # those that it should go by could not be taken
    is_drawn: bool = False  # the mask over the first picture is yet to be drawn
    visibility: Visibility = AS_PREFERRED  # how its results are shown
    is_raw: bool = False  # the member's own suffix does not stand in the text yet

    @property
    def modal(self) -> ModalContext:
        """The modal to open for it."""
        return ModalContext(self.ask, self.about, self.key, self.extra)


@dataclass(frozen=True, slots=True)
class Question:
    """The question that an answer starts a job for: what its message says from then on, and the draft used up by it.

    `kind` is that of the notes among which the draft, or what else was asked about, is kept.
    """

    says: Sentence
    draft_id: str = ""
    is_panel: bool = False  # once the card stands, the message says so
    kind: str = KIND

    @property
    def note(self) -> str | None:
        """The name of the note that goes in the moment in which the job is admitted."""
        return note_name(self.kind, self.draft_id) if self.draft_id else None


_DRAFT = TypeAdapter(Draft)


class Drafts:
    """Keeps drafts, each for its writer alone."""

    def __init__(self, notes: KeyValues, clock: Clock) -> None:
        self._values = ExpiringValues(
            notes, clock, KIND, _DRAFT, life_s=DRAFT_LIFE_S, owner_of=lambda draft: draft.user_id
        )

    async def keep(self, draft: Draft) -> str:
        """Keep a draft; returns its id."""
        return await self._values.keep(draft)

    async def get(self, draft_id: str, actor: Actor) -> Draft:
        """Get a draft of this member.

        Raises:
            UserError: it is not kept any more, or somebody else's.
        """
        try:
            draft = await self._values.get(draft_id, actor.id)
        except ForeignValueError as exc:
            raise UserError(_("Only the person who opened this form can use it.")) from exc
        if draft is None:
            raise UserError(TOO_OLD)
        return draft

    async def delete(self, draft_id: str) -> None:
        """Forget a draft."""
        await self._values.delete(draft_id)
