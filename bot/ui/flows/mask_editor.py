"""Masks drawn over a result or over a picture of one's own: what signed links open, and what becomes of drawings."""

import logging
from dataclasses import dataclass, replace

import discord
from pydantic import TypeAdapter

from bot.domain.job import Actor, Job, Place, Token, new_job_id
from bot.domain.requests import EngineRequest, Mode, Request
from bot.domain.visibility import AS_PREFERRED, Visibility
from bot.errors import PictureError, UserError
from bot.jobs.admission import UsedButtonError, check_is_kept
from bot.jobs.once_keys import link_key
from bot.language import Sentence, _
from bot.links import DRAWING_LIFE_S, LinkRefusedError, NoLink, Ticket
from bot.pictures.masks import Mask
from bot.services import Services
from bot.storage.expiring import ExpiringValues, ForeignValueError
from bot.ui.components.interactions import NETWORK_ERRORS, webhook_of
from bot.ui.components.message_links import job_link, message_link
from bot.ui.components.modal_prefill import prefill
from bot.ui.components.modals import button_kind
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.input_pictures import NOT_KEPT
from bot.ui.flows.known_jobs import sent_to
from bot.ui.flows.page_orders import PageOrders

logger = logging.getLogger(__name__)

ORIGINAL = "@original"  # the answer to the interaction whose token it is, where Discord wants a message's id
NOT_KNOWN = _("Easel no longer knows this picture.")
NO_PAGE = _(
    "Drawing in the browser is not set up here. Please upload a mask instead: white is repainted, black is kept."
)


class UsedLinkError(UserError):
    """A link that already has its job; `address` leads to it in Discord."""

    def __init__(self, address: str) -> None:
        super().__init__(_("This drawing was already sent. The picture will appear in Discord."))
        self.address = address


class DoubtError(UserError):
    """A mask that must be asked about before anything is spent."""


@dataclass(frozen=True, slots=True)
class DrawnOrder:
    """What was asked for with pictures and without its mask, which is to be drawn over the first of them.

    The pictures are kept under the request's keys. `canvas` names what is drawn on, the same for the same picture;
    `follows` is the finished job that it belongs to, "" for an upload.
    """

    request: Request
    mode: Mode | None
    canvas: str
    follows: str = ""
    visibility: Visibility = AS_PREFERRED


@dataclass(frozen=True, slots=True)
class RegionPress:
    """Who pressed Vary (Region) or gave an order where, as Discord told us then: what a link cannot carry.

    The token is of use where the bot may not post by itself. A press has no `order`: its button says what it is for.
    """

    actor: Actor
    place: Place
    message_id: int
    token: Token | None = None
    order: DrawnOrder | None = None


_PRESS = TypeAdapter(RegionPress)


@dataclass(frozen=True, slots=True)
class OpenedResult:
    """What the link of a press opens: the result to draw on, and the text to begin with."""

    ticket: Ticket
    pressed: RegionPress
    parent: Job
    prompt: str

    @property
    def canvas(self) -> str:
        """Name what is drawn on; a drawing that was not sent waits in the browser under this name."""
        return self.parent.id

    def is_plain(self, _text: str) -> bool:
        """Tell whether there is nothing to ask about a text: other engines take plain words."""
        return isinstance(self.parent.request, EngineRequest)


@dataclass(frozen=True, slots=True)
class OpenedOrder:
    """What the link of an order opens: the first of its pictures to draw on, and its text to begin with."""

    ticket: Ticket
    pressed: RegionPress
    order: DrawnOrder
    parent: Job | None

    @property
    def prompt(self) -> str:
        """Return what was typed, as it was read."""
        return self.order.request.prompt

    @property
    def canvas(self) -> str:
        """Name what is drawn on, as above."""
        return self.order.canvas

    def is_plain(self, text: str) -> bool:
        """Tell whether there is nothing to ask about a text; what was typed in Discord was asked about there."""
        return isinstance(self.order.request, EngineRequest) or text.strip() == self.prompt


Opened = OpenedResult | OpenedOrder


