"""Films and edits: of one's results and of any picture, at the relays that play them differently."""

from PIL import Image

from sandbox.discord import limits
from sandbox.message_view import cell, faces
from sandbox.relay.profiles import MIDJOURNEY_PROXY, NEW_API
from sandbox.tour.guide import Guide, Step
from sandbox.tour.operations import follow, make

SAILOR = "a sailing boat --ar 3:2 --v 8.2"


async def film_results(guide: Guide) -> None:
    """At midjourney-proxy 11 a press makes four films; one of them is taken, and goes on."""
    usual, guide.relay.profile = guide.relay.profile, MIDJOURNEY_PROXY
    single = await follow(guide, await make(guide, SAILOR), "U2")
    films = await follow(guide, single, "Animate (High motion)")
    guide.same("four films stand in one message", len(films["attachments"]), 4)
    guide.same("each can be taken", faces(films), [["U1", "U2", "U3", "U4", "🔄"]])
    await guide.film(films, "films")

    taken = await follow(guide, films, "U3")
    await guide.film(taken, "film")
    longer = await follow(guide, taken, "Extend (Low motion)")
    guide.holds("it goes on", longer["content"], "Extend (Low motion)" in longer["content"])

    late = await follow(
        guide, await follow(guide, await make(guide, f"{SAILOR} --sandbox-late"), "U1"), "Animate (Low motion)"
    )
    guide.same("films that come late are waited for", len(late["attachments"]), 4)
    guide.kept["eight"] = single
    guide.relay.profile = usual


async def film_anything(guide: Guide) -> None:
    """/animate films any picture; a gateway that refuses the button is asked so as well."""
    start = guide.upload("start.png", Image.new("RGB", (320, 240), "firebrick"))
    end = guide.upload("end.png", Image.new("RGB", (320, 240), "royalblue"))
    card = await guide.slash("animate", {"prompt": "the sun goes down", "picture": start, "end": end, "films": 1})
    film = await guide.result(card)
    guide.show(film)
    sent = guide.bodies("/mj/submit/video")[-1]
    guide.holds("it ends with the other picture", sorted(sent), "endImage" in sent)
    await guide.film(film, "sunset")

    usual, guide.relay.profile = guide.relay.profile, NEW_API
    films = await follow(guide, guide.kept["eight"], "Animate (Low motion)")
    guide.same("the refused button makes films all the same", len(films["attachments"]), 4)
    guide.relay.profile = usual


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
    guide.holds("with a link to all of it", film["content"], "[Full film](<" in film["content"])
    await guide.film(film, "film-small")


async def edit_anything(guide: Guide) -> None:
    """/edit changes any picture: here what is around it."""
    red = guide.upload("red.png", Image.new("RGB", (320, 320), "firebrick"))
    card = await guide.slash("edit", {"prompt": "a brick wall", "picture": red, "shape": "16:9"})
    edited = await guide.result(card)
    guide.show(edited)
    grid = await guide.pixels(edited, "edit-shape")
    inside = cell(grid, 1)
    middle = inside.getpixel((inside.width // 2, inside.height // 2))
    guide.same("the picture itself stays", middle, Image.new("RGB", (1, 1), "firebrick").getpixel((0, 0)))
    guide.holds("there is more around it", grid.size, grid.width > grid.height)


FILMS = (
    Step("Films of a result", film_results),
    Step("Films of any picture", film_anything),
    Step("Films that are too large", film_too_large),
    Step("Edits of any picture", edit_anything),
)
