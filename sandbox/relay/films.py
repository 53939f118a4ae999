"""Films: what Animate, Extend and the video submit come to.

A press of Animate makes one film, as an animated WebP; at the C# proxy 11, and everywhere for a video submit, a set of
up to four, listed in `videoUrls`, whose U buttons take one out of it (`SubmitVideoDTO`,
`TaskInfo.SetVideoUpscaleButtons`, `TaskInfo.SetVideoExtendButtons`).
"""

from dataclasses import replace

from sandbox.relay.buttons import Button, video_buttons, video_set_buttons
from sandbox.relay.orders import Order
from sandbox.relay.painting.previews import WAYS, Film
from sandbox.relay.tasks import Again, Plan

FILM_S, PICK_S = 60.0, 4.0
# How far the camera goes, by the button.
FILMS = {"animate_high": 0.16, "animate_low": 0.07, "animate_high_extend": 0.22, "animate_low_extend": 0.1}
MOTIONS = {"high": "animate_high", "low": "animate_low"}
LARGEST_SET = len(WAYS)


def film_plan(first: Film, prompt: str, seed: int, count: int, again: Again | None = None) -> Plan:
    """The plan of one film, or of a set that begins with it."""
    films = (first, *(replace(first, way=way) for way in range(1, count)))

    def offers(job: str) -> list[Button]:
        return video_buttons(job) if count == 1 else video_set_buttons(job, count)

    return Plan("VIDEO", prompt, seed, FILM_S, first.picture, offers, again, films=films)


def animate(order: Order) -> Plan:
    """Short films of one picture, or a longer one of a film."""
    count = LARGEST_SET if order.profile.lists_results else 1

    def again(prompt: str, seed: int) -> Plan:
        return animate(order._replace(prompt=prompt, seed=seed))

    first = Film(order.picture, FILMS[order.verb])
    plan = film_plan(first, as_film(order.prompt), order.seed, count, again)
    return replace(plan, lists_films=order.profile.lists_results)


def pick_film(order: Order) -> Plan:
    """U1 to U4 of a set: exactly that film."""
    parent = order.parent.plan
    plan = film_plan(parent.films[int(order.argument) - 1], order.prompt, parent.seed, 1)
    return replace(plan, action="UPSCALE", duration=PICK_S, has_previews=False, lists_films=parent.lists_films)


def film(first: Film, prompt: str, seed: int, count: int) -> Plan:
    """What a video submit comes to."""

    def again(prompt: str, seed: int) -> Plan:
        return film(first, prompt, seed, count)

    return replace(film_plan(first, as_film(prompt), seed, count, again), lists_films=True)


def as_film(prompt: str) -> str:
    """The prompt as the service repeats it for a film."""
    return prompt if "--video" in prompt else f"{prompt} --video 1".strip()
