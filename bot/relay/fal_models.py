"""What goes to fal and what it answers with. Source: docs/relay.md 10."""

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from bot.relay.engine_base import Answer, Objects, Options, Text


def _in_words(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class GenerateOptions(Options):
    """The fields that many models have; each model has more of its own."""

    model: str | None = None
    masked: bool = False  # whether the last picture is a mask over the first one
    aspect_ratio: str | None = None  # goes by the name that the model has for it, as the resolution does
    resolution: str | None = None
    num_images: Annotated[int, Field(ge=1, le=4)] | None = None
    guidance_scale: Annotated[float, Field(ge=1, le=20)] | None = None
    safety_tolerance: Annotated[str, BeforeValidator(_in_words)] | None = None  # a text for the API
    output_format: str | None = None
    seed: int | None = None


class Ticket(Answer):
    """A place in the queue."""

    request_id: Text = ""
    response_url: Text = ""
    status_url: Text = ""


class TaskStatus(Answer):
    """Where a task stands."""

    status: Annotated[Text, Field(validation_alias=AliasChoices("status", "task_status", "state"))] = ""
    error: Text = ""
    detail: Text = ""
    error_type: Text = ""
    response_url: Text = ""


class Picture(Answer):
    """One picture of a result: its address, or one that holds the bytes."""

    url: Text = ""
    width: Text = ""
    height: Text = ""

    @property
    def resolution(self) -> str:
        """Width and height in pixels, where both are told."""
        return f"{self.width}x{self.height}" if self.width and self.height else ""


def _one(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value if isinstance(value, dict) else None


def _flags(value: object) -> object:
    return [item is True for item in value] if isinstance(value, list) else []


class Generated(Answer):
    """A result; models that make one picture call it otherwise."""

    images: Annotated[list[Picture], Objects] = Field(default_factory=list)
    image: Annotated[Picture | None, BeforeValidator(_one)] = None
    seed: Text = ""
    prompt: Text = ""
    has_nsfw_concepts: Annotated[list[bool], BeforeValidator(_flags)] = Field(default_factory=list)

    @property
    def pictures(self) -> list[Picture]:
        """Return all of them that have an address."""
        one = [self.image] if self.image is not None else []
        return [picture for picture in self.images or one if picture.url]
