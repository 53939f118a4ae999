"""What fal's models call the fields that they have in common: pictures and shape. Pure functions.

Source: docs/relay.md 10.5.
"""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.engine_info import ENGINES
from bot.errors import UserError
from bot.language import _
from bot.settings.engines import FalSettings
from bot.settings.section import first_fitting

ROOT = ENGINES["fal"].model_root
SEVERAL = frozenset({"image_urls", "images", "reference_image_urls"})
MOST_PICTURES = 10
USUAL_SIDE = 1024  # pixels of a square; other shapes have its area
LARGEST_SIDE = 2048  # pixels that may be asked for without a resolution, which may have a price of its own
STEP = 16  # pixels; both sides are multiples
SIZE_WORDS = {
    "1:1": "square_hd",
    "4:3": "landscape_4_3",
    "3:4": "portrait_4_3",
    "16:9": "landscape_16_9",
    "9:16": "portrait_16_9",
}
_RATIO = re.compile(r"(\d{1,3}):(\d{1,3})", re.ASCII)
_PIXELS = re.compile(r"(\d{3,4})\s*[xX*]\s*(\d{3,4})", re.ASCII)
_THOUSANDS = re.compile(r"(\d|0\.5)[kK]", re.ASCII)  # in one spelling each, since prices name them
_SIZED_WORD = re.compile(r".*\d[kK]", re.ASCII)  # auto_4K


@dataclass(frozen=True, slots=True)
class FalFields:
    """Which fields a model has, by patterns of names; the first pattern that fits counts."""

    pictures: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, str] = field(default_factory=dict)
    always: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    foreign: Sequence[str] = ()
    masks: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: FalSettings) -> "FalFields":
        """Take the owner's tables."""
        return cls(
            settings.picture_fields,
            settings.shape_fields,
            settings.extra_fields,
            settings.foreign_models,
            settings.mask_fields,
        )

    def path(self, model: str) -> str:
        """Return a model's whole id: most belong to fal itself, which names leave out."""
        is_foreign = any(fnmatch.fnmatchcase(model, pattern) for pattern in self.foreign)
        return model if is_foreign else f"{ROOT}/{model}"

    def picture_field(self, model: str) -> str:
        """Return the field that a model's pictures go into; "" when it takes none."""
        return first_fitting(self.pictures, model) or ""

    def mask_field(self, model: str) -> str:
        """Return the field of a mask over a model's picture, which it then needs; "" when it takes none."""
        return first_fitting(self.masks, model) or ""

    def always_sent(self, model: str) -> Mapping[str, Any]:
        """Return the fields that go to a model whatever is asked for."""
        return first_fitting(self.always, model) or {}

    def fitting_model(self, models: Sequence[str], count: int, *, is_masked: bool = False) -> str:
        """Choose the first of some models that takes so many pictures, and a mask; else the first of all."""

        def takes(model: str) -> bool:
            name = self.picture_field(model)
            if bool(self.mask_field(model)) is not is_masked:
                return False
            return not name if count == 0 else name in SEVERAL if count > 1 else bool(name)

        return next((model for model in models if takes(model)), models[0])

    def shape(self, model: str, aspect: str | None, resolution: str | None) -> dict[str, Any]:
        """Build the fields for a shape (16:9) and a size (2K) as a model has them.

        Raises:
            UserError: the model cannot be asked for that.
        """
        known = first_fitting(self.shapes, model)
        if known == "image_size":
            return _image_size(model, aspect, resolution)
        if aspect and known == "":
            raise UserError(_("The model {model} has no choice of shape. Please leave the shape out.", model=model))
        if resolution and known in ("", "aspect_ratio"):
            raise UserError(
                _("The model {model} has no choice of resolution. Please leave the resolution out.", model=model)
            )
        wanted = {"aspect_ratio": aspect, "resolution": resolution and resolution.upper()}
        return {name: value for name, value in wanted.items() if value}


def _image_size(model: str, aspect: str | None, resolution: str | None) -> dict[str, Any]:
    if not aspect:
        if resolution:
            raise UserError(
                _("The model {model} needs a shape with the resolution. Please choose a shape, too.", model=model)
            )
        return {}
    pixels = _PIXELS.fullmatch(aspect)
    if _SIZED_WORD.fullmatch(aspect) or (pixels and max(map(int, pixels.groups())) > LARGEST_SIDE):
        raise UserError(_("Please give the size as a resolution such as 4K and a shape such as 16:9."))
    if pixels:
        return {"image_size": {"width": int(pixels[1]), "height": int(pixels[2])}}
    ratio = _RATIO.fullmatch(aspect)
    if ratio is None or "0" in ratio.groups():
        return {"image_size": aspect}  # a word of the model's own: auto, square_hd
    if not resolution and aspect in SIZE_WORDS:
        return {"image_size": SIZE_WORDS[aspect]}
    thousands = _THOUSANDS.fullmatch(resolution or "1K")
    if thousands is None:
        raise UserError(_("{value} is not a resolution. Please write it like 2K.", value=str(resolution)[:20]))
    side, share = USUAL_SIDE * float(thousands[1]), (int(ratio[1]) / int(ratio[2])) ** 0.5
    width, height = (max(STEP, round(one / STEP) * STEP) for one in (side * share, side / share))
    return {"image_size": {"width": width, "height": height}}
