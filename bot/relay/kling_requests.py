"""What goes to Kling's operations: paths, fields, and what the vendor would refuse. Source: docs/relay.md 12."""

import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from bot.domain.requests import EngineRequest
from bot.errors import UserError
from bot.language import _
from bot.relay.engine_base import Options, read_options

IMAGES = "/kling/v1/images"
PATHS = {
    "imagine": f"{IMAGES}/generations",
    "multi": f"{IMAGES}/multi-image2image",
    "expand": f"{IMAGES}/editing/expand",
    "tryon": f"{IMAGES}/kolors-virtual-try-on",
}
OMNI_PATH = f"{IMAGES}/omni-image"
REFERRING_MODELS = frozenset({"kling-v1-5", "kling-v2-1"})  # want to be told what a picture is for
SMALL_MODELS = frozenset({"kling-image-o1", "kling-v1", "kling-v1-5", "kling-v2", "kling-v2-new", "kling-v2-1"})
MULTI_MODEL = "kling-v2-1"
TWO_GARMENTS_MODEL = "kolors-virtual-try-on-v1-5"
SUBJECT, SCENE, PICTURE_STYLE = "subject", "scene", "style"  # what the pictures of "multi" are for
MOST_PICTURES, MOST_SUBJECTS = 10, 4
MOST_CHARACTERS = 2500
LARGEST_GROWTH = 3.0  # times the picture's area
FIDELITY_WITHOUT_SUBJECT = _("Fidelity to the person only works with a subject as reference.")
SIDES = ("up", "down", "left", "right")

Share = Annotated[float, Field(ge=0, le=1)]
Growth = Annotated[float, Field(ge=0, le=2)]
Count = Annotated[int, Field(ge=1, le=9)]
Words = Annotated[str, Field(max_length=MOST_CHARACTERS)]


class ImagineOptions(Options):
    """The fields for a picture; a series is of the omni models alone."""

    model_name: str | None = None
    negative_prompt: Words | None = None
    image_reference: str | None = None
    image_fidelity: Share | None = None
    human_fidelity: Share | None = None
    resolution: str | None = None
    n: Count | None = None
    aspect_ratio: str | None = None
    series_amount: Annotated[int, Field(ge=2, le=9)] | None = None


class MultiOptions(Options):
    """The fields for a picture of several subjects."""

    model_name: str | None = None
    n: Count | None = None
    aspect_ratio: str | None = None


class ExpandOptions(Options):
    """By how much of its height or width a picture grows at each side."""

    up_expansion_ratio: Growth = 0
    down_expansion_ratio: Growth = 0
    left_expansion_ratio: Growth = 0
    right_expansion_ratio: Growth = 0
    n: Count | None = None


class TryOnOptions(Options):
    """The fields for a try-on."""

    model_name: str | None = None


def is_omni(model: str) -> bool:
    """Tell whether a model goes by the path that takes up to ten pictures."""
    return "omni" in model or model.startswith("kling-image-o")


def fitting_model(models: Sequence[str], pictures: int) -> str:
    """Choose the first of some models that takes so many pictures, else the first of all; "" where there are none."""
    return next((model for model in models if pictures <= 1 or is_omni(model)), models[0] if models else "")


def renamed(request: EngineRequest) -> EngineRequest:
    """Put the model under its new name: the vendor ignores the old one and takes its oldest model."""
    options = dict(request.options)
    old = options.pop("model", None)
    return request.model_copy(update={"options": ({"model_name": old} if old is not None else {}) | options})


def path_of(request: EngineRequest, model: str) -> str:
    """Return the path of an operation, under which its tasks are looked at, too."""
    if request.kind not in PATHS:
        raise TypeError(f"kling has no {request.kind}")
    return OMNI_PATH if request.kind == "imagine" and is_omni(model) else PATHS[request.kind]


