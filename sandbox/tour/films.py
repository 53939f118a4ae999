"""Films and edits: of one's results and of any picture, at the relays that play them differently."""

from dataclasses import replace

from PIL import Image

from sandbox.discord import limits
from sandbox.message_view import Message, cell, faces
from sandbox.relay.profiles import MIDJOURNEY_PROXY, NEW_API, Profile
from sandbox.tour.guide import Guide, Step, presses, serves
from sandbox.tour.jobs import follow, make
from sandbox.tour.not_offered import missing_button, refused_command, refused_press

SAILOR = "a sailing boat --ar 3:2 --v 8.2"
HIGH, LONGER = "Animate (High motion)", "Extend (Low motion)"
TAKES_FILMS = presses("video_virtual_upscale")
FILMS_ANYTHING, EDITS_ANYTHING = serves("/mj/submit/video"), serves("/mj/submit/edits")


def films_results(profile: Profile) -> bool:
    """Whether a family makes films of its results: by the button, or by a call of their own."""
    return profile.lists_buttons and (profile.relays("animate_low") or FILMS_ANYTHING(profile))


async def animate(guide: Guide) -> None:
    """A press makes a film of a picture, or several."""
    films = guide.kept["films"] = await follow(guide, guide.kept["single"], HIGH)
    await guide.film(films, "animate")


async def take_film(guide: Guide) -> None:
    """One film of a set is taken."""
    taken = await follow(guide, guide.kept["set"], "U3")
    await guide.film(taken, "film-of-a-set")


async def extend(guide: Guide) -> None:
    """A film goes on."""
    film = guide.kept["films"]
    if ["U1", "U2", "U3", "U4", "🔄"] in faces(film):
        film = await (follow(guide, film, "U2") if TAKES_FILMS(guide.relay.profile) else film_once(guide))
        guide.calls.clear()
    longer = await follow(guide, film, LONGER)
    guide.holds("it goes on", longer["content"], LONGER in longer["content"])


async def film_once(guide: Guide) -> Message:
    """One film alone, which needs no picking out of a set."""
    picture = guide.upload("start.png", await guide.pixels(guide.kept["single"]))
    film = await guide.result(await guide.slash("animate", {"prompt": "calm water", "picture": picture, "films": 1}))
    guide.show(film)
    return film


async def film_anything(guide: Guide) -> None:
    """/animate films any picture, from one to another."""
    pictures = {
        "picture": guide.upload("start.png", Image.new("RGB", (320, 240), "firebrick")),
        "end": guide.upload("end.png", Image.new("RGB", (320, 240), "royalblue")),
    }
    films = guide.kept["set"] = await guide.result(
        await guide.slash("animate", {"prompt": "the sun goes down", **pictures, "films": 4})
    )
    guide.show(films)
    sent = guide.bodies("/mj/submit/video")[-1]
    guide.holds("it ends with the other picture", sorted(sent), "endImage" in sent)
    guide.same("four films stand in one message", len(films["attachments"]), 4)
    await guide.film(films, "sunset")


async def see_no_films(guide: Guide) -> str:
    """A relay that does not film any picture refuses."""
    picture = guide.upload("start.png", Image.new("RGB", (320, 240), "firebrick"))
    return await refused_command("animate", prompt="the sun goes down", picture=picture)(guide)


async def film_too_large(guide: Guide) -> None:
    """A film over the limit of its place is posted as a smaller one, with a way to all of it."""
    start = guide.upload("hill.png", Image.new("RGB", (320, 240), "seagreen"))
    order = {"prompt": "grass in the wind", "picture": start, "films": 1}
    usual, limits.FILE_LIMITS[0] = limits.FILE_LIMITS[0], 100_000
    try:
        film = await guide.result(await guide.slash("animate", order))
    finally:
        limits.FILE_LIMITS[0] = usual
    guide.show(film)
    name = film["attachments"][0]["filename"]
    guide.holds("a smaller film stands there", name, name.endswith("-small.mp4"))
    guide.holds("with a link to all of it", film["content"], "[Full video](<" in film["content"])
    await guide.film(film, "film-small")


async def edit_anything(guide: Guide) -> None:
    """/edit changes any picture: here what is around it."""
    red = guide.upload("red.png", Image.new("RGB", (320, 320), "firebrick"))
    edited = await guide.result(await guide.slash("edit", {"prompt": "a brick wall", "picture": red, "shape": "16:9"}))
    guide.show(edited)
    grid = await guide.pixels(edited, "edit-shape")
    inside = cell(grid, 1)
    middle = inside.getpixel((inside.width // 2, inside.height // 2))
    guide.same("the picture itself stays", middle, Image.new("RGB", (1, 1), "firebrick").getpixel((0, 0)))
    guide.holds("there is more around it", grid.size, grid.width > grid.height)


async def see_no_edits(guide: Guide) -> str:
    """A relay that does not edit any picture refuses."""
    red = guide.upload("red.png", Image.new("RGB", (320, 320), "firebrick"))
    return await refused_command("edit", prompt="a brick wall", picture=red, shape="16:9")(guide)


async def see_no_set(guide: Guide) -> str:
    """A relay without sets has none to take one from; another does not pass on the button under one."""
    if FILMS_ANYTHING(guide.relay.profile):
        return await refused_press("set", "U3")(guide)
    return await see_no_films(guide)


FILMS = (
    Step("A film of a result", animate, "Animate", films_results, missing_button("single", HIGH)),
    Step("A longer film", extend, "Extend", films_results, missing_button("single", HIGH)),
    Step("Films of any picture", film_anything, "/animate", FILMS_ANYTHING, see_no_films),
    Step(
        "One film of a set",
        take_film,
        "U1 to U4 of films",
        lambda profile: FILMS_ANYTHING(profile) and TAKES_FILMS(profile),
        see_no_set,
    ),
    Step("Edits of any picture", edit_anything, "/edit", EDITS_ANYTHING, see_no_edits),
)


async def film_by_listed_films(guide: Guide) -> None:
    """At midjourney-proxy 11 a press makes four films; those that come late are waited for."""
    single = await follow(guide, await make(guide, SAILOR), "U2")
    films = await follow(guide, single, HIGH)
    guide.same("four films stand in one message", len(films["attachments"]), 4)
    guide.same("each can be taken", faces(films), [["U1", "U2", "U3", "U4", "🔄"]])
    await guide.film(films, "films")
    taken = await follow(guide, films, "U3")
    await guide.film(taken, "film")

    first = await follow(guide, await make(guide, f"{SAILOR} --sandbox-late"), "U1")
    late = await follow(guide, first, "Animate (Low motion)")
    guide.same("films that come late are waited for", len(late["attachments"]), 4)
    guide.kept["eight"] = single


async def film_by_another_call(guide: Guide) -> None:
    """A gateway that refuses the button is asked by a call of its own."""
    films = await follow(guide, guide.kept["eight"], "Animate (Low motion)")
    guide.same("the refused button makes films all the same", len(films["attachments"]), 4)


def at(profile: Profile, step: Step) -> Step:
    """A step at another family of relays than the rest of the tour."""

    async def walk(guide: Guide) -> None:
        usual, guide.relay.profile = guide.relay.profile, profile
        try:
            await step.walk(guide)
        finally:
            guide.relay.profile = usual

    return replace(step, walk=walk)


MORE_FILMS = (
    Step("Films that are too large", film_too_large),
    at(MIDJOURNEY_PROXY, Step("Films as midjourney-proxy 11 lists them", film_by_listed_films)),
    at(NEW_API, Step("Films where the button is refused", film_by_another_call)),
)
