"""What goes to a picture model in the OpenAI format, by its entry in the table. Source: docs/relay.md 11.1 and 13."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, JsonValue

from bot.domain.requests import EngineRequest
from bot.errors import UserError
from bot.language import Sentence, _, ngettext
from bot.relay.engine_base import Options, read_options
from bot.relay.http import Base64, Part, Upload
from bot.settings.picture_models import ModelTable, PictureModel, Way
from bot.text import escape_inline

GENERATIONS, EDITS, COMPOSITIONS = (f"/v1/images/{name}" for name in ("generations", "edits", "compositions"))
CHAT = "/v1/chat/completions"
MODALITIES = ("image", "text")
NO_PROMPT = _("This needs a prompt. Please write one.")


class GenerateOptions(Options):
    """What members choose. Whatever else is there goes along as it is: jimeng-api's `ratio`, a gateway's `size`."""

    model: str | None = None
    shape: str | None = None
    quality: str | None = None
    n: Annotated[int, Field(ge=1, le=10)] | None = None
    masked: bool = False

    @property
    def others(self) -> dict[str, JsonValue]:
        """The fields that are sent under their own names."""
        return dict(self.model_extra or {})


@dataclass(frozen=True, slots=True)
class Order:
    """A request, read against its model's entry."""

    name: str
    model: PictureModel
    prompt: str
    options: GenerateOptions
    pictures: tuple[str, ...]
    mask: str = ""

    @property
    def way(self) -> Way:
        """Where it goes."""
        return self.model.way if self.pictures or self.model.way is Way.CHAT else Way.GENERATIONS

    @property
    def path(self) -> str:
        """The operation."""
        paths = {Way.EDITS: EDITS, Way.COMPOSITIONS: COMPOSITIONS, Way.CHAT: CHAT}
        return paths.get(self.way, GENERATIONS)

    @property
    def shaped(self) -> dict[str, JsonValue]:
        """The fields of shape and quality, where they were chosen."""
        chosen = {self.model.shape_field: self.options.shape, self.model.quality_field: self.options.quality}
        return {name: value for name, value in chosen.items() if name and value}

    @property
    def fields(self) -> dict[str, Any]:
        """All fields but the pictures."""
        count = self.model.counted(self.options.n) if self.options.n else {}
        return {
            "model": self.name,
            "prompt": self.prompt,
            **self.model.fields,
            **self.shaped,
            **count,
        } | self.options.others


def read_order(request: EngineRequest, table: ModelTable) -> Order:
    """Read a request against the table.

    Raises:
        UserError: it has no prompt, or asks for what its model does not do.
    """
    if not request.prompt.strip():
        raise UserError(NO_PROMPT)
    options = read_options(GenerateOptions, request)
    pictures, mask = request.plain_and_mask
    name = options.model or table.fitting(len(pictures), is_masked=options.masked)
    order = Order(name, table.get(name), request.prompt, options, pictures, mask)
    if refusal := _refusal(order):
        raise UserError(refusal)
    return order


def check_order(request: EngineRequest, table: ModelTable, *, pictures: int) -> None:
    """Refuse what a model does not do, before so many pictures and a mask are there; raises as `read_order` does."""
    mask = 1 if request.is_masked else 0
    read_order(request.model_copy(update={"pictures": ("",) * pictures + ("mask",) * mask}), table)


def _refusal(order: Order) -> Sentence | None:
    """Why a model does not do what is asked; None where it does."""
    model, options, name = order.model, order.options, escape_inline(order.name, 100)
    most = model.most_pictures
    if order.pictures and not most:
        return _("The model {model} takes no pictures. Please choose one that does.", model=name)
    if len(order.pictures) > most:
        return ngettext(
            "The model {model} takes at most {count} picture.",
            "The model {model} takes at most {count} pictures.",
            model=name,
            count=most,
        )
    if options.masked and not (model.takes_mask and order.pictures):
        return _("The model {model} takes no mask. Please choose another one, or describe what to change.", model=name)
    if options.shape and not model.shape_field:
        return _("The model {model} chooses the shape by itself. Please leave the shape out.", model=name)
    if options.quality and not model.quality_field:
        return _("The model {model} has no choice of quality. Please leave the quality out.", model=name)
    if (options.n or 1) > model.max_n:
        return ngettext(
            "The model {model} makes at most {count} picture at once.",
            "The model {model} makes at most {count} pictures at once.",
            model=name,
            count=model.max_n,
        )
    return None


def build_json(order: Order, pictures: Sequence[Base64]) -> dict[str, Any]:
    """Build the body of a generation or a composition."""
    names = order.model.pictures
    if not pictures:
        return order.fields
    if isinstance(names, str):
        return order.fields | {names.removesuffix("[]"): list(pictures)}
    return order.fields | dict(zip(names, pictures, strict=False))


def build_chat(order: Order, pictures: Sequence[Base64]) -> dict[str, Any]:
    """Build the body of a chat: the prompt, then the pictures."""
    shown = [{"type": "image_url", "image_url": {"url": picture}} for picture in pictures]
    content = [{"type": "text", "text": order.prompt}, *shown] if shown else order.prompt
    body: dict[str, Any] = {
        "model": order.name,
        "messages": [{"role": "user", "content": content}],
        "modalities": list(MODALITIES),
        "stream": False,
    }
    config = {"image_config": order.shaped} if order.shaped else {}
    return {**body, **config, **order.model.fields, **order.options.others}


def build_form(order: Order, pictures: Sequence[Upload], mask: Upload | None) -> dict[str, Part]:
    """Build the parts of an edit."""
    parts: dict[str, Part] = {name: _as_text(value) for name, value in order.fields.items()}
    names = order.model.pictures
    if isinstance(names, str):
        parts[names] = list(pictures)
    else:
        parts |= dict(zip(names, pictures, strict=False))
    return parts | ({"mask": mask} if mask else {})


def _as_text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def facts_of(order: Order) -> Mapping[str, str]:
    """Tell what is known of the pictures from what was asked for."""
    sizes = (order.options.shape, order.options.others.get("size"))
    return {"model": order.name, "resolution": next((str(size) for size in sizes if size), "")}