def build_imagine(request: EngineRequest, model: str) -> dict[str, Any]:
    """Build the fields of a picture without those for pictures; raises `UserError` for what would be refused."""
    options = read_options(ImagineOptions, request)
    check_prompt(request.prompt)
    _check_models(options, model, len(request.pictures))
    fields = ({"model_name": model} if model else {}) | options.fields()
    if options.series_amount:
        fields |= {"result_type": "series"}
    if request.pictures and not is_omni(model):
        referring = {"image_reference": "subject"} if model in REFERRING_MODELS else {}
        fields = referring | fields
        _check_reference(options, fields, model)
    else:
        _check_no_reference(options, model)
    return {"prompt": request.prompt} | fields


def _check_models(options: ImagineOptions, model: str, pictures: int) -> None:
    """Say what only some models do."""
    if pictures and options.negative_prompt:
        raise UserError(_("Kling takes either a picture or a negative prompt. Please leave one of them out."))
    if pictures > 1 and not is_omni(model):
        raise UserError(_("The model {model} takes only one picture.", model=model))
    if pictures > MOST_PICTURES:
        raise UserError(_("The model {model} takes at most {limit} pictures.", model=model, limit=MOST_PICTURES))
    if options.series_amount and (not is_omni(model) or model == "kling-image-o1"):
        raise UserError(_("The model {model} makes no series. Please choose one that does.", model=model or "Kling"))
    if options.series_amount and options.n:
        raise UserError(_("Please choose either a count or a series, not both."))
    if str(options.resolution).casefold() == "4k" and model in SMALL_MODELS:
        raise UserError(_("The model {model} goes up to 2k. Please choose another resolution or model.", model=model))


def _check_no_reference(options: ImagineOptions, model: str) -> None:
    if is_omni(model) and (options.image_reference or options.human_fidelity is not None):
        raise UserError(
            _("The model {model} takes no subject or face as reference. Please choose another model.", model=model)
        )
    if options.image_reference:
        raise UserError(_("A reference needs a picture. Please add one."))
    if options.human_fidelity is not None:
        raise UserError(FIDELITY_WITHOUT_SUBJECT)


def _check_reference(options: ImagineOptions, fields: dict[str, Any], model: str) -> None:
    if options.image_reference and model not in REFERRING_MODELS:
        raise UserError(_("Only these models take a reference: {models}.", models=", ".join(sorted(REFERRING_MODELS))))
    if options.human_fidelity is not None and fields.get("image_reference") != "subject":
        raise UserError(FIDELITY_WITHOUT_SUBJECT)


def build_multi(request: EngineRequest) -> dict[str, Any]:
    """Build the fields of a picture of several subjects, without the pictures; raises as `build_imagine` does."""
    fields = read_options(MultiOptions, request).fields()
    if len(request.prompt) > MOST_CHARACTERS:
        check_prompt(request.prompt)
    subjects = request.pictures_for(SUBJECT)
    if not 1 <= len(subjects) <= MOST_SUBJECTS or len(request.pictures) < 2:
        raise UserError(
            _("This needs at least two pictures: one to four subjects, and a scene or a style if you like.")
        )
    return {"model_name": MULTI_MODEL} | ({"prompt": request.prompt} if request.prompt else {}) | fields


def build_expand(request: EngineRequest) -> dict[str, Any]:
    """Build the fields of a picture that grows, without the picture; raises as `build_imagine` does."""
    options = read_options(ExpandOptions, request)
    fields = options.fields()
    up, down, left, right = (fields[f"{side}_expansion_ratio"] for side in SIDES)
    growth = (1 + up + down) * (1 + left + right)
    if math.isclose(growth, 1):
        raise UserError(_("Please say on which side the picture should grow."))
    if growth > LARGEST_GROWTH:
        raise UserError(_("A picture can grow to at most three times its area. Please choose less."))
    if len(request.pictures) != 1:
        raise UserError(_("This needs a picture. Please add one."))
    return ({"prompt": request.prompt} if request.prompt else {}) | fields


def check_prompt(prompt: str) -> None:
    """Refuse a prompt that is missing or too long."""
    if not prompt.strip():
        raise UserError(_("This needs a prompt. Please write one."))
    if len(prompt) > MOST_CHARACTERS:
        raise UserError(_("Kling takes at most {limit} characters. Please shorten the prompt.", limit=MOST_CHARACTERS))
