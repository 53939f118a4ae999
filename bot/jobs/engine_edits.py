"""What changes a picture of another engine: the request for it, made of the job that painted the picture."""

from bot.domain.engine_info import OPERATIONS
from bot.domain.job import Job
from bot.domain.requests import EngineRequest
from bot.settings import Settings

_PER_CALL = ("seed", "n", "num_images", "masked")  # what belongs to one call, not to the picture


def edit_of(settings: Settings, job: Job, *, is_masked: bool = False) -> EngineRequest | None:
    """Build what changes a job's picture, as yet without prompt and pictures; None where that is not offered.

    The same model does it, in the same shape, unless it takes no pictures or no mask: then the first that does.
    """
    request, operation = job.request, OPERATIONS.get(job.operation)
    if not isinstance(request, EngineRequest) or operation is None:
        return None
    if is_masked and operation.repainted_by:
        return _repainted(settings, request, operation.repainted_by)
    if not operation.is_edited:
        return None
    own, model = settings.engines.of(request.engine), str(request.options.get("model") or "")
    is_able = own is None or not model or own.changes(model, is_masked=is_masked)
    kept = {name: value for name, value in request.options.items() if is_able and name not in _PER_CALL}
    options = kept | ({"masked": True} if is_masked else {})
    return request.model_copy(update={"prompt": "", "pictures": (), "roles": (), "options": options})


def _repainted(settings: Settings, request: EngineRequest, name: str) -> EngineRequest:
    """Build what paints a part of a picture anew by an operation of its own: by the same model where that can."""
    engine, _dot, kind = name.partition(".")
    own, model = settings.engines.of(engine), str(request.options.get("model") or "")
    able = own.models_of(kind) if own else ()
    chosen = model if model in able or not able else able[0]
    return EngineRequest(engine=engine, kind=kind, options={"model": chosen, "masked": True})
