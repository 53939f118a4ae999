"""How the pictures of a job came about, as their mark says it."""

from bot.domain.custom_ids import Family, parse
from bot.domain.requests import Action, Blend, Edit, EngineRequest, FaceSwap, Request
from bot.pictures.decoding.marks import Origin


def origin_of(request: Request) -> Origin:
    """Whether a request paints into somebody's own picture, or a picture of its own; prompts may have pictures, too."""
    match request:
        case Blend() | FaceSwap() | Edit():
            return Origin.COMPOSITE
        case Action(button=button) if parse(button.custom_id).family is Family.REGION:
            return Origin.COMPOSITE
        case EngineRequest() if request.pictures_for(""):
            return Origin.COMPOSITE
    return Origin.MADE
