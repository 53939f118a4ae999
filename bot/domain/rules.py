"""What a request means on its way: pure functions over requests and jobs."""

from bot.domain.custom_ids import EDIT_REGION, FILM_HIGH, FILM_LOW, FILM_PICK, MORE, OWN_LINES, Family, change_id, parse
from bot.domain.job import Job, Result
from bot.domain.requests import (
    Action,
    Animate,
    Blend,
    Button,
    Describe,
    Edit,
    EngineRequest,
    Imagine,
    Mode,
    Request,
)

FIRST_LOOKS_S = {Mode.TURBO: 8.0, Mode.FAST: 12.0, Mode.RELAX: 30.0}
FIRST_LOOK_PICK_S = 3.0  # cutting a picture out of a grid is quick
FIRST_LOOK_PAINT_S = 5.0  # the other engines take ten seconds and more
MIDJOURNEY = "midjourney"
COUNTS = ("num_images", "n", "series_amount")  # what engines call the number of pictures


def has_answer(request: Action) -> bool:
    """Whether a modal can be answered without asking anybody: it was typed before, or unchanged is what was meant."""
    return request.answer is not None or parse(request.button.custom_id).is_remixable


def as_sent(job: Job) -> Request:
    """The request as it stands once it has left: a job that has its task already is answering a modal."""
    if isinstance(job.request, Action) and job.task_id is not None:
        return job.request.model_copy(update={"is_answered": True})
    return job.request


_NO_GRIDS = frozenset({Family.PICK, Family.UPSCALE, Family.ANIMATE, Family.SHORTEN_DETAILS, Family.OTHER})


def is_grid(request: Request) -> bool:
    """Whether a request ends in a grid of four."""
    if isinstance(request, Action):
        return parse(request.button.custom_id).family not in _NO_GRIDS
    return isinstance(request, Imagine | Blend | Edit)


def operations_of(request: Request) -> tuple[str, ...]:
    """Return the operations that a request is one of: its own, and that of the command that a button does as well."""
    if isinstance(request, Action):
        like = {Family.ANIMATE: "animate", Family.REGION: "edit"}.get(parse(request.button.custom_id).family)
        return (request.name, like) if like else (request.name,)
    return (request.name,)


def is_film(request: Request) -> bool:
    """Whether a request ends in films."""
    if isinstance(request, Action):
        kind = parse(request.button.custom_id)
        return kind.family is Family.ANIMATE or kind.verb == FILM_PICK
    return isinstance(request, Animate)


def picked_film(request: Request) -> int:
    """Return which film of a set a request takes out, from 1; 0 where it takes none."""
    kind = parse(request.button.custom_id) if isinstance(request, Action) else None
    return kind.index if kind is not None and kind.verb == FILM_PICK else 0


# For relays whose finished tasks have no buttons at all. Source: docs/relay.md 2.9.
OWN_GRID_BUTTONS = (
    *(Button(custom_id=change_id("UPSCALE", index), label=f"U{index}") for index in range(1, 5)),
    Button(custom_id=change_id("REROLL", 1), emoji="🔄"),
    *(Button(custom_id=change_id("VARIATION", index), label=f"V{index}") for index in range(1, 5)),
)

OWN_LINE_BUTTONS = tuple(Button(custom_id=line) for line in OWN_LINES)
# For a single picture whose relay offers no Vary (Region), and for those of engines that take masks: the picture itself
# is sent. Source: docs/relay.md 2.11 and 13.3.
OWN_REGION_BUTTON = Button(custom_id=EDIT_REGION, label="Vary (Region)", emoji="🖌️")
# What can be done with a picture that was taken out of its grid without a task of its own; the relay's own pick, which
# is paid, opens the rest.
OWN_FILM_BUTTONS = (
    Button(custom_id=FILM_HIGH, label="Animate (High motion)", emoji="🎞️"),
    Button(custom_id=FILM_LOW, label="Animate (Low motion)", emoji="🎞️"),
)
_OF_SINGLES = frozenset({Family.VARY, Family.ANIMATE, Family.UPSCALE})


