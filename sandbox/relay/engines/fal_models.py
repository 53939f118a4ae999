"""The fields of fal's models, as their own pages give them (docs/relay.md 10.5)."""

import re
from typing import Any, NamedTuple

from sandbox.relay.engines.ledger import Declined, is_number
from sandbox.relay.painting.canvas import Size
from sandbox.relay.painting.pictures import Picture
from sandbox.relay.painting.prints import SIDE, ratio_of, size_of

RATIOS = ("21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21")
SIZES = {
    "square_hd": (1024, 1024), "square": (512, 512), "portrait_4_3": (768, 1024), "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768), "landscape_16_9": (1024, 576),
}  # fmt: skip
# Of nano-banana-2 and its edits.
BANANA_RATIOS = ("auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "4:1", "1:4")
RESOLUTIONS = {"0.5K": SIDE // 2, "1K": SIDE, "2K": 2 * SIDE, "4K": 4 * SIDE}
MOST_PICTURES = 10
SEEDREAM_AREA = 921_600  # pixels; a smaller size is made larger


class Model(NamedTuple):
    """What one model reads; it passes over every other field, as fal's models do.

    `ratios`, `resolutions` and `sizes` are the values of `aspect_ratio`, `resolution` and `image_size`; empty where the
    model has no such field. `pictures` is the field for given pictures, "" where it takes none.
    """

    name: str  # a pattern
    ratios: tuple[str, ...] = RATIOS
    resolutions: tuple[str, ...] = ()
    sizes: tuple[str, ...] = tuple(SIZES)
    default_size: Size | None = None  # None = square, or the shape of the first picture
    pictures: str | None = None  # None = any of the old ones
    most_images: int = 4
    formats: tuple[str, ...] = ("jpeg", "png")
    smallest_area: int = 0
    has_mask: bool = False  # whether `mask_url` is wanted: white is painted anew


# The first whose name fits. Each is named by the page that its fields stand on.
MODELS = (
    # fal.ai/models/fal-ai/nano-banana-2/llms.txt and .../edit/llms.txt
    Model(
        r"fal-ai/nano-banana-(2|pro)(?P<edit>/edit)?",
        BANANA_RATIOS,
        tuple(RESOLUTIONS),
        sizes=(),
        pictures="image_urls",
        formats=("jpeg", "png", "webp"),
    ),
    # fal.ai/docs/model-api-reference/image-generation-api/flux-2-pro, fal.ai/models/fal-ai/flux-2-max/edit/llms.txt
    Model(
        r"fal-ai/flux-2-\w+(?P<edit>/edit)?",
        ratios=(),
        sizes=(*SIZES, "auto"),
        default_size=SIZES["landscape_4_3"],
        pictures="image_urls",
        most_images=1,
    ),
    # fal.ai/models/fal-ai/bytedance/seedream/v4/edit/llms.txt; later ones read the same, also under the owner bytedance
    Model(
        r"(fal-ai/)?bytedance/seedream/v[\d.]+(/text-to-image|(?P<edit>/edit))",
        ratios=(),
        sizes=(*SIZES, "auto", "auto_2K", "auto_4K"),
        default_size=(2 * SIDE, 2 * SIDE),
        pictures="image_urls",
        most_images=6,
        smallest_area=SEEDREAM_AREA,
    ),
    # fal.ai/models/fal-ai/flux-pro/v1/fill/llms.txt; what is white is painted: docs.bfl.ai/flux_tools/flux_1_fill
    Model(r"fal-ai/flux-pro/v1/(?P<edit>fill)", ratios=(), sizes=(), pictures="image_url", has_mask=True),
    # docs.kkiai.com, flux-lora-inpainting
    Model(r"fal-ai/flux-lora/(?P<edit>inpainting)", ratios=(), sizes=(), pictures="image_url", has_mask=True),
    # fal.ai/models/fal-ai/qwen-image-edit/llms.txt, docs.kkiai.com on qwen-image-edit-plus
    Model(r"fal-ai/qwen-image(?P<edit>-edit)", ratios=(), pictures="image_url"),
    Model(r"fal-ai/qwen-image(?P<edit>-edit-plus|-2/edit)", ratios=(), pictures="image_urls"),
    # fal.ai/models/ideogram/v4/llms.txt: the owner is not fal-ai
    Model(r"ideogram/v4(\.\d)?", ratios=(), default_size=SIZES["square_hd"], pictures=""),
    # fal.ai/models/fal-ai/recraft/v4.1/text-to-image/llms.txt
    Model(r"fal-ai/recraft/v[\d.]+/text-to-image", ratios=(), default_size=SIZES["square_hd"], pictures=""),
    # fal.ai/docs/inference-api/queue/cancel names this owner; the fields are those of flux-2
    Model(r"blackforestlabs/flux-[\w.-]+(?P<edit>/edit)?", ratios=(), pictures="image_urls"),
    # UniAPI's page about flux-pro/kontext; any other model
    Model(r".*"),
)


def model_of(name: str) -> tuple[Model, bool]:
    """The model of this id, and whether it works on pictures alone."""
    for model in MODELS:
        if match := re.fullmatch(model.name, name):
            return model, bool(match.groupdict().get("edit"))
    raise LookupError(name)


def invalid(field: str, message: str, kind: str) -> Declined:
    """A refusal of one field."""
    return Declined(422, {"detail": [{"loc": ["body", field], "msg": message, "type": kind}]})


def checked(body: dict[str, Any], model: Model, *, needs_prompt: bool = True) -> dict[str, Any]:
    """An input that can be done; null counts as not given."""
    body = {name: value for name, value in body.items() if value is not None}
    prompt = body.get("prompt", "")
    if not isinstance(prompt, str) or (needs_prompt and not prompt.strip()):
        raise invalid("prompt", "field required", "missing")
    if not is_number(body.get("num_images", 1), 1, model.most_images):
        raise invalid("num_images", f"ensure this value is from 1 to {model.most_images}", "value_error.number")
    if not is_number(body.get("guidance_scale", 3.5), 1, 20, is_whole=False):
        raise invalid("guidance_scale", "ensure this value is from 1 to 20", "value_error.number")
    for field, values in {
        "safety_tolerance": ("1", "2", "3", "4", "5", "6"),
        "output_format": model.formats,
        "aspect_ratio": model.ratios,
        "resolution": model.resolutions,
    }.items():
        if values and field in body and body[field] not in values:
            raise invalid(field, f"unexpected value; permitted: {', '.join(values)}", "value_error.const")
    size = body.get("image_size")
    is_free = isinstance(size, dict) and all(is_number(size.get(side), 256, 4096) for side in ("width", "height"))
    if model.sizes and size is not None and not is_free and size not in list(model.sizes):
        raise invalid("image_size", f"unexpected value; permitted: {', '.join(model.sizes)}", "value_error.const")
    return body


def wanted_size(body: dict[str, Any], model: Model, pictures: list[Picture]) -> Size:
    """The pixels asked for in the fields that the model reads, else its own or those of the first picture's shape."""
    side = RESOLUTIONS[body["resolution"]] if model.resolutions and "resolution" in body else SIDE
    if model.ratios and body.get("aspect_ratio", "auto") != "auto":
        return size_of(ratio_of(body["aspect_ratio"]) or 1, side)
    size = body.get("image_size") if model.sizes else None
    if isinstance(size, dict):
        return _large_enough((size["width"], size["height"]), model)
    if size in SIZES:
        return _large_enough(SIZES[size], model)
    if size is None and model.default_size is not None:
        return model.default_size
    side = RESOLUTIONS[size.removeprefix("auto_")] if size and size != "auto" else side
    return size_of(min(4.0, max(0.25, pictures[0].size[0] / pictures[0].size[1])) if pictures else 1, side)


def _large_enough(size: Size, model: Model) -> Size:
    area = size[0] * size[1]
    return size if area >= model.smallest_area else size_of(size[0] / size[1], round(model.smallest_area**0.5))
