"""Ideogram 3: what goes to each of its operations, as a form or as JSON. Source: docs/relay.md 9.4."""

import json
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from bot.domain.requests import EngineRequest
from bot.errors import UserError
from bot.language import _
from bot.relay.engine_base import MAX_SEED, Options, read_options

MODEL = "V_3"
OPERATIONS = {
    "generate": "generate",
    "remix": "remix",
    "edit": "edit",
    "reframe": "reframe",
    "background": "replace-background",
}
ONLY_V3 = frozenset({"edit", "reframe", "background"})
ONLY_V3_OPTIONS = frozenset({"rendering_speed", "style_codes", "style_preset"})
SPEEDS = ("FLASH", "TURBO", "DEFAULT", "QUALITY")
STYLE, CHARACTER = "style", "character"  # what pictures beside the first are for
REFERENCE_FIELDS = {STYLE: "style_reference_images", CHARACTER: "character_reference_images"}
# What a picture can be reframed to, of each shape the largest.
FRAMES = (
    *("512x1536", "576x1536", "640x1536", "704x1472", "704x1408", "736x1312", "768x1344", "800x1280", "832x1248"),
    *("864x1152", "896x1152", "896x1120", "960x1088", "1024x1024", "1088x960", "1120x896", "1152x896", "1152x864"),
    *("1248x832", "1280x800", "1344x768", "1312x736", "1408x704", "1472x704", "1536x640", "1536x576", "1536x512"),
)
_CODE = re.compile(r"[0-9A-Fa-f]{8}", re.ASCII)
_RATIO = re.compile(r"(?:ASPECT_)?(\d{1,2})[_x:](\d{1,2})", re.ASCII)
Body = Literal["form", "json"]


class Options3(Options):
    """The fields of version 3, in the words that requests have kept since the older versions."""

    model: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    rendering_speed: str | None = None
    magic_prompt_option: str | None = None
    style_type: str | None = None
    style_preset: str | None = None
    style_codes: str | None = None  # with spaces or commas between them
    negative_prompt: str | None = None
    image_weight: Annotated[int, Field(ge=1, le=100)] | None = None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    num_images: Annotated[int, Field(ge=1, le=8)] | None = None


def is_version_3(request: EngineRequest) -> bool:
    """Tell whether a request goes to version 3: by its operation, its model, or by what only that has."""
    return (
        request.kind in ONLY_V3
        or (request.kind in OPERATIONS and str(request.options.get("model") or "").upper().startswith(MODEL))
        or (request.kind in OPERATIONS and bool(ONLY_V3_OPTIONS & request.options.keys() or any(request.roles)))
    )


def build_fields(request: EngineRequest) -> dict[str, Any]:
    """Build the fields without pictures, in the vendor's words.

    Raises:
        UserError: they cannot go together, or something is missing.
    """
    options = read_options(Options3, request)
    fields = options.fields()
    _check(request, options)
    speed = str(fields.pop("model", "")).upper().removeprefix(MODEL).strip("_- ")
    if speed in SPEEDS:
        fields.setdefault("rendering_speed", speed)
    if options.magic_prompt_option:
        fields["magic_prompt"] = fields.pop("magic_prompt_option")
    if options.style_codes:
        fields["style_codes"] = _codes(options.style_codes)
    aspect = fields.pop("aspect_ratio", None)
    if request.kind == "reframe":
        fields["resolution"] = options.resolution or frame_of(str(aspect))
    elif aspect:
        ratio = _RATIO.fullmatch(str(aspect))
        fields["aspect_ratio"] = f"{ratio[1]}x{ratio[2]}" if ratio else aspect
    fields.pop("masked", None)  # tells us what the last picture is
    return ({"prompt": request.prompt} if request.prompt else {}) | fields


def frame_of(aspect: str) -> str:
    """Choose the resolution that comes closest to a shape such as 16:9.

    Raises:
        UserError: it is no shape.
    """
    ratio = _RATIO.fullmatch(aspect)
    if ratio is None or "0" in ratio.groups():
        raise UserError(_("{value} is not a shape. Please write it like 16:9.", value=aspect[:20]))
    wanted = math.log(int(ratio[1]) / int(ratio[2]))

    def distance(frame: str) -> float:
        width, _x, height = frame.partition("x")
        return abs(math.log(int(width) / int(height)) - wanted)

    return min(FRAMES, key=distance)


def as_texts(fields: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Turn fields into the parts of a form; a list of texts becomes as many parts of one name."""
    return {name: value if _is_texts(value) else _as_text(value) for name, value in fields.items()}


def in_old_words(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Turn fields into the JSON of gateways that kept the older versions' words."""
    body = dict(fields) | {"model": MODEL}
    if "magic_prompt" in body:
        body["magic_prompt_option"] = body.pop("magic_prompt")
    if "aspect_ratio" in body:
        body["aspect_ratio"] = f"ASPECT_{str(body['aspect_ratio']).replace('x', '_')}"
    return body


def _check(request: EngineRequest, options: Options3) -> None:
    """Say before spending what the vendor would refuse."""
    if options.model and not options.model.upper().startswith(MODEL):
        raise UserError(
            _("The model {old} cannot do that. Please choose {new}, or no model.", old=options.model[:40], new=MODEL)
        )
    if request.kind != "reframe" and not request.prompt.strip():
        raise UserError(_("This needs a prompt. Please write one."))
    if options.aspect_ratio and options.resolution and request.kind != "reframe":
        raise UserError(_("Ideogram takes either a shape or a resolution. Please leave one of them out."))
    if options.style_codes and (options.style_type or STYLE in request.roles):
        raise UserError(_("Ideogram takes style codes, a style or a style picture. Please use only one of them."))
    if request.kind == "edit" and len(request.pictures_for("")) != 2:
        raise UserError(_("This needs a picture and a mask. Please add both."))


def _codes(typed: str) -> list[str]:
    codes = re.split(r"[\s,;]+", typed.strip())
    if wrong := next((code for code in codes if not _CODE.fullmatch(code)), None):
        raise UserError(
            _("{code} is not a style code. A style code has 8 characters, 0 to 9 and A to F.", code=wrong[:20] or "“”")
        )
    return codes


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