class MaskEditor:
    """Gives out links, and takes what comes by them.

    A link works once: its job is stored under the link's id, which the database allows to one job at a time. A job
    that ends without a result gives the link back, so that a refused prompt can be changed and sent again.
    """

    def __init__(self, client: discord.Client, services: Services, originals: OriginalPictures) -> None:
        self._client = client
        self._settings = services.settings
        self._clock = services.clock
        self._cipher = services.cipher
        self._links = services.links
        self._store = services.store
        self._pictures = services.pictures
        self._intake = services.jobs.intake
        self._admission = services.jobs.admission
        self._access = services.jobs.access
        self._unpaid = services.jobs.unpaid
        self._inputs = services.jobs.inputs
        self._preferences = services.preferences
        self._originals = originals
        self._orders = PageOrders(client, services)
        self._pressed = ExpiringValues(
            services.store.notes,
            services.clock,
            "drawing",
            _PRESS,
            life_s=DRAWING_LIFE_S,
            owner_of=lambda pressed: pressed.actor.id,
        )

    def check_served(self) -> None:
        """Refuse to draw where there is no web side.

        Raises:
            UserError: there is none.
        """
        if self._settings.web.public_url is None:
            raise UserError(NO_PAGE)

    async def url(self, pressed: RegionPress, parent: Job, key: int) -> str | None:
        """Give out a new link, for the eyes of whoever pressed the button alone; None where there is no web side."""
        return None if self._settings.web.public_url is None else await self._url(pressed, parent.id, key)

    async def url_of_order(self, pressed: RegionPress, order: DrawnOrder) -> str:
        """Give out a new link to what an order goes by; raises as `check_served` does."""
        self.check_served()
        return await self._url(replace(pressed, order=order), order.follows, 0)

    async def _url(self, pressed: RegionPress, job_id: str, key: int) -> str:
        """The token stands behind "#", so that it reaches neither the logs of a proxy nor other sites."""
        ticket = Ticket(await self._pressed.keep(pressed), pressed.actor.id, job_id, key)
        base = str(self._settings.web.public_url).rstrip("/")
        return f"{base}/draw/#{self._links.write(ticket)}"

    async def locale(self, ticket: Ticket) -> str | None:
        """Tell the language of the member whose link it is, while that is known."""
        pressed = await self._pressed.find(ticket.id)
        return None if pressed is None else pressed.actor.locale

    async def open(self, ticket: Ticket) -> Opened:
        """Open what a link leads to.

        Raises:
            LinkRefusedError: its time is over.
            UsedLinkError: it was used.
            UserError: the member may not use it (any more), or the picture is not known any more.
        """
        try:
            pressed = await self._pressed.get(ticket.id, ticket.member_id)
        except ForeignValueError as exc:
            raise LinkRefusedError(NoLink.EXPIRED) from exc
        if pressed is None or (pressed.order is not None and pressed.order.follows != ticket.job_id):
            raise LinkRefusedError(NoLink.EXPIRED)
        if await self._store.is_used(ticket.job_id or None, link_key(ticket.id)):
            raise UsedLinkError(message_link(pressed.place, None))
        await self._access.check(pressed.actor, pressed.place)
        parent = await self._store.get(ticket.job_id) if ticket.job_id else None
        if parent is not None:
            await self._admission.check_press(pressed.actor, pressed.place, parent)
            check_is_kept(parent)
        if pressed.order is not None:
            return OpenedOrder(ticket, pressed, pressed.order, parent)
        if parent is None:
            raise UserError(NOT_KNOWN)
        self._admission.button(parent, ticket.key)
        return OpenedResult(ticket, pressed, parent, prefill(parent, button_kind(parent, ticket.key)))

    async def picture(self, opened: Opened) -> str:
        """Return the key of the kept picture to draw on; raises `PictureError`."""
        if isinstance(opened, OpenedResult):
            return await self._originals.key(opened.parent)
        if not all([await self._pictures.has(key) for key in opened.order.request.pictures]):
            raise PictureError(NOT_KEPT)
        return opened.order.request.pictures[0]

    async def send(
        self, opened: Opened, mask_png: bytes, prompt: str, *, is_sure: bool, is_as_typed: bool = False
    ) -> str:
        """Start the job of a drawing; returns the address of its card in Discord.

        Args:
            opened: what the link led to.
            mask_png: white = repaint, black = keep, of the picture's exact size.
            prompt: what to paint there; empty = the picture's own.
            is_sure: an empty or full mask was asked about.
            is_as_typed: what is doubtful in the prompt was asked about, and is wanted so.

        Raises:
            UsedLinkError: it was used.
            QuestionError: something is doubtful in the prompt, and nobody asked.
            DoubtError: the mask is empty or full, and nobody asked.
            UserError: the mask is no use, a rule stands against it, or Discord cannot be reached.
        """
        pressed = opened.pressed
        await self._inputs.check(pressed.actor)
        await self._unpaid.admit(pressed.actor, pressed.place)
        is_plain = is_as_typed or opened.is_plain(prompt)
        answer = await self._orders.read(pressed.actor, prompt, is_as_typed=is_plain)
        name, picture = f"{new_job_id()}-mask", await self.picture(opened)
        mask = await self._pictures.keep_drawn_mask(name, mask_png, picture, of=pressed.actor.id)
        try:
            if not is_sure and (doubt := _doubt(mask)) is not None:
                raise DoubtError(doubt)
            job = await self._admit(opened, answer, await self._sent_pictures(opened, picture, mask))
        except UsedButtonError as exc:
            await self._pictures.discard(mask.key)
            raise UsedLinkError(job_link(exc.job)) from exc
        except UserError:
            await self._pictures.discard(mask.key)
            raise
        shown = await self._orders.show(job)
        await self._close_panel(pressed, shown.place)
        return job_link(shown)

    async def _sent_pictures(self, opened: Opened, picture: str, mask: Mask) -> tuple[str, ...]:
        """The mask behind what an order goes by; for a result alone, or behind it in the size in which it is sent."""
        if isinstance(opened, OpenedOrder):
            # The job has copies: its own go with it where it ends unsent, and then the link is good once more.
            name, keys = mask.key.removesuffix("-mask.png"), enumerate(opened.order.request.pictures, start=1)
            return *[await self._pictures.keep_copy(f"{name}-input{number}", key) for number, key in keys], mask.key
        if not isinstance(opened.parent.request, EngineRequest):
            return (mask.key,)
        name, of = new_job_id(), opened.pressed.actor.id
        given = await self._pictures.keep_again(f"{name}-input1", picture, of=of)
        fitted = await self._pictures.keep_mask_again(f"{name}-mask", mask.key, given, of=of)
        await self._pictures.discard(mask.key)
        return given, fitted.key

    async def _admit(self, opened: Opened, answer: str, pictures: tuple[str, ...]) -> Job:
        pressed, link_id = opened.pressed, opened.ticket.id
        wanted = opened.order.visibility if isinstance(opened, OpenedOrder) else AS_PREFERRED
        is_private = await self._admission.audience.is_private(pressed.actor, wanted, opened.parent)
        token = None if pressed.place.may_post and not is_private else pressed.token
        if isinstance(opened, OpenedOrder):
            order = opened.order
            return await self._admission.request(
                pressed.actor,
                pressed.place,
                order.request.model_copy(update={"prompt": answer or opened.prompt, "pictures": pictures}),
                mode=order.mode,
                token=token,
                parent=opened.parent,
                reply_to=pressed.message_id or None,
                once_key=link_key(link_id),
                visibility=wanted,
            )
        return await self._admission.press(
            pressed.actor,
            pressed.place,
            opened.parent,
            opened.ticket.key,
            token=token,
            message_id=pressed.message_id,
            answer=answer or opened.parent.prompt,
            pictures=pictures,
            link_id=link_id,
        )

    async def _close_panel(self, pressed: RegionPress, place: Place) -> None:
        """Let the private message that had the link say where it went, as long as the press's token reaches it."""
        webhook = webhook_of(self._client, pressed.token, self._cipher, self._clock)
        if webhook is None:
            return
        text = sent_to(place, pressed.place).render(pressed.actor.locale)
        try:
            await webhook.edit_message(ORIGINAL, content=text, view=None, attachments=[])  # type: ignore[call-overload]
        except NETWORK_ERRORS as exc:
            logger.info("panel not closed member_id=%d reason=%s", pressed.actor.id, type(exc).__name__)


def _doubt(mask: Mask) -> Sentence | None:
    if mask.is_empty:
        return _("Nothing is marked, so nothing would be repainted.")
    if mask.is_full:
        return _("The whole picture is marked, so all of it would be repainted.")
    return None
