"""What a request costs, in the owner's units."""

from bot.domain.custom_ids import Family, parse
from bot.domain.requests import Action, Animate, Edit, EngineRequest, Mode, Request
from bot.domain.rules import pictures_asked
from bot.jobs.policy import MODEL_OPTIONS
from bot.prompts import fold
from bot.settings import Settings
from bot.text import one_line

# Kinds of buttons whose price is that of another kind, where the owner gives them none.
_LIKE = {Family.CUSTOM_ZOOM: Family.ZOOM, Family.SHORTEN_DETAILS: Family.OTHER}


def units(settings: Settings, request: Request, mode: Mode | None) -> int:
    """What a request costs at a speed, in units: each picture of another engine costs them.

    Where no model is named, and what is taken then hangs on the pictures to come, the dearest counts.
    """
    speed = mode or Mode.FAST
    match request:
        case Action(original=str(original)) if original:
            return 0  # the relay is not asked
        case Action(button=button):
            family = parse(button.custom_id).family
            like = (f"action.{_LIKE[family]}",) if family in _LIKE else ()
            return settings.limits.units(f"action.{family}", speed, wider=(*like, request.name))
        case Edit():
            return settings.limits.units(request.name, speed, wider=(f"action.{Family.REGION}",))
        case Animate():
            return settings.limits.units(request.name, speed, wider=(f"action.{Family.ANIMATE}",))
        case EngineRequest():
            own = settings.engines.of(request.engine)
            size = one_line(fold(str(request.options.get("resolution") or "")))
            each = (
                settings.limits.units(
                    f"{request.name}/{model}",
                    speed,
                    size=size,
                    wider=(request.name,),
                    listed=own.units_of(model) if own else None,
                )
                for model in _models(settings, request)
            )
            return max(each, default=settings.limits.units(request.name, speed)) * pictures_asked(request)
        case _:
            return settings.limits.units(request.name, speed)


def entry_of(request: Request, mode: Mode | None) -> str:
    """Name what a request is in PRICES, as exactly as its cost can be learnt: "imagine/turbo", "action.vary"."""
    match request:
        case Action(button=button):
            name = f"action.{parse(button.custom_id).family}"
        case EngineRequest(options=options):
            model = next((str(options[one]) for one in MODEL_OPTIONS if options.get(one)), "")
            name = f"{request.name}/{model}" if model else request.name
        case _:
            name = request.name
    return name if mode in (None, Mode.FAST) or isinstance(request, EngineRequest) else f"{name}/{mode}"


def _models(settings: Settings, request: EngineRequest) -> tuple[str, ...]:
    """The model that a request is for; where it names none, those that may be taken."""
    typed = next((str(model) for name in MODEL_OPTIONS if (model := request.options.get(name))), "")
    named = "/".join(part for part in one_line(fold(typed)).split("/") if part.strip(" ."))  # as servers read addresses
    own = settings.engines.of(request.engine)
    return own.models_taken(request.name, named) if own else tuple(model for model in (named,) if model)