def with_own_buttons(request: Request, result: Result) -> Result:
    """Give a result whose relay lists no buttons those that need none of the relay's."""
    if result.buttons:
        return result
    if is_grid(request):
        return result.model_copy(update={"buttons": OWN_GRID_BUTTONS})
    if isinstance(request, Describe) and result.text:
        return result.model_copy(update={"buttons": OWN_LINE_BUTTONS})
    return result


def with_region(result: Result) -> Result:
    """Give a single picture of Midjourney's own the one button that its relay may lack."""
    families = {parse(button.custom_id).family for button in result.buttons}
    lacks = bool(families & _OF_SINGLES) and Family.REGION not in families
    is_film = any(parse(button.custom_id).verb.endswith("_extend") for button in result.buttons)
    if not lacks or is_film:
        return result
    return result.model_copy(update={"buttons": (*result.buttons, OWN_REGION_BUTTON)})


def picked(request: Action, key: str) -> Result:
    """The result of a pick that needed no task, with what can be done with it."""
    more = Button(custom_id=f"{MORE}{request.button.custom_id}", label="More actions", emoji="🔓")
    buttons = (*OWN_FILM_BUTTONS, OWN_REGION_BUTTON, more)
    return Result(image_url=request.original, picture=key, final_prompt=request.prompt, buttons=buttons)


def task_relay(request: Request) -> str | None:
    """The relay of the task that a request names, as a job's; None where it names none and may go to any."""
    match request:
        case Action(relay=relay):
            return relay
        case Animate(extends=str(extends), relay=relay) if extends:
            return relay
        case _:
            return None


def is_at_its_relay(job: Job) -> bool:
    """Whether a job can go on at its own relay alone: its task is there, or the one that it names."""
    return job.task_id is not None or task_relay(job.request) is not None


def offers_of(request: Request, mode: Mode | None) -> tuple[str, str]:
    """What a relay may not offer of a request: at all, and in its speed."""
    offer = offer_of(request)
    return offer, f"{offer} in {mode} mode"


def offer_of(request: Request) -> str:
    """What a relay may not offer: an operation, one model for it, the same with pictures, or one kind of button."""
    if isinstance(request, Action):
        return parse(request.button.custom_id).verb
    if isinstance(request, Imagine) and request.pictures:  # what cannot be sent or linked is no word against the rest
        return f"{request.name} with {' '.join(sorted({*request.references})) or 'pictures'}"
    if not isinstance(request, EngineRequest):
        return request.name
    model = request.options.get("model") or request.options.get("model_name")
    # Pictures may lead to another path, and a relay that lacks that one paints from words all the same.
    pictured = " with pictures" if request.pictures else ""
    return f"{request.name}/{model}{pictured}" if model else f"{request.name}{pictured}"


def pictures_asked(request: Request) -> int:
    """How many pictures a request pays for: other engines charge each one, Midjourney the task."""
    counts = [request.options.get(name) for name in COUNTS] if isinstance(request, EngineRequest) else []
    return max([1, *(count for count in counts if isinstance(count, int))])


def engine_of(request: Request) -> str:
    """The name of the engine that a request is for."""
    return request.engine if isinstance(request, EngineRequest) else MIDJOURNEY


def first_look_s(job: Job) -> float:
    """Seconds from the submit to the first look, by what is usual for the kind and the speed."""
    if isinstance(job.request, Action) and parse(job.request.button.custom_id).family is Family.PICK:
        return FIRST_LOOK_PICK_S
    if isinstance(job.request, EngineRequest):
        return FIRST_LOOK_PAINT_S
    return FIRST_LOOKS_S[job.speed]


def kept_pictures(request: Request, result: Result | None) -> frozenset[str]:
    """The keys of all kept pictures of a job: those that it goes by, and those that came of it."""
    made = result.images if result else ()
    return frozenset([*request.pictures, *(image.picture for image in made if image.picture)])


def without_words(request: Request) -> Request:
    """A request as it is kept once its picture was removed: the button or operation, nothing that was typed."""
    gone: dict[str, object] = {"prompt": "", "pictures": ()}
    match request:
        case Action():
            gone |= {"answer": None}
        case Imagine():
            gone |= {"references": ()}
        case EngineRequest():
            gone |= {"options": {}}
        case _:
            pass
    return request.model_copy(update=gone)
