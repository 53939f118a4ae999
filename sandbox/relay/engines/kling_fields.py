"""What Kling's operations take, and what they refuse (docs/relay.md 12).

Sources: the vendor's pages (klingai.com/document-api/api/image/...: 2-1 and 3-0 generation, omni-image, multi-image
to image, outpainting, virtual try-on), read 2026-09; older models from gateways that still have them.
"""

from typing import Any

from sandbox.relay.engines.ledger import Declined, is_number
from sandbox.relay.painting.prints import SIDE
from sandbox.relay.prompts import banned_word

INVALID, UNKNOWN, UNSAFE, CROWDED = 1201, 1203, 1301, 1303
MAX_PROMPT = 2500  # characters
MODELS = ("kling-v1", "kling-v1-5", "kling-v2", "kling-v2-new", "kling-v2-1", "kling-v3")
OMNI_MODELS = ("kling-image-o1", "kling-v3-omni")
MULTI_MODELS = ("kling-v2", "kling-v2-1")
TRY_ON_MODELS = ("kolors-virtual-try-on-v1", "kolors-virtual-try-on-v1-5")
REFERRING = ("kling-v1-5", "kling-v2-1")
MUST_REFER = ("kling-v1-5",)
RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9")
SIDES = {"1k": SIDE, "2k": 2 * SIDE, "4k": 4 * SIDE}
REASONS = {"": "", "fail": "Service internal error", "unsafe": "Failure to pass the risk control system"}
EDGES = ("up", "down", "left", "right")


def problem(code: int, message: str, status: int = 400) -> Declined:
    """A refusal in Kling's own form."""
    return Declined(status, {"code": code, "message": message, "request_id": "sandbox"})


def one_of(body: dict[str, Any], field: str, values: tuple[str, ...]) -> None:
    """Refuse any other value of a field."""
    if field in body and body[field] not in values:
        raise problem(INVALID, f"{field} value '{body[field]}' is invalid")


def given_fields(body: dict[str, Any], *, needs_prompt: bool) -> dict[str, Any]:
    """A body with what all operations have in common checked; null counts as not given."""
    body = {name: value for name, value in body.items() if value is not None}
    prompt = body.setdefault("prompt", "")
    if not isinstance(prompt, str) or len(prompt) > MAX_PROMPT or (needs_prompt and not prompt.strip()):
        raise problem(INVALID, f"prompt must have 1 to {MAX_PROMPT} characters")
    if not is_number(body.get("n", 1), 1, 9):
        raise problem(INVALID, "n must be from 1 to 9")
    if banned_word(prompt):
        raise problem(UNSAFE, REASONS["unsafe"])
    return body


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """A body of `generations` that can be done; the old name `model` is ignored."""
    body = given_fields(body, needs_prompt=True)
    for field, values in {
        "model_name": MODELS,
        "aspect_ratio": RATIOS,
        "resolution": ("1k", "2k"),
        "image_reference": ("subject", "face"),
    }.items():
        one_of(body, field, values)
    for field in ("image_fidelity", "human_fidelity"):
        if not is_number(body.get(field, 0.5), 0, 1, is_whole=False):
            raise problem(INVALID, f"{field} must be from 0 to 1")
    if "image" in body and body.get("negative_prompt"):
        raise problem(INVALID, "negative_prompt is not supported together with image")
    model, has_image = body.get("model_name"), "image" in body
    if "image_reference" in body and not (has_image and model in REFERRING):
        raise problem(INVALID, "image_reference goes with image and with some models only")
    if has_image and model in MUST_REFER and "image_reference" not in body:
        raise problem(INVALID, f"image_reference is required by {model}")
    if "human_fidelity" in body and body.get("image_reference") != "subject":
        raise problem(INVALID, "human_fidelity needs image_reference 'subject'")
    return body


def checked_omni(body: dict[str, Any]) -> dict[str, Any]:
    """A body of `omni-image` that can be done."""
    body = given_fields(body, needs_prompt=True)
    one_of(body, "model_name", OMNI_MODELS)
    is_o1 = body.setdefault("model_name", "kling-image-o1") == "kling-image-o1"
    one_of(body, "aspect_ratio", (*RATIOS, "auto"))
    one_of(body, "resolution", ("1k", "2k") if is_o1 else tuple(SIDES))
    one_of(body, "result_type", ("single",) if is_o1 else ("single", "series"))
    if "series_amount" in body and not is_number(body["series_amount"], 2, 9):
        raise problem(INVALID, "series_amount must be from 2 to 9")
    if len(listed(body, "image_list", "image")) > 10:
        raise problem(INVALID, "image_list must have at most 10 images")
    return body


def checked_multi(body: dict[str, Any]) -> dict[str, Any]:
    """A body of `multi-image2image` that can be done."""
    body = given_fields(body, needs_prompt=False)
    one_of(body, "model_name", MULTI_MODELS)
    one_of(body, "aspect_ratio", RATIOS)
    subjects = len(listed(body, "subject_image_list", "subject_image"))
    if not 1 <= subjects <= 4 or subjects + ("scene_image" in body) + ("style_image" in body) < 2:
        raise problem(INVALID, "subject_image_list must have 1 to 4 images, and 2 images are needed in all")
    return body


def checked_expand(body: dict[str, Any]) -> dict[str, Any]:
    """A body of `editing/expand` that can be done."""
    body = given_fields(body, needs_prompt=False)
    for edge in EDGES:
        if not is_number(body.get(f"{edge}_expansion_ratio"), 0, 2, is_whole=False):
            raise problem(INVALID, f"{edge}_expansion_ratio must be from 0 to 2")
    up, down, left, right = (body[f"{edge}_expansion_ratio"] for edge in EDGES)
    if (1 + up + down) * (1 + left + right) > 3.000001:
        raise problem(INVALID, "the area must not be more than 3 times that of the image")
    return body


def listed(body: dict[str, Any], field: str, name: str) -> list[Any]:
    """The values of a list of objects such as `[{"image": ...}]`."""
    values = body.get(field, [])
    if not isinstance(values, list) or not all(isinstance(one, dict) and name in one for one in values):
        raise problem(INVALID, f"{field} must be a list of objects with {name}")
    return [one[name] for one in values]
