"""How picture models behind the OpenAI format are asked: a table that the owner may change.

Source: docs/relay.md 13.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel, model_validator

RATIOS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9")
SCALES = ("1K", "2K", "4K")


class Way(StrEnum):
    """Where a model takes a prompt with pictures. Without pictures, all but chat paint at the generations."""

    GENERATIONS = "generations"  # JSON to /v1/images/generations
    EDITS = "edits"  # a form to /v1/images/edits, with a mask if there is one
    COMPOSITIONS = "compositions"  # JSON to /v1/images/compositions, jimeng-api's own
    CHAT = "chat"  # /v1/chat/completions, with or without pictures


class PictureModel(BaseModel):
    """How one model is asked.

    Attributes:
        way: where a prompt with pictures goes.
        pictures: the field that has them all as a list, or one field for each; nothing where it takes none.
        max_pictures: how many it takes.
        shape: the field of the shape; behind a "+" the one of the quality, where there is one.
        shapes: shapes to suggest.
        qualities: qualities to suggest.
        max_n: how many pictures it makes in one call.
        count: the field of how many, or the fields of a series, in which "{n}" stands for the number.
        units: what a picture costs where PRICES does not name the model; None leaves it to PRICES.
        fields: what goes along each time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    way: Way = Way.GENERATIONS
    pictures: str | tuple[str, ...] = ""
    max_pictures: int = Field(default=16, ge=1)
    shape: str = "size"
    shapes: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    max_n: int = Field(default=1, ge=1, le=10)
    count: str | Mapping[str, JsonValue] = "n"
    units: int | None = Field(default=None, ge=0)
    fields: Mapping[str, JsonValue] = Field(default_factory=dict)

    @property
    def shape_field(self) -> str:
        """The field that the shape goes into."""
        return self.shape.partition("+")[0]

    @property
    def quality_field(self) -> str:
        """The field that the quality goes into; "" where there is none."""
        return self.shape.partition("+")[2]

    def counted(self, number: int) -> dict[str, JsonValue]:
        """Build the fields that ask for so many pictures; one of a series is asked for as any other picture is."""
        if isinstance(self.count, str):
            return {self.count: number}
        return {name: _filled(value, number) for name, value in self.count.items()} if number > 1 else {}

    @property
    def most_pictures(self) -> int:
        """How many pictures it takes; 0 for none."""
        if self.way is not Way.CHAT and not self.pictures:
            return 0
        return self.max_pictures if isinstance(self.pictures, str) else min(self.max_pictures, len(self.pictures))

    @property
    def takes_mask(self) -> bool:
        """Whether a mask may say which part is painted anew."""
        return self.way is Way.EDITS and self.most_pictures > 0

    def takes(self, pictures: int, *, is_masked: bool) -> bool:
        """Tell whether it takes so many pictures, and a mask for the first of them."""
        return pictures <= self.most_pictures and (self.takes_mask or not is_masked)


def _filled(value: JsonValue, number: int) -> JsonValue:
    """Put a number where its place is kept."""
    if isinstance(value, dict):
        return {name: _filled(one, number) for name, one in value.items()}
    return number if value == "{n}" else value


class ModelTable(RootModel[Mapping[str, PictureModel]]):
    """The models by their names; a key may hold several, with commas.

    A pattern ("*seedream*") tells how models are asked that members may type; it allows none by itself.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.names:
            raise ValueError("must have at least one model with its whole name")
        return self

    def _keys(self) -> Iterator[tuple[str, PictureModel]]:
        for names, model in self.root.items():
            yield from ((name.strip(), model) for name in names.split(",") if name.strip())

    @property
    def names(self) -> tuple[str, ...]:
        """The whole names, in their order; patterns are none."""
        return tuple(name for name, _model in self._keys() if not set("*?[") & set(name))

    def find(self, name: str) -> PictureModel | None:
        """Find how a model is asked: the first entry that fits counts; None where none does."""
        wanted = name.casefold()
        return next((model for key, model in self._keys() if fnmatchcase(wanted, key.casefold())), None)

    def get(self, name: str) -> PictureModel:
        """Get how a model is asked; one that stands nowhere gets the format's own fields and no pictures."""
        return self.find(name) or PictureModel()

    def fitting(self, pictures: int = 0, *, is_masked: bool = False) -> str:
        """Choose the first model that takes so many pictures and a mask; the first of all where none does."""
        fit = (name for name in self.names if self.get(name).takes(pictures, is_masked=is_masked))
        return next(fit, self.names[0])


# Each entry has its source in docs/relay.md 13.2.
MODELS = ModelTable(
    {
        "gpt-image-1.5, gpt-image-2, gpt-image-1, gpt-image-1-mini": PictureModel(
            way=Way.EDITS,
            pictures="image[]",
            shape="size+quality",
            shapes=("auto", "1024x1024", "1536x1024", "1024x1536"),
            qualities=("auto", "low", "medium", "high"),
            max_n=10,
        ),
        "nano-banana-2, nano-banana-pro": PictureModel(
            pictures="image", max_pictures=10, shape="aspect_ratio+image_size", shapes=RATIOS, qualities=SCALES
        ),
        "nano-banana": PictureModel(pictures="image", max_pictures=10, shape="aspect_ratio", shapes=RATIOS),
        "gemini-2.5-flash-image, gemini-3-pro-image-preview, google/gemini-*-image*": PictureModel(
            way=Way.CHAT, max_pictures=10, shape="aspect_ratio+image_size", shapes=RATIOS, qualities=SCALES
        ),
        "doubao-seedream-4-5-251128, doubao-seedream-4-0-250828, *seedream*": PictureModel(
            pictures="image",
            max_pictures=10,
            shapes=("2K", "4K", "2048x2048", "2560x1440", "1440x2560", "2304x1728", "1728x2304"),
            max_n=10,
            count={
                "sequential_image_generation": "auto",
                "sequential_image_generation_options": {"max_images": "{n}"},
            },
            fields={"watermark": False},
        ),
        "qwen-image-edit, *qwen-image-edit*": PictureModel(pictures=("image",), shape=""),
        "qwen-image, *qwen-image*": PictureModel(shape="aspect_ratio", shapes=RATIOS, max_n=4),
        "flux-kontext-pro, flux-kontext-max": PictureModel(
            way=Way.EDITS, pictures=("image",), shape="aspect_ratio", shapes=RATIOS
        ),
        "flux-2-pro, flux-2-max, flux-2-flex": PictureModel(
            pictures=("input_image", *(f"input_image_{number}" for number in range(2, 9))),
            shapes=("1024x1024", "1792x1024", "1024x1792", "2048x2048"),
        ),
        "fal-ai/flux/dev, fal-ai/flux-pro/v1.1, fal-ai/*": PictureModel(
            shapes=("1024x1024", "1280x720", "720x1280"), max_n=4
        ),
    }
)
