"""What each family of picture models takes behind the OpenAI format, by the page that says so (docs/relay.md 13.2)."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.relay.engines.ledger import Declined, is_number, openai_error
from sandbox.relay.painting.canvas import Size
from sandbox.relay.painting.prints import (
    FAL,
    FLUX,
    GPT_IMAGE,
    NANO_BANANA,
    QWEN_IMAGE,
    SEEDREAM,
    SIDE,
    Look,
    ratio_of,
    size_of,
)

SCALES = {"512": SIDE // 2, "1K": SIDE, "2K": 2 * SIDE, "4K": 4 * SIDE}
MOST_IN_SERIES = 15
PIXELS = re.compile(r"(\d{3,4})[x*](\d{3,4})")


@dataclass(frozen=True)
class Family:
    """One family.

    Attributes:
        models: a pattern of their names.
        look: how their pictures look.
        shape: the field of the shape; whatever else says a size is not looked at.
        sizes: the only values of it, where there are such.
        scale: the field of the resolution.
        qualities: the values of `quality`, where it is taken.
        pictures: the fields of pictures in a generation.
        needs_picture: whether a generation must have one.
        most_pictures: how many of them.
        edits: the names of picture parts of an edit; empty where there is no such path for it.
        most: how many pictures it makes at once.
        is_strict: whether a field that it does not know is refused.
        series: whether it is asked for several by the length of a series.
        only_bytes: whether pictures come as bytes alone.
        chats: whether it is asked in a chat.
    """

    models: str
    look: Look
    shape: str = "size"
    sizes: tuple[str, ...] = ()
    scale: str = ""
    qualities: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    needs_picture: bool = False
    most_pictures: int = 0
    edits: tuple[str, ...] = ()
    most: int = 1
    is_strict: bool = False
    series: bool = False
    only_bytes: bool = False
    chats: bool = False


FAMILIES = (
    # OpenAI's own reference of images, as learn.microsoft.com repeats it: unknown fields are refused.
    Family(
        r"gpt-image-[\w.-]+",
        GPT_IMAGE,
        sizes=("auto", "1024x1024", "1536x1024", "1024x1536"),
        qualities=("auto", "low", "medium", "high"),
        edits=("image[]", "image"),
        most_pictures=16,
        most=10,
        is_strict=True,
        only_bytes=True,
    ),
    # openrouter.ai/docs/guides/overview/multimodal/image-generation.
    Family(
        r"(google/)?gemini-[\w.-]*image[\w-]*", NANO_BANANA, shape="aspect_ratio", scale="image_size", chats=True,
        most_pictures=10,
    ),
    # docs.yutoai.net/api/api-341817446, with image_size for the newer ones as at docs-apexcloud.tknhome.com.
    Family(
        r"nano-banana(-2|-pro|-hd)?", NANO_BANANA, shape="aspect_ratio", scale="image_size", pictures=("image",),
        most_pictures=10,
    ),
    # doc-en.302.ai/385938976e0, apidocs.fineapi.cloud (doubao-image/seedream-multi), doc.aimanyi.top (api-349230272).
    Family(
        r"[\w-]*seedream[\w.-]*", SEEDREAM, pictures=("image", "images", "image_urls"), most_pictures=14, series=True
    ),
    # UCloudDoc-Team/modelverse, image_api/Qwen-Qwen-Image-Edit.md and Qwen-Qwen-Image.md.
    Family(
        r"(Qwen/)?qwen-image-edit[\w-]*", QWEN_IMAGE, shape="", pictures=("image",), needs_picture=True, most_pictures=1
    ),
    Family(r"(Qwen/)?qwen-image", QWEN_IMAGE, shape="aspect_ratio", most=4),
    # shellus/mj-studio, its page on yunwu and flux.
    Family(r"flux-kontext-(pro|max)", FLUX, shape="aspect_ratio", edits=("image",), most_pictures=1),
    # docs.laozhang.ai/en/api-capabilities/flux-image-generation.
    Family(
        r"flux-2-(pro|max|flex)",
        FLUX,
        pictures=("input_image", *(f"input_image_{number}" for number in range(2, 9))),
        most_pictures=8,
    ),
    # docs.litellm.ai/docs/providers/fal_ai: fal under /images/generations.
    Family(r"fal-ai/[\w./-]+", FAL, most=4),
)  # fmt: skip
KNOWN = ("model", "prompt", "n", "user", "background", "moderation", "output_format", "output_compression", "stream")


def family_of(model: object) -> Family:
    """The family of a model; refused where nobody serves it, as a gateway does."""
    if isinstance(model, str) and "sandbox-missing" not in model:
        for family in FAMILIES:
            if re.fullmatch(family.models, model, re.IGNORECASE):
                return family
    raise openai_error(503, f"No available channel for model {model} under group default", "model_not_found")


def invalid(field: str, message: str, code: str) -> Declined:
    """A refusal of one field, as the vendor words it."""
    error = {"message": message, "type": "invalid_request_error", "param": field, "code": code}
    return Declined(400, {"error": error})


def check_fields(family: Family, body: dict[str, Any]) -> None:
    """Refuse fields and values that a family does not take."""
    if family.is_strict:
        known = {*KNOWN, family.shape, "quality", "input_fidelity"}
        for field in body:
            if field not in known:
                raise invalid(field, f"Unknown parameter: '{field}'.", "unknown_parameter")
    for field, values in ((family.shape, family.sizes), ("quality", family.qualities)):
        value = body.get(field)
        if value is not None and values and value not in values:
            supported = ", ".join(f"'{one}'" for one in values)
            raise invalid(field, f"Invalid value: '{value}'. Supported values are: {supported}.", "invalid_value")
    if not is_number(body.get("n", 1), 1, family.most):
        raise invalid("n", f"Invalid 'n': must be between 1 and {family.most}.", "invalid_value")


def wanted_count(family: Family, body: dict[str, Any], given: int = 0) -> int:
    """How many pictures a body asks for; given and made ones of a series are fifteen together, at most."""
    if not family.series:
        return int(body.get("n", 1))
    options = body.get("sequential_image_generation_options", {})
    most: Any = options.get("max_images", MOST_IN_SERIES) if isinstance(options, dict) else None
    if body.get("sequential_image_generation", "disabled") != "auto":
        return 1
    if not is_number(most, 1, MOST_IN_SERIES):
        raise invalid("sequential_image_generation_options", "Invalid value: 'max_images'.", "invalid_value")
    return max(1, min(int(most), MOST_IN_SERIES - given))


def wanted_size(family: Family, body: dict[str, Any], usual: Size | None = None) -> Size:
    """The pixels that a body asks for; `usual` is what stands for none: the given picture's own."""
    scale = str(body.get(family.scale) or "1K").upper()
    if scale not in SCALES:
        raise invalid(family.scale, f"Invalid value: '{scale}'. Supported values are: 1K, 2K, 4K.", "invalid_value")
    side = SCALES[scale]
    shape = body.get(family.shape) if family.shape else None
    if shape in (None, "auto"):
        return usual or (side, side)
    text = str(shape)
    if text.upper() in SCALES:
        return SCALES[text.upper()], SCALES[text.upper()]
    if match := PIXELS.fullmatch(text):
        pixels = int(match[1]), int(match[2])
        if all(256 <= pixel <= SCALES["4K"] for pixel in pixels):
            return pixels
    if ratio := ratio_of(text):
        return size_of(ratio, side)
    raise invalid(family.shape, f"Invalid value: '{text}' is not a supported {family.shape}.", "invalid_value")
