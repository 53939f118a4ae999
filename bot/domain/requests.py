"""What a person asked for, and what of it is kept as JSON: frozen values, no I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter
from typing_extensions import override


class Mode(StrEnum):
    """The speed that a relay task is paid for; its value is the relay's word."""

    RELAX = "relax"
    FAST = "fast"
    TURBO = "turbo"


class StoredModel(BaseModel):
    """Base of everything that is kept as JSON in a job's row."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Button(StoredModel):
    """One button of a finished task, as the relay sent it. Source: docs/relay.md 6.1."""

    custom_id: str
    label: str = ""
    emoji: str = ""
    style: int = 2


class _Request(StoredModel):
    """Base of all requests: each has a prompt to show and may go by pictures (keys of kept ones)."""

    operation: str
    prompt: str = ""
    pictures: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What prices, logs and "not offered" call it."""
        return self.operation

    @property
    def is_masked(self) -> bool:
        """Whether the last of its pictures is a mask over the first one."""
        return False

    @property
    def plain_and_mask(self) -> tuple[tuple[str, ...], str]:
        """The pictures that it goes by, and the mask over the first of them; "" where there is none."""
        if self.is_masked and self.pictures:
            return self.pictures[:-1], self.pictures[-1]
        return self.pictures, ""


class Imagine(_Request):
    """A grid from a prompt, with up to five pictures to go by.

    `references` are further pictures whose parameter ("--sref", "--cref", "--oref") wants an address: the relay is
    asked for one. Their keys stand behind those of the plain pictures, in the same order.
    """

    operation: Literal["imagine"] = "imagine"
    references: tuple[str, ...] = ()


class Dimensions(StrEnum):
    """The shape of a blend, in the relay's words."""

    PORTRAIT = "PORTRAIT"  # 2:3
    SQUARE = "SQUARE"  # 1:1
    LANDSCAPE = "LANDSCAPE"  # 3:2


class Blend(_Request):
    """A grid mixed from two to five pictures."""

    operation: Literal["blend"] = "blend"
    dimensions: Dimensions = Dimensions.SQUARE


class Describe(_Request):
    """Four prompts for one picture."""

    operation: Literal["describe"] = "describe"


class Shorten(_Request):
    """The weight of a prompt's words, and shorter prompts."""

    operation: Literal["shorten"] = "shorten"


class FaceSwap(_Request):
    """The face of the first picture on the second."""

    operation: Literal["faceswap"] = "faceswap"


class Motion(StrEnum):
    """How much moves in a film, in the relay's words."""

    LOW = "low"
    HIGH = "high"


class Animate(_Request):
    """Films that begin with the first picture, and end with the second where there is one.

    `loop` leads back to the first. `count` is how many are made. Where it `extends` the film of a task at a `relay`,
    there is no picture. Source: docs/relay.md 2.10.
    """

    operation: Literal["animate"] = "animate"
    motion: Motion = Motion.LOW
    loop: bool = False
    count: Literal[1, 2, 4] = 4
    extends: str = ""
    relay: str = ""


class Edit(_Request):
    """A grid of changes to a picture; where it is `masked`, in the white of the mask behind it alone.

    `shape` ("3:2") makes room for more around the picture; "" keeps its own. Source: docs/relay.md 2.11.
    """

    operation: Literal["edit"] = "edit"
    masked: bool = False
    shape: str = ""

    @property
    @override
    def is_masked(self) -> bool:
        return self.masked


class Action(_Request):
    """A press of a button of a finished task; where that opens a modal, its answer.

    `relay` is where the finished task is, as a job's. `answer` is the text for the modal (None = nobody has answered
    yet); the mask, where there is one, is the picture.
    `source` is the key of the pressed result's picture, for relays that take pictures where others take their tasks.
    `original` is where the relay already has the one picture that is picked, so that nothing needs to be paid for it.
    `corner` is which of a grid's four pictures it goes by, from 1; 0 for all that go by no single one of them.
    """

    operation: Literal["action"] = "action"
    button: Button
    parent_task_id: str
    relay: str = ""
    answer: str | None = None
    is_answered: bool = False  # the answer was sent; it is never sent again by itself
    strong: bool | None = None  # how far V1 to V4 go; None leaves it to the relay
    source: str = ""
    original: str = ""
    corner: int = 0


class EngineRequest(_Request):
    """A task of an engine other than Midjourney, in that engine's own words.

    `kind` is the engine's operation ("generate", "remix"); `options` are the fields sent besides prompt and pictures,
    checked by the engine's adapter. `roles` say what the pictures are for, in their order: "" or nothing is what the
    operation starts from, other words ("style", "character") are the engine's own.
    """

    operation: Literal["paint"] = "paint"
    engine: str
    kind: str
    options: Mapping[str, JsonValue] = Field(default_factory=dict)
    roles: tuple[str, ...] = ()

    def pictures_for(self, role: str) -> tuple[str, ...]:
        """Return the pictures that are for something; "" stands for what the operation starts from."""
        roles = (*self.roles, *("" for _key in self.pictures))
        return tuple(key for key, one in zip(self.pictures, roles, strict=False) if one == role)

    @property
    @override
    def is_masked(self) -> bool:
        return self.options.get("masked") is True

    @property
    @override
    def name(self) -> str:
        return f"{self.engine}.{self.kind}"


Request = Annotated[
    Imagine | Blend | Describe | Shorten | FaceSwap | Animate | Edit | Action | EngineRequest,
    Field(discriminator="operation"),
]
STORED_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request whose texts were looked over, with the speed that it runs in; only such a one becomes a job."""

    request: Request
    mode: Mode | None


def texts_in(value: JsonValue) -> Iterator[str]:
    """Yield every text and number in an engine's options, however deep it stands."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts_in(item)
    elif value is not None:
        yield str(value)
